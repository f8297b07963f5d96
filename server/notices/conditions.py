"""Whether a kind of notice is meant for this order and customer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from server.customers import segments
from server.customers.orders import tracking
from server.customers.orders.views import OrderView
from server.database import Transaction
from server.language import fold
from server.notices.kinds import Kind, KindCondition
from server.notices.matters import Matter


def hold(tx: Transaction, kind: Kind, matter: Matter) -> bool:
    """Whether all conditions of a kind are true. One about an order is not, where there is none."""
    return all(_true(tx, each, matter) is not each.no for each in kind.conditions)


def _true(tx: Transaction, condition: KindCondition, matter: Matter) -> bool:
    wanted = fold(condition.value)
    order = matter.order
    match condition.test:
        case "segment":
            return matter.customer is not None and any(
                fold(each.name) == wanted for each in segments.of(tx, matter.customer)
            )
        case "channel":
            kinds = tx.all("SELECT kind FROM contact WHERE customer_id = :id", id=matter.customer or 0)
            return any(row.kind == condition.value for row in kinds)
        case "gift":
            return order is not None and order.gift
        case "first_order":
            return order is not None and _first(tx, order)
        case "rank" | "tag" | "language":
            return _of_customer(tx, condition.test, wanted, matter)
        case "at_least":
            return order is not None and order.total >= Decimal(condition.value)
        case "at_most":
            return order is not None and order.total <= Decimal(condition.value)
        case _:
            return any(wanted in fold(said) for said in _said(condition, matter))


def _said(condition: KindCondition, matter: Matter) -> Iterator[str]:
    order = matter.order
    if order is None:
        return
    match condition.test:
        case "shop":
            yield order.shop
        case "source":
            yield order.source
        case "sku":
            yield from (line.sku for line in order.lines)
        case "product":
            yield from (f"{line.name} {line.sku}" for line in order.lines)
        case "carrier":
            wanted = tracking.carrier(condition.value)
            yield from (condition.value for parcel in order.shipments if tracking.carrier(parcel.carrier) == wanted)
        case "payment_method":
            yield from (payment.method for payment in order.payments)


def _first(tx: Transaction, order: OrderView) -> bool:
    """Whether its customer had ordered nothing before that still counts."""
    return order.customer is not None and not tx.value(
        "SELECT 1 FROM orders WHERE customer_id = :customer AND revision >= 0 AND status <> 'cancelled' AND id <> :id"
        " AND ordered_at < :at LIMIT 1",
        customer=order.customer,
        id=order.id,
        at=order.ordered_at,
    )


def _of_customer(tx: Transaction, test: str, wanted: str, matter: Matter) -> bool:
    row = tx.first("SELECT member_rank, tags, language FROM customer WHERE id = :id", id=matter.customer or 0)
    if row is None:
        return False
    said = {"rank": [row.member_rank], "tag": row.tags, "language": [row.language or ""]}[test]
    return any(fold(each) == wanted for each in said)
