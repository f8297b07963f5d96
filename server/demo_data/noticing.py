"""What the demo's customers were told of their newest orders: each step at its hour, and the notice of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.contract import Receipt
from server import delivery
from server.agents import AgentView
from server.customers.store import batch
from server.database import Transaction
from server.notices import actions, planning, sending, settings
from server.notices.clock import Quiet
from server.notices.settings import NoticeSettings

OLDEST = timedelta(days=25)
FINAL = 9
"""The revision of an order as it stands; what it went through has smaller ones."""
HELD = ("T-20415", "コンビニの番号を確認中")
"""An order whose reminder somebody holds back, and why."""


def look_back(tx: Transaction, boss: AgentView, orders: Sequence[dict[str, Any]], *, public_url: str) -> None:
    """Tell the orders as they went, and let their notices leave; they count as delivered."""
    began = tx.now
    legal = {"ja": "うつわの月の輪 京都市東山区五条橋東4-1", "en": "Tsukinowa Pottery, Gojobashi-higashi 4-1, Kyoto"}
    decided = NoticeSettings(on=True, quiet=Quiet(begins="", ends=""), legal=legal)
    settings.write(tx, boss, decided)
    steps = sorted((step for order in orders for step in _steps(order, began)), key=lambda each: each[0])
    for at, fact in steps:
        tx.now = at
        (told,) = batch.tell_all(tx, boss, batch.read([fact]), 0)
        assert told.learned is not None, told
        if began - datetime.fromisoformat(fact["ordered_at"]) < OLDEST:
            planning.plan(tx, [f"order:{told.learned.id}"])
            while sending.send_due(tx, public_url):
                pass
            _leave(tx)
    tx.now = began
    number, words = HELD
    held = tx.value(
        "SELECT n.id FROM notice n JOIN orders o ON n.about = 'order:' || o.id"
        " WHERE o.number = :number AND n.state = 'planned' AND n.kind = 'payment_due'",
        number=number,
    )
    if held is not None:
        actions.hold(tx, boss, held, words)


def _steps(order: dict[str, Any], began: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """An order as it stood after each thing that happened, and when; none of them lies ahead."""
    ordered = datetime.fromisoformat(order["ordered_at"])
    payments, parcels = order.get("payments", []), order.get("shipments", [])
    asked = [{**each, "status": "pending"} if each["status"] == "paid" else each for each in payments]
    first = [each for each in asked if each["status"] == "pending"]
    begun = {**order, "status": "placed", "payments": first, "shipments": [], "returns": []}
    yield ordered + timedelta(minutes=1), {**begun, "revision": 1}
    paid = [each for each in payments if each["status"] in ("paid", "pending")]
    if any(each["status"] == "paid" for each in paid):
        at = max(datetime.fromisoformat(each["at"]) for each in paid)
        yield max(at, ordered) + timedelta(minutes=2), {**begun, "status": "confirmed", "payments": paid, "revision": 2}
    gone = [datetime.fromisoformat(each["shipped_at"]) for each in parcels if "shipped_at" in each]
    if gone:
        on_way = [_on_way(each) for each in parcels]
        whole = {**begun, "status": "shipped", "payments": paid, "shipments": on_way, "revision": 3}
        yield min(gone) + timedelta(minutes=1), whole
    yield began - timedelta(hours=2), {**order, "revision": FINAL}


def _on_way(parcel: dict[str, Any]) -> dict[str, Any]:
    """A parcel on the day it left; one that has not arrived was expected a day earlier then."""
    then = {name: value for name, value in parcel.items() if name != "delivered_at"} | {"status": "shipped"}
    if "expected_at" in parcel:
        then["expected_at"] = (datetime.fromisoformat(parcel["expected_at"]) - timedelta(days=1)).isoformat()
    return then


def _leave(tx: Transaction) -> None:
    for row in tx.all("SELECT id FROM letter WHERE about IS NOT NULL AND state = 'waiting'"):
        delivery.outcomes.delivered(tx, row.id, Receipt(words="250 2.0.0 Ok"))
