"""What a customer's message carries besides its words (a card, a quote), and what was taken back before it came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from channels.contract import InboundMessage, Withdrawn
from server.accounts import records
from server.database import Transaction
from server.database.types import dump
from server.tickets.rows import preview

EARLY = "withdrawn"
"""The shelf of an account for unsends that came before what they take back."""
KEPT = timedelta(days=7)


def besides_words(tx: Transaction, account_id: int, message: InboundMessage) -> dict[str, Any]:
    """The columns of the message's row that not every network fills; nothing for a plain line."""
    found: dict[str, Any] = {}
    if message.card is not None:
        found["card"] = dump(msgspec.to_builtins(message.card))
    if message.album is not None:
        found["album"] = dump(msgspec.to_builtins(message.album))
    if message.quotes is not None:
        found["quoted_id"] = _quoted(tx, account_id, message.quotes)
    if message.handles.read:
        found["read_handle"] = message.handles.read
    if message.timed and (early := records.look_up(tx, account_id, EARLY, message.external_id)) is not None:
        found["withdrawn_at"] = msgspec.convert(early, type=type(tx.now))
    return found


def keep_withdrawal(tx: Transaction, account_id: int, withdrawn: Withdrawn) -> None:
    """Networks change the order of things: what is taken back may still be on its way."""
    records.keep(tx, account_id, EARLY, withdrawn.external_id, withdrawn.at, tx.now + KEPT)


def shown(tx: Transaction, row: Any, message: InboundMessage) -> dict[str, Any]:
    """What of the ticket's list row differs from the message's own words."""
    if row.withdrawn_at is not None:
        return {"last_text": ""}
    if message.timed and row.seq > 1:
        newest = tx.first(
            "SELECT text, created_at FROM (SELECT text, created_at, seq FROM message WHERE ticket_number = :number"
            " AND seq < :seq AND kind = 'customer' ORDER BY seq DESC LIMIT 20) AS lately"
            " ORDER BY created_at DESC, seq DESC LIMIT 1",
            number=row.ticket_number,
            seq=row.seq,
        )
        if newest is not None and newest.created_at > row.created_at:
            return {"last_text": preview(newest.text)}
    return {} if message.text else {"last_text": title(message)}


def title(message: InboundMessage) -> str:
    """What stands for a message without words: its first file's name."""
    names = [file.filename for file in message.attachments if not file.inline]
    names += [file.filename for file in message.pending if not file.inline]
    return names[0] if names else ""


def _quoted(tx: Transaction, account_id: int, external_id: str) -> int | None:
    """Our id of the message that the network names: one of theirs, or what a letter of ours became there."""
    found: int | None = tx.value(
        "SELECT id FROM message WHERE external_id = :id AND account_id = :account ORDER BY id DESC LIMIT 1",
        id=external_id,
        account=account_id,
    ) or tx.value(
        "SELECT l.message_id FROM letter_part p JOIN letter l ON l.id = p.letter_id"
        " WHERE p.external_id = :id AND l.account_id = :account LIMIT 1",
        id=external_id,
        account=account_id,
    )
    return found
