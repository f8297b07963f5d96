"""What each step of a letter does besides its own: the row is locked, the try noted, the move told."""

from __future__ import annotations

from typing import Any

from server.database import Transaction
from server.errors import NotFound
from server.events import LetterMoved

UNDELIVERED = ("failed", "bounced", "complained")


def locked(tx: Transaction, letter_id: int) -> Any:
    """The letter's row, for this unit alone. Raises `NotFound`."""
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    letter = tx.first(f"SELECT * FROM letter WHERE id = :id{lock}", id=letter_id)
    if letter is None:
        raise NotFound("There is no letter {id}.", id=letter_id)
    return letter


def note_try(tx: Transaction, letter_id: int, outcome: str, words: str = "") -> None:
    """A line in the letter's history of tries."""
    tx.run(
        "INSERT INTO letter_try (letter_id, at, outcome, words) VALUES (:id, :now, :outcome, :words)",
        id=letter_id,
        now=tx.now,
        outcome=outcome,
        words=words,
    )


def tell(tx: Transaction, letter: Any, state: str, words: str, by: str | None = None, *, code: str = "") -> None:
    """Announce what became of it; the ticket is marked where its customer has not been reached."""
    if letter.ticket_number is not None and (state in UNDELIVERED or letter.state in UNDELIVERED):
        _mark_ticket(tx, letter, state in UNDELIVERED)
    tx.record(
        LetterMoved(
            ticket=letter.ticket_number,
            letter=letter.id,
            message=letter.message_id,
            state=state,
            words=words,
            code=code,
        ),
        by,
    )


def _mark_ticket(tx: Transaction, letter: Any, undelivered: bool) -> None:
    """A ticket is marked while the newest thing that was written to its customer has not reached them."""
    tx.run(
        "UPDATE ticket SET undelivered = :undelivered WHERE number = :number AND NOT EXISTS (SELECT 1 FROM letter"
        " WHERE ticket_number = :number AND id > :id AND state <> 'recalled')",
        undelivered=undelivered,
        number=letter.ticket_number,
        id=letter.id,
    )
