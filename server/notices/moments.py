"""What there is to tell of an order, a subscription or an interaction as it stands now.

A pure function of the present state: whatever order events came in, and however often, the same state tells the same.
What has been overtaken (sent off, of a parcel that has arrived) is no moment any more, so no notice of it leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from server.customers.orders.views import OrderView, ShipmentView, SubscriptionView

GRACE = timedelta(days=1)
"""A parcel that has not left a day after it was planned to is late, although nobody said so."""
ARRIVING = ("shipped", "delivering")


class Moment(NamedTuple):
    """Something that can be told. `subject` is the part of the order, `revision` which state of it."""

    trigger: str
    at: datetime
    subject: str = ""
    revision: str = ""


def of_order(order: OrderView, promised: Mapping[str, str], now: datetime) -> list[Moment]:
    """What there is to tell of an order. `promised` are the days that were last told of its parcels (`promises`)."""
    if not order.known:
        return []
    return list(_of_order(order, promised, now))


def promises(order: OrderView, promised: Mapping[str, str]) -> dict[str, str]:
    """The days that the parcels are promised for now: what a later day is compared with, by parcel.

    Of a parcel whose day moved, both are kept ("2026-11-25>2026-11-28"): so that it is still late when it is looked at
    again.
    """
    found: dict[str, str] = {}
    for parcel in order.shipments:
        day = _day(parcel)
        name = f"shipment:{parcel.external_id}"
        before = promised.get(name, "")
        known = before.rpartition(">")[2]
        if day and day != known:
            later = bool(known) and day > known
            found[name] = f"{known}>{day}" if later else day
    return found


def of_subscription(subscription: SubscriptionView) -> list[Moment]:
    """The next delivery of what runs."""
    if subscription.status != "active" or subscription.next_at is None:
        return []
    return [Moment("subscription_due", subscription.next_at, revision=subscription.next_at.date().isoformat())]


def _of_order(order: OrderView, promised: Mapping[str, str], now: datetime) -> Iterator[Moment]:
    over = order.status in ("cancelled", "returned")
    if order.status == "cancelled":
        yield Moment("cancelled", _said(order, "cancelled", now))
    if order.status in ("placed", "confirmed", "preparing"):
        yield Moment("placed", order.ordered_at)
    if order.status == "preparing":
        yield Moment("preparing", _said(order, "preparing", now))
    if order.payment == "paid" and not over:
        yield Moment("paid", max((each.at for each in order.payments if each.status == "paid"), default=now))
    if order.payment in ("unpaid", "partly") and not over:
        for payment in order.payments:
            if payment.status == "pending" and payment.due_at is not None:
                yield Moment(
                    "payment_due",
                    payment.due_at,
                    f"payment:{payment.external_id}",
                    payment.due_at.date().isoformat(),
                )
    if not over:
        for parcel in order.shipments:
            yield from _of_parcel(parcel, promised.get(f"shipment:{parcel.external_id}", ""), now)
    arrived = [parcel.delivered_at for parcel in order.shipments if parcel.status == "delivered"]
    if order.status == "delivered":
        yield Moment("delivered", max((at for at in arrived if at is not None), default=_said(order, "delivered", now)))
    for payment in order.payments:
        if payment.status == "refunded":
            yield Moment("refunded", payment.at, f"payment:{payment.external_id}")
    for back in order.returns:
        if back.status in ("received", "refunded"):
            yield Moment("returned", back.at, f"return:{back.external_id}")


def _of_parcel(parcel: ShipmentView, promised: str, now: datetime) -> Iterator[Moment]:
    subject = f"shipment:{parcel.external_id}"
    if parcel.status in ARRIVING:
        at = parcel.shipped_at or now
        yield Moment("shipped", at, subject, parcel.tracking_number)
    if parcel.status == "planned" and parcel.planned_at is not None:
        yield Moment("shipping_planned", parcel.planned_at, subject, parcel.planned_at.date().isoformat())
        if not promised.partition(">")[2]:
            yield Moment("delayed", parcel.planned_at + GRACE, subject, f"late:{parcel.planned_at.date()}")
    if parcel.status == "delivering":
        yield Moment("delivering", now, subject)
    if parcel.status in ("planned", *ARRIVING):
        _, moved, day = promised.partition(">")
        if moved:
            yield Moment("delayed", now, subject, day)


def _day(parcel: ShipmentView) -> str:
    """The day that the customer waits for: of the arrival, else of the departure; "" when nobody said."""
    if parcel.status not in ("planned", *ARRIVING):
        return ""
    if parcel.expected_at is not None:
        return parcel.expected_at.date().isoformat()
    return ""


def _said(order: OrderView, status: str, now: datetime) -> datetime:
    return next((each.at for each in reversed(order.history) if each.status == status), now)
