"""An order moves, and its customer is told: once, on the way that reaches them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from server.customers.store import batch
from server.database import Transaction, now
from server.errors import Invalid
from server.notices import actions, planning, queries, sending, settings
from server.notices.settings import NoticeSettings
from server.tickets.addressing import answer_address
from tests.desks import TestDesk

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 12:00 in Tokyo, a Friday


class Clock:
    """The time of the units that are run with it."""

    def __init__(self, desk: TestDesk) -> None:
        self.at = NOON
        self._desk = desk

    async def tell(self, kind: str, **fact: Any) -> None:
        """A source tells something, and the desk follows and sends what is due."""
        await self._desk.database.write(_learn, self.at, {"kind": kind, "source": "shop", **fact})
        await self.work()

    async def work(self) -> None:
        """Plan and send."""
        await self._desk.database.write(_work, self.at)

    async def later(self, **more: float) -> None:
        """Time passes."""
        self.at += timedelta(**more)
        await self.work()

    async def notices(self) -> list[tuple[str, str, str]]:
        """Kind, state and reason of all notices."""
        page = await self._desk.database.read(lambda tx: queries.page(tx, limit=100))
        return [(each.kind, each.state, each.reason) for each in reversed(page.items)]

    async def letters(self) -> list[Any]:
        """The letters, first of all first."""
        return await self._desk.database.read(lambda tx: tx.all("SELECT * FROM letter ORDER BY id"))


def _learn(tx: Transaction, at: datetime, fact: dict[str, Any]) -> None:
    tx.now = at
    kind, learn = batch.KINDS[fact.pop("kind")]
    learn(tx, msgspec.convert(fact, kind))


def _work(tx: Transaction, at: datetime) -> None:
    tx.now = at
    while planning.follow(tx):
        pass
    while sending.send_due(tx, "https://desk.example"):
        pass


@pytest.fixture
async def clock(desk: TestDesk) -> Clock:
    """The desk's time, in these tests' hands; notices are switched on."""
    await desk.database.write(settings.write, desk.agent, NoticeSettings(on=True))
    return Clock(desk)


ORDER: dict[str, Any] = {
    "external_id": "1",
    "number": "R-1001",
    "ordered_at": "2026-11-20T02:59:00Z",
    "total": "5500",
    "buyer": {"name": "山田 花子", "email": "hanako@customer.example"},
    "lines": [{"sku": "T-1", "name": "緑茶", "quantity": 2, "price": "2500"}],
}


async def test_an_order_is_thanked_for_once_however_often_it_is_told(clock: Clock) -> None:
    for revision in (1, 1, 2, 3):
        await clock.tell("order", **ORDER, revision=revision)
    (letter,) = await clock.letters()
    assert letter.recipient == "hanako@customer.example"
    assert "R-1001" in letter.subject
    assert "山田 花子 様" in letter.body["text"]
    assert "・緑茶 × 2  5,000円" in letter.body["text"]
    assert "合計: 5,500円" in letter.body["text"]
    assert letter.body["automatic"] is True
    assert await clock.notices() == [("thanks", "sent", "")]


async def test_a_shipment_told_at_night_is_announced_in_the_morning_and_never_after_it_arrived(clock: Clock) -> None:
    await clock.tell("order", **ORDER, revision=1, status="preparing")
    clock.at = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # 23:00
    parcel = {"external_id": "s1", "order": "1", "carrier": "ヤマト運輸", "tracking_number": "1234-5678-9012"}
    await clock.tell("shipment", **parcel, status="shipped", shipped_at="2026-11-20T14:00:00Z", revision=1)
    assert ("shipped", "planned", "") in await clock.notices()
    await clock.later(hours=8, minutes=59)
    assert len(await clock.letters()) == 1
    await clock.later(minutes=1)
    told = (await clock.letters())[1]
    assert "1234-5678-9012" in told.body["text"] and "ヤマト運輸" in told.body["text"]
    assert "id=1234-5678-9012" in told.body["text"] or "id=123456789012" in told.body["text"]
    second = {"external_id": "s2", "order": "1", "carrier": "佐川急便", "tracking_number": "99"}
    clock.at = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    await clock.tell("shipment", **second, status="shipped", shipped_at="2026-11-21T15:00:00Z", revision=1)
    await clock.tell("shipment", **second, status="delivered", delivered_at="2026-11-21T20:00:00Z", revision=2)
    await clock.later(hours=24)
    assert len(await clock.letters()) == 2
    assert ("shipped", "skipped", "overtaken") in await clock.notices()


async def test_a_deadline_is_reminded_of_at_ten_unless_the_money_came(clock: Clock) -> None:
    order = {**ORDER, "payments": [{"external_id": "p", "method": "convenience_store", "status": "pending",
             "amount": "5500", "at": "2026-11-20T02:59:00Z", "due_at": "2026-11-25T14:59:00Z"}]}  # fmt: skip
    await clock.tell("order", **order, revision=1)
    (reminder,) = [each for each in await clock.notices() if each[0] == "payment_due"]
    assert reminder[1] == "planned"
    await clock.later(days=2, hours=21)  # 9:00 on Monday the 23rd
    assert len(await clock.letters()) == 1
    await clock.later(hours=1)
    told = (await clock.letters())[1]
    assert "11月25日(水)" in told.body["text"] and "5,500円" in told.body["text"]
    paid = {
        "external_id": "2",
        "number": "R-1002",
        "payments": [{**order["payments"][0], "external_id": "q", "due_at": "2026-11-28T14:59:00Z"}],
    }
    await clock.tell("order", **{**ORDER, "ordered_at": "2026-11-23T01:00:00Z", **paid}, revision=1)
    await clock.tell("payment", external_id="q", order="2", method="convenience_store", status="paid", amount="5500",
                     at="2026-11-23T01:00:00Z", revision=2)  # fmt: skip
    states = [(kind, state, reason) for kind, state, reason in await clock.notices()][-3:]
    assert sorted(states) == [("paid", "sent", ""), ("payment_due", "skipped", "overtaken"), ("thanks", "sent", "")]


async def test_everything_is_held_by_one_switch_and_what_is_not_true_any_more_is_dropped(
    clock: Clock, desk: TestDesk
) -> None:
    await desk.database.write(settings.hold_all, desk.agent, "台風のため")
    await clock.tell("order", **ORDER, revision=1)
    await clock.tell("order", **{**ORDER, "external_id": "2", "number": "R-2"}, revision=1)
    assert await clock.letters() == []
    await clock.tell("order", **{**ORDER, "external_id": "2", "number": "R-2"}, revision=2, status="cancelled")
    await desk.database.write(settings.release_all, desk.agent)
    await clock.work()
    subjects = [each.subject for each in await clock.letters()]
    assert len(subjects) == 2 and any("R-1001" in each for each in subjects)
    assert any("R-2" in each and "取り消し" in each for each in subjects)


async def test_a_history_told_for_the_first_time_leaves_no_trace(clock: Clock) -> None:
    old = {**ORDER, "ordered_at": "2025-01-02T03:00:00Z"}
    await clock.tell("order", **old, revision=1)
    lately = {**ORDER, "external_id": "2", "ordered_at": "2026-11-17T03:00:00Z"}
    await clock.tell("order", **lately, revision=1)
    assert await clock.letters() == []
    assert await clock.notices() == [("thanks", "skipped", "late")]


async def test_a_notice_is_sent_again_only_with_a_reason(clock: Clock, desk: TestDesk) -> None:
    await clock.tell("order", **ORDER, revision=1)
    page = await desk.database.read(lambda tx: queries.page(tx))
    with pytest.raises(Invalid):
        await desk.database.write(actions.again, desk.agent, page.items[0].id, " ")
    await desk.database.write(actions.again, desk.agent, page.items[0].id, "迷惑メールに入ったとのこと")
    clock.at = now()
    await clock.work()
    assert len(await clock.letters()) == 2


async def test_the_answer_to_a_notice_lands_on_the_orders_ticket(clock: Clock, desk: TestDesk) -> None:
    await clock.tell("order", **ORDER, revision=1)
    await clock.tell("payment", external_id="p", order="1", method="bank", status="paid", amount="5500",
                     at="2026-11-20T03:00:00Z", revision=1)  # fmt: skip
    first, second = await clock.letters()
    heard = await desk.hear(
        "届け先を変えてください", sender="hanako@customer.example", references=(f"{first.key}@desk.example",)
    )
    thread = await desk.thread(heard.ticket)
    assert [message.kind for message in thread.messages] == ["auto", "customer"]
    assert "緑茶" in thread.messages[0].text
    again = await desk.hear("もう一つ", sender="hanako@customer.example", references=(f"{second.key}@desk.example",))
    assert again.ticket == heard.ticket
    stranger = await desk.hear("読ませて", sender="mallory@evil.example", references=(f"{second.key}@desk.example",))
    assert stranger.ticket != heard.ticket


async def test_one_who_cannot_be_reached_becomes_an_agents_task(clock: Clock, desk: TestDesk) -> None:
    await clock.tell("order", **{**ORDER, "buyer": {"name": "電話 太郎", "phone": "03-1234-5678"}}, revision=1)
    assert await clock.notices() == [("thanks", "task", "unreachable")]
    (number,) = await desk.listed()
    assert "R-1001" in (await desk.thread(number)).ticket.subject


async def test_one_of_whom_only_the_name_is_known_is_an_agents_task_too_once_an_order(
    clock: Clock, desk: TestDesk
) -> None:
    await clock.tell("order", **{**ORDER, "buyer": {"name": "連絡先 無子"}}, revision=1)
    await clock.tell("payment", external_id="p", order="1", method="bank", status="paid", amount="5500",
                     at=clock.at.isoformat(), revision=1)  # fmt: skip
    await clock.tell("order", **{**ORDER, "external_id": "2", "number": "R-2", "buyer": {"name": "連絡先 無子"}})
    assert [state for _, state, _ in await clock.notices()] == ["task"] * 3
    threads = [await desk.thread(number) for number in sorted(await desk.listed())]
    assert [[message.kind for message in each.messages] for each in threads] == [["note", "note"], ["note"]]
    assert threads[0].ticket.customer.name == "連絡先 無子"
    assert (await desk.database.read(answer_address, min(await desk.listed()))).account is None, (
        "nothing leaves to them"
    )


async def test_another_hour_of_the_same_day_is_no_delay(clock: Clock) -> None:
    parcel = {"external_id": "s1", "order": "1", "status": "shipped", "shipped_at": "2026-11-20T02:00:00Z"}
    await clock.tell("order", **ORDER, status="preparing", revision=1)
    await clock.tell("shipment", **parcel, expected_at="2026-11-25T08:00:00+09:00", revision=1)
    await clock.tell("shipment", **parcel, expected_at="2026-11-25T21:00:00+09:00", revision=2)
    assert "delayed" not in {kind for kind, _, _ in await clock.notices()}
    await clock.tell("shipment", **parcel, expected_at="2026-11-26T08:00:00+09:00", revision=3)
    assert ("delayed", "sent", "") in await clock.notices()
    assert "11月26日(木)" in (await clock.letters())[-1].body["text"]


async def test_what_waits_for_its_network_is_held_by_the_switch_as_well(clock: Clock, desk: TestDesk) -> None:
    await clock.tell("order", **ORDER, revision=1)
    await desk.database.write(settings.hold_all, desk.agent, "文面の誤り")
    assert [each.state for each in await clock.letters()] == ["held"]
    await desk.database.write(settings.release_all, desk.agent)
    assert [each.state for each in await clock.letters()] == ["waiting"]


async def test_a_number_that_comes_after_its_parcel_was_told_of_is_no_correction(clock: Clock) -> None:
    parcel = {"external_id": "s1", "order": "1", "status": "shipped", "shipped_at": "2026-11-20T02:00:00Z"}
    await clock.tell("order", **{**ORDER, "lines": []}, status="preparing", revision=1)
    for revision, number in enumerate(("", "11112222", "33334444"), 1):
        await clock.tell("shipment", **parcel, tracking_number=number, carrier="ヤマト運輸", revision=revision)
    letters = (await clock.letters())[-3:]
    assert ["変わりました" in each.subject for each in letters] == [False, False, True]
    assert "11112222" in letters[1].body["text"] and "33334444" in letters[2].body["text"]
    assert "ご注文内容" not in letters[0].body["text"], "no heading without anything below it"
