"""The command line: what each command prints, with which status it ends, and what it leaves unchanged."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from bot import cli
from bot.cli import main
from bot.config import VARIABLES
from bot.domain.ids import TeamId
from bot.services import life
from bot.services.ports import Installed
from storage.engine import Database
from storage.migrate import pending
from storage.tables import outbox, partnerships
from tests.builders import CHANNEL, EXT, HOME, SECRET, TUESDAY, add_partnership, person, stage
from tests.services.stories import open_round
from tests.slack_double import SlackDouble
from tests.test_config import GOOD, MANY

ROOT = Path(__file__).parent.parent
FILE = """
partnerships:
  - name: Northfield Schools
    channel: C0NORTH
    timezone: Europe/London
    pulse: {every: week, weekday: tuesday, at: "10:00"}
    organisations:
      - {name: Northfield Council, team_id: T0HOME}
      - {name: Brightbuild, team_id: T0EXT}
"""


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the product's is set, and no `.env` is found."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cli, "ROOT", tmp_path)


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with SlackDouble() as double:
        double.world.add_user("U0H01")
        double.world.add_user("U0E01", team_id="T0EXT")
        double.world.add_channel("C0NORTH", members=["U0H01", "U0E01"])
        yield double


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, slack: SlackDouble, sqlite: Database) -> Database:
    """Everything is set: the strict Slack double and a migrated database."""
    settings = {
        **GOOD,
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_API_URL": slack.url,
        "DATABASE_URL": str(sqlite.engine.url),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return sqlite


def partnerships_in(database: Database) -> int:
    """How many partnerships there are."""
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(partnerships)).scalar_one())


@pytest.mark.parametrize("command", [["tick"], ["apply", "FILE"], ["run"]])
def test_a_bad_setting_stops_the_start_and_is_named_without_its_value(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "partnerships.yaml"
    file.write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "a-token-of-another-kind")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s3cr3t")
    assert main([str(file) if each == "FILE" else each for each in command]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "The bot cannot start:" in said.err
    assert "SLACK_BOT_TOKEN does not begin with xoxb-" in said.err
    assert "PULSE_SECRET_KEY is missing" in said.err
    assert "a-token-of-another-kind" not in said.err
    assert "s3cr3t" not in said.err


@pytest.mark.parametrize(
    "url", ["mysql://u:s3cr3t@db/pulse", "postgresql://u:s3cr3t@db:port/pulse", "postgresql://u:s3cr3t@[::1/pulse"]
)
def test_a_database_address_that_cannot_be_read_is_named_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert main(["migrate"]) == 1
    said = capsys.readouterr().err
    assert "DATABASE_URL" in said
    assert VARIABLES["DATABASE_URL"] in said
    assert "s3cr3t" not in said


def test_a_database_that_does_not_answer_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pulse.db").write_text("this is a letter and no database " * 100, encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'pulse.db'}")
    assert main(["migrate"]) == 1
    assert "The database does not answer" in capsys.readouterr().err


def test_migrate_needs_the_database_alone_and_may_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'pulse.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    assert [main(["migrate"]), main(["migrate"])] == [0, 0]
    assert capsys.readouterr().out == "The database is up to date.\n" * 2
    database = Database(url)
    assert not pending(database)
    database.close()


def test_the_manifest_is_printed_for_either_mode(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["settings"]["socket_mode_enabled"] is True
    assert main(["manifest", "--url", "https://pulse.example.org/"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    assert printed["settings"]["socket_mode_enabled"] is False
    assert printed["settings"]["interactivity"]["request_url"] == "https://pulse.example.org/slack/events"


def test_the_manifest_for_many_workspaces_needs_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "--url", "https://pulse.example.org", "--many"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    assert printed["oauth_config"]["redirect_urls"] == ["https://pulse.example.org/slack/oauth_redirect"]
    assert main(["manifest", "--many"]) == 1
    assert "give --url" in capsys.readouterr().err


def test_a_key_is_replaced_in_four_steps_and_the_doctor_says_which_is_next(
    configured: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage(configured) as on:
        add_partnership(on)
    new = Fernet.generate_key().decode()
    monkeypatch.setenv("PULSE_SECRET_KEY", new)
    assert main(["rotate-key"]) == 1
    assert "None of the keys opens 20 values in members" in capsys.readouterr().err
    monkeypatch.setenv("PULSE_OLD_SECRET_KEYS", SECRET)
    assert main(["doctor"]) == 1
    assert "still needed for 21 of 21; run `python -m bot rotate-key`" in capsys.readouterr().out
    assert main(["rotate-key"]) == 0
    said = capsys.readouterr().out
    assert "Sealed anew: 21." in said
    assert "Linked by new keys: 0 people in 1 partnerships." in said
    assert main(["doctor"]) == 0
    assert "old keys: no longer needed; empty PULSE_OLD_SECRET_KEYS" in capsys.readouterr().out
    monkeypatch.delenv("PULSE_OLD_SECRET_KEYS")
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "secret key: fits the database" in said
    assert "old keys" not in said


def test_what_was_published_is_printed_for_taking_it_along(
    configured: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage(configured) as on:
        made = add_partnership(on)
        open_round(on, made)
        life.end(on.ports, HOME, CHANNEL, person(1))
    assert main(["export", CHANNEL]) == 0
    assert json.loads(capsys.readouterr().out)["partnership"] == "Northfield Schools"
    assert main(["export", "p-north", "--format", "csv"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith('"partnership","first_pulse"')
    assert printed.count("not shown this time, too few answers to keep them confidential") == 3
    assert main(["export", "C0NONE"]) == 1
    assert "There is no partnership" in capsys.readouterr().err


def test_when_the_key_is_lost_one_command_begins_anew(
    monkeypatch: pytest.MonkeyPatch, configured: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage(configured) as on:
        open_round(on, add_partnership(on))
    assert main(["new-key"]) == 0
    monkeypatch.setenv("PULSE_SECRET_KEY", capsys.readouterr().out.strip())
    assert main(["doctor"]) == 1
    assert "`python -m bot rotate-key --lost`" in capsys.readouterr().out
    assert main(["rotate-key", "--lost"]) == 0
    said = capsys.readouterr().out
    assert "Begun anew: Northfield Schools." in said
    assert "A pulse is open in Northfield Schools: please ask its people to answer it again." in said
    assert main(["doctor"]) == 0
    capsys.readouterr()
    assert main(["rotate-key", "--lost"]) == 0
    assert "Begun anew: nothing, the keys open everything." in capsys.readouterr().out


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, configured: Database, slack: SlackDouble) -> Database:
    """The same for many workspaces, of which one has installed the app."""
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    for name, value in MANY.items():
        monkeypatch.setenv(name, value)
    put_installation(configured, HOME, slack.token)
    return configured


def put_installation(database: Database, team: TeamId, token: str) -> None:
    with stage(database) as on, on.ports.store.write() as tx:
        tx.installations.put(Installed(team_id=team, installed_at=TUESDAY, token=token))


def test_a_file_is_applied_in_the_only_workspace_or_in_the_one_that_is_named(
    many: Database, slack: SlackDouble, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "partnerships.yaml"
    file.write_text(FILE, encoding="utf-8")
    assert main(["apply", str(file)]) == 0
    assert capsys.readouterr().out == "Northfield Schools: set up\n"
    put_installation(many, EXT, slack.token)
    assert main(["apply", str(file)]) == 1
    assert "Give --workspace with one of: T0EXT, T0HOME." in capsys.readouterr().err
    assert main(["apply", str(file), "--workspace", "T0ELSE"]) == 1
    assert "not installed in the workspace T0ELSE" in capsys.readouterr().err
    assert main(["apply", str(file), "--workspace", HOME]) == 0
    assert capsys.readouterr().out == "Northfield Schools: nothing changed\n"
    assert main(["tick", "--now", "2031-05-13T10:00:00+01:00"]) == 0
    assert any("is set up" in each.text for each in slack.messages("C0NORTH"))


def test_the_doctor_asks_slack_about_every_installation(
    many: Database, slack: SlackDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "settings: complete, http mode, many workspaces" in said
    assert "installations: in 1 places; others install it at https://pulse.example.org/slack/install" in said
    assert "Slack T0HOME: knows the bot" in said
    slack.world.add_token("xoxb-narrow", {"commands"})
    put_installation(many, EXT, "xoxb-narrow")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "TODO scopes T0EXT: missing:" in said
    monkeypatch.setenv("PULSE_SECRET_KEY", Fernet.generate_key().decode())
    assert main(["doctor"]) == 1
    assert "TODO installations: their tokens cannot be opened" in capsys.readouterr().out
    assert "xoxb" not in said.replace("(xoxb-...)", "")


def test_each_comment_line_is_answered_by_one_line_of_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("A great, helpful team.\n\nLate again, and nobody told us.\n"))
    assert main(["sentiment"]) == 0
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(read) == 3
    assert all(each.keys() == {"polarity", "label", "confidence", "themes"} for each in read)
    assert read[0]["label"] == "positive"


def test_comments_may_be_piped_through_the_program() -> None:
    piped = subprocess.run(
        [sys.executable, "-m", "bot", "sentiment"],
        cwd=ROOT,
        input="Thank you for the quick answer.\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(piped.stdout)["label"] in {"positive", "neutral", "negative"}
    assert piped.stderr == ""


def test_a_new_key_can_be_used_and_is_another_one_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert [main(["new-key"]), main(["new-key"])] == [0, 0]
    first, second = capsys.readouterr().out.split()
    assert first != second
    assert Fernet(first).decrypt(Fernet(first).encrypt(b"x")) == b"x"


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("tomorrow", "is not a time such as"),
        ("2026-13-01T00:00:00+00:00", "is not a time such as"),
        ("2026-05-12T09:00:00", "has no zone; add +00:00 for UTC"),
        ("2026-05-12", "has no zone"),
    ],
)
def test_a_bad_time_is_a_misuse_and_nothing_is_done(
    moment: str, says: str, configured: Database, slack: SlackDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["tick", "--now", moment])
    assert left.value.code == 2
    assert says in capsys.readouterr().err
    assert slack.calls == []


@pytest.mark.parametrize("port", ["0", "65536", "99999999999", "-1", "http"])
def test_a_bad_port_of_the_demonstration_is_a_misuse(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["demo", f"--port={port}"])
    assert left.value.code == 2
    assert f"{port!r} is not a port number" in capsys.readouterr().err


def test_one_pass_does_what_is_due_at_the_given_time(
    configured: Database, slack: SlackDouble, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "partnerships.yaml"
    file.write_text(FILE, encoding="utf-8")
    assert main(["apply", str(file)]) == 0
    assert capsys.readouterr().out == "Northfield Schools: set up\n"
    assert main(["tick", "--now", "2031-05-13T10:00:00+01:00"]) == 0
    assert "Done:" in capsys.readouterr().out
    assert any("is set up" in each.text for each in slack.messages("C0NORTH"))
    assert main(["apply", str(file)]) == 0
    assert capsys.readouterr().out == "Northfield Schools: nothing changed\n"


WRONG_FILES = {
    "empty": (b"", "line 1, file: is empty."),
    "no YAML": (b"partnerships: [", "is not YAML"),
    "not text": (b"\xff\xfe\x00p", "is not text"),
    "a control character": (b"partnerships: \x07", "holds a character that is not text"),
    "another key": (FILE.replace("timezone", "time_zone").encode(), "time_zone"),
    "a zone nobody knows": (FILE.replace("Europe/London", "Europe/Atlantis").encode(), "Europe/Atlantis"),
    "one organisation": (FILE.replace("      - {name: Brightbuild, team_id: T0EXT}\n", "").encode(), "organisations"),
    "an unknown channel": (FILE.replace("C0NORTH", "C0NOWHERE").encode(), "C0NOWHERE"),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_file_is_refused_with_the_reason_and_nothing_is_changed(
    name: str, configured: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, says = WRONG_FILES[name]
    file = tmp_path / "partnerships.yaml"
    file.write_bytes(content)
    assert main(["apply", str(file)]) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""
    assert partnerships_in(configured) == 0
    with configured.reading() as connection:
        assert connection.execute(select(func.count()).select_from(outbox)).scalar_one() == 0


def test_a_file_that_is_not_there_is_one_sentence(
    configured: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", str(tmp_path / "nothing.yaml")]) == 1
    assert "nothing.yaml" in capsys.readouterr().err


def test_a_revoked_token_is_one_sentence(
    configured: Database, slack: SlackDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.world.tokens[slack.token].revoked = True
    assert main(["tick"]) == 1
    assert "Slack refused: token_revoked." in capsys.readouterr().err


def test_a_slack_out_of_reach_is_one_sentence(
    configured: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    assert main(["tick"]) == 1
    said = capsys.readouterr().err
    assert "`python -m bot doctor`" in said
    assert SECRET not in said


def test_no_command_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert "COMMAND" in capsys.readouterr().err
