"""The tables. Times are stored as whole microseconds since 1970 UTC, so that both databases compare them alike."""

import datetime as dt
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Instant(TypeDecorator[dt.datetime]):
    """An aware UTC datetime, stored as microseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        """Microseconds of an aware datetime."""
        return stored_instant(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """The aware datetime of stored microseconds."""
        return read_instant(value)


def stored_instant(value: dt.datetime | None) -> int | None:
    """Microseconds of an aware datetime."""
    return None if value is None else (value - EPOCH) // _MICROSECOND


def stored_json(value: Any) -> str:
    """JSON as columns keep it."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def read_instant(stored: int | None) -> dt.datetime | None:
    """The aware datetime of stored microseconds."""
    return None if stored is None else EPOCH + dt.timedelta(microseconds=stored)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(32)
SLACK_ID = String(32)


def _partnership() -> Column[str]:
    return Column("partnership_id", ID, ForeignKey("partnerships.id"), nullable=False)


partnerships = Table(
    "partnerships",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("home_team_id", SLACK_ID, nullable=False),
    Column("channel_id", SLACK_ID, nullable=False),
    Column("every", String(16), nullable=False),
    Column("weekday", String(16), nullable=False),
    Column("at", String(5), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("open_working_days", SmallInteger, nullable=False),
    Column("team_first_working_days", SmallInteger, nullable=False),
    Column("anchor_on", Date, nullable=False),
    Column("promise", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("key_version", Integer, nullable=False, server_default="0"),  # grows with each new key, not with a new seal
    Column("created_at", Instant, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("regular_rounds", Integer, nullable=False),
    Column("last_opened_at", Instant),
)
Index(
    "uq_partnerships_channel",
    partnerships.c.home_team_id,
    partnerships.c.channel_id,
    unique=True,
    sqlite_where=text("state <> 'ended'"),
    postgresql_where=text("state <> 'ended'"),
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", ID, primary_key=True),
    _partnership(),
    Column("name", String(100), nullable=False),
    Column("team_id", SLACK_ID),
    Column("email_domains", JSON, nullable=False),
    Column("region", String(16), nullable=False),
    Column("group_name", String(100), nullable=False),
    Column("confirmed", Boolean, nullable=False),
    UniqueConstraint("partnership_id", "name"),
)

members = Table(
    "members",
    metadata,
    Column("partnership_id", ID, ForeignKey("partnerships.id"), primary_key=True),
    Column("team_id", SLACK_ID, primary_key=True),
    Column("user_id", SLACK_ID, primary_key=True),
    Column("organisation_id", ID, ForeignKey("organisations.id")),
    Column("sealed_name", LargeBinary, nullable=False),
    Column("explicit", Boolean, nullable=False),
    Column("joined_block", Integer, nullable=False),
    Column("move_waits", Boolean, nullable=False),
    Column("moves_to", ID),
    Index("ix_members_person", "team_id", "user_id"),
    sqlite_with_rowid=False,
)

holders = Table(
    "holders",
    metadata,
    Column("partnership_id", ID, ForeignKey("partnerships.id"), primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("team_id", SLACK_ID, primary_key=True),
    Column("user_id", SLACK_ID, primary_key=True),
    Column("organisation_id", ID, ForeignKey("organisations.id")),
    sqlite_with_rowid=False,
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", ID, primary_key=True),
    _partnership(),
    Column("number", Integer, nullable=False),
    Column("block", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("items", JSON, nullable=False),
    Column("channel_id", SLACK_ID, nullable=False),
    Column("scheduled_on", Date, nullable=False),
    Column("opens_at", Instant, nullable=False),
    Column("remind_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Column("week", Integer, nullable=False),
    Column("organisations", SmallInteger, nullable=False),
    Column("promise", JSON, nullable=False),
    Column("invited", JSON, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("closed_at", Instant),
    Column("message_ts", String(32)),
    Column("shown_counter", Integer, nullable=False),
    UniqueConstraint("partnership_id", "scheduled_on"),
    UniqueConstraint("partnership_id", "number"),
)

# Answers carry no time and no order: the key begins with the pseudonym's round and is itself the table (WITHOUT ROWID).
answers = Table(
    "answers",
    metadata,
    Column("round_id", ID, ForeignKey("rounds.id"), primary_key=True),
    Column("pseudonym", String(64), primary_key=True),
    Column("item_id", String(16), primary_key=True),
    Column("partnership_id", ID, nullable=False),
    Column("dimension", String(32), nullable=False),
    Column("organisation_id", ID),
    Column("counts", Boolean, nullable=False),
    Column("score", SmallInteger),
    Index("ix_answers_release", "partnership_id", "round_id", "dimension", "score"),
    sqlite_with_rowid=False,
)

comments = Table(
    "comments",
    metadata,
    Column("round_id", ID, ForeignKey("rounds.id"), primary_key=True),
    Column("pseudonym", String(64), primary_key=True),
    Column("partnership_id", ID, nullable=False),
    Column("organisation_id", ID),
    Column("counts", Boolean, nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    Column("quotable", Boolean, nullable=False),
    Column("sentiment", JSON, nullable=False),
    sqlite_with_rowid=False,
)

publications = Table(
    "publications",
    metadata,
    Column("partnership_id", ID, ForeignKey("partnerships.id"), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("published_at", Instant, nullable=False),
    Index("ix_publications_latest", "partnership_id", "published_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("team_id", SLACK_ID, nullable=False),
    Column("partnership_id", ID),
    Column("channel_id", SLACK_ID),
    Column("user_id", SLACK_ID),
    Column("round_id", ID),
    Column("body", JSON, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("leased_until", Instant),
    Column("first_tried_at", Instant),
    Column("attempts", Integer, nullable=False),
    Column("message_ts", String(32)),
    Column("reason", String(100)),
    Column("thread_of", String(200)),
    Index(
        "ix_outbox_unsettled",
        "due_at",
        "seq",
        sqlite_where=text("state IN ('waiting', 'sending')"),
        postgresql_where=text("state IN ('waiting', 'sending')"),
    ),
)

pacing = Table(
    "pacing",
    metadata,
    Column("place", String(80), primary_key=True),
    Column("next_slot_at", Instant, nullable=False),
)

due_work = Table(
    "due_work",
    metadata,
    Column("partnership_id", ID, ForeignKey("partnerships.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("subject", ID, primary_key=True),
    Column("due_at", Instant, nullable=False, index=True),
    Column("scheduled_on", Date),
    Column("round_id", ID),
)

wanted_rosters = Table(
    "wanted_rosters",
    metadata,
    Column("team_id", SLACK_ID, primary_key=True),
    Column("channel_id", SLACK_ID, primary_key=True),
    Column("due_at", Instant, nullable=False, index=True),
)

seen_events = Table(
    "seen_events",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("seen_at", Instant, nullable=False, index=True),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("team_id", SLACK_ID, nullable=False),
    Column("user_id", SLACK_ID, nullable=False),
    Column("channel_id", SLACK_ID, nullable=False),
    Column("body", JSON, nullable=False),
    Column("saved_at", Instant, nullable=False, index=True),
)

channel_profiles = Table(
    "channel_profiles",
    metadata,
    Column("channel_id", SLACK_ID, key="place", primary_key=True),  # "team/channel"; the name is older than workspaces
    Column("sealed_profiles", LargeBinary, nullable=False),
)
