"""How long the file of a bulk letter's recipients stays: it is full of people's data."""

from __future__ import annotations

from datetime import timedelta

from server.database import Transaction

KEEP_FILES = timedelta(days=30)
"""After the last thing that was done with the bulk letter."""


def sweep(tx: Transaction) -> int:
    """Let go of files whose time is over; how many. What their rows said of a recipient goes with them."""
    over = "digest <> '' AND updated_at < :before AND state <> 'running' AND listing <> 'under_way'"
    ids = [row.id for row in tx.all(f"SELECT id FROM bulk_letter WHERE {over}", before=tx.now - KEEP_FILES)]
    for id in ids:
        tx.run("UPDATE bulk_letter SET digest = '' WHERE id = :id", id=id)
        tx.run("UPDATE bulk_recipient SET extra = '{}' WHERE bulk_id = :id AND state <> 'listed'", id=id)
        tx.run("UPDATE bulk_problem SET said = '' WHERE bulk_id = :id", id=id)
    return len(ids)
