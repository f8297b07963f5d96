"""What can be done with customers: identify who wrote, edit, block, and remember that a contact is out of reach."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from channels.contract import Party
from server.agents import AgentView, require
from server.customers import queries
from server.customers.queries import UNVERIFIED
from server.customers.views import CustomerView
from server.database import Transaction
from server.errors import Conflict, Invalid, NotFound
from server.events import CustomerChanged

EDITABLE = ("name", "kana", "company", "language", "note")


class Identity(NamedTuple):
    """Who wrote: the contact, its customer, and whether they were known before."""

    contact_id: int
    customer_id: int
    name: str
    blocked: bool
    known: bool


class CustomerEdit(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is to change of a customer; what is left out stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    kana: str | msgspec.UnsetType = msgspec.UNSET
    company: str | msgspec.UnsetType = msgspec.UNSET
    language: str | msgspec.UnsetType | None = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET


def identify(tx: Transaction, party: Party, *, language: str | None = None) -> Identity:
    """The customer behind a party; a new one when the contact is not known.

    Only the same address of the same kind matches, and only when the channel vouches for it: an unverified
    claim is kept as a contact of its own kind and never finds the customer whose address it names.
    """
    kind = party.kind if party.verified else party.kind + UNVERIFIED
    row = tx.first(
        "SELECT c.id, c.customer_id, c.name AS contact_name, k.name, k.blocked, k.version"
        " FROM contact c JOIN customer k ON k.id = c.customer_id WHERE c.kind = :kind AND c.address = :address",
        kind=kind,
        address=party.address,
    )
    if row is not None:
        tx.run("UPDATE contact SET seen_at = :now WHERE id = :id", now=tx.now, id=row.id)
        if party.name and party.name != row.contact_name:
            tx.run("UPDATE contact SET name = :name WHERE id = :id", name=party.name, id=row.id)
            if not row.name:
                tx.run("UPDATE customer SET name = :name WHERE id = :id", name=party.name, id=row.customer_id)
                tx.record(CustomerChanged(customer=row.customer_id, what="name"))
        return Identity(row.id, row.customer_id, row.name or party.name, bool(row.blocked), True)
    customer_id = _new(tx, name=party.name, language=language)
    contact_id = _new_contact(tx, customer_id, kind, party.address, party.name)
    return Identity(contact_id, customer_id, party.name, False, False)


def add(tx: Transaction, agent: AgentView, *, name: str, contacts: list[Party]) -> int:
    """A customer that an agent writes down. Raises `Conflict` when a contact belongs to somebody already."""
    require(agent, "agent")
    for party in contacts:
        _refuse_taken(tx, party)
    customer_id = _new(tx, name=name, language=None)
    for party in contacts:
        _new_contact(tx, customer_id, party.kind, party.address, party.name or name)
    tx.record(CustomerChanged(customer=customer_id, what="added"), f"agent:{agent.id}")
    return customer_id


def add_contact(tx: Transaction, agent: AgentView, customer_id: int, party: Party) -> CustomerView:
    """One more address of a customer. Raises `Conflict` when it belongs to somebody else."""
    require(agent, "agent")
    queries.view(tx, customer_id)
    _refuse_taken(tx, party)
    _new_contact(tx, customer_id, party.kind, party.address, party.name)
    tx.record(CustomerChanged(customer=customer_id, what="contact"), f"agent:{agent.id}")
    return queries.view(tx, customer_id)


def edit(
    tx: Transaction, agent: AgentView, customer_id: int, changes: CustomerEdit, *, version: int | None = None
) -> CustomerView:
    """Change what is known of a customer. Raises `Conflict` with the customer as it stands on a stale version."""
    require(agent, "agent")
    current = queries.view(tx, customer_id)
    if version is not None and version != current.version:
        raise Conflict("Somebody changed this customer in between.", current=current)
    values: dict[str, Any] = {
        field: value for field in EDITABLE if (value := getattr(changes, field)) is not msgspec.UNSET
    }
    if len(values.get("name") or "") > 200:
        raise Invalid(fields={"name": "at most 200 characters"})
    if values:
        places = ", ".join(f"{field} = :{field}" for field in values)
        tx.run(
            f"UPDATE customer SET {places}, version = version + 1, updated_at = :now WHERE id = :id",
            **values,
            now=tx.now,
            id=customer_id,
        )
        tx.record(CustomerChanged(customer=customer_id, what="edited"), f"agent:{agent.id}")
    return queries.view(tx, customer_id)


def block(tx: Transaction, agent: AgentView, customer_id: int, blocked: bool) -> CustomerView:
    """From now on file what this customer writes as spam; or no longer."""
    require(agent, "agent")
    if tx.run("UPDATE customer SET blocked = :blocked WHERE id = :id", blocked=blocked, id=customer_id) == 0:
        raise NotFound("There is no customer {id}.", id=customer_id)
    tx.record(CustomerChanged(customer=customer_id, what="blocked" if blocked else "unblocked"), f"agent:{agent.id}")
    return queries.view(tx, customer_id)


def unreachable(tx: Transaction, kind: str, address: str, words: str) -> None:
    """A letter came back: mark the contact, so that the next agent sees it before writing."""
    tx.run(
        "UPDATE contact SET reachable = :no, unreachable_because = :words WHERE kind = :kind AND address = :address",
        no=False,
        words=words[:500],
        kind=kind,
        address=address,
    )


def reachable(tx: Transaction, kind: str, address: str) -> None:
    """The contact can be reached after all."""
    tx.run(
        "UPDATE contact SET reachable = :yes, unreachable_because = '' WHERE kind = :kind AND address = :address"
        " AND reachable = :no",
        yes=True,
        no=False,
        kind=kind,
        address=address,
    )


def _new(tx: Transaction, *, name: str, language: str | None) -> int:
    return tx.insert(
        "customer",
        name=name,
        kana="",
        company="",
        language=language,
        note="",
        blocked=False,
        version=1,
        created_at=tx.now,
        updated_at=tx.now,
    )


def _new_contact(tx: Transaction, customer_id: int, kind: str, address: str, name: str) -> int:
    return tx.insert(
        "contact",
        customer_id=customer_id,
        kind=kind,
        address=address,
        name=name,
        reachable=True,
        unreachable_because="",
        status_message="",
        picture_type="",
        created_at=tx.now,
        seen_at=tx.now,
    )


def _refuse_taken(tx: Transaction, party: Party) -> None:
    taken = tx.value(
        "SELECT customer_id FROM contact WHERE kind = :kind AND address = :address",
        kind=party.kind,
        address=party.address,
    )
    if taken is not None:
        raise Conflict(
            "{address} belongs to customer {id}.",
            address=party.address,
            id=taken,
            current=queries.view(tx, taken),
        )
