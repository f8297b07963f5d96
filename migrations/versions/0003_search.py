"""The search index begins. It is made of other tables only, so its newest shape is made at once.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from server.tickets.indexing import PROGRESS, SCHEMA

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables for the index; the indexer fills them from the beginning of the change feed."""
    for statement in (*SCHEMA[op.get_bind().dialect.name], *PROGRESS):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Search is gone; nothing else."""
    for table in ("search_pair", "search_due", "search_progress", "search_message", "search_ticket"):
        op.get_bind().exec_driver_sql(f"DROP TABLE {table}")
