"""Beside the ticket: one line of everything, the orders and what they come to, without another request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.contract import Party
from server import tickets
from server.customers.store import batch
from server.errors import Invalid, NotFound
from server.notices import actions, planning, queries, sending, settings
from server.notices.settings import NoticeSettings
from tests.customers.test_store import story
from tests.desks import TestDesk


async def furnish(desk: TestDesk) -> int:
    """A customer with a story at the shop, a ticket by mail and a note on it."""
    told = await desk.database.write(batch.tell_all, desk.agent, batch.read(story()), 0)
    assert told[0].learned is not None and told[0].learned.customer is not None
    await desk.hear("まだ届きません", sender=Party("email", "hanako@example.jp", "山田 花子"))
    await desk.database.write(tickets.note, desk.agent, 1, "倉庫に確認中")
    await desk.reply(1, "明日届きます。")
    return told[0].learned.customer


async def test_everything_stands_in_one_line_newest_first(desk: TestDesk) -> None:
    customer = await furnish(desk)
    page = await desk.database.read(tickets.timeline, customer)
    kinds = [entry.kind for entry in page.items]
    assert sorted(set(kinds)) == ["interaction", "message", "note", "order", "payment", "return", "shipment"]
    assert [entry.at for entry in page.items] == sorted((entry.at for entry in page.items), reverse=True)
    parcel = next(entry for entry in page.items if entry.kind == "shipment")
    assert (parcel.status, parcel.number) == ("delivered", "R-1001")
    assert parcel.url is not None and "kuronekoyamato" in parcel.url
    said = next(entry for entry in page.items if entry.text == "まだ届きません")
    assert (said.ticket, said.seq, said.source) == (1, 1, "email")


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_neither_lose_nor_double_anything_even_at_one_moment(desk: TestDesk, limit: int) -> None:
    customer = await furnish(desk)
    same = (datetime(2026, 10, 1, tzinfo=UTC)).isoformat()
    more: list[dict[str, Any]] = [
        {"kind": "interaction", "source": "crm", "external_id": f"i{n}", "customer": "x", "what": "note", "at": same,
         "revision": 1} for n in range(3)
    ] + [
        {"kind": "order", "source": "shop", "external_id": f"o{n}", "customer": "c7", "ordered_at": same, "revision": 1,
         "payments": [{"external_id": f"q{n}", "at": same, "amount": 1}]} for n in range(3)
    ]  # fmt: skip
    await desk.database.write(batch.tell_all, desk.agent, batch.read(more), 0)
    whole = [
        (entry.kind, entry.id) for entry in (await desk.database.read(tickets.timeline, customer, limit=200)).items
    ]
    seen: list[tuple[str, int]] = []
    after = None
    while True:
        page = await desk.database.read(tickets.timeline, customer, limit=limit, after=after)
        seen += [(entry.kind, entry.id) for entry in page.items]
        if (after := page.next) is None:
            break
    assert seen == whole and len(seen) == len(set(seen)) > 12


async def test_the_line_can_be_narrowed_to_kinds(desk: TestDesk) -> None:
    customer = await furnish(desk)
    page = await desk.database.read(tickets.timeline, customer, kinds=["order", "note"])
    assert {entry.kind for entry in page.items} == {"order", "note"}
    for wrong in ({"kinds": ["letters"]}, {"after": "x"}, {"after": "1_2_99"}, {"after": f"{'9' * 40}_1_1"}):
        with pytest.raises(Invalid):
            await desk.database.read(tickets.timeline, customer, **wrong)
    with pytest.raises(NotFound):
        await desk.database.read(tickets.timeline, 9999)


async def test_the_pane_has_orders_links_and_worth_in_the_tickets_own_answer(desk: TestDesk) -> None:
    await furnish(desk)
    thread = await desk.thread(1)
    assert [order.number for order in thread.purchases.orders] == ["1002", "R-1001"]
    newest, paid = thread.purchases.orders
    assert (newest.status, paid.status, paid.payment) == ("cancelled", "delivered", "paid")
    assert paid.shipments[0].url is not None and not thread.purchases.more
    assert thread.purchases.value is not None and str(thread.purchases.value.spent) == "3000"
    assert [each.name for each in thread.purchases.subscriptions] == ["お茶定期"]


async def test_more_orders_than_the_pane_shows_are_paged(desk: TestDesk) -> None:
    await furnish(desk)
    begin = datetime(2026, 9, 1, tzinfo=UTC)
    facts = [
        {"kind": "order", "source": "shop", "external_id": f"o{n}", "customer": "c7", "revision": 1,
         "ordered_at": (begin + timedelta(days=n)).isoformat()} for n in range(8)
    ]  # fmt: skip
    await desk.database.write(batch.tell_all, desk.agent, batch.read(facts), 0)
    thread = await desk.thread(1)
    assert thread.purchases.more and len(thread.purchases.orders) == 5


async def test_notices_stand_in_the_story_with_how_they_fare_and_pages_pass_none_over(desk: TestDesk) -> None:
    customer = await furnish(desk)
    await desk.database.write(settings.write, desk.agent, NoticeSettings(on=True))
    fresh = [
        {"kind": "order", "source": "shop", "external_id": f"n{n}", "number": f"N-{n}", "customer": "c7", "total": "1",
         "ordered_at": datetime.now(UTC).isoformat(), "revision": 1} for n in range(3)
    ]  # fmt: skip
    await desk.database.write(batch.tell_all, desk.agent, batch.read(fresh), 0)
    while await desk.database.write(planning.follow):
        pass
    page = await desk.database.read(tickets.timeline, customer, kinds=["notice"])
    mine = [entry for entry in page.items if entry.title == "thanks"]
    assert [(entry.number, entry.status) for entry in mine] == [(f"N-{n}", "planned") for n in (2, 1, 0)]
    assert {entry.status for entry in page.items if entry not in mine} == {"skipped"}, "what is long over"
    first = mine[0].notice
    assert first is not None
    await desk.database.write(actions.hold, desk.agent, first, "確認中")
    await desk.database.write(sending.send_due, "https://desk.example")
    seen: list[tuple[int, str, str]] = []
    after = None
    while True:
        part = await desk.database.read(tickets.timeline, customer, kinds=["notice"], limit=1, after=after)
        seen += [(entry.id, entry.status, entry.text) for entry in part.items]
        if (after := part.next) is None:
            break
    assert len(seen) == len({id for id, _, _ in seen}) == len(page.items)
    assert (first, "held", "確認中") in seen and [status for _, status, _ in seen].count("leaving") == 2
    whole = await desk.database.read(tickets.timeline, customer, limit=200)
    assert sum(entry.notice is not None for entry in whole.items) == len(page.items)
    named = await desk.database.read(queries.named, whole)
    assert {entry.label["ja"] for entry in named.items if entry.title == "thanks"} == {"ご注文のお礼"}
