"""What there is to tell of an order, a subscription or a customer as it stands now.

A pure function of the present state: whatever order events came in, and however often, the same state tells the same.
What has been overtaken (sent off, of a parcel that has arrived) is no moment any more, so no notice of it leaves.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from server.customers.orders.views import OrderView, ShipmentView, SubscriptionView

GRACE = timedelta(days=1)
"""A parcel that has not left a day after it was planned to is late, although nobody said so."""
ARRIVING = ("shipped", "delivering")
WAITING = ("planned", "packed")
YEARS = 2
"""So many years around the present have their days: a notice may be due 400 days before or after."""


class Moment(NamedTuple):
    """Something that can be told. `subject` is the part of the order, `revision` which state of it.

    `at` is None when nobody said the time: then it is of when the desk looked first.
    """

    trigger: str
    at: datetime | None
    subject: str = ""
    revision: str = ""


def of_order(order: OrderView, zone: ZoneInfo) -> list[Moment]:
    """What there is to tell of an order; its days are those of the desk's `zone`."""
    return list(_of_order(order, zone)) if order.known else []


def of_subscription(subscription: SubscriptionView, zone: ZoneInfo) -> list[Moment]:
    """The next delivery of what runs."""
    if subscription.status != "active" or subscription.next_at is None:
        return []
    return [Moment("subscription_due", subscription.next_at, revision=_day(subscription.next_at, zone).isoformat())]


def of_customer(
    birthday: str, attributes: Mapping[str, Any], last_purchase: datetime | None, now: datetime, zone: ZoneInfo
) -> list[Moment]:
    """The days of a customer's own: each year's birthday, dates among their attributes (each year's, and the one),
    their last purchase. A yearly day has its year as revision."""
    found: list[Moment] = []
    years = range(now.year - YEARS, now.year + YEARS + 1)
    for trigger, subject, written in (
        ("birthday", "", birthday),
        *(("attribute", name, value) for name, value in attributes.items()),
    ):
        if (day := _date(written)) is None:
            continue
        found += [Moment(trigger, _begins(yearly(day, year), zone), subject, str(year)) for year in years]
        if trigger == "attribute":
            found.append(Moment(trigger, _begins(day, zone), subject, day.isoformat()))
    if last_purchase is not None:
        day = _day(last_purchase, zone)
        found.append(Moment("last_purchase", _begins(day, zone), "", day.isoformat()))
    return found


def yearly(day: date, year: int) -> date:
    """The same day of another year; of 29 February, the 28th where there is none."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def _date(written: Any) -> date | None:
    try:
        return date.fromisoformat(written)
    except (TypeError, ValueError):
        return None


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _of_order(order: OrderView, zone: ZoneInfo) -> Iterator[Moment]:
    over = order.status in ("cancelled", "returned")
    if order.status == "cancelled":
        yield Moment("cancelled", _said(order, "cancelled"))
    if not over:
        yield Moment("ordered", order.ordered_at)
    if order.status in ("placed", "confirmed", "preparing"):
        yield Moment("placed", order.ordered_at)
    if order.status == "preparing":
        yield Moment("preparing", _said(order, "preparing"))
    if order.payment == "paid" and not over:
        yield Moment("paid", max((each.at for each in order.payments if each.status == "paid"), default=None))
    if order.payment in ("unpaid", "partly") and not over:
        for payment in order.payments:
            if payment.status == "pending" and payment.due_at is not None:
                yield Moment(
                    "payment_due",
                    payment.due_at,
                    f"payment:{payment.external_id}",
                    _day(payment.due_at, zone).isoformat(),
                )
    if not over:
        for parcel in order.shipments:
            yield from _of_parcel(parcel, zone)
    arrived = [parcel.delivered_at for parcel in order.shipments if parcel.status == "delivered"]
    if order.status == "delivered":
        yield Moment("delivered", max((at for at in arrived if at is not None), default=_said(order, "delivered")))
    for payment in order.payments:
        if payment.status == "refunded":
            yield Moment("refunded", payment.at, f"payment:{payment.external_id}")
    for back in order.returns:
        if back.status in ("received", "refunded"):
            yield Moment("returned", back.at, f"return:{back.external_id}")


def _of_parcel(parcel: ShipmentView, zone: ZoneInfo) -> Iterator[Moment]:
    later = _later(parcel, zone)
    subject = f"shipment:{parcel.external_id}"
    if parcel.status in ARRIVING:
        yield Moment("shipped", parcel.shipped_at, subject, parcel.tracking_number)
    if parcel.status == "packed":
        yield Moment("packed", None, subject)
    if parcel.status in WAITING and parcel.planned_at is not None:
        planned = _day(parcel.planned_at, zone).isoformat()
        yield Moment("shipping_planned", parcel.planned_at, subject, planned)
        if not later:
            yield Moment("delayed", parcel.planned_at + GRACE, subject, f"late:{planned}")
    if parcel.status == "delivering":
        yield Moment("delivering", None, subject)
    if parcel.status in (*WAITING, *ARRIVING) and later:
        yield Moment("delayed", None, subject, later)


def _later(parcel: ShipmentView, zone: ZoneInfo) -> str:
    """The day of arrival, when it is later than the one that was said first; else empty."""
    if parcel.expected_at is None or parcel.promised_at is None:
        return ""
    day = _day(parcel.expected_at, zone)
    return day.isoformat() if day > _day(parcel.promised_at, zone) else ""


def _said(order: OrderView, status: str) -> datetime | None:
    return next((each.at for each in reversed(order.history) if each.status == status), None)
