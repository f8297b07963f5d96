"""Rows that a stretch of facts will ask for, looked up together; and what follows from them all, done once at its end.

Each row is handed out once: whoever takes it may change it, and who asks again asks the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from server.customers import value
from server.customers.store.facts import (
    GUEST,
    CustomerFact,
    InteractionFact,
    OrderFact,
    PaymentFact,
    ReturnFact,
    ShipmentFact,
    SubscriptionFact,
)
from server.database import Transaction, keeping
from server.database.types import dump

_ROWS, _VALUES = "rows ahead", "values to refresh"
_OWN: dict[type[Any], str] = {
    OrderFact: "orders",
    PaymentFact: "payment",
    ShipmentFact: "shipment",
    ReturnFact: "goods_return",
    CustomerFact: "customer_source",
}


@contextmanager
def looking(tx: Transaction, facts: Iterable[Any]) -> Iterator[None]:
    """Within this the rows of these facts are known, and the value of each customer is refreshed once, at the end."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in facts:
        for table, external_id in _asked(fact):
            wanted[table, fact.source].add(external_id)
    rows: dict[tuple[str, str, str], Any] = {}
    lock = " ORDER BY id FOR UPDATE" if tx.dialect == "postgresql" else ""
    for (table, source), ids in sorted(wanted.items()):
        rows.update(((table, source, id), None) for id in ids)
        for row in tx.all(
            f"SELECT * FROM {table} WHERE source = :source AND external_id IN {tx.listed('ids')}{lock}",
            source=source,
            ids=dump(sorted(ids)),
        ):
            rows[table, source, row.external_id] = row
    with keeping(tx):
        assert tx.kept is not None
        tx.kept[_ROWS], tx.kept[_VALUES] = rows, {}
        yield
        owners = tx.kept.pop(_VALUES)
        for owner in owners:
            value.refresh(tx, owner)


def row(tx: Transaction, table: str, source: str, external_id: str) -> Any:
    """A row by its id at a source, or None; locked against other processes."""
    if tx.kept is not None and _ROWS in tx.kept and (table, source, external_id) in tx.kept[_ROWS]:
        return tx.kept[_ROWS].pop((table, source, external_id))
    return tx.first(
        f"SELECT * FROM {table} WHERE source = :source AND external_id = :external_id"
        + (" FOR UPDATE" if tx.dialect == "postgresql" else ""),
        source=source,
        external_id=external_id,
    )


def forget(tx: Transaction) -> None:
    """Rows may have moved to another customer: what is known of them counts no more."""
    if tx.kept is not None and _ROWS in tx.kept:
        tx.kept[_ROWS].clear()


def revalue(tx: Transaction, customer: int) -> None:
    """A customer's orders changed: count them anew, at the end of the stretch or now."""
    if tx.kept is not None and _VALUES in tx.kept:
        tx.kept[_VALUES][customer] = None
    else:
        value.refresh(tx, customer)


def _asked(fact: Any) -> Iterator[tuple[str, str]]:
    if type(fact) in _OWN:
        yield _OWN[type(fact)], fact.external_id
    if isinstance(fact, OrderFact):
        if fact.customer is not None or fact.buyer is not None:
            yield "customer_source", fact.customer if fact.customer is not None else GUEST + fact.external_id
        yield from (("payment", part.external_id) for part in fact.payments)
        yield from (("shipment", part.external_id) for part in fact.shipments)
        yield from (("goods_return", part.external_id) for part in fact.returns)
    elif isinstance(fact, PaymentFact | ShipmentFact | ReturnFact):
        yield "orders", fact.order
    elif isinstance(fact, SubscriptionFact | InteractionFact):
        yield "customer_source", fact.customer
