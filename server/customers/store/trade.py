"""Orders and what belongs to them as other systems tell of them, each by its own revision, in whatever order.

A payment, shipment or return may come before its order: an order that was only heard of stands at revision -1 until it
is told. How an order stands follows from all of its rows, so it is the same whatever came first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from server.customers.orders import money, tracking
from server.customers.store import ahead, columns, people, revisions
from server.customers.store.facts import (
    GUEST,
    Learned,
    OrderFact,
    PaymentFact,
    PaymentPart,
    ReturnFact,
    ReturnPart,
    ShipmentFact,
    ShipmentPart,
    SubscriptionFact,
)
from server.customers.store.people import Known
from server.database import Transaction
from server.database.types import dump
from server.events import CustomerChanged, OrderChanged

STEPS = ("placed", "confirmed", "preparing", "shipped", "delivered")


def order(tx: Transaction, fact: OrderFact, *, unite: bool = True) -> Learned:
    """What a source says of an order. Raises `Invalid` before anything is written. `unite` as in `people.learn`."""
    amounts = {name: money.kept(getattr(fact, name), name) for name in ("total", "tax", "shipping", "discount")}
    lines = columns.lines(fact.lines)
    parts = [columns.of_payment(one, f"payments[{place}]") for place, one in enumerate(fact.payments)]
    backs = [columns.of_return(one, f"returns[{place}]") for place, one in enumerate(fact.returns)]
    columns.check_parts(fact)
    revision = revisions.number(fact.revision, tx.now)
    mark = revisions.digest(msgspec.structs.replace(fact, revision=None))
    buyer = _buyer(tx, fact, revision, unite)
    alone = _alone(fact, amounts["total"], parts, backs)
    put = revisions.put(
        tx,
        "orders",
        fact.source,
        fact.external_id,
        revision,
        mark,
        {
            **amounts,
            "customer_id": buyer.customer if buyer else None,
            "through_id": buyer.through if buyer else None,
            "number": fact.number or fact.external_id,
            "number_key": tracking.key(fact.number or fact.external_id),
            "shop": fact.shop,
            "said": fact.status,
            "said_payment": fact.payment,
            "currency": fact.currency,
            "gift": fact.gift,
            "buyer": dump(columns.person(fact.buyer)),
            "recipient": dump(columns.person(fact.recipient)),
            "subscription": fact.subscription,
            "note": fact.note,
            "url": fact.url,
            "ordered_at": fact.ordered_at,
        },
        first=alone,
    )
    if put.counts:
        if put.before is not None:
            tx.run("DELETE FROM order_line WHERE order_id = :id", id=put.id)
        tx.add_all(
            "order_line",
            ("order_id", "position", "sku", "name", "quantity", "price"),
            [(put.id, place, *line.values()) for place, line in enumerate(lines, 1)],
        )
    tx.run(
        "INSERT INTO order_status (order_id, revision, status, at) VALUES (:order, :revision, :status, :at)"
        " ON CONFLICT DO NOTHING",
        order=put.id,
        revision=revision,
        status=fact.status,
        at=fact.status_at or (fact.revision if isinstance(fact.revision, datetime) else fact.ordered_at),
    )
    told: list[tuple[str, PaymentPart | ShipmentPart | ReturnPart, dict[str, Any]]] = [
        *(("payment", part, values) for part, values in zip(fact.payments, parts, strict=True)),
        *(("shipment", part, columns.of_shipment(part, fact.ordered_at)) for part in fact.shipments),
        *(("goods_return", part, values) for part, values in zip(fact.returns, backs, strict=True)),
    ]
    puts = [_put_part(tx, table, fact.source, put.id, revision, part, values) for table, part, values in told]
    owner = buyer.customer if buyer else None
    if put.outcome == "stale":
        owner = put.before.customer_id
    if put.before is None and all(each.before is None for each in puts):
        _announce(tx, put.id, fact.source, "order", alone, owner, None, new=True)
    elif put.counts or any(each.counts for each in puts):
        owner = settle(tx, put.id, fact.source, "order", before=put.before)
    return _learned("order", fact, put, owner)


def payment(tx: Transaction, fact: PaymentFact) -> Learned:
    """A payment told by itself."""
    return _part(tx, "payment", "payment", fact, columns.of_payment(fact, ""))


def shipment(tx: Transaction, fact: ShipmentFact) -> Learned:
    """A shipment told by itself."""
    columns.check_lines(fact.lines, "lines")
    return _part(tx, "shipment", "shipment", fact, columns.of_shipment(fact, tx.now))


def goods_return(tx: Transaction, fact: ReturnFact) -> Learned:
    """A return told by itself."""
    return _part(tx, "return", "goods_return", fact, columns.of_return(fact, ""))


def subscription(tx: Transaction, fact: SubscriptionFact) -> Learned:
    """What a source says of a subscription."""
    amount = money.kept(fact.amount)
    who = people.known(tx, fact.source, fact.customer)
    names = ("name", "status", "every", "currency", "url", "started_at", "next_at", "ended_at")
    put = revisions.put(
        tx,
        "subscription",
        fact.source,
        fact.external_id,
        revisions.number(fact.revision, tx.now),
        revisions.digest(msgspec.structs.replace(fact, revision=None)),
        {
            "customer_id": who.customer,
            "through_id": who.through,
            "amount": amount,
            **{name: getattr(fact, name) for name in names},
        },
    )
    if put.counts:
        tx.record(CustomerChanged(customer=who.customer, what="subscription"), f"source:{fact.source}")
    return _learned("subscription", fact, put, who.customer)


# ------------------------------------------------------------------------------------------------ what follows


def settle(tx: Transaction, order_id: int, source: str, what: str, *, before: Any) -> int | None:
    """How the order stands by all that was told of it; whose it is. `before` is its row as it was, if it was there."""
    row = tx.one("SELECT * FROM orders WHERE id = :id", id=order_id)
    sums: dict[str, int] = {}
    parcels: list[str] = []
    back = 0
    for each in tx.all(_PARTS, id=order_id):
        if each.what == "payment":
            sums[each.status] = int(each.amount)
        elif each.what == "shipment":
            parcels.append(each.status)
        else:
            back = int(each.amount)
    state = _state(row.said, row.said_payment, row.total, sums, parcels, back)
    if any(getattr(row, name) != wanted for name, wanted in state.items()):
        places = ", ".join(f"{name} = :{name}" for name in state)
        tx.run(f"UPDATE orders SET {places} WHERE id = :id", id=order_id, **state)
    new = before is None or before.revision < 0 <= row.revision
    former = before.customer_id if before is not None else None
    _announce(tx, order_id, source, what, state, row.customer_id, former, new=new)
    owner_id: int | None = row.customer_id
    return owner_id


def _announce(
    tx: Transaction,
    order_id: int,
    source: str,
    what: str,
    state: dict[str, Any],
    owner: int | None,
    former: int | None,
    *,
    new: bool,
) -> None:
    """Whose it is and was are counted anew, and everybody is told how it stands."""
    for each in {owner, former} - {None}:
        ahead.revalue(tx, each)  # type: ignore[arg-type]
    told = OrderChanged(
        order=order_id, customer=owner, what=what, status=state["status"], payment=state["payment"], new=new
    )
    tx.record(told, f"source:{source}")


def _alone(
    fact: OrderFact, total: int, payments: Sequence[dict[str, Any]], returns: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """How an order stands of which nothing but this was told."""
    sums: dict[str, int] = {}
    for each in payments:
        sums[each["status"]] = sums.get(each["status"], 0) + each["amount"]
    back = sum(each["amount"] for each in returns if each["status"] in ("received", "refunded"))
    return _state(fact.status, fact.payment, total, sums, [each.status for each in fact.shipments], back)


def _state(
    said: str, said_payment: str, total: int, sums: dict[str, int], parcels: Sequence[str], back: int
) -> dict[str, Any]:
    return {
        "status": _status(said, parcels, bool(total) and back >= total),
        "payment": _payment_state(said_payment, total, sums),
        "paid": sums.get("paid", 0),
        "refunded": sums.get("refunded", 0),
    }


_PARTS = (
    "SELECT 'payment' AS what, status, sum(amount) AS amount FROM payment WHERE order_id = :id GROUP BY status"
    " UNION ALL SELECT DISTINCT 'shipment', status, 0 FROM shipment WHERE order_id = :id"
    " UNION ALL SELECT 'return', '', COALESCE(sum(amount), 0) FROM goods_return"
    " WHERE order_id = :id AND status IN ('received', 'refunded')"
)
_UNSETTLED: dict[str, Any] = {"status": "placed", "payment": "unpaid", "paid": 0, "refunded": 0}


def _status(said: str, parcels: Sequence[str], came_back: bool) -> str:
    """The furthest of what the source says and what the parcels show."""
    if said in ("cancelled", "returned"):
        return said
    if came_back:
        return "returned"
    under_way = [status for status in parcels if status in ("shipped", "delivering", "delivered", "failed")]
    step = STEPS.index(said)
    if under_way:
        arrived = all(status == "delivered" for status in parcels if status != "returned")
        step = max(step, STEPS.index("delivered" if arrived else "shipped"))
    return STEPS[step]


def _payment_state(said: str, total: int, sums: dict[str, int]) -> str:
    """How the order is paid, by its payments; by the source's own word when none was told."""
    paid, refunded = sums.get("paid", 0), sums.get("refunded", 0)
    if refunded and refunded >= paid:
        return "refunded"
    if paid and paid >= total:
        return "paid"
    if paid:
        return "partly"
    if said:
        return said
    return "failed" if "failed" in sums and "pending" not in sums else "unpaid"


