"""Commands that look after the data: backup, move, export, keys."""

import argparse
import sys
from contextlib import closing
from pathlib import Path

from bot.config import BadSetting, environment, read_database_url, read_settings
from bot.domain.own_data import BACKUPS_KEPT_FOR

ROOT = Path(__file__).parent.parent


def say(text: str, *, error: bool = False) -> None:
    """Write a line for whoever sits at the terminal."""
    stream = sys.stderr if error else sys.stdout
    stream.write(text + "\n")
    stream.flush()


def backup(chosen: argparse.Namespace) -> int:
    """Copy the database into a file while the bot runs."""
    from bot.app import open_database
    from storage.backup import back_up

    with closing(open_database(read_database_url(environment(ROOT)))) as database:
        back_up(database, chosen.file)
    days = BACKUPS_KEPT_FOR.days
    say(f"The backup is {chosen.file}. Keep it for {days} days at most, and apart from PULSE_SECRET_KEY.")
    return 0


def after_restore(chosen: argparse.Namespace) -> int:
    """Say what a restored database cannot know."""
    from bot.app import open_database
    from storage.claiming import Pace
    from storage.migrate import migrate
    from storage.outbox import SqlOutbox

    with closing(open_database(read_database_url(environment(ROOT)))) as database:
        migrate(database)
        with database.writing() as connection:
            count = SqlOutbox(connection, Pace()).doubt(chosen.made)
    say(f"Messages that may have been sent since: {count}. Slack is asked about each before it is sent.")
    return 0


def copy_database(chosen: argparse.Namespace) -> int:
    """Copy everything into an empty database of the other kind."""
    from bot.app import open_database
    from storage.copying import copy_database as copy_all

    try:
        address = read_database_url({"DATABASE_URL": chosen.to})
    except BadSetting as fault:
        raise BadSetting(str(fault).replace("DATABASE_URL", "--to")) from fault
    here = read_database_url(environment(ROOT))
    with closing(open_database(here)) as source, closing(open_database(address)) as target:
        copied = copy_all(source, target, say)
    say(f"Copied {sum(copied.values())} rows. Set DATABASE_URL to the new database before the bot runs again.")
    return 0


def export(chosen: argparse.Namespace) -> int:
    """Print what was published of a partnership."""
    from bot.adapters.export_files import as_csv, as_json
    from bot.app import build
    from bot.services.export import export as released

    product = build(read_settings(environment(ROOT)))
    found = released(product.ports, chosen.place)
    product.database.close()
    sys.stdout.write(as_csv(found) if chosen.format == "csv" else as_json(found))
    return 0


def rotate_key(chosen: argparse.Namespace) -> int:
    """Seal everything with the newest key, and link people to their answers by new ones."""
    from bot.adapters.vault import FernetVault
    from bot.app import open_database
    from storage.migrate import migrate
    from storage.rekeying import begin_anew, rekey
    from storage.resealing import reseal, survey

    settings = read_settings(environment(ROOT))
    vault = FernetVault(settings.secret_key, *settings.old_secret_keys)
    database = open_database(settings.database_url)
    migrate(database)
    if chosen.lost:
        anew = begin_anew(database, vault)
        say(f"Begun anew: {', '.join(sorted(anew.partnerships)) or 'nothing, the keys open everything'}.")
        for name in sorted(anew.asked_now):
            say(f"A pulse is open in {name}: please ask its people to answer it again.")
        if anew.installations:
            say(f"To be installed again: {anew.installations} places.")
    done = reseal(database, vault)
    left = survey(database, vault)
    say(f"Sealed anew: {done.resealed}. Sealed with the newest key before: {done.newest}.")
    for table, count in sorted(left.lost.items()):
        say(f"None of the keys opens {count} values in {table}; is one missing in PULSE_OLD_SECRET_KEYS?", error=True)
    if left.resealed:
        what = f"{left.resealed} values were sealed with an older key meanwhile"
        say(f"{what}: restart every process with the new key, then run this again.", error=True)
    else:
        linked = rekey(database, vault)
        database.tidy()
        say(f"Linked by new keys: {linked.linked} people in {linked.partnerships} partnerships.")
        say(f"Linked to nobody any more, as they have left: {linked.unlinked}.")
    database.close()
    if left.resealed or left.lost:
        return 1
    say("PULSE_OLD_SECRET_KEYS can be emptied once backups that need the older keys have expired.")
    return 0
