"""What networks say of notices that had left: an address that came back is not written to by itself again, and where
nothing reached the customer it is a task for an agent."""

from __future__ import annotations

from server.database import Transaction
from server.errors import NotFound
from server.notices import kinds, matters, suppression, tasks


def returned(tx: Transaction, letter_id: int, state: str) -> None:
    """A letter failed, came back or was complained of."""
    letter = tx.first("SELECT * FROM letter WHERE id = :id", id=letter_id)
    if letter is None:
        return
    kind = tx.value("SELECT kind FROM channel_account WHERE id = :id", id=letter.account_id)
    if state in ("bounced", "complained") and kind == "email":
        suppression.add(
            tx, "email", letter.recipient, "bounce" if state == "bounced" else "complaint", words=letter.words
        )
    if state == "complained" or letter.body.get("second"):
        return
    rows = tx.all(
        "SELECT * FROM notice WHERE letter_id = :id AND state = 'sent' ORDER BY id",
        id=letter.first_id or letter.id,
    )
    for row in rows:
        if row.advertising:
            continue
        try:
            told = kinds.one(tx, row.kind)
        except NotFound:
            continue
        if (matter := matters.one(tx, row.about)) is not None:
            tasks.give(tx, row, told, matter, state, letter.words, said=str(letter.body.get("text") or ""))
