"""What other systems can hear of: the kinds of events, and which of them a change of the desk's feed is.

One change is one event; only a ticket that makes its customer known is two. Kinds are chosen by name or by noun
(`order.*`), so that a kind added later comes as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from server.customers.rights import stops
from server.database import Transaction
from server.errors import Invalid
from server.events import Change
from server.tickets.life import LIVE

Thing = Literal["customer", "order", "interaction", "ticket", "message"]

KINDS: dict[str, str] = {
    "customer.created": "A new customer, whoever told of them first",
    "customer.updated": "A name, a birthday, a note, a rank, a block … changed",
    "customer.address.updated": "An address was added, corrected or taken away",
    "customer.contact.updated": "A mail address, phone or account was added, verified, or became unreachable",
    "customer.consent.updated": "A yes or no to a purpose",
    "customer.merged": "Two customers turned out to be one; `merged_into` says who stayed",
    "customer.parted": "A merge was undone",
    "customer.corrected": "Something was put right because the customer said so",
    "customer.stop.updated": "A customer stopped a use of their data, or allowed it again; `stops` says which",
    "customer.erased": "Everything that tells who they are was removed: remove it too",
    "order.created": "A new order",
    "order.updated": "An order, its payment, parcel or return changed; `what` says which",
    "interaction.created": "A visit, a sales note, a repair was told of",
    "ticket.opened": "A ticket began",
    "ticket.updated": "Assignee, priority, tags, subject … changed; `field` says which",
    "ticket.resolved": "A ticket is done, or needs no answer",
    "ticket.reopened": "A ticket that was done is not any more",
    "ticket.merged": "A ticket became part of another",
    "ticket.split": "Messages of a ticket began a new one",
    "ticket.rated": "A customer said how they were served",
    "message.received": "A customer wrote",
    "message.sent": "Somebody here answered; it is on its way",
    "message.delivered": "An answer arrived at the customer's network",
    "message.failed": "An answer could not be delivered, or came back",
    "message.withdrawn": "A message was taken back by its sender",
    "note.created": "A private note was written",
}
TEST = "webhook.test"
"""The kind of a test; nobody has to choose it."""

_CUSTOMER = {
    "added": "customer.created",
    "address": "customer.address.updated",
    "contact": "customer.contact.updated",
    "joined": "customer.contact.updated",
    "consent": "customer.consent.updated",
    "merged": "customer.merged",
    "parted": "customer.parted",
    "corrected": "customer.corrected",
    "stopped": "customer.stop.updated",
    "allowed": "customer.stop.updated",
    "erased": "customer.erased",
}
_MESSAGE = {
    "message.received": "message.received",
    "message.written": "message.sent",
    "message.withdrawn": "message.withdrawn",
    "note.written": "note.created",
}
_TICKET = frozenset({"ticket.merged", "ticket.split", "ticket.rated"})
_LETTER = {
    "delivered": "message.delivered",
    "arrived": "message.delivered",
    "failed": "message.failed",
    "bounced": "message.failed",
    "complained": "message.failed",
}
RELEVANT = ("customer.changed", "order.changed", "interaction.noted", "ticket.opened", "ticket.changed", "letter.moved",
            *_TICKET, *_MESSAGE)  # fmt: skip
"""The changes that may be events."""


ALWAYS_TOLD = frozenset({"customer.stop.updated", "customer.erased"})
"""What other systems hear of a customer who does not want them to be told anything."""


class Happening(NamedTuple):
    """An event before it is written down: its kind, whose order it keeps, and the thing that it speaks of."""

    kind: str
    subject: str
    thing: Thing
    id: int


def nouns() -> dict[str, list[str]]:
    """The kinds by their noun, for a page."""
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        found.setdefault(kind.partition(".")[0], []).append(kind)
    return found


def checked(chosen: Iterable[str]) -> list[str]:
    """Kinds as they are kept, each once. Raises `Invalid` for one that does not exist, and for none at all."""
    wanted = list(dict.fromkeys(chosen))
    known = {*KINDS, "*", *(f"{noun}.*" for noun in nouns())}
    for kind in wanted:
        if kind not in known:
            raise Invalid("There is no kind of event {kind}.", kind=kind)
    if not wanted:
        raise Invalid(fields={"kinds": "Choose at least one."})
    return wanted


def wants(chosen: Sequence[str], kind: str) -> bool:
    """Whether somebody who chose these kinds hears of this one."""
    return kind in chosen or "*" in chosen or f"{kind.partition('.')[0]}.*" in chosen


def happenings(tx: Transaction, change: Change) -> list[Happening]:
    """The events that a change is."""
    data: dict[str, Any] = change.data
    match change.kind:
        case "customer.changed":
            kind = _CUSTOMER.get(data.get("what", ""), "customer.updated")
            return [_of("customer", data["customer"], kind)] if data.get("what") != "apart" else []
        case "order.changed":
            return [_of("order", data["order"], "order.created" if data.get("new") else "order.updated")]
        case "interaction.noted":
            return [
                Happening("interaction.created", f"customer:{data['customer']}", "interaction", data["interaction"])
            ]
        case "letter.moved":
            kind = _LETTER.get(data.get("state", ""), "")
            return [_said(change, kind)] if kind and data.get("message") else []
        case "ticket.opened":
            return [*_introduced(tx, change), _of("ticket", change.ticket, "ticket.opened")]
        case "ticket.changed":
            return [_of("ticket", change.ticket, _moved(data))]
        case kind if kind in _TICKET:
            return [_of("ticket", change.ticket, kind)]
        case kind if kind in _MESSAGE:
            return [_said(change, _MESSAGE[kind])]
    return []


def _of(thing: Literal["customer", "order", "ticket"], id: Any, kind: str) -> Happening:
    return Happening(kind, f"{thing}:{id}", thing, int(id))


def _said(change: Change, kind: str) -> Happening:
    return Happening(kind, f"ticket:{change.ticket}", "message", int(change.data["message"]))


def _moved(data: dict[str, Any]) -> str:
    if data.get("field") == "status":
        before, after = data.get("before") in LIVE, data.get("after") in LIVE
        if before != after:
            return "ticket.reopened" if after else "ticket.resolved"
    return "ticket.updated"


def _introduced(tx: Transaction, change: Change) -> list[Happening]:
    """The customer whom a ticket's own unit of work made: both rows are of the same moment."""
    customer = tx.value(
        "SELECT k.id FROM ticket t JOIN customer k ON k.id = :customer AND k.created_at = t.created_at"
        " WHERE t.number = :number",
        customer=change.data.get("customer"),
        number=change.ticket,
    )
    return [_of("customer", customer, "customer.created")] if customer is not None else []


_WHOSE = {
    "customer": "SELECT CAST(:id AS INTEGER)",
    "order": "SELECT customer_id FROM orders WHERE id = :id",
    "ticket": "SELECT customer_id FROM ticket WHERE number = :id",
    "message": "SELECT t.customer_id FROM message m JOIN ticket t ON t.number = m.ticket_number WHERE m.id = :id",
    "interaction": "SELECT customer_id FROM interaction WHERE id = :id",
}


def is_kept_back(tx: Transaction, happening: Happening) -> bool:
    """Whether the customer does not want other systems to be told of it."""
    if happening.kind in ALWAYS_TOLD or happening.thing not in _WHOSE:
        return False
    customer = tx.value(_WHOSE[happening.thing], id=happening.id)
    return customer is not None and stops.stopped(tx, customer, "disclosure")
