"""Whether and how one recipient of a bulk letter can be written to, as things stand now."""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from server.accounts import desk_settings
from server.customers.orders import queries as orders
from server.customers.orders.views import OrderView
from server.customers.rights import stops
from server.database import Transaction
from server.notices import routing, settings
from server.notices.bulk import choosing
from server.notices.bulk.views import BulkContent
from server.notices.caps import Room
from server.notices.kinds import BULK, Kind
from server.notices.matters import Matter
from server.notices.routing import Leg
from server.notices.settings import NoticeSettings

HELD_TO = ("all", "automatic", "lists")
"""Stops of use that keep bulk letters away."""
MOST_ORDERS = 20
"""Orders of one recipient that a letter speaks of."""


class Context(NamedTuple):
    """What holds for all recipients of a bulk letter, read once for many."""

    bulk: int
    content: BulkContent
    kind: Kind
    decided: NoticeSettings
    desk: desk_settings.DeskSettings

    @property
    def zone(self) -> ZoneInfo:
        """The desk's."""
        return self.desk.zone


class Reach(NamedTuple):
    """A recipient: their row, what the letter is about, and the ways to them; without any, why not, in one word."""

    customer: Any
    matter: Matter
    others: list[Matter]
    legs: list[Leg]
    reason: str = ""


def context(tx: Transaction, bulk: int, content: BulkContent) -> Context:
    """Read what holds for all."""
    kind = Kind(
        name=BULK,
        label={},
        trigger="interaction",
        interaction=BULK,
        purpose=content.purpose,
        ways=content.ways,
        quiet=content.quiet,
    )
    return Context(bulk, content, kind, settings.read(tx), desk_settings.read(tx))


def reach(tx: Transaction, around: Context, customer_id: int, order_ids: list[int], room: Room | None = None) -> Reach:
    """How a customer is reached with a bulk letter about these orders, by accounts that have `room` for it."""
    customer = tx.first("SELECT * FROM customer WHERE id = :id", id=customer_id)
    found = known_orders(tx, order_ids[:MOST_ORDERS], customer_id)
    meant = [order for order in found if choosing.still_meant(around.content.choice, order.status)]
    matters = [Matter(f"order:{order.id}", customer_id, [], order) for order in meant]
    matter = matters[0] if matters else Matter(f"customer:{customer_id}", customer_id, [])
    if customer is None or customer.erased_at is not None:
        return Reach(customer, matter, [], [], "gone")
    if order_ids and not meant:
        return Reach(customer, matter, [], [], "overtaken")
    if set(HELD_TO) & set(stops.standing(tx, customer_id)):
        return Reach(customer, matter, [], [], "stopped")
    route = routing.route(tx, around.kind, matter, around.decided, room)
    return Reach(customer, matter, matters[1:], list(route.legs), route.reason)


def known_orders(tx: Transaction, ids: list[int], customer: int) -> list[OrderView]:
    """Those of the orders that are there and this customer's, in the order they are given in."""
    if not ids:
        return []
    rows = tx.all(
        f"SELECT * FROM orders WHERE id IN ({', '.join(str(int(id)) for id in ids)}) AND customer_id = :customer",
        customer=customer,
    )
    return sorted(orders.views(tx, rows), key=lambda order: ids.index(order.id))


def domain_of(leg: Leg) -> str:
    """The receiving domain of a mail address; empty for other ways."""
    return leg.address.rpartition("@")[2].lower() if leg.way == "email" else ""
