"""What notices are about: an order, a subscription, an interaction, a customer, with what there is to tell of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from server.accounts import desk_settings
from server.customers.orders import queries as orders
from server.customers.orders.views import OrderView, SubscriptionView
from server.database import Transaction, keep, kept
from server.database.types import dump
from server.notices import moments
from server.notices.moments import Moment


class Happened(NamedTuple):
    """What templates say of something that happened elsewhere."""

    title: str
    text: str
    sku: str
    url: str
    at: datetime


class Matter(NamedTuple):
    """What notices are about, and whose it is."""

    about: str
    customer: int | None
    moments: list[Moment]
    order: OrderView | None = None
    subscription: SubscriptionView | None = None
    interaction: Happened | None = None


@kept
def one(tx: Transaction, about: str) -> Matter | None:
    """A matter as it stands; None when it is gone."""
    what, _, id = about.partition(":")
    found = several(tx, {"subscription": "one_subscription"}.get(what, what), int(id))
    return found[0] if found else None


def several(tx: Transaction, what: str, id: int) -> list[Matter]:
    """Those that one change tells of: an order, all subscriptions of a customer, an interaction."""
    match what:
        case "order":
            return of_orders(tx, [id])
        case "subscriptions":
            return _subscriptions(tx, id)
        case "one_subscription":
            owner = tx.value("SELECT customer_id FROM subscription WHERE id = :id", id=id)
            found = _subscriptions(tx, owner) if owner is not None else []
            return [each for each in found if each.about == f"subscription:{id}"]
        case "interaction":
            return _interaction(tx, id)
        case "customer":
            return _customer(tx, id)
        case _:
            return []


def _subscriptions(tx: Transaction, customer: int) -> list[Matter]:
    zone = desk_settings.read(tx).zone
    return [
        Matter(f"subscription:{each.id}", customer, moments.of_subscription(each, zone), subscription=each)
        for each in orders.subscriptions(tx, customer)
    ]


def of_orders(tx: Transaction, ids: Collection[int]) -> list[Matter]:
    """Orders that are there, by id."""
    if not ids:
        return []
    rows = tx.all(f"SELECT * FROM orders WHERE id IN {tx.numbers('ids')} ORDER BY id", ids=dump(list(ids)))
    zone = desk_settings.read(tx).zone
    return [
        Matter(f"order:{order.id}", order.customer, moments.of_order(order, zone), order)
        for order in orders.views(tx, rows)
    ]


def look_up(tx: Transaction, abouts: Iterable[str]) -> None:
    """Look orders up together, within `keeping`: `one` need not ask for each."""
    ids = {about: int(about.removeprefix("order:")) for about in abouts if about.startswith("order:")}
    found = {matter.about: matter for matter in of_orders(tx, set(ids.values()))}
    for about in ids:
        keep(tx, one, about, answer=found.get(about))


def _interaction(tx: Transaction, id: int) -> list[Matter]:
    """Something that happened elsewhere; a wish is also about the article that is waited for."""
    row = tx.first("SELECT * FROM interaction WHERE id = :id", id=id)
    if row is None:
        return []
    found = [Moment("interaction", row.at, row.kind)]
    said = Happened(row.title, row.text, row.sku or "", row.url, row.at)
    stock = tx.first(
        "SELECT * FROM stock WHERE sku = :sku AND available ORDER BY since DESC, id DESC LIMIT 1", sku=row.sku or ""
    )
    if row.kind == "restocked":
        found.append(Moment("restocked", row.at, row.kind))
    elif row.sku and stock is not None and stock.since >= row.at:
        found.append(Moment("restocked", stock.since, row.sku))
        title = stock.name or row.title or stock.external_id
        said = Happened(title, row.text, stock.external_id, stock.url or row.url, stock.since)
    return [Matter(f"interaction:{id}", row.customer_id, found, interaction=said)]


def _customer(tx: Transaction, id: int) -> list[Matter]:
    """The days of a customer's own."""
    row = tx.first("SELECT * FROM customer WHERE id = :id AND merged_into IS NULL AND erased_at IS NULL", id=id)
    if row is None:
        return []
    last = tx.value("SELECT last_at FROM customer_value WHERE customer_id = :id", id=id)
    desk = desk_settings.read(tx)
    found = moments.of_customer(row.birthday, row.attributes or {}, last, tx.now, desk.zone)
    return [Matter(f"customer:{id}", id, found)]
