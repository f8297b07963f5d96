"""The courier: every letter leaves at least once, in the order of its line, and its state is never better than true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.contract import DeliveryReport, OutboundMessage, Receipt, TryLater, Undeliverable
from server import delivery, tickets
from server.delivery import Courier, claiming, outcomes
from server.errors import Conflict
from server.tickets import TicketFilter
from tests.desks import ScriptedChannel, TestDesk, until


@pytest.fixture
async def courier(desk: TestDesk) -> AsyncIterator[Courier]:
    courier = Courier(desk.database, desk.files, desk.channels, desk.inbox)
    yield courier
    await courier.stop()


async def state(desk: TestDesk, letter: int) -> Any:
    return await desk.database.read(lambda tx: tx.first("SELECT * FROM letter WHERE id = :id", id=letter))


async def settled(desk: TestDesk, letter: int, wanted: str) -> Any:
    async def look() -> Any:
        row = await state(desk, letter)
        return row if row.state == wanted else None

    return await until(look)


async def test_a_letter_is_delivered_and_the_tick_is_told(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    number = (await desk.hear("hello", external_id="h@c.example")).ticket
    said = await desk.reply(number, "answer")
    courier.start()
    row = await settled(desk, said.letter.id, "delivered")
    assert row.external_id == f"{row.key}@desk.example"
    (letter,) = scripted.delivered
    assert (letter.text, letter.in_reply_to, letter.to[0].address) == (
        "answer",
        "h@c.example",
        "tanaka@customer.example",
    )
    assert letter.references == ("h@c.example",)
    message = (await desk.thread(number)).messages[-1]
    assert message.letter is not None and message.letter.state == "delivered"


async def test_try_later_waits_as_the_network_wishes_and_undeliverable_is_final(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    answers: list[Exception] = [TryLater("421 busy", after=timedelta(0)), Undeliverable("550 no such user")]

    def network(message: OutboundMessage) -> Receipt:
        raise answers.pop(0)

    scripted.network = network
    said = await desk.reply((await desk.hear("hello")).ticket, "answer")
    courier.start()
    row = await settled(desk, said.letter.id, "failed")
    assert (row.words, row.attempts) == ("550 no such user", 2)
    tries = await desk.database.read(delivery.tries, said.letter.id)
    assert [one.outcome for one in tries] == ["started", "later", "started", "failed"]


async def test_waits_grow_and_end(desk: TestDesk) -> None:
    said = await desk.reply((await desk.hear("hello")).ticket, "answer")
    waits = []
    for _ in range(len(outcomes.WAITS)):
        await desk.database.write(
            lambda tx: tx.run("UPDATE letter SET next_at = :past", past=tx.now - timedelta(seconds=1))
        )
        (letter,) = await desk.database.write(claiming.claim, 10)
        await desk.database.write(outcomes.later, letter.id, "451 greylisted", None)
        row = await state(desk, letter.id)
        assert row.state == "waiting"
        waits.append(row.next_at - datetime.now(UTC))
    assert waits[0] < timedelta(minutes=2) and waits[-1] > timedelta(hours=20)
    assert timedelta(days=2) < sum(waits, timedelta()) < timedelta(days=4)
    await desk.database.write(lambda tx: tx.run("UPDATE letter SET next_at = :past", past=tx.now))
    (letter,) = await desk.database.write(claiming.claim, 10)
    await desk.database.write(outcomes.later, letter.id, "451 greylisted", None)
    assert (await state(desk, letter.id)).state == "failed"
    assert said.letter.id == letter.id


async def test_order_within_a_line_holds_though_the_first_must_wait(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    failures = [TryLater("busy", after=timedelta(milliseconds=50))]

    def network(message: OutboundMessage) -> Receipt:
        if failures:
            raise failures.pop()
        return Receipt(message.key)

    scripted.network = network
    number = (await desk.hear("hello")).ticket
    for text in ("one", "two", "three"):
        await desk.reply(number, text)
    courier.start()
    await until(lambda: len(scripted.delivered) == 3)
    assert [letter.text for letter in scripted.delivered] == ["one", "two", "three"]


async def test_two_couriers_on_one_database_deliver_each_letter_once(desk: TestDesk, scripted: ScriptedChannel) -> None:
    for n in range(30):
        await desk.reply((await desk.hear("hello", sender=f"c{n}@customer.example")).ticket, f"answer {n}")
    couriers = [Courier(desk.database, desk.files, desk.channels, desk.inbox) for _ in range(2)]
    for courier in couriers:
        courier.start()
    await until(lambda: len(scripted.delivered) >= 30)
    for courier in couriers:
        await courier.stop()
    assert sorted(letter.text for letter in scripted.delivered) == sorted(f"answer {n}" for n in range(30))


@pytest.mark.parametrize("turns", range(5))
async def test_a_courier_that_is_kicked_as_it_is_stopped_stops(desk: TestDesk, courier: Courier, turns: int) -> None:
    courier.start()
    await until(lambda: courier._loop is not None and not courier._kicked.is_set())
    await asyncio.sleep(0.3)  # it has looked, and sleeps
    courier.kick()
    for _ in range(turns):
        await asyncio.sleep(0)
    stopping = asyncio.ensure_future(courier.stop())
    await until(stopping.done)


async def test_a_letter_dropped_by_a_killed_process_is_offered_again_under_the_same_key(desk: TestDesk) -> None:
    await desk.reply((await desk.hear("hello")).ticket, "answer")
    (first,) = await desk.database.write(claiming.claim, 10)
    assert await desk.database.write(claiming.claim, 10) == []
    await desk.database.write(lambda tx: tx.run("UPDATE letter SET next_at = :past", past=tx.now))
    (again,) = await desk.database.write(claiming.claim, 10)
    assert (again.id, again.key) == (first.id, first.key)


async def test_a_desk_that_starts_again_picks_up_what_it_dropped(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    said = await desk.reply((await desk.hear("hello")).ticket, "answer")
    (dropped,) = await desk.database.write(claiming.claim, 10)
    if desk.database.engine.dialect == "sqlite":
        courier.start()
        await settled(desk, said.letter.id, "delivered")
        assert [letter.key for letter in scripted.delivered] == [dropped.key]
    else:
        assert await desk.database.write(claiming.pick_up) == 0


async def test_undo_before_the_first_try_and_not_after(desk: TestDesk, scripted: ScriptedChannel) -> None:
    number = (await desk.hear("hello")).ticket
    said = await desk.reply(number, "oops")
    await desk.database.write(delivery.recall, desk.agent, said.letter.id)
    assert await desk.database.write(claiming.claim, 10) == []
    later = await desk.reply(number, "right")
    await desk.database.write(claiming.claim, 10)
    with pytest.raises(Conflict):
        await desk.database.write(delivery.recall, desk.agent, later.letter.id)


async def test_a_bounce_lands_on_its_letter_marks_the_contact_and_tells_the_agent(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    number = (await desk.hear("hello")).ticket
    said = await desk.reply(number, "answer")
    courier.start()
    row = await settled(desk, said.letter.id, "delivered")
    report = DeliveryReport(
        row.external_id, "tanaka@customer.example", "bounced", datetime.now(UTC), "mailbox full", "5.2.2"
    )
    scripted.says["bounce"] = [report]
    assert (await desk.accept("bounce")).ticket == number
    assert (await state(desk, row.id)).state == "bounced"
    thread = await desk.thread(number)
    assert thread.ticket.status == "open"
    assert thread.messages[-1].kind == "bounce"
    assert not thread.customer.contacts[0].reachable
    await desk.database.write(delivery.resend, desk.agent, row.id)
    await settled(desk, row.id, "delivered")
    assert [letter.key for letter in scripted.delivered] == [row.key, row.key]


async def told(desk: TestDesk, scripted: ScriptedChannel, key: str, state: str, words: str = "") -> int | None:
    name = f"{key} {state} {len(scripted.says)}"
    scripted.says[name] = [DeliveryReport(key, "tanaka@customer.example", state, datetime.now(UTC), words)]  # type: ignore[arg-type]
    return (await desk.accept(name)).ticket


async def test_of_what_is_told_later_of_a_letter_the_weightiest_stands(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    number = (await desk.hear("hello")).ticket
    said = await desk.reply(number, "answer")
    courier.start()
    row = await settled(desk, said.letter.id, "delivered")
    for report, then in (
        ("delayed", "delayed"), ("delivered", "arrived"), ("delayed", "arrived"), ("bounced", "bounced"),
        ("delivered", "bounced"),
    ):  # fmt: skip
        assert await told(desk, scripted, row.external_id, report, "421 busy") == number
        assert (await state(desk, row.id)).state == then
    thread = await desk.thread(number)
    assert [message.kind for message in thread.messages] == ["customer", "agent", "bounce"]
    outcomes = [one.outcome for one in await desk.database.read(delivery.tries, row.id)]
    assert outcomes[2:] == ["delayed", "arrived", "delayed", "bounced", "arrived"]
    assert len(scripted.delivered) == 1


async def test_a_complaint_marks_the_contact_and_no_automatic_mail_goes_there_again(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    number = (await desk.hear("hello", acknowledge=True)).ticket
    said = await desk.reply(number, "answer")
    courier.start()
    row = await settled(desk, said.letter.id, "delivered")
    before = await desk.database.read(lambda tx: tx.value("SELECT count(*) FROM letter"))
    assert await told(desk, scripted, row.external_id, "complained", "abuse") == number
    assert (await state(desk, row.id)).state == "complained"
    thread = await desk.thread(number)
    assert thread.messages[-1].automatic == "complaint" and thread.ticket.status == "open"
    (contact,) = thread.customer.contacts
    assert not contact.reachable
    assert "complaint" in await desk.database.read(lambda tx: tx.value("SELECT unreachable_because FROM contact"))
    await desk.hear("another matter", acknowledge=True)
    assert await desk.database.read(lambda tx: tx.value("SELECT count(*) FROM letter")) == before


async def test_a_ticket_is_marked_while_the_newest_letter_of_it_did_not_arrive(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    async def marked() -> list[int]:
        found = await desk.database.read(tickets.page, desk.agent, TicketFilter(view="undelivered"))
        counted = await desk.database.read(tickets.counts, desk.agent)
        assert counted.views["undelivered"] == len(found.items)
        assert all(row.undelivered for row in found.items)
        return [row.number for row in found.items]

    number, other = (await desk.hear("hello")).ticket, (await desk.hear("hi", sender="b@customer.example")).ticket
    scripted.network = _refuse
    said = await desk.reply(number, "answer")
    assert await marked() == []
    courier.start()
    await settled(desk, said.letter.id, "failed")
    assert await marked() == [number]
    scripted.network = lambda message: Receipt(f"{message.key}@desk.example")
    again = await desk.reply(number, "another answer")
    assert await marked() == []
    row = await settled(desk, again.letter.id, "delivered")
    await told(desk, scripted, row.external_id, "bounced", "5.1.1")
    assert await marked() == [number]
    await desk.database.write(delivery.resend, desk.agent, said.letter.id)
    await settled(desk, said.letter.id, "delivered")
    assert await marked() == [number], "an older letter changes nothing"
    await desk.database.write(delivery.resend, desk.agent, again.letter.id)
    assert await marked() == []
    assert other not in await marked()


def _refuse(message: OutboundMessage) -> Receipt:
    raise Undeliverable("550 no such user")


async def test_a_channel_with_a_bug_does_not_stop_the_others(
    desk: TestDesk, courier: Courier, scripted: ScriptedChannel
) -> None:
    def network(message: OutboundMessage) -> Receipt:
        if message.text == "poison":
            raise RuntimeError("a bug")
        return Receipt(message.key)

    scripted.network = network
    bad = await desk.reply((await desk.hear("a", sender="a@customer.example")).ticket, "poison")
    good = await desk.reply((await desk.hear("b", sender="b@customer.example")).ticket, "fine")
    courier.start()
    await settled(desk, good.letter.id, "delivered")
    row = await settled(desk, bad.letter.id, "waiting")
    assert "RuntimeError" in row.words


async def test_no_more_automatic_answers_to_one_address_than_a_few_an_hour(desk: TestDesk) -> None:
    for n in range(12):
        await desk.hear(f"{n}", acknowledge=True)
    sent = await desk.database.read(lambda tx: tx.value("SELECT count(*) FROM letter"))
    assert sent == 5
    automatic = await desk.hear("auto", acknowledge=True, automatic="vacation", sender="other@customer.example")
    assert len((await desk.thread(automatic.ticket)).messages) == 1
