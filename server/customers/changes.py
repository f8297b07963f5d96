"""What became of a customer's entry: who changed which of its fields, and when. The values themselves are not kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from server.customers.views import View
from server.database import Transaction
from server.database.types import dump
from server.events import CustomerChanged

MOST = 200


class ChangeView(View, frozen=True, kw_only=True):
    """One change. `what`: edited, told (by a source), contact, address, consent, joined, blocked, unblocked, merged,
    parted; `by` is `agent:3`, `source:shop`, `customer` or `system`."""

    id: int
    at: datetime
    what: str
    by: str
    fields: list[str]


def note(tx: Transaction, customer_id: int, what: str, by: str, fields: Collection[str] = ()) -> None:
    """Keep a change in the customer's history, and tell everybody of it."""
    tx.insert("customer_change", customer_id=customer_id, at=tx.now, what=what, by_whom=by, fields=dump(sorted(fields)))
    tx.record(CustomerChanged(customer=customer_id, what=what), by)


def history(tx: Transaction, customer_id: int) -> list[ChangeView]:
    """The last changes, newest first; of those merged into the customer as well."""
    rows = tx.all(
        "SELECT * FROM customer_change WHERE customer_id = :id ORDER BY id DESC LIMIT :most", id=customer_id, most=MOST
    )
    return [
        ChangeView(id=row.id, at=row.at, what=row.what, by=row.by_whom, fields=list(row.fields or ())) for row in rows
    ]
