"""What can be asked about orders. A list costs a fixed number of statements, however many orders it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from server.customers.entries import UNVERIFIED
from server.customers.orders import money, tracking
from server.customers.orders.views import (
    LineView,
    OrderPage,
    OrderView,
    PaymentView,
    ReturnView,
    ShipmentView,
    StatusView,
    SubscriptionView,
)
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid, NotFound

_PARTS = {
    "order_line": "position",
    "payment": "at, id",
    "shipment": "id",
    "goods_return": "at, id",
    "order_status": "revision, status",
}


def view(tx: Transaction, order_id: int) -> OrderView:
    """One order. Raises `NotFound`."""
    found = views(tx, tx.all("SELECT * FROM orders WHERE id = :id", id=order_id))
    if not found:
        raise NotFound("There is no order {id}.", id=order_id)
    return found[0]


def page(tx: Transaction, customer_id: int, *, limit: int = 20, after: str | None = None) -> OrderPage:
    """A customer's orders, newest first."""
    at, last = cursor(after) if after else (datetime(9999, 1, 1, tzinfo=UTC), 2**31 - 1)
    rows = tx.all(
        "SELECT * FROM orders WHERE customer_id = :customer AND (ordered_at, id) < (:at, :last)"
        " ORDER BY ordered_at DESC, id DESC LIMIT :limit",
        customer=customer_id,
        at=at,
        last=last,
        limit=limit + 1,
    )
    shown = rows[:limit]
    following = write_cursor(shown[-1].ordered_at, shown[-1].id) if len(rows) > limit else None
    return OrderPage(items=views(tx, shown), next=following)


def find(tx: Transaction, number: str, *, limit: int = 20) -> list[OrderView]:
    """Orders whose number, or whose parcel's tracking number, is this one in any writing; newest first."""
    key = tracking.key(number)
    if not key:
        return []
    rows = tx.all(
        "SELECT * FROM orders WHERE id IN (SELECT id FROM orders WHERE number_key = :key"
        " UNION SELECT order_id FROM shipment WHERE tracking_key = :key) ORDER BY ordered_at DESC, id DESC"
        " LIMIT :limit",
        key=key,
        limit=limit,
    )
    return views(tx, rows)


def buyer(tx: Transaction, number: str, email: str) -> int | None:
    """The customer with this mail address, also as a shop tells it, who made an order of this number in any writing."""
    key = tracking.key(number)
    found: int | None = tx.value(
        "SELECT o.customer_id FROM orders o JOIN contact c ON c.customer_id = o.customer_id"
        " WHERE o.number_key = :key AND o.number_key <> '' AND o.revision >= 0 AND c.kind IN ('email', :claimed)"
        " AND c.address = :email ORDER BY o.id DESC LIMIT 1",
        key=key,
        claimed=f"email{UNVERIFIED}",
        email=email,
    )
    return found


def subscriptions(tx: Transaction, customer_id: int) -> list[SubscriptionView]:
    """A customer's subscriptions, those that run first."""
    rows = tx.all(
        "SELECT * FROM subscription WHERE customer_id = :id"
        " ORDER BY CASE status WHEN 'active' THEN 0 WHEN 'paused' THEN 1 ELSE 2 END, id DESC",
        id=customer_id,
    )
    plain = [name for name in SubscriptionView.__struct_fields__ if name != "amount"]
    return [
        SubscriptionView(amount=money.shown(row.amount), **{name: getattr(row, name) for name in plain}) for row in rows
    ]


def views(tx: Transaction, rows: Sequence[Any]) -> list[OrderView]:
    """Orders with everything that belongs to them, from rows of `orders`."""
    if not rows:
        return []
    ids = dump([row.id for row in rows])
    within = tx.numbers("ids")
    parts: dict[str, dict[int, list[Any]]] = {}
    for table, order in _PARTS.items():
        parts[table] = defaultdict(list)
        for part in tx.all(f"SELECT * FROM {table} WHERE order_id IN {within} ORDER BY {order}", ids=ids):
            parts[table][part.order_id].append(part)
    return [_view(row, {table: each[row.id] for table, each in parts.items()}) for row in rows]


def cursor(text: str) -> tuple[datetime, int]:
    """The place that a page ended at. Raises `Invalid`."""
    at, _, last = text.rpartition("_")
    try:
        return datetime.fromtimestamp(int(at) / 1_000_000, UTC), int(last)
    except (ValueError, OverflowError, OSError) as error:
        raise Invalid(fields={"after": "is no cursor of ours"}) from error


def write_cursor(at: datetime, last: int) -> str:
    """A place as the outside keeps it."""
    whole = at - datetime(1970, 1, 1, tzinfo=UTC)
    return f"{(whole.days * 86_400 + whole.seconds) * 1_000_000 + whole.microseconds}_{last}"


def payment(row: Any) -> PaymentView:
    """From a row of `payment`."""
    return PaymentView(
        id=row.id,
        external_id=row.external_id,
        method=row.method,
        status=row.status,
        amount=money.shown(row.amount),
        due_at=row.due_at,
        at=row.at,
    )


def shipment(row: Any) -> ShipmentView:
    """From a row of `shipment`."""
    plain = [name for name in ShipmentView.__struct_fields__ if name != "url"]
    return ShipmentView(
        url=tracking.link(row.carrier, row.tracking_number, row.tracking_url),
        **{name: getattr(row, name) for name in plain},
    )


def _view(row: Any, parts: dict[str, list[Any]]) -> OrderView:
    amounts: dict[str, Any] = {
        name: money.shown(getattr(row, name)) for name in ("total", "tax", "shipping", "discount", "paid", "refunded")
    }
    plain = ("id", "source", "external_id", "number", "shop", "status", "payment", "currency", "buyer", "recipient",
             "subscription", "note", "url", "ordered_at")  # fmt: skip
    return OrderView(
        **amounts,
        **{name: getattr(row, name) for name in plain},
        customer=row.customer_id,
        gift=bool(row.gift),
        known=row.revision >= 0,
        lines=[
            LineView(sku=line.sku, name=line.name, quantity=line.quantity, price=money.shown(line.price))
            for line in parts["order_line"]
        ],
        payments=[payment(each) for each in parts["payment"]],
        shipments=[shipment(each) for each in parts["shipment"]],
        returns=[
            ReturnView(
                id=each.id,
                external_id=each.external_id,
                status=each.status,
                amount=money.shown(each.amount),
                reason=each.reason,
                at=each.at,
            )
            for each in parts["goods_return"]
        ],
        history=[StatusView(status=each.status, at=each.at) for each in parts["order_status"]],
    )
