"""What people here do with a customer's contacts: add one, vouch for one, say that it works again, take one away."""

from __future__ import annotations

from typing import Any

from channels.contract import Party
from server.agents import AgentView, require
from server.customers import changes, entries, keys, queries
from server.customers.entries import UNVERIFIED
from server.customers.views import CustomerView
from server.database import Transaction
from server.errors import Conflict, NotFound

TYPED = ("email", "phone", "external")
"""Kinds that a person may write down: the others belong to their networks."""


def add(tx: Transaction, agent: AgentView, customer_id: int, party: Party) -> CustomerView:
    """One more address of a customer. Raises `Conflict` when it belongs to somebody else."""
    require(agent, "agent")
    queries.view(tx, customer_id)
    refuse_taken(tx, party)
    entries.new_contact(tx, customer_id, party.kind, party.address, party.name, verified_by=agent.actor)
    return _changed(tx, agent, customer_id)


def verify(tx: Transaction, agent: AgentView, contact_id: int, verified: bool) -> CustomerView:
    """Say that somebody has checked whose it is, or that it is only a claim after all. Raises `Conflict` when the
    address is somebody else's proved one already."""
    require(agent, "agent")
    row = _row(tx, contact_id)
    bare = row.kind.removesuffix(UNVERIFIED)
    kind = bare if verified else bare + UNVERIFIED
    if kind != row.kind:
        refuse_taken(tx, Party(kind, row.address))
    tx.run(
        "UPDATE contact SET kind = :kind, verified_by = :by WHERE id = :id",
        kind=kind,
        by=agent.actor if verified else "",
        id=contact_id,
    )
    return _changed(tx, agent, row.customer_id)


def works(tx: Transaction, agent: AgentView, contact_id: int, reachable: bool, words: str = "") -> CustomerView:
    """Say that a contact can be reached after all, or cannot, and why."""
    require(agent, "agent")
    row = _row(tx, contact_id)
    tx.run(
        "UPDATE contact SET reachable = :reachable, unreachable_because = :words WHERE id = :id",
        reachable=reachable,
        words="" if reachable else words[:500],
        id=contact_id,
    )
    return _changed(tx, agent, row.customer_id)


def remove(tx: Transaction, agent: AgentView, contact_id: int) -> CustomerView:
    """Take a contact away. Raises `Conflict` for one that messages came from: they would be nobody's."""
    require(agent, "agent")
    row = _row(tx, contact_id)
    if row.kind.removesuffix(UNVERIFIED) not in TYPED:
        raise Conflict("This contact is its network's. Give it to whom it belongs instead.")
    used = tx.value(
        "SELECT 1 FROM ticket WHERE contact_id = :id UNION SELECT 1 FROM message WHERE contact_id = :id LIMIT 1",
        id=contact_id,
    )
    if used:
        raise Conflict("Messages came from this contact. Give it to whom it belongs instead.")
    tx.run("DELETE FROM contact WHERE id = :id", id=contact_id)
    return _changed(tx, agent, row.customer_id)


def refuse_taken(tx: Transaction, party: Party) -> None:
    """Raises `Conflict`, with whose it is, when a contact belongs to somebody."""
    taken = tx.value(
        "SELECT customer_id FROM contact WHERE kind = :kind AND address = :address",
        kind=party.kind,
        address=party.address,
    )
    if taken is not None:
        raise Conflict(
            "{address} belongs to customer {id}.", address=party.address, id=taken, current=queries.view(tx, taken)
        )


def _row(tx: Transaction, contact_id: int) -> Any:
    row = tx.first("SELECT * FROM contact WHERE id = :id", id=contact_id)
    if row is None:
        raise NotFound("There is no contact {id}.", id=contact_id)
    return row


def _changed(tx: Transaction, agent: AgentView, customer_id: int) -> CustomerView:
    keys.refresh(tx, customer_id)
    changes.note(tx, customer_id, "contact", agent.actor)
    return queries.view(tx, customer_id)
