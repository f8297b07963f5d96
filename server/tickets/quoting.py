"""What an answer of ours carries besides its words: which message it quotes, buttons, choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from channels.contract import Choice, Rich, in_words
from server.database import Transaction
from server.errors import Invalid


class Fitted(NamedTuple):
    """What the customer is sent."""

    text: str
    rich: Rich | None
    choices: tuple[Choice, ...]


def besides_words(rich: Rich | None, choices: Sequence[Choice]) -> dict[str, Any]:
    """What of it is kept with the message, so that the thread shows it."""
    kept: dict[str, Any] = {}
    if rich is not None:
        kept["rich"] = msgspec.to_builtins(rich)
    if choices:
        kept["choices"] = msgspec.to_builtins(tuple(choices))
    return kept


def fitted(text: str, rich: Rich | None, choices: Sequence[Choice], *, drawn: bool) -> Fitted:
    """A message for a network that draws cards, or one that gets them in words, below the text."""
    if drawn or (rich is None and not choices):
        return Fitted(text, rich, tuple(choices))
    return Fitted("\n\n".join(filter(None, (text.strip(), in_words(rich, choices)))), None, ())


def handle(tx: Transaction, number: int, message_id: int) -> str:
    """The network's word with which an answer quotes a message of this ticket; empty where it has none.

    Raises `Invalid` for a message of another ticket.
    """
    row = tx.first("SELECT ticket_number, envelope FROM message WHERE id = :id", id=message_id)
    if row is None or row.ticket_number != number:
        raise Invalid(fields={"answers": "is not a message of this ticket"})
    theirs = (row.envelope.get("handles") or {}).get("quote")
    ours = tx.value(
        "SELECT p.quote FROM letter_part p JOIN letter l ON l.id = p.letter_id WHERE l.message_id = :id"
        " ORDER BY p.position LIMIT 1",
        id=message_id,
    )
    return str(theirs or ours or "")
