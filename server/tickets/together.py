"""Lines of conversations that are under way, many at once: the hot path of a chat, a few statements for all of them.

What is filed here is what `intake.receive` would have filed, line by line. Only SQLite does it so: there each statement
waits for the interpreter, which the event loop holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from channels.contract import InboundMessage
from channels.contract.incoming import NO_HANDLES
from server.customers import UNVERIFIED
from server.database import Transaction
from server.database.types import dump, stored
from server.events import MessageReceived
from server.tickets.intake import Received, envelope_of, moved_by, plausible
from server.tickets.matching import SEEN_EVERY
from server.tickets.rows import preview, several

LOOK_UP = """
SELECT json_object('newest', (SELECT max(id) FROM message), 'found', json_group_array(json_object(
  'place', asked.column1, 'account', asked.column2, 'number', t.number, 'status', t.status, 'last_seq', t.last_seq,
  'last_kind', t.last_kind, 'snoozed', t.snoozed_until IS NOT NULL, 'its_own', t.contact_id = c.id,
  'customer', c.customer_id, 'contact', c.id, 'name', c.name, 'stale', c.seen_at < ?, 'blocked', k.blocked OR EXISTS
    (SELECT 1 FROM block b WHERE b.kind = c.kind AND b.address = c.address))))
FROM (VALUES {rows}) AS asked
CROSS JOIN contact c ON c.kind = asked.column4 AND c.address = asked.column5
CROSS JOIN customer k ON k.id = c.customer_id
CROSS JOIN ticket t ON t.number = (SELECT max(number) FROM ticket
  WHERE account_id = asked.column2 AND conversation = asked.column3 AND merged_into IS NULL)
"""
MOVE_ON = """
UPDATE ticket SET last_seq = moved.column2, last_text = moved.column3, updated_at = ?,
  version = version + moved.column4
FROM (VALUES {rows}) AS moved WHERE number = moved.column1
"""
COLUMNS = (
    "id", "ticket_number", "seq", "kind", "contact_id", "account_id", "arrival_id", "external_id", "subject", "text",
    "envelope", "created_at",
)  # fmt: skip


NEVER = (
    "automatic", "within", "card", "album", "quotes", "token", "new_after", "whole_text", "html", "agent_id",
    "reply_to",
)  # fmt: skip


class Standing(msgspec.Struct):
    """A conversation's ticket as the lines before left it, and who writes."""

    place: int
    account: int
    number: int
    status: str
    last_seq: int
    last_kind: str
    snoozed: bool
    its_own: bool
    customer: int
    contact: int
    name: str
    stale: bool
    blocked: bool
    last_text: str = ""
    more: int = 0
    """How many lines came to it."""

    @property
    def snoozed_until(self) -> bool | None:
        """None when it is not snoozed."""
        return self.snoozed or None


class _Found(msgspec.Struct):
    newest: int | None = None
    found: list[Standing] = []


class UnderWay(NamedTuple):
    """Lines whose conversations are under way, in order; how many `others` follow; the id of the newest message."""

    lines: list[tuple[InboundMessage, Standing]]
    others: int
    newest: int


_read = msgspec.json.Decoder(_Found, strict=False).decode


def is_line(message: InboundMessage) -> bool:
    """Whether it is nothing but words in a conversation: what can be looked up together with others."""
    return (
        message.conversation is not None
        and bool(message.text)
        and message.handles is NO_HANDLES
        and message.authentication == "none"
        and not (message.references or message.attachments or message.pending or message.timed)
        and all(getattr(message, name) is None for name in NEVER)
    )


