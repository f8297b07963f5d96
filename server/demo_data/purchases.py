"""What the demo's customers bought and who they are, told as a shop, a till and a field system would tell it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from server.agents import AgentView
from server.customers import attributes, scale, segments
from server.customers.attributes import AttributeView
from server.customers.segments import Condition, SegmentDraft
from server.customers.store import batch
from server.database import Transaction
from server.demo_data import many, noticing
from server.demo_data.stories import Customer

SHOP = "demo-shop"
GOODS = (("YUN-01", "湯呑み 月白", 3200), ("CHA-02", "飯碗 飴釉", 4500), ("SAR-05", "取り皿 5枚組", 8800),
         ("DON-01", "土鍋 8号", 14800), ("KYU-03", "急須 黒", 7600))  # fmt: skip
CARRIERS = ("ヤマト運輸", "佐川急便", "日本郵便")
FIELDS = (
    AttributeView(name="glaze", kind="choice", label_ja="好みの釉薬", label_en="Favourite glaze",
                  choices=["月白", "飴釉", "織部", "黒"], position=1),
    AttributeView(name="card_number", kind="text", label_ja="ポイントカード番号", label_en="Card number", position=2),
    AttributeView(name="visited", kind="date", label_ja="工房見学の日", label_en="Visited the workshop", position=3),
)  # fmt: skip
SEGMENTS = (
    SegmentDraft(name="上得意", priority="high", conditions=[
        Condition(field="monetary", op="at_least", value=4), Condition(field="frequency", op="at_least", value=3)]),
    SegmentDraft(name="ご無沙汰", conditions=[Condition(field="days_since_last", op="at_least", value=60)]),
    SegmentDraft(name="まだ購入のない方", conditions=[Condition(field="bought", op="is", value=False)]),
)  # fmt: skip
NO_SHOPPERS = ("news@toukiichi.example.jp", "sales@seo-rank-up.example", "jane.doe@example.com",
               "sophie@example.de")  # fmt: skip
MOMENTS = ("ordered", "at", "due", "shipped", "expected", "delivered", "planned", "next", "started")


def shop(tx: Transaction, lead: AgentView, customers: Sequence[Customer], *, public_url: str) -> None:
    """Tell everything, the newest orders with the notices of them, and measure the customers by it."""
    for field in FIELDS:
        attributes.put(tx, lead, field)
    people = list({each.email: each for each in customers if each.email not in NO_SHOPPERS}.values())
    with Path(__file__).with_name("purchases.toml").open("rb") as file:
        special = tomllib.load(file)
    facts = [fact for place, each in enumerate(people) for fact in _facts(place, each, special["people"], tx.now)]
    facts += [_dated(fact, tx.now) for fact in special["fact"]]
    newest = [fact for fact in facts if fact["kind"] == "order" and fact["revision"] == noticing.FINAL]
    facts = [fact for fact in facts if fact not in newest]
    for first in range(0, len(facts), batch.AT_ONCE):
        stretch = batch.read(facts[first : first + batch.AT_ONCE])
        refused = [told for told in batch.tell_all(tx, lead, stretch, first) if told.learned is None]
        assert not refused, refused
    noticing.look_back(tx, lead, newest, public_url=public_url)
    many.ask_for_approval(tx)
    scale.keep(tx, scale.count(tx))
    for segment in SEGMENTS:
        segments.add(tx, lead, segment)


def _facts(place: int, who: Customer, special: dict[str, Any], now: datetime) -> Iterator[dict[str, Any]]:
    """A customer with their orders: the newest as the story needs it, those before as orders are."""
    own = dict(special.get(who.email, {}))
    contacts = [{"kind": "email", "address": who.email}]
    if who.phone:
        contacts.append({"kind": "phone", "address": who.phone})
    newest, key = own.pop("order", None), own.pop("key", f"c{place}")
    yield _dated(
        {"kind": "customer", "source": SHOP, "external_id": key, "revision": 1, "name": who.name,
         "kana": who.kana, "contacts": contacts, "member_rank": ("ゴールド", "", "シルバー", "")[place % 4], **own},
        now,
    )  # fmt: skip
    if newest is not None:
        order = {"kind": "order", "source": SHOP, "revision": noticing.FINAL, "shop": "うつわの月の輪",
                 "customer": key, **newest}  # fmt: skip
        yield _dated(order, now)
    for turn in range(1, 1 + (place * 5 + 3) % 4):
        yield _order(place, turn, key, now)


def _order(place: int, turn: int, customer: str, now: datetime) -> dict[str, Any]:
    at = now - timedelta(days=turn * (29 + place * 3), hours=place)
    sku, name, price = GOODS[(place + turn) % len(GOODS)]
    quantity = 1 + (place + turn) % 3
    number, total = f"{20000 + place * 10 + turn}", price * quantity
    return {
        "kind": "order", "source": SHOP, "external_id": number, "revision": 1, "number": f"T-{number}",
        "shop": "うつわの月の輪", "ordered_at": at.isoformat(), "customer": customer,
        "total": str(total), "tax": str(total // 11),
        "lines": [{"sku": sku, "name": name, "quantity": quantity, "price": str(price)}],
        "payments": [{"external_id": f"p{number}", "method": "クレジットカード", "status": "paid", "amount": str(total),
                      "at": at.isoformat()}],
        "shipments": [{"external_id": f"s{number}", "carrier": CARRIERS[place % 3],
                       "tracking_number": f"{4000 + place}-{1000 + turn * 7}-{5600 + place}", "status": "delivered",
                       "shipped_at": (at + timedelta(days=1)).isoformat(),
                       "delivered_at": (at + timedelta(days=2)).isoformat()}],
    }  # fmt: skip


def _dated(told: Any, now: datetime) -> Any:
    """With moments in the place of days: `ordered = -3` was three days ago, and is called `ordered_at`."""
    if isinstance(told, list):
        return [_dated(each, now) for each in told]
    if not isinstance(told, dict):
        return told
    made: dict[str, Any] = {}
    for name, value in told.items():
        if name in MOMENTS and isinstance(value, int | float):
            made["at" if name == "at" else f"{name}_at"] = (now + timedelta(days=value)).isoformat()
        else:
            made[name] = _dated(value, now)
    return made
