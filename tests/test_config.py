"""Settings: a bad one stops the start, is named with the way to get it, and no secret is ever repeated."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import (
    SLACK_API,
    VARIABLES,
    Address,
    BadSetting,
    Logs,
    Mode,
    Reach,
    environment,
    has_credentials,
    read_settings,
)
from tests.builders import SECRET

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-good",
    "SLACK_SIGNING_SECRET": "shared-signing-secret",
    "PULSE_SECRET_KEY": SECRET,
}


MANY = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "client-s3cr3t",
    "SLACK_SIGNING_SECRET": "shared-signing-secret",
    "PULSE_PUBLIC_URL": "https://pulse.example.org/",
    "PULSE_SECRET_KEY": SECRET,
}


def faults(good: Mapping[str, str] = GOOD, /, **changes: str) -> list[str]:
    """What is wrong with a good environment after these changes, one sentence each."""
    with pytest.raises(BadSetting) as refused:
        read_settings({**good, **changes})
    return str(refused.value).splitlines()


def test_three_variables_are_enough_for_http() -> None:
    settings = read_settings(GOOD)
    assert settings.mode is Mode.HTTP
    assert (settings.port, settings.api_url, settings.database_url) == (3000, SLACK_API, "sqlite:///data/pulse.db")


def test_an_app_token_means_socket_mode_and_needs_no_signing_secret() -> None:
    settings = read_settings({**GOOD, "SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-1"})
    assert settings.mode is Mode.SOCKET


def test_with_a_client_many_workspaces_are_served_over_http_without_a_bot_token() -> None:
    settings = read_settings(MANY)
    assert (settings.mode, settings.reach) == (Mode.HTTP, Reach.MANY)
    assert settings.public_url == "https://pulse.example.org"
    assert read_settings(GOOD).reach is Reach.ONE


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_CLIENT_ID", "", "is missing, but SLACK_CLIENT_SECRET is set"),
        ("SLACK_CLIENT_SECRET", "", "is missing, but SLACK_CLIENT_ID is set"),
        ("SLACK_BOT_TOKEN", "xoxb-good", "is set beside SLACK_CLIENT_ID"),
        ("SLACK_APP_TOKEN", "xapp-good", "Socket Mode serves one workspace"),
        ("SLACK_SIGNING_SECRET", "", "is missing"),
        ("PULSE_PUBLIC_URL", "", "is missing"),
        ("PULSE_PUBLIC_URL", "http://pulse.example.org", "is neither https nor on this machine"),
        ("PULSE_PUBLIC_URL", "pulse.example.org", "is neither https nor on this machine"),
        ("PULSE_OLD_SECRET_KEYS", f"{SECRET},short", "holds something else than keys"),
    ],
)
def test_half_a_set_of_settings_for_many_workspaces_is_refused(name: str, value: str, says: str) -> None:
    (fault,) = faults(MANY, **{name: value})
    assert fault.startswith(f"{name} ")
    assert says in fault
    assert VARIABLES[name] in fault


def test_older_keys_are_separated_by_commas() -> None:
    assert read_settings(GOOD).old_secret_keys == ()
    assert read_settings({**GOOD, "PULSE_OLD_SECRET_KEYS": f" {SECRET} ,{SECRET},"}).old_secret_keys == (SECRET, SECRET)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("9464", "127.0.0.1", 9464),
        ("10.0.0.7:1", "10.0.0.7", 1),
        (":9464", "127.0.0.1", 9464),
        ("[::1]:9464", "::1", 9464),
    ],
)
def test_a_port_alone_is_of_this_machine_only(text: str, host: str, port: int) -> None:
    assert read_settings({**GOOD, "METRICS_LISTEN": text}).metrics_listen == Address(host=host, port=port)


def test_metrics_are_off_and_logs_are_text_unless_asked_for() -> None:
    settings = read_settings(GOOD)
    assert (settings.metrics_listen, settings.logs, settings.drain_seconds) == (None, Logs.TEXT, 3.0)


def test_spaces_around_a_value_do_no_harm() -> None:
    assert read_settings({name: f" {value}\n" for name, value in GOOD.items()}) == read_settings(GOOD)


@pytest.mark.parametrize("url", ["https://slack.example/api", "http://localhost:3900/api/", "http://127.0.0.1:1"])
def test_a_stand_in_for_slack_may_be_anywhere_over_https_or_on_this_machine(url: str) -> None:
    assert read_settings({**GOOD, "SLACK_API_URL": url}).api_url == url.rstrip("/") + "/"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "", "is missing"),
        ("SLACK_BOT_TOKEN", "   ", "is missing"),
        ("SLACK_BOT_TOKEN", "xapp-swapped", "does not begin with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-swapped", "does not begin with xapp-"),
        ("SLACK_SIGNING_SECRET", "", "is missing, and so is SLACK_APP_TOKEN"),
        ("PORT", "http", "is 'http' and not a port number"),
        ("PORT", "-1", "not a port number"),
        ("PORT", "65536", "not a port number"),
        ("PORT", "3000.5", "not a port number"),
        ("PORT", "9" * 5_000, "not a port number"),
        ("SLACK_API_URL", "http://slack.example/api/", "is neither https nor on this machine"),
        ("SLACK_API_URL", "http://localhost.evil.example/api/", "is neither https nor on this machine"),
        ("SLACK_API_URL", "http://127.0.0.1@evil.example/", "is neither https nor on this machine"),
        ("SLACK_API_URL", "slack.com", "is neither https nor on this machine"),
        ("DATABASE_URL", "mysql://pulse@db/pulse", "begins with neither sqlite:/// nor postgresql://"),
        ("DATABASE_URL", "data/pulse.db", "begins with neither sqlite:/// nor postgresql://"),
        ("DATABASE_URL", "sqlite:///", "names no file"),
        ("DATABASE_URL", "sqlite:///:memory:?cache=shared", "names no file"),
        ("METRICS_LISTEN", "metrics", "is neither a port nor HOST:PORT"),
        ("METRICS_LISTEN", "127.0.0.1:99999", "is neither a port nor HOST:PORT"),
        ("DRAIN_SECONDS", "-1", "is '-1' and not a number of seconds"),
        ("DRAIN_SECONDS", "100", "not a number of seconds below 100"),
        ("DRAIN_SECONDS", "9" * 5_000, "not a number of seconds"),
        ("PULSE_LOGS", "xml", "is 'xml'"),
        ("PULSE_SECRET_KEY", "", "is missing"),
        ("PULSE_SECRET_KEY", "short", "is not 32 bytes in URL-safe base64"),
        ("PULSE_SECRET_KEY", "ä" * 44, "is not 32 bytes in URL-safe base64"),
    ],
)
def test_a_bad_setting_is_named_with_its_fault_and_how_to_get_a_good_one(name: str, value: str, says: str) -> None:
    (fault,) = faults(**{name: value})
    assert fault.startswith(f"{name} ")
    assert says in fault
    assert VARIABLES[name] in fault
    assert len(fault) < 6_000


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadSetting) as refused:
        read_settings({"PORT": "x", "SLACK_API_URL": "x", "DATABASE_URL": "x"})
    named = [line.split()[0] for line in str(refused.value).splitlines()]
    assert named == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "PORT",
        "SLACK_API_URL",
        "PULSE_SECRET_KEY",
        "DATABASE_URL",
    ]


@given(secret=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=50))
def test_no_secret_is_repeated_in_a_fault_or_shown_with_the_settings(secret: str) -> None:
    secret = f"s3cr3t{secret}"
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PULSE_SECRET_KEY", "PULSE_OLD_SECRET_KEYS"):
        assert secret not in " ".join(faults(**{name: secret}))
    assert secret not in " ".join(faults(MANY, SLACK_CLIENT_SECRET=secret, SLACK_APP_TOKEN=secret))
    assert secret not in repr(read_settings({**MANY, "SLACK_CLIENT_SECRET": secret}))
    assert secret not in " ".join(faults(DATABASE_URL=f"mysql://pulse:{secret}@db/pulse"))
    settings = read_settings(
        {
            **GOOD,
            "SLACK_BOT_TOKEN": f"xoxb-{secret}",
            "SLACK_APP_TOKEN": f"xapp-{secret}",
            "SLACK_SIGNING_SECRET": secret,
            "DATABASE_URL": f"postgresql://pulse:{secret}@db/pulse",
        }
    )
    for shown in (repr(settings), str(settings), f"{settings}"):
        assert secret not in shown
        assert SECRET not in shown


def test_the_environment_goes_before_the_local_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=1\nPULSE_OPERATOR='The council'\nSLACK_APP_TOKEN\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "2")
    monkeypatch.delenv("PULSE_OPERATOR", raising=False)
    monkeypatch.delenv("SLACK_APP_TOKEN", raising=False)
    found = environment(tmp_path)
    assert (found["PORT"], found["PULSE_OPERATOR"]) == ("2", "The council")
    assert "SLACK_APP_TOKEN" not in found


@pytest.mark.parametrize(
    "name",
    ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"],
)
def test_anything_of_slacks_means_that_a_real_workspace_is_wanted(name: str) -> None:
    assert has_credentials({name: "x"})
    assert not has_credentials({name: ""})
    assert not has_credentials({"PULSE_SECRET_KEY": SECRET, "PORT": "3000"})


def test_the_readme_lists_every_variable_and_no_other() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE) == list(VARIABLES)


def test_the_example_file_names_every_variable() -> None:
    example = Path(__file__).parent.parent / ".env.example"
    text = example.read_text(encoding="utf-8")
    assert [name for name in VARIABLES if name not in text] == []
