"""Dockerfile, compose.yaml and haproxy.cfg: what can be checked of them without Docker."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.config import VARIABLES
from handlers.edge import SLACK_PATH

ROOT = Path(__file__).parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROXY = re.sub(r"^\s*#.*$", "", (ROOT / "haproxy.cfg").read_text(encoding="utf-8"), flags=re.MULTILINE)
BOTS = ("bot-1", "bot-2")
NOT_IN_CONTAINERS = {
    "SLACK_APP_TOKEN": "for Socket Mode, which needs no proxy and no second replica",
    "SLACK_API_URL": "for stand-ins only",
}
OF_OTHERS = {"PGPASSWORD"}  # read by PostgreSQL's client, so that no password stands in an address


def test_the_dockerfile_is_clean() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    ran = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.returncode) == ("", 0)


def test_the_compose_file_is_one() -> None:
    schema = json.loads((ROOT / "tests/data/compose-spec.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(COMPOSE, schema)


@pytest.mark.parametrize("name", BOTS)
def test_the_replicas_know_every_setting_and_no_other(name: str) -> None:
    given = COMPOSE["services"][name]["environment"]
    assert set(given) - OF_OTHERS == set(VARIABLES) - set(NOT_IN_CONTAINERS)


def test_what_the_compose_file_asks_for_is_in_the_example_of_the_settings() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert {each for each in asked if not re.search(rf"^(# )?{each}=", example, re.MULTILINE)} == set()


def test_no_secret_stands_in_a_file() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            assert not re.search("TOKEN|SECRET|PASSWORD|KEY", name) or re.fullmatch(r"\$\{\w+:[?-]\}", value)
    assert not re.search(r"^(ENV|ARG).*(TOKEN|SECRET|PASSWORD|KEY)", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("image", re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
def test_base_images_are_pinned_to_a_full_version(image: str) -> None:
    assert re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+-[a-z-]+", image)


def test_images_of_others_are_pinned_to_a_full_version() -> None:
    others = [service["image"] for service in COMPOSE["services"].values() if "build" not in service]
    assert len(others) == 2
    assert all(re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z]+", each) for each in others)


def test_the_image_holds_every_package_of_the_bot_and_runs_without_rights() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "training"}
    assert packages | {"app.yaml", "requirements.txt"} == set(copied)
    let_in = {each.removeprefix("!") for each in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()}
    assert set(copied) <= let_in
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", BOTS)
def test_a_replica_has_time_to_stop_and_no_rights_it_does_not_need(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["stop_grace_period"] == "60s"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "ports" not in service  # only the proxy is reached from outside


def test_the_database_is_reached_from_inside_alone() -> None:
    assert "ports" not in COMPOSE["services"]["database"]
    assert COMPOSE["services"]["database"]["networks"] == ["data"]
    assert COMPOSE["networks"]["data"] == {"internal": True}


def test_the_proxy_passes_on_what_slack_calls_and_never_the_metrics() -> None:
    passed_on = re.findall(r"acl passed_on (path_beg|path) (.+)", PROXY)
    assert passed_on == [("path_beg", "/slack/"), ("path", "/healthz /readyz")]
    assert SLACK_PATH.startswith("/slack/")
    assert "deny_status 404 unless passed_on" in PROXY


def test_the_proxy_repeats_no_request_that_was_sent() -> None:
    """`make rehearse` shows that it does not; with other words here it would."""
    assert re.findall(r"retry-on (.+)", PROXY) == ["conn-failure"]


def test_the_proxy_is_given_every_value_that_it_asks_for() -> None:
    assert set(re.findall(r"\$\{(\w+)\}", PROXY)) == set(COMPOSE["services"]["proxy"]["environment"])
