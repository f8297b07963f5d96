"""What networks tell of their people (names, pictures, languages), and contacts that turn out to be somebody known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from channels.contract import ContactChanged, Party
from server.agents import AgentView, require
from server.customers import belongings, changes, keys, queries
from server.customers.views import CustomerView
from server.database import Transaction
from server.errors import NotFound
from server.events import CustomerChanged, TicketChanged

FRESH = timedelta(days=1)
"""A profile that was asked for within this is not asked for again."""


class Picture(NamedTuple):
    """A picture in the file store."""

    digest: str
    content_type: str


def unreachable_because(tx: Transaction, kind: str, address: str) -> str:
    """Why a contact is known to be out of reach; empty when it is not."""
    row = tx.first(
        "SELECT reachable, unreachable_because FROM contact WHERE kind = :kind AND address = :address",
        kind=kind,
        address=address,
    )
    return "" if row is None or row.reachable else row.unreachable_because or "it cannot be reached"


def is_stale(tx: Transaction, contact_id: int) -> bool:
    """Whether it is time to ask the network about this contact again."""
    asked = tx.value("SELECT profile_at FROM contact WHERE id = :id", id=contact_id)
    return asked is None or tx.now - asked > FRESH


def told(tx: Transaction, contact_id: int, changed: ContactChanged, picture: Picture | None) -> None:
    """Keep what the network told of a contact. A customer without a name gets it; one with a name keeps theirs."""
    before = tx.one("SELECT * FROM contact WHERE id = :id", id=contact_id)
    after: dict[str, Any] = {
        "name": changed.contact.name or before.name,
        "language": changed.language if changed.language is not None else before.language,
        "status_message": changed.status_message if changed.status_message is not None else before.status_message,
        "picture": picture.digest if picture else before.picture,
        "picture_type": picture.content_type if picture else before.picture_type,
    }
    places = ", ".join(f"{name} = :{name}" for name in after)
    tx.run(f"UPDATE contact SET {places}, profile_at = :now WHERE id = :id", **after, now=tx.now, id=contact_id)
    if after["name"]:
        named = tx.run(
            "UPDATE customer SET name = :name WHERE id = :id AND name = ''", name=after["name"], id=before.customer_id
        )
        if named:
            keys.refresh(tx, before.customer_id)
    if any(after[name] != getattr(before, name) for name in after):
        tx.record(CustomerChanged(customer=before.customer_id, what="profile"))


def picture(tx: Transaction, contact_id: int) -> Picture:
    """The picture of a contact. Raises `NotFound`."""
    row = tx.first("SELECT picture, picture_type FROM contact WHERE id = :id", id=contact_id)
    if row is None or row.picture is None:
        raise NotFound("There is no picture.")
    return Picture(row.picture, row.picture_type)


def move(tx: Transaction, agent: AgentView, contact_id: int, customer_id: int) -> CustomerView:
    """An agent says whose contact this is: it and its tickets become that customer's. Raises `NotFound`."""
    require(agent, "agent")
    queries.view(tx, customer_id)
    join(tx, contact_id, customer_id, by=agent.actor)
    return queries.view(tx, customer_id)


def names_of(tx: Transaction, former: int, now: int) -> tuple[str, str]:
    """What two customers are called."""
    found = {row.id: row.name for row in tx.all("SELECT id, name FROM customer WHERE id IN (:a, :b)", a=former, b=now)}
    return found.get(former, ""), found.get(now, "")


def join(tx: Transaction, contact_id: int, customer_id: int, *, by: str = "system") -> bool:
    """A contact is this customer's, and so are the tickets that it wrote. Whether anything changed.

    A customer who has nothing left but the name that the contact brought is gone with it.
    """
    row = tx.first("SELECT customer_id, name FROM contact WHERE id = :id", id=contact_id)
    if row is None:
        raise NotFound("There is no contact {id}.", id=contact_id)
    former = row.customer_id
    if former == customer_id:
        return False
    tx.run("UPDATE contact SET customer_id = :to WHERE id = :id", to=customer_id, id=contact_id)
    names = names_of(tx, former, customer_id)
    for ticket in tx.all("SELECT number FROM ticket WHERE contact_id = :contact", contact=contact_id):
        tx.run(
            "UPDATE ticket SET customer_id = :to, version = version + 1 WHERE number = :number",
            to=customer_id,
            number=ticket.number,
        )
        moved = TicketChanged(ticket=ticket.number, field="customer", before=former, after=customer_id, names=names)
        tx.record(moved, by)
    tx.run("UPDATE customer SET name = :name WHERE id = :id AND name = ''", name=row.name, id=customer_id)
    if belongings.nothing(tx, former):
        belongings.forget(tx, former)
    else:
        keys.refresh(tx, former)
    keys.refresh(tx, customer_id)
    tx.record(CustomerChanged(customer=former, what="joined"), by)
    changes.note(tx, customer_id, "joined", by)
    return True


def contact_of(tx: Transaction, party: Party) -> int | None:
    """A contact's id, where there is one."""
    found: int | None = tx.value(
        "SELECT id FROM contact WHERE kind = :kind AND address = :address", kind=party.kind, address=party.address
    )
    return found
