"""Orders of the demo's shop: bought, paid, sent off, late, arrived, so that one sees what is told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from server.agents import DESK
from server.customers import entries
from server.customers.orders import queries as orders
from server.customers.orders.views import OrderView
from server.customers.store import batch
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.notices import queries as notices
from server.notices.views import NoticeView
from server.web.demo.goods import GOODS

SOURCE = "demo-shop"
FIRST = 30_001
SHOWN = 12
DEEDS = ("paid", "shipped", "late", "delivered", "cancelled")


class Buyer(NamedTuple):
    """Somebody with a phone on which LINE is."""

    name: str
    address: str
    language: str


class Bought(NamedTuple):
    """An order of the demo, what can be done with it, and what was told of it."""

    order: OrderView
    name: str
    deeds: list[str]
    notices: list[NoticeView]


def buy(tx: Transaction, ware: int, name: str, email: str, buyer: Buyer | None) -> None:
    """Somebody buys one thing: by LINE where a phone is theirs, else with a mail address. Raises `Invalid`."""
    if not 0 <= ware < len(GOODS):
        raise Invalid(fields={"ware": "is not one of the choices"})
    number = FIRST + int(tx.value("SELECT count(*) FROM orders WHERE external_id LIKE 'demo-%'"))
    thing, english = GOODS[ware], buyer is not None and buyer.language == "en"
    facts: list[dict[str, Any]] = []
    if buyer is not None:
        facts.append({"kind": "customer", "external_id": f"demo-{buyer.address}", "name": buyer.name,
                      "language": "en" if english else "ja",
                      "contacts": [{"kind": "line", "address": buyer.address}]})  # fmt: skip
    else:
        email = entries.address("email", email, "email")
    whose = {"customer": f"demo-{buyer.address}"} if buyer is not None else {"buyer": {"name": name, "email": email}}
    order = {
        "kind": "order", "number": f"T-{number}", "shop": "うつわの月の輪", "status": "placed", **whose,
        "ordered_at": tx.now.isoformat(), "total": str(thing.price), "tax": str(thing.price // 11),
        "lines": [{"name": thing.en if english else thing.ja, "quantity": 1, "price": str(thing.price)}],
        "payments": [{"external_id": f"p-demo-{number}", "method": "銀行振込", "status": "pending",
                      "amount": str(thing.price), "at": tx.now.isoformat(),
                      "due_at": (tx.now + timedelta(days=7)).isoformat()}],
    }  # fmt: skip
    _tell(tx, [*facts, {**order, "external_id": f"demo-{number}"}])


def move(tx: Transaction, id: int, deed: str) -> None:
    """The next thing happens with an order. Raises `Invalid` for one that cannot happen now, `NotFound`."""
    found = [each for each in newest(tx) if each.order.id == id]
    if not found:
        raise NotFound("There is no order {id}.", id=id)
    order = found[0].order
    if deed not in found[0].deeds:
        raise Invalid(fields={"do": "is not one of the choices"})
    of = {"order": order.external_id, "kind": "shipment", "external_id": f"s-{order.external_id}",
          "carrier": "ヤマト運輸", "tracking_number": f"4123-9000-{order.number[-4:]}"}  # fmt: skip
    gone = order.shipments[0].shipped_at if order.shipments else tx.now
    expected = (order.shipments[0].expected_at if order.shipments else None) or tx.now + timedelta(days=1)
    times = {"shipped_at": (gone or tx.now).isoformat(), "expected_at": expected.isoformat()}
    match deed:
        case "paid":
            payment = order.payments[0]
            _tell(tx, [{"kind": "payment", "order": order.external_id, "external_id": payment.external_id,
                        "method": payment.method, "status": "paid", "amount": str(payment.amount),
                        "at": tx.now.isoformat()}])  # fmt: skip
        case "shipped":
            _tell(tx, [{**of, **times, "status": "shipped"}])
        case "late":
            later = (expected + timedelta(days=2)).isoformat()
            _tell(tx, [{**of, **times, "status": "shipped", "expected_at": later}])
        case "delivered":
            _tell(tx, [{**of, **times, "status": "delivered", "delivered_at": tx.now.isoformat()}])
        case _:
            _tell(tx, [_whole(tx, order, "cancelled")])


def newest(tx: Transaction) -> list[Bought]:
    """The newest that were bought on the demo's page."""
    rows = tx.all(
        "SELECT * FROM orders WHERE external_id LIKE 'demo-%' ORDER BY id DESC LIMIT :most",
        most=SHOWN,
    )
    found = orders.views(tx, rows)
    told = notices.of_orders(tx, [order.id for order in found])
    listed = ", ".join(str(order.customer) for order in found if order.customer is not None) or "NULL"
    names = {row.id: row.name for row in tx.all(f"SELECT id, name FROM customer WHERE id IN ({listed})")}
    return [Bought(order, names.get(order.customer, ""), _deeds(order), told.get(order.id, [])) for order in found]


def _deeds(order: OrderView) -> list[str]:
    parcel = order.shipments[0].status if order.shipments else ""
    if order.status in ("cancelled", "delivered") or parcel == "delivered":
        return []
    paid = [] if order.payment == "paid" else ["paid"]
    return [*paid, *(["late", "delivered"] if parcel == "shipped" else ["shipped", "cancelled"])]


def _whole(tx: Transaction, order: OrderView, status: str) -> dict[str, Any]:
    """An order told again, in another state."""
    known = tx.value(
        "SELECT external_id FROM customer_source WHERE customer_id = :id AND source = :source AND external_id"
        " LIKE 'demo-%' ORDER BY id DESC LIMIT 1",
        id=order.customer or 0,
        source=SOURCE,
    )
    buyer = {name: value for name, value in order.buyer.items() if name in ("name", "email")}
    whose = {"buyer": buyer} if buyer.get("email") else {"customer": known}
    lines = [{"name": each.name, "quantity": each.quantity, "price": str(each.price)} for each in order.lines]
    return {
        "kind": "order", "external_id": order.external_id, "number": order.number, "shop": order.shop,
        **whose, "ordered_at": order.ordered_at.isoformat(), "total": str(order.total),
        "tax": str(order.tax), "lines": lines, "status": status, "status_at": tx.now.isoformat(),
    }  # fmt: skip


def _tell(tx: Transaction, facts: list[dict[str, Any]]) -> None:
    revision = int(tx.now.timestamp() * 1000)
    told = batch.tell_all(tx, DESK, batch.read([{"source": SOURCE, "revision": revision, **one} for one in facts]), 0)
    for each in told:
        if each.learned is None:
            raise Invalid(each.error, fields=msgspec.to_builtins(each.fields))
