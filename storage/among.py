"""Being one of many ids. On PostgreSQL they are one parameter, an array, and the text stays the same for any number.

SQLAlchemy writes a parameter for each, and both it and psycopg read the new text again; SQLite takes that well.
"""

from collections.abc import Collection

from sqlalchemy import ARRAY, ColumnElement, Connection, String, any_, bindparam


def among(connection: Connection, column: ColumnElement[str], ids: Collection[str]) -> ColumnElement[bool]:
    """Whether a column is one of the ids."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, sorted(ids), type_=ARRAY(String())))
    return column.in_(sorted(ids))
