"""Tables of milestones, words for them, and thanks; and the thread that a message of the outbox answers in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Tables of milestones, words for them, and thanks; and the thread that a message of the outbox answers in."""
    op.create_table(
        "milestones",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partnership_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("phase_before", sa.String(length=100), nullable=False),
        sa.Column("phase_after", sa.String(length=100), nullable=False),
        sa.Column("fate", sa.String(length=16), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_milestones_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
        sa.UniqueConstraint("partnership_id", "told_on", name=op.f("uq_milestones_partnership_id_told_on")),
    )
    op.create_table(
        "milestone_words",
        sa.Column("milestone_id", sa.String(length=32), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestones.id"], name=op.f("fk_milestone_words_milestone_id")),
        sa.PrimaryKeyConstraint("milestone_id", "team_id", "user_id", name=op.f("pk_milestone_words")),
    )
    op.create_table(
        "thanks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partnership_id", sa.String(length=32), nullable=False),
        sa.Column("author_team_id", sa.String(length=32), nullable=True),
        sa.Column("author_user_id", sa.String(length=32), nullable=True),
        sa.Column("organisation_id", sa.String(length=32), nullable=True),
        sa.Column("thanked_team_id", sa.String(length=32), nullable=False),
        sa.Column("thanked_user_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("behaviour", sa.String(length=32), nullable=True),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnerships.id"], name=op.f("fk_thanks_partnership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thanks")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_thanks_partnership_id"), "thanks", ["partnership_id"], unique=False)
    op.create_index(op.f("ix_thanks_said_on"), "thanks", ["said_on"], unique=False)
    op.add_column("outbox", sa.Column("thread_of", sa.String(length=200), nullable=True))
