"""What notices are about: an order, a subscription, an interaction, with what there is to tell of it now."""

from __future__ import annotations

from typing import Any, NamedTuple

from server.customers.orders import queries as orders
from server.customers.orders.views import OrderView, SubscriptionView
from server.database import Transaction
from server.notices import moments
from server.notices.moments import Moment


class Matter(NamedTuple):
    """What notices are about, and whose it is."""

    about: str
    customer: int | None
    moments: list[Moment]
    order: OrderView | None = None
    subscription: SubscriptionView | None = None
    interaction: Any = None


def one(tx: Transaction, about: str) -> Matter | None:
    """A matter as it stands; None when it is gone."""
    what, _, id = about.partition(":")
    found = several(tx, {"subscription": "one_subscription"}.get(what, what), int(id))
    return found[0] if found else None


def several(tx: Transaction, what: str, id: int) -> list[Matter]:
    """Those that one change tells of: an order, all subscriptions of a customer, an interaction."""
    match what:
        case "order":
            return _order(tx, id)
        case "subscriptions":
            return [
                Matter(f"subscription:{each.id}", id, moments.of_subscription(each), subscription=each)
                for each in orders.subscriptions(tx, id)
            ]
        case "one_subscription":
            owner = tx.value("SELECT customer_id FROM subscription WHERE id = :id", id=id)
            found = orders.subscriptions(tx, owner) if owner is not None else []
            return [
                Matter(f"subscription:{id}", owner, moments.of_subscription(each), subscription=each)
                for each in found
                if each.id == id
            ]
        case "interaction":
            row = tx.first("SELECT * FROM interaction WHERE id = :id", id=id)
            if row is None:
                return []
            moment = Moment("interaction", row.at, row.kind)
            return [Matter(f"interaction:{id}", row.customer_id, [moment], interaction=row)]
        case _:
            return []


def _order(tx: Transaction, id: int) -> list[Matter]:
    row = tx.first("SELECT * FROM orders WHERE id = :id", id=id)
    if row is None:
        return []
    (order,) = orders.views(tx, [row])
    about = f"order:{id}"
    return [Matter(about, order.customer, moments.of_order(order), order)]
