"""The command line: every command of `python -m bot`."""

import argparse
import datetime as dt
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cryptography.fernet import Fernet
from slack_sdk.errors import SlackApiError

from bot import upkeep
from bot.config import (
    BadSetting,
    Logs,
    Reach,
    environment,
    has_credentials,
    read_database_url,
    read_logs,
    read_settings,
)
from bot.domain.errors import BadInput, PulseError
from bot.logs import set_up_logs
from bot.upkeep import ROOT, say


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit status: 0 done, 1 refused or failed, 2 misused."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    set_up_logs(as_json=read_logs(environment(ROOT)) is Logs.JSON)
    command: Callable[[argparse.Namespace], int] = chosen.command
    try:
        return command(chosen)
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    except BadSetting as fault:
        say(f"The bot cannot start:\n{fault}", error=True)
    except PulseError as refusal:
        say(refusal.sentence, error=True)
    except SlackApiError as error:
        say(f"Slack refused: {error.response.get('error')}. `python -m bot doctor` tells what to do.", error=True)
    except OSError as error:
        say(f"{error}. `python -m bot doctor` tells what is reachable.", error=True)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Partnership Pulse")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], what: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=what, description=what)
        made.set_defaults(command=command)
        return made

    add("run", _run, "run the bot; without Slack credentials, the demonstration")
    demo = add("demo", _demo, "run the demonstration in a stand-in workspace")
    demo.add_argument("--port", type=_port, default=3900, help="where the page is served (default 3900)")
    add("migrate", _migrate, "bring the database to the newest migration")
    tick = add("tick", _tick, "one pass over due work and delivery until idle, then exit")
    tick.add_argument("--now", type=_moment, help="the time to act at, ISO 8601 with a zone")
    apply = add("apply", _apply, "set up or change partnerships from a file")
    apply.add_argument("file", type=Path)
    apply.add_argument("--workspace", help="where the app serves many, the id of the host's workspace (T...)")
    manifest = add("manifest", _manifest, "print the Slack app manifest")
    manifest.add_argument("--url", help="for HTTP mode, the public address of the bot")
    manifest.add_argument("--many", action="store_true", help="for many workspaces, which install the app themselves")
    export = add("export", upkeep.export, "print what was published of one partnership; nothing about single people")
    export.add_argument("place", metavar="CHANNEL", help="the id of its channel, or its own")
    export.add_argument("--format", choices=("json", "csv"), default="json")
    add("sentiment", _sentiment, "read one comment per line, print one JSON object per line")
    backup = add("backup", upkeep.backup, "copy an SQLite database to a new file, also while the bot runs")
    backup.add_argument("file", type=Path)
    restored = add("after-restore", upkeep.after_restore, "once after a backup was put back, before the bot runs again")
    restored.add_argument("--made", type=_moment, required=True, help="when the backup was made, ISO 8601 with a zone")
    copy = add("copy-database", upkeep.copy_database, "copy everything into another, empty database")
    copy.add_argument("--to", required=True, help="the address of the other database, as in DATABASE_URL")
    add("doctor", _doctor, "check settings, database and Slack, and say what to do")
    add("new-key", _new_key, "print a new PULSE_SECRET_KEY")
    rotate = add("rotate-key", upkeep.rotate_key, "seal everything anew, and link people to their answers by new keys")
    rotate.add_argument(
        "--lost", action="store_true", help="the key is lost for good: let go of what none of the keys opens"
    )
    return parser


def _run(chosen: argparse.Namespace) -> int:
    env = environment(ROOT)
    if not has_credentials(env):
        say("No Slack credentials are set, so this is the demonstration. docs/set-up.md tells how to connect Slack.")
        return _demo(argparse.Namespace(port=3900))
    from bot.app import build, run, serve
    from bot.manifest import INSTALL

    product = build(read_settings(env))
    settings = product.settings
    where = f", to be installed at {settings.public_url}{INSTALL}" if settings.reach is Reach.MANY else ""
    running = f"The pulse is running ({settings.mode} mode, {settings.reach}{where})."
    run(serve(product, on_ready=lambda: say(running)))
    return 0


def _demo(chosen: argparse.Namespace) -> int:
    from bot.demo import run_demo

    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # so that the stand-in ends with us while the story is told
    return run_demo(chosen.port, say)


def _migrate(chosen: argparse.Namespace) -> int:
    from bot.app import open_database
    from storage.migrate import migrate

    database = open_database(read_database_url(environment(ROOT)))
    migrate(database)
    database.close()
    say("The database is up to date.")
    return 0


def _tick(chosen: argparse.Namespace) -> int:
    from bot.adapters.clock import MovableClock, SystemClock
    from bot.app import build
    from bot.services.life import forget_expired
    from schedules.delivery import drain

    clock = SystemClock() if chosen.now is None else MovableClock(chosen.now)
    product = build(read_settings(environment(ROOT)), clock=clock)
    product.writer.start()
    done = drain(product.ports, product.messenger)
    forget_expired(product.ports)
    product.database.tidy()
    product.writer.stop()
    product.database.close()
    say(f"Done: {done} pieces of work and messages.")
    return 0


def _apply(chosen: argparse.Namespace) -> int:
    from bot.adapters.partnership_file import read_file
    from bot.app import build
    from bot.services.ports import SlackBusy
    from bot.services.setup import apply_all

    specs = read_file(chosen.file)
    product = build(read_settings(environment(ROOT)))
    home_team_id = product.home_workspace(chosen.workspace)
    while True:
        try:
            applied = apply_all(product.ports, specs, product.directory, home_team_id)
            break
        except SlackBusy as busy:
            say(f"Slack asks to wait {busy.after.total_seconds():.0f} seconds; reading goes on then.")
            time.sleep(busy.after.total_seconds())
    for line in applied:
        say(str(line))
    product.database.close()
    return 0


def _manifest(chosen: argparse.Namespace) -> int:
    from bot.manifest import manifest_text

    if chosen.url is not None and not chosen.url.startswith("https://"):
        raise BadInput("Slack calls HTTPS addresses only; give --url as https://your.host.")
    if chosen.many and chosen.url is None:
        raise BadInput("Many workspaces are served over HTTP; give --url as https://your.host.")
    say(manifest_text(chosen.url, many=chosen.many).rstrip("\n"))
    return 0


def _sentiment(chosen: argparse.Namespace) -> int:
    from bot.adapters.textblob_sentiment import TextBlobSentiment

    reader = TextBlobSentiment()
    for line in sys.stdin:
        read = reader.read(line.rstrip("\n"))
        answer: Mapping[str, object] = {
            "polarity": read.polarity,
            "label": read.label,
            "confidence": read.confidence,
            "themes": list(read.themes),
        }
        say(json.dumps(answer))
    return 0


def _doctor(chosen: argparse.Namespace) -> int:
    from bot.doctor import examine

    healthy = True
    for check in examine(environment(ROOT)):
        say(f"{'ok  ' if check.ok else 'TODO'} {check.name}: {check.says}")
        healthy = healthy and check.ok
    return 0 if healthy else 1


def _new_key(chosen: argparse.Namespace) -> int:
    say(Fernet.generate_key().decode())
    return 0


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-05-12T09:00:00+00:00") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no zone; add +00:00 for UTC")
    return moment.astimezone(dt.UTC)


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number")
    return int(text)
