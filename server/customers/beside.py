"""What stands beside a ticket of its customer's purchases, in few statements."""

from __future__ import annotations

from server.customers import segments, value
from server.customers.orders import queries as orders
from server.customers.orders.views import OrderView, SubscriptionView
from server.customers.views import ValueView, View
from server.database import Transaction

SHOWN = 5


class Purchases(View, frozen=True, kw_only=True):
    """The newest orders of a customer, whether there are more, what runs by subscription, and what it comes to."""

    orders: list[OrderView]
    more: bool
    subscriptions: list[SubscriptionView]
    value: ValueView | None
    segments: list[str] = []
    """Names of the segments that the customer is in."""


def purchases(tx: Transaction, customer_id: int) -> Purchases:
    """What a customer bought, for the pane."""
    page = orders.page(tx, customer_id, limit=SHOWN)
    return Purchases(
        orders=page.items,
        more=page.next is not None,
        subscriptions=orders.subscriptions(tx, customer_id),
        value=value.of(tx, customer_id) if page.items else None,
        segments=[each.name for each in segments.of(tx, customer_id)],
    )
