"""What is taken out of lessons when messages lose their words: by erasure, or after their time."""

from __future__ import annotations

from server.database import Transaction
from server.tickets.rows import several


def messages(tx: Transaction, ids: list[int]) -> None:
    """Forget what was learned from messages, but for what somebody took as the shop's own words."""
    listed = several(ids)
    tx.run(f"DELETE FROM proposed_phrasing WHERE message_id IN ({listed})")
    tx.run(f"DELETE FROM faq_gap_message WHERE message_id IN ({listed})")
    tx.run(f"DELETE FROM lesson_letter WHERE message_id IN ({listed})")
    tx.run(f"UPDATE faq_gap SET answer = '', answer_id = NULL, solved = 0 WHERE answer_id IN ({listed})")
    for gap in tx.all(f"SELECT id FROM faq_gap WHERE named_by IN ({listed})"):
        next_one = tx.first(
            "SELECT message_id, text FROM faq_gap_message WHERE gap_id = :id ORDER BY place LIMIT 1", id=gap.id
        )
        if next_one is None:
            tx.run("DELETE FROM faq_gap WHERE id = :id", id=gap.id)
        else:
            tx.run(
                "UPDATE faq_gap SET name = :name, named_by = :message WHERE id = :id",
                id=gap.id, name=next_one.text, message=next_one.message_id,
            )  # fmt: skip
