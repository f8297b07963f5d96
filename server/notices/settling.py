"""A notice that will not leave by itself."""

from __future__ import annotations

from typing import Any

from server.database import Transaction
from server.events import NoticeMoved


def settle(tx: Transaction, row: Any, state: str, reason: str, words: str = "") -> None:
    """Say so, and why."""
    tx.run(
        "UPDATE notice SET state = :state, reason = :reason, words = :words, settled_at = :now WHERE id = :id",
        state=state,
        reason=reason,
        words=words,
        now=tx.now,
        id=row.id,
    )
    tx.record(NoticeMoved(notice=row.id, customer=row.customer_id, state=state))
