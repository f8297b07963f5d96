"""What queries about orders answer. Amounts are decimals, written as strings in JSON."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from server.customers.views import View


class LineView(View, frozen=True, kw_only=True):
    """One article; `price` is that of one."""

    sku: str
    name: str
    quantity: int
    price: Decimal


class PaymentView(View, frozen=True, kw_only=True):
    """Money for an order. `status`: pending, paid, failed, refunded or cancelled."""

    id: int
    external_id: str
    method: str
    status: str
    amount: Decimal
    due_at: datetime | None
    at: datetime


class ShipmentView(View, frozen=True, kw_only=True):
    """A parcel. `url` is where it can be followed.

    `status`: planned, packed, shipped, delivering, delivered, failed or returned.
    """

    id: int
    external_id: str
    carrier: str
    tracking_number: str
    url: str | None
    status: str
    planned_at: datetime | None
    shipped_at: datetime | None
    expected_at: datetime | None
    promised_at: datetime | None
    delivered_at: datetime | None
    recipient: dict[str, Any]


class ReturnView(View, frozen=True, kw_only=True):
    """Goods that come back. `status`: requested, received, refunded or refused."""

    id: int
    external_id: str
    status: str
    amount: Decimal
    reason: str
    at: datetime


class StatusView(View, frozen=True, kw_only=True):
    """A status that the order was said to have."""

    status: str
    at: datetime


class OrderView(View, frozen=True, kw_only=True):
    """An order as it stands. `status`: placed, confirmed, preparing, shipped, delivered, cancelled or returned;
    `payment`: unpaid, partly, paid, refunded or failed. `known` is false while only a part of it was told."""

    id: int
    customer: int | None
    source: str
    external_id: str
    number: str
    shop: str
    status: str
    payment: str
    currency: str
    total: Decimal
    tax: Decimal
    shipping: Decimal
    discount: Decimal
    paid: Decimal
    refunded: Decimal
    gift: bool
    buyer: dict[str, Any]
    recipient: dict[str, Any]
    subscription: str
    note: str
    url: str
    ordered_at: datetime
    known: bool
    lines: list[LineView]
    payments: list[PaymentView]
    shipments: list[ShipmentView]
    returns: list[ReturnView]
    history: list[StatusView]


class OrderPage(View, frozen=True, kw_only=True):
    """A keyset page, newest first; `next` is the cursor of the following one."""

    items: list[OrderView]
    next: str | None


class SubscriptionView(View, frozen=True, kw_only=True):
    """定期. `status`: active, paused or ended; `every` is an ISO 8601 duration."""

    id: int
    source: str
    external_id: str
    name: str
    status: str
    every: str
    currency: str
    amount: Decimal
    url: str
    started_at: datetime | None
    next_at: datetime | None
    ended_at: datetime | None
