"""Choices that we offered and a customer tapped: whether they still stand, and what they say.

A tap is a message like any other, with the choice's words. Only its card makes it more, and only the desk decides
whether it has one: what was tapped must be the last thing that was said to this customer, and the answer the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from channels.contract import Buttons, Carousel, Choice, Confirm, InboundMessage, Rich, Tapped
from server.database import Transaction

LOOKED_BACK = 20
"""So many of our messages are searched for the button that a network only tells the data of."""


def judged(tx: Transaction, ticket: Any, message: InboundMessage) -> InboundMessage:
    """The message as the desk takes it: a tap on what nobody offers here (any more) is plain words.

    Where the network tells data alone, the words are those of our button.
    """
    if not isinstance(message.card, Tapped):
        return message
    if message.card.of:
        return message if stands(tx, ticket, message.card.of, message.card.data) else replace(message, card=None)
    label = _label(tx, ticket.number, message.card.data)
    if label is None:
        return message
    return replace(message, text=" ".join([label, *message.card.picked.values()]))


def stands(tx: Transaction, ticket: Any, of: int, data: str) -> bool:
    """Whether the message `of` offers this and nothing was said after it, by the customer or to them."""
    row = tx.first("SELECT * FROM message WHERE id = :id AND ticket_number = :number", id=of, number=ticket.number)
    if row is None or row.kind not in ("agent", "auto"):
        return False
    if not any(data in (one.data, one.text, one.label) for one in offered(row)):
        return False
    return not tx.value(
        "SELECT 1 FROM message WHERE ticket_number = :number AND seq > :seq AND withdrawn_at IS NULL"
        " AND (kind = 'customer' OR (kind IN ('agent', 'auto') AND account_id = :account)) LIMIT 1",
        number=ticket.number,
        seq=row.seq,
        account=row.account_id,
    )


def offered(row: Any) -> list[Choice]:
    """Everything that can be tapped in a message of ours."""
    envelope: dict[str, Any] = row.envelope
    rich = msgspec.convert(envelope["rich"], Rich) if "rich" in envelope else None
    return [*_buttons(rich), *msgspec.convert(envelope.get("choices", ()), tuple[Choice, ...])]


def _buttons(rich: Rich | None) -> Iterator[Choice]:
    match rich:
        case Buttons():
            yield from rich.choices
        case Confirm():
            yield from (rich.yes, rich.no)
        case Carousel():
            for column in rich.columns:
                yield from column.choices


def _label(tx: Transaction, number: int, data: str) -> str | None:
    rows = tx.all(
        "SELECT envelope FROM message WHERE ticket_number = :number AND kind IN ('agent', 'auto')"
        " ORDER BY seq DESC LIMIT :most",
        number=number,
        most=LOOKED_BACK,
    )
    return next((one.text or one.label for row in rows for one in offered(row) if one.data == data), None)
