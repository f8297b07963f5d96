"""配送停止中 for what was handed over already: letters of notices that wait for a network wait for the release too."""

from __future__ import annotations

from server.database import Transaction

_THEIRS = "EXISTS (SELECT 1 FROM notice n WHERE n.letter_id = COALESCE(letter.first_id, letter.id))"
_PAUSED = (
    "EXISTS (SELECT 1 FROM bulk_recipient r JOIN bulk_letter b ON b.id = r.bulk_id WHERE b.state = 'paused'"
    " AND r.letter_id = COALESCE(letter.first_id, letter.id))"
)


def keep_letters(tx: Transaction) -> int:
    """Letters of notices that wait to leave stay here; how many."""
    return tx.run(f"UPDATE letter SET state = 'held' WHERE state = 'waiting' AND {_THEIRS}")


def release_letters(tx: Transaction) -> int:
    """They leave now, but those of bulk letters that are paused by themselves; how many."""
    return tx.run(
        f"UPDATE letter SET state = 'waiting', next_at = :now WHERE state = 'held' AND {_THEIRS} AND NOT {_PAUSED}",
        now=tx.now,
    )
