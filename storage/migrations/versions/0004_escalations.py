"""Tables of the route map and escalations with their history; concerns became escalations."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Tables of the route map and escalations with their history; concerns became escalations."""
    op.create_table(
        "route_maps",
        sa.Column("partnership_id", sa.String(length=32), nullable=False),
        sa.Column("rungs", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_route_maps_partnership_id")),
        sa.PrimaryKeyConstraint("partnership_id", name=op.f("pk_route_maps")),
    )
    op.create_table(
        "escalations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partnership_id", sa.String(length=32), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("route", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("owners", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.Column("may_snooze", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=3000), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_escalations_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
    )
    op.create_index("ix_escalations_open", "escalations", ["partnership_id", "state"], unique=False)
    op.create_index(op.f("ix_escalations_opened_at"), "escalations", ["opened_at"], unique=False)
    op.create_table(
        "escalation_events",
        sa.Column("escalation_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("actor", sa.JSON(), nullable=True),
        sa.Column("text", sa.String(length=3000), nullable=False),
        sa.Column("to_person", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["escalation_id"], ["escalations.id"], name=op.f("fk_escalation_events_escalation_id")),
        sa.PrimaryKeyConstraint("escalation_id", "number", name=op.f("pk_escalation_events")),
    )
    op.drop_table("concerns")
