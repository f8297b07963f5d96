"""Addresses and consents that people here write down."""

from __future__ import annotations

from server.agents import AgentView, require
from server.customers import changes, keys, queries
from server.customers.store import people
from server.customers.store.facts import AddressFact, ConsentFact
from server.customers.views import CustomerView
from server.database import Transaction
from server.errors import NotFound


def add_address(tx: Transaction, agent: AgentView, customer_id: int, address: AddressFact) -> CustomerView:
    """One more address of a customer."""
    require(agent, "agent")
    queries.view(tx, customer_id)
    people.write_address(tx, customer_id, address)
    return _changed(tx, agent, customer_id, "address")


def remove_address(tx: Transaction, agent: AgentView, customer_id: int, address_id: int) -> CustomerView:
    """Take an address away that was written down here. Raises `NotFound` for one that a source tells."""
    require(agent, "agent")
    removed = tx.run(
        "DELETE FROM customer_address WHERE id = :id AND customer_id = :customer AND source_id IS NULL",
        id=address_id,
        customer=customer_id,
    )
    if not removed:
        raise NotFound("There is no such address that was written down here.")
    return _changed(tx, agent, customer_id, "address")


def note_consent(tx: Transaction, agent: AgentView, customer_id: int, consent: ConsentFact) -> CustomerView:
    """A yes or no that somebody here heard or read."""
    require(agent, "agent")
    queries.view(tx, customer_id)
    people.note_consents(tx, customer_id, agent.actor, [consent])
    return _changed(tx, agent, customer_id, "consent")


def _changed(tx: Transaction, agent: AgentView, customer_id: int, what: str) -> CustomerView:
    keys.refresh(tx, customer_id)
    changes.note(tx, customer_id, what, agent.actor)
    return queries.view(tx, customer_id)