# ------------------------------------------------------------------------------------------------ parts


def _buyer(tx: Transaction, fact: OrderFact, revision: int, unite: bool) -> Known | None:
    """Who bought. The recipient of a gift is somebody else, and never taken for the buyer."""
    if fact.customer is not None:
        at = revisions.number(fact.ordered_at, tx.now)
        return people.hear(tx, fact.source, fact.customer, fact.buyer, at, unite=unite)
    if fact.buyer is not None:
        return people.hear(tx, fact.source, GUEST + fact.external_id, fact.buyer, revision, unite=unite)
    return None


def _part(tx: Transaction, kind: str, table: str, fact: Any, values: dict[str, Any]) -> Learned:
    before = _order_of(tx, fact.source, fact.order)
    revision = revisions.number(fact.revision, tx.now)
    put = _put_part(tx, table, fact.source, before.id, revision, fact, values)
    owner: int | None = before.customer_id
    if put.counts:
        owner = settle(tx, before.id, fact.source, kind, before=before)
    return _learned(kind, fact, put, owner)


def _order_of(tx: Transaction, source: str, external_id: str) -> Any:
    """An order's row; one that nobody told of yet is heard of now."""
    row = ahead.row(tx, "orders", source, external_id)
    if row is None:
        blank = {
            "source": source, "external_id": external_id, "revision": -1, "digest": "", "number": external_id,
            "number_key": tracking.key(external_id), "shop": "",
            "said": "placed", "said_payment": "", "currency": "JPY",
            "total": 0, "tax": 0, "shipping": 0, "discount": 0, "gift": False, "buyer": dump({}), "recipient": dump({}),
            "subscription": "", "note": "", "url": "", "ordered_at": tx.now, **_UNSETTLED,
        }  # fmt: skip
        tx.run(
            f"INSERT INTO orders ({', '.join(blank)}) VALUES ({', '.join(f':{name}' for name in blank)})"
            " ON CONFLICT (source, external_id) DO NOTHING",
            **blank,
        )
        row = ahead.row(tx, "orders", source, external_id)
    return row


