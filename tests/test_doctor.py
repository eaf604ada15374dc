"""The doctor: says what answers, what does not and what to do, and never shows a secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.cli import main
from bot.config import VARIABLES
from bot.doctor import Check, examine
from storage.engine import Database
from tests.builders import SECRET, add_partnership, stage
from tests.slack_double import ALL_SCOPES, SlackDouble
from tests.test_config import GOOD


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with SlackDouble() as double:
        yield double


def env(slack: SlackDouble, database: Database, **changes: str) -> dict[str, str]:
    """An environment in which everything answers, with changes."""
    return {
        **GOOD,
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_API_URL": slack.url,
        "DATABASE_URL": str(database.engine.url),
        **changes,
    }


def unwell(environment: dict[str, str]) -> dict[str, str]:
    """What is not well, and what the doctor says of it."""
    return {check.name: check.says for check in examine(environment) if not check.ok}


def test_a_healthy_bot_is_told_so(slack: SlackDouble, sqlite: Database) -> None:
    checks = list(examine(env(slack, sqlite)))
    assert [check for check in checks if not check.ok] == []
    named = [check.name for check in checks]
    assert named[: len(VARIABLES)] == list(VARIABLES)
    assert {"settings", "database", "migrations", "Slack", "scopes"} <= set(named)


def test_no_secret_is_shown(slack: SlackDouble, sqlite: Database) -> None:
    secrets = {"SLACK_APP_TOKEN": "xapp-s3cr3t", "SLACK_SIGNING_SECRET": "s3cr3t"}
    said = " ".join(check.says for check in examine(env(slack, sqlite, **secrets)))
    for secret in (slack.token, "s3cr3t", SECRET, str(sqlite.engine.url)):
        assert secret not in said


def test_missing_settings_are_all_named_with_the_way_to_get_them(sqlite: Database) -> None:
    said = [check.says for check in examine({"DATABASE_URL": str(sqlite.engine.url)}) if not check.ok]
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "PULSE_SECRET_KEY"):
        assert any(each.startswith(name) and VARIABLES[name] in each for each in said)


def test_a_key_that_does_not_fit_the_database_is_found(slack: SlackDouble, sqlite: Database) -> None:
    with stage(sqlite) as on:
        add_partnership(on)
    assert unwell(env(slack, sqlite)) == {}
    other = env(slack, sqlite, PULSE_SECRET_KEY=Fernet.generate_key().decode())
    assert "put the old key back" in unwell(other)["secret key"]


def test_a_revoked_token_is_found(slack: SlackDouble, sqlite: Database) -> None:
    slack.world.tokens[slack.token].revoked = True
    assert "token_revoked" in unwell(env(slack, sqlite))["Slack"]


def test_a_missing_scope_is_named(sqlite: Database) -> None:
    with SlackDouble(scopes=ALL_SCOPES - {"im:write"}) as slack:
        found = unwell(env(slack, sqlite))
    assert found == {"scopes": "missing: im:write; update the app's manifest with app.yaml and install it again"}


def test_a_scope_too_many_is_told_and_is_no_fault(slack: SlackDouble, sqlite: Database) -> None:
    (manifest,) = (check for check in examine(env(slack, sqlite)) if check.name == "manifest")
    assert manifest.ok
    assert "can be taken away" in manifest.says


def test_a_slack_out_of_reach_is_told(slack: SlackDouble, sqlite: Database) -> None:
    said = unwell(env(slack, sqlite, SLACK_API_URL="http://127.0.0.1:9/api/"))
    assert "check the network and SLACK_API_URL" in said["Slack"]


def test_a_database_that_waits_for_migrations_is_told(slack: SlackDouble, tmp_path: Path) -> None:
    fresh = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    assert "python -m bot migrate" in unwell(env(slack, fresh))["migrations"]
    fresh.close()


@pytest.mark.parametrize(
    "address",
    ["postgresql://u:s3cr3t@127.0.0.1:9/pulse", "postgresql://u:s3cr3t@db:port/pulse", "sqlite:////dev/null/x"],
)
def test_a_database_that_cannot_be_used_is_told_and_slack_is_looked_at_all_the_same(
    slack: SlackDouble, sqlite: Database, address: str
) -> None:
    checks: list[Check] = list(examine(env(slack, sqlite, DATABASE_URL=address)))
    (database,) = (check for check in checks if check.name == "database")
    assert not database.ok
    assert not any("s3cr3t" in check.says for check in checks)
    assert any(check.name == "Slack" and check.ok for check in checks)


def test_the_command_ends_with_0_when_all_is_well_and_with_1_when_not(
    slack: SlackDouble, sqlite: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SLACK_APP_TOKEN", raising=False)
    for name, value in env(slack, sqlite).items():
        monkeypatch.setenv(name, value)
    assert main(["doctor"]) == 0
    assert "TODO" not in capsys.readouterr().out
    monkeypatch.setenv("PULSE_SECRET_KEY", "s3cr3t")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "TODO settings: PULSE_SECRET_KEY is not 32 bytes" in said
    assert "s3cr3t" not in said
