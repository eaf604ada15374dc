"""A copy of an SQLite database while the bot writes to it: one moment, complete, without what was deleted."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.domain.errors import BadInput
from storage.engine import Database


def back_up(database: Database, path: Path) -> None:
    """Write a backup to a new file that only its owner can read. Raises BadInput, OSError.

    The file appears under its name only when it is whole, checked and on the disk. It is made anew and not copied page
    by page, so that answers which were deleted are not in its free pages.
    """
    if not database.is_sqlite:
        raise BadInput("This database is PostgreSQL: please back it up with pg_dump, as docs/operations.md says.")
    if path.exists():
        raise BadInput(f"{path} is there already, and a backup never replaces another. Please give another name.")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(str(database.engine.url.database))) as source:
            source.execute("VACUUM INTO ?", (str(part),))
        with closing(sqlite3.connect(part)) as made:
            (found,) = made.execute("PRAGMA integrity_check").fetchone()
        if found != "ok":
            raise OSError("The backup is damaged and was thrown away; check the disk")
        _sync(part)
        os.link(part, path)  # unlike a rename, refuses to replace a file that has come meanwhile
        _sync(path.parent)
    except sqlite3.Error as error:
        raise OSError(f"The database could not be read ({type(error).__name__}); nothing was backed up") from error
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
