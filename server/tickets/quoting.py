"""What an answer of ours carries besides its words: the thread it goes on, the message it quotes, buttons, choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from channels.contract import Buttons, Choice, Confirm, Quoted, Rich, in_words
from server.database import Transaction
from server.errors import Invalid

MOST_REFERENCES = 20


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


def fitted(text: str, rich: Rich | None, choices: Sequence[Choice], *, drawn: bool, tapped: bool) -> Fitted:
    """A message for a network that draws cards; for one that shows choices to be `tapped` alone, on which a card's
    buttons stand below its words; or for one that gets everything in words, below the text."""
    if drawn or (rich is None and not choices):
        return Fitted(text, rich, tuple(choices))
    shown: tuple[Choice, ...] = ()
    if tapped:
        shown = tuple(choices)
        match rich:
            case Buttons():
                shown = (*rich.choices, *shown)
                rich = msgspec.structs.replace(rich, choices=())
            case Confirm():
                shown = (rich.yes, rich.no, *shown)
                rich = Buttons(text=rich.text, choices=())
    words = in_words(rich, () if tapped else choices)
    return Fitted("\n\n".join(filter(None, (text.strip(), words))), None, shown)


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


def newest_from_customer(tx: Transaction, number: int) -> Any | None:
    """The row of the message that an answer answers."""
    return tx.first(
        "SELECT * FROM message WHERE ticket_number = :number AND kind = 'customer' AND withdrawn_at IS NULL"
        " ORDER BY seq DESC LIMIT 1",
        number=number,
    )


def references(tx: Transaction, number: int) -> tuple[str, ...]:
    """The ids of the thread, oldest first (RFC 5322 §3.6.4)."""
    found = tx.all(
        "SELECT COALESCE(m.external_id, l.external_id) AS id FROM message m LEFT JOIN letter l ON l.message_id = m.id"
        " WHERE m.ticket_number = :number AND COALESCE(m.external_id, l.external_id) IS NOT NULL"
        " ORDER BY m.seq DESC LIMIT :most",
        number=number,
        most=MOST_REFERENCES,
    )
    return tuple(row.id for row in reversed(found))


def as_quoted(last: Any) -> Quoted:
    """A message as a mail quotes it below the answer."""
    said: dict[str, Any] = last.envelope.get("from") or {}
    return Quoted(
        last.whole_text or last.text,
        name=said.get("name", ""),
        address=said.get("address", ""),
        at=last.created_at,
    )


def reply_subject(subject: str) -> str:
    """Begins with Re: once."""
    return subject if subject[:3].casefold() == "re:" else f"Re: {subject}".strip()
