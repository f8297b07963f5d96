"""The change feed begins to count, and tickets are counted as they move.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = "(status, team_id, assignee_id, spam)"
PLACE = "{row}.status, COALESCE({row}.team_id, 0), COALESCE({row}.assignee_id, 0), {row}.spam"
ADD = f"""
    INSERT INTO ticket_count (status, team_id, assignee_id, spam, tickets)
    SELECT {PLACE}, {{n}} WHERE {{row}}.merged_into IS NULL
    ON CONFLICT {KEY} DO UPDATE SET tickets = ticket_count.tickets + {{n}};
"""
PLUS, MINUS = ADD.format(row="NEW", n="1"), ADD.format(row="OLD", n="-1")
COLUMNS = "status, team_id, assignee_id, spam, merged_into"


def upgrade() -> None:
    """One row, whose lock orders the feed; triggers, so that no statement can forget the counters."""
    op.execute("INSERT INTO change_counter (id, seq) VALUES (1, 0)")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER ticket_counted_in AFTER INSERT ON ticket BEGIN {PLUS} END")
        op.execute(f"CREATE TRIGGER ticket_counted_on AFTER UPDATE OF {COLUMNS} ON ticket BEGIN {MINUS} {PLUS} END")
        return
    for name, body in (("ticket_counted_in", PLUS), ("ticket_counted_on", MINUS + PLUS)):
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$")
    op.execute(
        "CREATE TRIGGER ticket_counted_in AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION ticket_counted_in()"
    )
    op.execute(
        f"CREATE TRIGGER ticket_counted_on AFTER UPDATE OF {COLUMNS} ON ticket"
        " FOR EACH ROW EXECUTE FUNCTION ticket_counted_on()"
    )


def downgrade() -> None:
    """Back to a desk that does not count."""
    for name in ("ticket_counted_in", "ticket_counted_on"):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.execute("DELETE FROM change_counter")
