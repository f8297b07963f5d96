"""Which ways a notice takes to its customer: LINE where they are linked, mail, or none: a task for an agent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from server import accounts
from server.customers.entries import UNVERIFIED
from server.customers.rights import stops
from server.database import Transaction
from server.notices.caps import Room
from server.notices.kinds import Kind
from server.notices.matters import Matter
from server.notices.settings import NoticeSettings, sender

FINAL = frozenset({"nobody", "blocked", "stopped", "unwanted", "opted_out", "often", "no_consent", "no_sender"})
"""Reasons for which nobody else should tell the customer either."""


class Leg(NamedTuple):
    """One way: the channel, the account that writes, and to whom."""

    way: str
    account: int
    address: str
    name: str


class Route(NamedTuple):
    """The ways in their order; without any, why not: one word of `FINAL` or another, which is work for an agent."""

    legs: list[Leg]
    reason: str = ""


def route(tx: Transaction, kind: Kind, matter: Matter, decided: NoticeSettings, room: Room | None = None) -> Route:
    """How the customer of a matter is reached with a kind of notice.

    The way that the customer prefers comes first, of those that the kind allows. Advertising only goes to who said yes
    to it, by the way they said yes to, and not too often. An account that has no `room` for a message is passed over.
    """
    customer = tx.first("SELECT * FROM customer WHERE id = :id", id=matter.customer or 0)
    if customer is None:
        return Route([], "nobody")
    if why := _closed(tx, kind, customer, decided):
        return Route([], why)
    legs: list[Leg] = []
    reason = "unreachable"
    for way in sorted(kind.ways, key=lambda each: each != customer.notices_by):
        found = _line(tx, customer) if way == "line" else _mail(tx, customer, matter)
        if found is None:
            continue
        if suppressed(tx, found, kind.purpose):
            reason = "suppressed"
        elif kind.purpose == "advertising" and not _agreed(tx, customer.id, way):
            reason = "no_consent"
        elif room is not None and not room.has(tx, found.account):
            reason = "quota"
        else:
            legs.append(found)
    return Route(legs, "" if legs else reason)


def _closed(tx: Transaction, kind: Kind, customer: Any, decided: NoticeSettings) -> str:
    """Why nothing of a kind goes to a customer, whatever ways there are; empty when it may."""
    if customer.blocked:
        return "blocked"
    if stops.stopped(tx, customer.id, "automatic"):
        return "stopped"
    if customer.notices_by == "none":
        return "unwanted"
    if kind.purpose == "advertising":
        if not sender(decided, ""):
            return "no_sender"
        if customer.opted_out:
            return "opted_out"
        if _often(tx, customer.id, decided):
            return "often"
    return ""


def suppressed(tx: Transaction, leg: Leg, purpose: str) -> bool:
    """Whether nothing of this purpose is written to that address."""
    kind = "email" if leg.way == "email" else leg.way
    return bool(
        tx.value(
            "SELECT 1 FROM suppression WHERE kind = :kind AND address = :address AND purpose IN ('all', :purpose)",
            kind=kind,
            address=leg.address,
            purpose=purpose,
        )
    )


def _line(tx: Transaction, customer: Any) -> Leg | None:
    """The LINE contact that can be reached, by the account where they spoke last, else the oldest."""
    contact = tx.first(
        "SELECT * FROM contact WHERE customer_id = :id AND kind = 'line' AND reachable ORDER BY seen_at DESC, id DESC"
        " LIMIT 1",
        id=customer.id,
    )
    if contact is None:
        return None
    account = tx.value(
        "SELECT a.id FROM channel_account a LEFT JOIN ticket t ON t.account_id = a.id AND t.contact_id = :contact"
        " WHERE a.kind = 'line' AND a.enabled AND a.can_send AND a.removed_at IS NULL"
        " ORDER BY COALESCE(t.number, 0) DESC, a.id LIMIT 1",
        contact=contact.id,
    )
    return Leg("line", account, contact.address, contact.name) if account is not None else None


def _mail(tx: Transaction, customer: Any, matter: Matter) -> Leg | None:
    """The address that stands on the order, as it may be a marketplace's for this order alone; else the customer's."""
    account = accounts.sender_for(tx, "email")
    if account is None:
        return None
    written = str((matter.order.buyer if matter.order is not None else {}).get("email") or "").strip().lower()
    if written:
        contact = tx.first(
            "SELECT * FROM contact WHERE kind IN ('email', :claimed) AND address = :address",
            claimed=f"email{UNVERIFIED}",
            address=written,
        )
        if contact is None or (contact.reachable and contact.customer_id == customer.id):
            return Leg("email", account, written, customer.name)
    contact = tx.first(
        "SELECT * FROM contact WHERE customer_id = :id AND kind IN ('email', :claimed) AND reachable AND NOT relay"
        " ORDER BY CASE kind WHEN 'email' THEN 0 ELSE 1 END, seen_at DESC, id DESC LIMIT 1",
        id=customer.id,
        claimed=f"email{UNVERIFIED}",
    )
    return Leg("email", account, contact.address, customer.name) if contact is not None else None


def _agreed(tx: Transaction, customer: int, way: str) -> bool:
    """The latest word on marketing over this channel, or over any, whichever was said last."""
    row = tx.first(
        "SELECT given FROM consent WHERE customer_id = :id AND purpose = 'marketing' AND channel IN ('any', :way)"
        " ORDER BY at DESC, id DESC LIMIT 1",
        id=customer,
        way=way,
    )
    return row is not None and bool(row.given)


def _often(tx: Transaction, customer: int, decided: NoticeSettings) -> bool:
    many = tx.value(
        "SELECT count(DISTINCT letter_id) FROM notice WHERE customer_id = :id AND state = 'sent' AND advertising"
        " AND settled_at > :since",
        id=customer,
        since=tx.now - timedelta(days=decided.advertising_days),
    )
    return int(many) >= decided.advertising_most