def _put_part(
    tx: Transaction,
    table: str,
    source: str,
    order_id: int,
    revision: int,
    part: PaymentPart | ShipmentPart | ReturnPart,
    values: dict[str, Any],
) -> revisions.Put:
    mark = revisions.digest(columns.bare(part))
    promise: dict[str, Any] = {}
    if isinstance(part, ShipmentPart):
        day = part.expected_at
        promise = {"promised_at": day, "promised_revision": int(revision) if day is not None else None}
    whole = {"order_id": order_id, **values}
    put = revisions.put(tx, table, source, part.external_id, revision, mark, whole, promise)
    return _promised(tx, put, int(revision), promise["promised_at"]) if promise else put


def _promised(tx: Transaction, put: revisions.Put, revision: int, day: datetime | None) -> revisions.Put:
    """The day of arrival that was told first stays, and first is what has the least revision, whenever it came."""
    before = put.before
    if day is None or before is None:
        return put
    if before.promised_at is not None and (before.promised_revision, before.promised_at) <= (revision, day):
        return put
    tx.run(
        "UPDATE shipment SET promised_at = :day, promised_revision = :revision WHERE id = :id",
        day=day,
        revision=revision,
        id=put.id,
    )
    return put._replace(more=True)


def _learned(kind: str, fact: Any, put: revisions.Put, customer: int | None) -> Learned:
    return Learned(
        kind=kind,
        source=fact.source,
        external_id=fact.external_id,
        outcome=put.outcome,
        id=put.id,
        customer=customer,
    )
