"""What carries names in partnerships that have ended is deleted 731 days after their last pulse."""

from alembic import op

revision = "0008"
down_revision = "0007"

_DAY = 86_400_000_000  # microseconds


def upgrade() -> None:
    """Plan for those that ended before the code did so; when they ended was not written down."""
    op.execute(
        "INSERT INTO due_work (partnership_id, kind, subject, due_at) "  # noqa: S608 - a number of ours
        f"SELECT id, 'forget', 'ended', COALESCE(last_opened_at, created_at) + {731 * _DAY} "
        "FROM partnerships WHERE state = 'ended'"
    )
