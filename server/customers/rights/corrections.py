"""Corrections (訂正): what a customer says is wrong is put right, and what it was before is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET

from server.agents import AgentView
from server.customers import actions, queries
from server.customers.actions import EDITABLE, CustomerEdit
from server.customers.rights import audit
from server.customers.views import CustomerView, View
from server.database import Transaction
from server.database.types import dump
from server.errors import NotFound
from server.events import CustomerChanged


class CorrectionView(View, frozen=True, kw_only=True):
    """One field, as it was and as it was put right."""

    id: int
    field: str
    before: Any
    after: Any
    request: int | None
    by: str
    at: datetime


def correct(
    tx: Transaction,
    agent: AgentView,
    customer_id: int,
    changes: CustomerEdit,
    *,
    request: int | None = None,
    version: int | None = None,
) -> CustomerView:
    """Put fields right because the customer said so. No source writes over them; what they were is kept.

    `customer.changed` with `what: corrected` tells other systems. Raises as editing does.
    """
    if request is not None and tx.value("SELECT 1 FROM rights_request WHERE id = :id", id=request) is None:
        raise NotFound("There is no request {id}.", id=request)
    before = queries.view(tx, customer_id)
    after = actions.edit(tx, agent, customer_id, changes, version=version)
    asked = [name for name in EDITABLE if getattr(changes, name) is not UNSET]
    fields = [name for name in asked if getattr(before, name) != getattr(after, name)]
    for name in fields:
        tx.insert(
            "correction",
            customer_id=customer_id,
            request_id=request,
            field=name,
            before=dump(getattr(before, name)),
            after=dump(getattr(after, name)),
            by_whom=agent.actor,
            at=tx.now,
        )
    if fields:
        audit.write(tx, agent, "correction", customer=customer_id, detail={"fields": fields, "request": request})
        tx.record(CustomerChanged(customer=customer_id, what="corrected"), agent.actor)
    return after


def history(tx: Transaction, customer_id: int) -> list[CorrectionView]:
    """A customer's corrections, newest first."""
    return [
        CorrectionView(
            id=row.id,
            field=row.field,
            before=row.before,
            after=row.after,
            request=row.request_id,
            by=row.by_whom,
            at=row.at,
        )
        for row in tx.all("SELECT * FROM correction WHERE customer_id = :id ORDER BY id DESC", id=customer_id)
    ]
