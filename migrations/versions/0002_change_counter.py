"""The change feed begins to count.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row, whose lock orders the feed."""
    op.execute("INSERT INTO change_counter (id, seq) VALUES (1, 0)")


def downgrade() -> None:
    """Back to a feed that never began."""
    op.execute("DELETE FROM change_counter")