def under_way(tx: Transaction, said: Sequence[tuple[int, InboundMessage]]) -> UnderWay:
    """The first so many of the lines (with their accounts) whose conversations go on as they are.

    The others need `intake.receive`: their conversation begins, or their customer is new, blocked or has another name.
    """
    places: dict[tuple[int, str | None, str, str], int] = {}
    asking = [places.setdefault(_asked(account, message), len(places)) for account, message in said]
    row = tx.over(LOOK_UP, 5, [v for key, place in places.items() for v in (place, *key)], stored(tx.now - SEEN_EVERY))
    found = _read(row[0] if row is not None else b"{}")
    tickets: dict[int, Standing] = {}
    # Only its own contact goes on with a ticket, so whoever is left of a ticket's is one and the same.
    own = (one for one in found.found if one.its_own and not one.blocked)
    standing = {one.place: tickets.setdefault(one.number, one) for one in own}
    fits = [_fitting(message, standing.get(place)) for (_, message), place in zip(said, asking, strict=True)]
    ends = fits.index(None) if None in fits else len(fits)
    lines = [(message, ticket) for (_, message), ticket in zip(said[:ends], fits, strict=False) if ticket is not None]
    others = next((n for n, fit in enumerate(fits[ends:]) if fit is not None), len(fits) - ends)
    return UnderWay(lines, others, found.newest or 0)


def _asked(account: int, message: InboundMessage) -> tuple[int, str | None, str, str]:
    who = message.sender
    return account, message.conversation, who.kind if who.verified else who.kind + UNVERIFIED, who.address


def _fitting(message: InboundMessage, ticket: Standing | None) -> Standing | None:
    """The ticket, unless its customer calls themselves otherwise now."""
    renamed = ticket is not None and message.sender.name and message.sender.name != ticket.name
    return None if renamed else ticket


def go_on(tx: Transaction, said: UnderWay, arrivals: Sequence[int]) -> list[Received]:
    """File lines that are under way, each from its arrival: their rows, what follows for their tickets, the events."""
    if not said.lines:
        return []
    now, id = stored(tx.now), said.newest
    rows: list[tuple[Any, ...]] = []
    moved: dict[int, dict[str, Any]] = {}
    received: list[Received] = []
    for (message, ticket), arrival in zip(said.lines, arrivals, strict=True):
        id += 1
        ticket.last_seq += 1
        ticket.more += 1
        ticket.last_text = preview(message.text)
        rows.append(
            (
                id, ticket.number, ticket.last_seq, "customer", ticket.contact, ticket.account, arrival,
                message.external_id, message.subject, message.text, dump(envelope_of(message)),
                stored(min(message.sent_at, tx.now)) if plausible(message.sent_at, tx.now) else now,
            )
        )  # fmt: skip
        by = f"customer:{ticket.customer}"
        if ticket.last_kind != "customer" or ticket.snoozed or ticket.status not in ("open", "active"):
            with tx.acting(by):
                moves = moved.setdefault(ticket.number, {})
                moves |= moved_by(tx, ticket, message, began=False, spam=False)
            ticket.status = moves.get("status", ticket.status)
            ticket.last_kind, ticket.snoozed = "customer", False
        tx.record(MessageReceived(ticket=ticket.number, message=id, seq=ticket.last_seq), by)
        received.append(Received(ticket.number, id, False))
    tx.put_all("message", COLUMNS, rows)
    _move_on(tx, {ticket.number: ticket for _, ticket in said.lines}, moved)
    return received


def _move_on(tx: Transaction, tickets: dict[int, Standing], moved: dict[int, dict[str, Any]]) -> None:
    """The tickets after their lines."""
    still = [one for one in tickets.values() if one.number not in moved]
    if still:
        values = [value for one in still for value in (one.number, one.last_seq, one.last_text, one.more)]
        tx.over(MOVE_ON, 4, values, stored(tx.now))
    for number, columns in moved.items():
        _move(tx, tickets[number], {"last_kind": "customer", "updated_at": tx.now, **columns})
    stale = [one.contact for one in tickets.values() if one.stale]
    if stale:
        tx.run(f"UPDATE contact SET seen_at = :now WHERE id IN ({several(stale)})", now=tx.now)


def _move(tx: Transaction, ticket: Standing, columns: dict[str, Any]) -> None:
    """One whose status or waiting time moved too: a column that is named is written in all its indexes."""
    columns |= {"last_seq": ticket.last_seq, "last_text": ticket.last_text}
    places = ", ".join(f"{name} = :{name}" for name in columns)
    tx.run(
        f"UPDATE ticket SET {places}, version = version + :more WHERE number = :of",
        **columns,
        more=ticket.more,
        of=ticket.number,
    )
