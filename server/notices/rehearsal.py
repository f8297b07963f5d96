"""What a kind of notice would have done lately: to how many it would have gone, and to whom, without sending anything.

Conditions, consents and ways are asked as they stand now; whether an order has moved on since is left out of account,
as it had not when the notice would have left.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from server.accounts import desk_settings
from server.database import Transaction
from server.notices import clock, conditions, kinds, matters, routing, settings
from server.notices.kinds import Kind
from server.notices.matters import Matter
from server.notices.views import View

DAYS = 30
MOST = 1_000
"""Candidates that are looked at one by one; of more, the newest."""
SAMPLES = 10
OF_ORDERS = {
    "placed": "SELECT id, ordered_at AS at FROM orders o WHERE revision >= 0 AND ordered_at",
    "ordered": "SELECT id, ordered_at AS at FROM orders o WHERE revision >= 0 AND status <> 'cancelled' AND ordered_at",
    "paid": "SELECT order_id AS id, at FROM payment WHERE status = 'paid' AND at",
    "refunded": "SELECT order_id AS id, at FROM payment WHERE status = 'refunded' AND at",
    "payment_due": "SELECT order_id AS id, due_at AS at FROM payment WHERE due_at",
    "cancelled": "SELECT order_id AS id, at FROM order_status WHERE status = 'cancelled' AND at",
    "preparing": "SELECT order_id AS id, at FROM order_status WHERE status = 'preparing' AND at",
    "shipped": "SELECT order_id AS id, shipped_at AS at FROM shipment WHERE shipped_at",
    "packed": "SELECT order_id AS id, shipped_at AS at FROM shipment WHERE shipped_at",
    "delivering": "SELECT order_id AS id, shipped_at AS at FROM shipment WHERE shipped_at",
    "shipping_planned": "SELECT order_id AS id, planned_at AS at FROM shipment WHERE planned_at",
    "delayed": "SELECT order_id AS id, expected_at AS at FROM shipment WHERE expected_at > promised_at AND expected_at",
    "delivered": "SELECT order_id AS id, delivered_at AS at FROM shipment WHERE delivered_at",
    "returned": "SELECT order_id AS id, at FROM goods_return WHERE status IN ('received', 'refunded') AND at",
}
"""Orders with the time at which something happened to them; a parcel counts as packed and under way when it left."""


class Rehearsed(View, frozen=True, kw_only=True):
    """One letter that would have left: to whom, about what, when, by which way; without a way, why not."""

    customer: int | None
    name: str
    number: str
    at: datetime
    due: datetime
    way: str
    reason: str = ""


class RehearsalView(View, frozen=True, kw_only=True):
    """How many letters in so many days, and how many of those it was meant for could not be written to.

    `candidates` is how often it happened at all; `looked` how many of them were looked at.
    """

    days: int
    letters: int
    unreachable: int
    candidates: int
    looked: int
    samples: list[Rehearsed]


def rehearse(tx: Transaction, kind: Kind, days: int = DAYS) -> RehearsalView:
    """The last days, as if this kind had been there and switched on. Raises `Invalid` for one that cannot be."""
    kinds.check(kind)
    found = _candidates(tx, kind, days)
    decided, zone = settings.read(tx), desk_settings.read(tx).zone
    letters = unreachable = 0
    samples: list[Rehearsed] = []
    for about, at in found[:MOST]:
        matter = matters.one(tx, about)
        if matter is None or not conditions.hold(tx, kind, matter):
            continue
        route = routing.route(tx, kind, matter, decided)
        letters += bool(route.legs)
        unreachable += not route.legs
        if len(samples) < SAMPLES:
            way = route.legs[0].way if route.legs else ""
            due = clock.due(at, kind.wait, zone, decided.calendar)
            samples.append(_sample(tx, matter, at, due, way, route.reason))
    return RehearsalView(
        days=days,
        letters=letters,
        unreachable=unreachable,
        candidates=len(found),
        looked=min(len(found), MOST),
        samples=samples,
    )


def _sample(tx: Transaction, matter: Matter, at: datetime, due: datetime, way: str, reason: str) -> Rehearsed:
    return Rehearsed(
        customer=matter.customer,
        name=str(tx.value("SELECT name FROM customer WHERE id = :id", id=matter.customer or 0) or ""),
        number=matter.order.number if matter.order is not None else "",
        at=at,
        due=due,
        way=way,
        reason=reason,
    )


def _candidates(tx: Transaction, kind: Kind, days: int) -> list[tuple[str, datetime]]:
    """What such a notice would have been about, the newest first, each once."""
    since = tx.now - timedelta(days=days)
    if kind.trigger in kinds.BY_DAY:
        return _days(tx, kind, since)
    what, sql = "order", ""
    values: dict[str, Any] = {}
    if kind.trigger in OF_ORDERS:
        sql = f"{OF_ORDERS[kind.trigger]} BETWEEN :since AND :now"
    elif kind.trigger == "subscription_due":
        what = "subscription"
        sql = "SELECT id, next_at AS at FROM subscription WHERE status = 'active' AND next_at BETWEEN :since AND :now"
        since, values = tx.now, {"now": tx.now + timedelta(days=days)}
    elif kind.trigger == "restocked":
        what = "interaction"
        sql = (
            "SELECT i.id, s.since AS at FROM interaction i JOIN stock s ON s.sku = i.sku"
            " WHERE s.available AND s.since >= i.at AND s.since BETWEEN :since AND :now"
        )
    else:
        what, values = "interaction", {"kind": kind.interaction}
        sql = "SELECT id, at FROM interaction WHERE kind = :kind AND at BETWEEN :since AND :now"
    rows = tx.all(f"{sql} ORDER BY at DESC", **{"since": since, "now": tx.now, **values})
    found: dict[str, datetime] = {}
    for row in rows:
        found.setdefault(f"{what}:{row.id}", row.at)
    return list(found.items())


def _days(tx: Transaction, kind: Kind, since: datetime) -> list[tuple[str, datetime]]:
    """Days of customers' own that a notice would have been due for since then."""
    decided, zone = settings.read(tx), desk_settings.read(tx).zone
    if kind.trigger == "birthday":
        rows = tx.all("SELECT id FROM customer WHERE birthday <> '' AND merged_into IS NULL ORDER BY id LIMIT 20000")
    elif kind.trigger == "last_purchase":
        rows = tx.all("SELECT customer_id AS id FROM customer_value ORDER BY last_at DESC LIMIT 5000")
    else:
        rows = [
            row
            for row in tx.all("SELECT id, attributes FROM customer WHERE merged_into IS NULL ORDER BY id LIMIT 20000")
            if (row.attributes or {}).get(kind.attribute)
        ]
    found: list[tuple[str, datetime]] = []
    for row in rows:
        for matter in matters.several(tx, "customer", row.id):
            for moment in matter.moments:
                if moment.at is None or not kinds.matches(kind, moment):
                    continue
                if since <= clock.due(moment.at, kind.wait, zone, decided.calendar) <= tx.now:
                    found.append((matter.about, moment.at))
    return sorted(found, key=lambda each: each[1], reverse=True)


def choices(tx: Transaction) -> dict[str, Any]:
    """What a kind's form may offer: names of segments, dates of customers, shops that orders came from."""
    fields = tx.all("SELECT name, label_ja, label_en FROM customer_field WHERE kind = 'date' ORDER BY position, name")
    segments = tx.all("SELECT name FROM customer_segment ORDER BY name")
    return {
        "dates": [(row.name, row.label_ja or row.label_en, row.label_en or row.label_ja) for row in fields],
        "segments": [row.name for row in segments],
    }
