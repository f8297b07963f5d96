"""Stop of use (利用停止): for what a customer's data may not be used any more, and who is held to it.

`automatic`: nothing leaves by itself (acknowledgements, rating requests, notices); people may answer.
`lists`: not in segments, spreadsheets of customers or mailings. `disclosure`: not told to other systems any more.
`all` is each of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from server.agents import AgentView, require
from server.customers.rights import audit
from server.customers.views import View
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.events import CustomerChanged

Purpose = Literal["all", "automatic", "lists", "disclosure"]
PURPOSES: tuple[str, ...] = get_args(Purpose)
STOPPED = (
    "SELECT 1 FROM use_stop u WHERE u.customer_id = {customer} AND u.lifted_at IS NULL"
    " AND u.purpose IN ('all', '{purpose}')"
)
"""Whether a use of a customer is stopped, as SQL for an EXISTS; `customer` is a column or a parameter."""
NOT_LISTED = "NOT EXISTS (" + STOPPED.format(customer="c.id", purpose="lists") + ") AND c.erased_at IS NULL"
"""Which customers, as `c`, may be in lists."""


class StopView(View, frozen=True, kw_only=True):
    """One stop; `lifted_at` when it no longer holds."""

    id: int
    purpose: str
    request: int | None
    note: str
    by: str
    since: datetime
    lifted_at: datetime | None
    lifted_by: str


def stop(
    tx: Transaction, agent: AgentView, customer_id: int, purpose: Purpose, *, note: str = "", request: int | None = None
) -> list[StopView]:
    """From now on the customer's data is not used for a purpose; their stops. Raises `NotFound` or `Invalid`."""
    require(agent, "agent")
    _there(tx, customer_id)
    if purpose not in PURPOSES:
        raise Invalid(fields={"purpose": "is not one of the choices"})
    if purpose not in standing(tx, customer_id):
        tx.insert(
            "use_stop",
            customer_id=customer_id,
            purpose=purpose,
            request_id=request,
            note=note,
            by_whom=agent.actor,
            since=tx.now,
            lifted_at=None,
            lifted_by="",
        )
        audit.write(tx, agent, "stop", customer=customer_id, detail={"purpose": purpose})
        tx.record(CustomerChanged(customer=customer_id, what="stopped"), agent.actor)
    return history(tx, customer_id)


def lift(tx: Transaction, agent: AgentView, customer_id: int, purpose: str) -> list[StopView]:
    """The customer allows it again. Raises `NotFound` when it was not stopped."""
    require(agent, "agent")
    lifted = tx.run(
        "UPDATE use_stop SET lifted_at = :now, lifted_by = :by WHERE customer_id = :id AND purpose = :purpose"
        " AND lifted_at IS NULL",
        now=tx.now,
        by=agent.actor,
        id=customer_id,
        purpose=purpose,
    )
    if not lifted:
        raise NotFound("There is nothing here.")
    audit.write(tx, agent, "stop", customer=customer_id, detail={"purpose": purpose, "lifted": True})
    tx.record(CustomerChanged(customer=customer_id, what="allowed"), agent.actor)
    return history(tx, customer_id)


def standing(tx: Transaction, customer_id: int) -> list[str]:
    """The purposes that are stopped now, in the order of `PURPOSES`."""
    rows = tx.all("SELECT purpose FROM use_stop WHERE customer_id = :id AND lifted_at IS NULL", id=customer_id)
    found = {row.purpose for row in rows}
    return [purpose for purpose in PURPOSES if purpose in found]


def history(tx: Transaction, customer_id: int) -> list[StopView]:
    """Every stop, newest first."""
    return [
        StopView(
            id=row.id,
            purpose=row.purpose,
            request=row.request_id,
            note=row.note,
            by=row.by_whom,
            since=row.since,
            lifted_at=row.lifted_at,
            lifted_by=row.lifted_by,
        )
        for row in tx.all("SELECT * FROM use_stop WHERE customer_id = :id ORDER BY id DESC", id=customer_id)
    ]


def stopped(tx: Transaction, customer_id: int, purpose: Purpose) -> bool:
    """Whether a customer's data may not be used for this."""
    return tx.value(STOPPED.format(customer=":id", purpose=purpose), id=customer_id) is not None


def silent(tx: Transaction, kind: str, address: str) -> bool:
    """Whether nothing may leave to this contact by itself."""
    return (
        tx.value(
            "SELECT 1 FROM contact k WHERE k.kind = :kind AND k.address = :address AND EXISTS ("
            + STOPPED.format(customer="k.customer_id", purpose="automatic")
            + ")",
            kind=kind,
            address=address,
        )
        is not None
    )


def _there(tx: Transaction, customer_id: int) -> None:
    if tx.value("SELECT 1 FROM customer WHERE id = :id", id=customer_id) is None:
        raise NotFound("There is no customer {id}.", id=customer_id)
