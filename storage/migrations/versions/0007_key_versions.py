"""Partnerships say how often their pseudonym key was replaced, so that nobody writes with one that was."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A number that grows with each new key of a partnership's pseudonyms."""
    op.add_column("partnerships", sa.Column("key_version", sa.Integer(), server_default="0", nullable=False))
