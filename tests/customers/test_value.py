"""What customers are worth: scores by fifths and by bounds, segments, and what the value does to a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.contract import Party
from server import customers, tickets
from server.customers import overview, scale, segments
from server.customers.scale import ScaleSettings
from server.customers.segments import Condition, SegmentDraft
from server.customers.store import batch
from server.database import now
from server.errors import Invalid, NotFound
from tests.desks import TestDesk

TOKYO = ZoneInfo("Asia/Tokyo")


def order(who: int, place: int, days: float, total: int, at: datetime, **more: Any) -> dict[str, Any]:
    return {"kind": "order", "source": "shop", "external_id": f"{who}-{place}", "customer": f"c{who}", "revision": 1,
            "ordered_at": (at - timedelta(days=days)).isoformat(), "total": str(total),
            "lines": [{"sku": f"S-{who % 2}", "name": "茶", "quantity": 1, "price": str(total)}], **more}  # fmt: skip


async def tell(desk: TestDesk, facts: list[dict[str, Any]]) -> list[int]:
    told = await desk.database.write(batch.tell_all, desk.agent, batch.read(facts), 0)
    return [each.learned.customer or 0 for each in told if each.learned]


async def crowd(desk: TestDesk, many: int = 100) -> list[int]:
    """The n-th bought n days ago for n thousand; every fifth of them twice."""
    at = now()
    ids = await tell(desk, [order(who, 0, who, 1000 * who, at) for who in range(1, many + 1)])
    await tell(desk, [order(who, 1, who + 400, 1, at) for who in range(5, many + 1, 5)])
    return ids


async def test_fifths_and_tenths_are_of_all_customers(desk: TestDesk) -> None:
    ids = await crowd(desk)
    settings = ScaleSettings()
    await desk.database.write(scale.decide, desk.agent, settings)
    values = [await desk.database.read(customers.worth, id) for id in ids]
    assert all(value is not None for value in values)
    assert [value.recency for value in values if value][::20] == [5, 4, 3, 2, 1]
    assert [value.monetary for value in values if value][::20] == [1, 2, 3, 4, 5]
    assert [value.decile for value in values if value][::10] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert {value.frequency for value in values if value and value.orders == 1} == {1}
    assert {value.frequency for value in values if value and value.orders == 2} == {5}
    found = await desk.database.read(overview.overview, TOKYO)
    assert sum(cell.customers for cell in found.grid) == found.customers == 100
    assert [each.customers for each in found.deciles] == [10] * 10
    assert found.deciles[0].spent > found.deciles[9].spent and abs(sum(d.share for d in found.deciles) - 1) < 0.01
    assert sum(month.new for month in found.months) == 80 and sum(month.returning for month in found.months) == 20


async def test_an_order_more_moves_its_customer_alone_and_at_once(desk: TestDesk) -> None:
    ids = await crowd(desk)
    await desk.database.write(scale.decide, desk.agent, ScaleSettings())
    before = await desk.database.read(customers.worth, ids[89])
    assert before is not None and (before.recency, before.decile) == (1, 2)
    await tell(desk, [order(90, 7, 0, 500_000, now())])
    after = await desk.database.read(customers.worth, ids[89])
    assert after is not None and (after.recency, after.monetary, after.decile) == (5, 5, 1)
    await tell(desk, [order(90, 7, 0, 500_000, now(), revision=2, status="cancelled")])
    assert await desk.database.read(customers.worth, ids[89]) == before


async def test_bounds_count_when_they_are_chosen_or_customers_are_few(desk: TestDesk) -> None:
    (id,) = await tell(desk, [order(1, 0, 20, 12_000, now())])
    value = await desk.database.read(customers.worth, id)
    assert value is not None and (value.recency, value.frequency, value.monetary) == (5, 1, 3)
    wanted = ScaleSettings(by="bounds", recency_days=[1, 2, 3, 30], orders=[1, 2, 3, 4], spent=[1, 2, 3, 4])
    await desk.database.write(scale.decide, desk.agent, wanted)
    value = await desk.database.read(customers.worth, id)
    assert value is not None and (value.recency, value.frequency, value.monetary) == (2, 2, 5)
    for wrong in ({"orders": [4, 3, 2, 1]}, {"spent": [1, 1, 2, 3]}):
        with pytest.raises(Invalid):
            await desk.database.write(scale.decide, desk.agent, ScaleSettings(**wrong))


async def test_another_currency_is_not_compared(desk: TestDesk) -> None:
    (id,) = await tell(desk, [order(1, 0, 20, 12_000, now(), currency="USD")])
    value = await desk.database.read(customers.worth, id)
    assert value is not None and value.spent == Decimal(12_000)
    assert (value.recency, value.frequency, value.monetary, value.decile) == (None, None, None, None)


TRUE_OF = [
    ("spent", "at_least", 91_000, 10), ("spent", "is", 1000, 1), ("orders", "at_least", 2, 20),
    ("orders", "is", 0, 1), ("recency", "is", 5, 20), ("recency", "is_not", 5, 80), ("decile", "at_most", 2, 20),
    ("monetary", "at_most", 1, 20), ("days_since_last", "at_least", 90.5, 10), ("days_since_last", "at_most", 10.5, 10),
    ("days_since_first", "at_most", 10.5, 8), ("sku", "is", "S-0", 50), ("sku", "is_not", "S-0", 51),
    ("tag", "is", "お得意様_1", 1), ("tag", "is", "お得意様x1", 0), ("tag", "is_not", "お得意様_1", 100),
    ("vip", "is", True, 1), ("vip", "is", False, 100), ("rank", "is", "ゴールド", 1),
    ("average", "at_least", 97_001, 2),
    ("return_rate", "at_most", 0, 100), ("company", "is", "緑屋", 1), ("language", "is", "", 101),
]  # fmt: skip


async def test_each_condition_is_true_of_as_many_on_both_databases(desk: TestDesk) -> None:
    await crowd(desk)
    await tell(desk, [{"kind": "customer", "source": "erp", "external_id": "x", "revision": 1, "name": "林",
                       "company": "緑屋", "tags": ["お得意様_1"], "vip": True, "member_rank": "ゴールド"}])  # fmt: skip
    await desk.database.write(scale.decide, desk.agent, ScaleSettings())
    found = [
        (field, op, value, await desk.database.read(segments.preview, [Condition(field=field, op=op, value=value)]))
        for field, op, value, _ in TRUE_OF
    ]
    assert found == TRUE_OF


async def test_a_segment_is_kept_listed_changed_and_removed(desk: TestDesk) -> None:
    ids = await crowd(desk, 10)
    best = SegmentDraft(name="上得意", conditions=[Condition(field="spent", op="at_least", value=9000)])
    made = await desk.database.write(segments.add, desk.agent, best)
    assert made.customers == 2
    first = await desk.database.read(segments.page, made.id, limit=1)
    second = await desk.database.read(segments.page, made.id, limit=1, after=first.next)
    assert [first.items[0].id, second.items[0].id] == ids[8:] and second.next is None
    assert [each.name for each in await desk.database.read(segments.of, ids[9])] == ["上得意"]
    assert await desk.database.read(segments.of, ids[0]) == []
    wrong: list[tuple[str, Any, Any]] = [("spent", "is", "much"), ("shoe_size", "is", 4), ("vip", "at_least", True),
                                         ("days_since_last", "is", 3), ("tag", "at_least", "a")]  # fmt: skip
    for field, op, value in wrong:
        draft = SegmentDraft(name="x", conditions=[Condition(field=field, op=op, value=value)])
        with pytest.raises(Invalid):
            await desk.database.write(segments.add, desk.agent, draft)
    with pytest.raises(Invalid):
        await desk.database.write(segments.add, desk.agent, best)
    two = [Condition(field="orders", op="is", value=2), Condition(field="spent", op="at_least", value=9000)]
    changed = await desk.database.write(
        segments.change, desk.agent, made.id, SegmentDraft(name="上得意", conditions=two)
    )
    assert changed.customers == 1
    await desk.database.write(segments.remove, desk.agent, made.id)
    assert await desk.database.read(segments.all) == []
    with pytest.raises(NotFound):
        await desk.database.read(segments.page, made.id)


async def test_the_value_raises_a_new_tickets_priority_and_never_lowers_it(desk: TestDesk) -> None:
    buyer = {"name": "山田 花子", "email": "hanako@example.jp"}
    await tell(desk, [order(1, 0, 3, 90_000, now(), buyer=buyer), {
        "kind": "customer", "source": "shop", "external_id": "c1", "revision": 1, "name": "山田 花子",
        "contacts": [{"kind": "email", "address": "hanako@example.jp"}]}])  # fmt: skip
    rich = SegmentDraft(
        name="上得意", conditions=[Condition(field="spent", op="at_least", value=50_000)], priority="high"
    )
    await desk.database.write(segments.add, desk.agent, rich)
    good = await desk.hear("届きません", sender=Party("email", "hanako@example.jp", "山田 花子"))
    other = await desk.hear("届きません", sender=Party("email", "taro@example.jp", "太郎"))
    seen = [(await desk.database.read(tickets.view, desk.agent, one.ticket)).priority for one in (good, other)]
    assert seen == ["high", "normal"]
    customer = (await desk.database.read(tickets.view, desk.agent, good.ticket)).customer
    assert await desk.database.read(customers.raised, customer.id, "urgent") == "urgent"
