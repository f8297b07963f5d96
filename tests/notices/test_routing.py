"""Which way a notice goes, and why it does not go at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel

from channels.contract import DeliveryReport
from server import customers, delivery
from server.customers import CustomerEdit
from server.customers.rights import stops
from server.customers.store.facts import ConsentFact
from server.database import Transaction
from server.errors import NotFound
from server.notices import actions, kinds, links, queries, sending, settings, suppression, templates
from server.notices.kinds import Kind, Wait
from server.notices.queries import Wanted
from server.notices.settings import NoticeSettings
from server.notices.templates import TemplateDraft
from tests.desks import TestDesk
from tests.notices.test_sending import ORDER, Clock, clock

__all__ = ["clock"]

LINKED = {"external_id": "m-1", "name": "山田 花子", "contacts": [
    {"kind": "line", "address": "Uhanako"}, {"kind": "email", "address": "hanako@customer.example"}]}  # fmt: skip
BUYER = {key: value for key, value in ORDER.items() if key != "buyer"} | {"customer": "m-1"}


def _line(tx: Transaction) -> int:
    """An official account, as a copy of the mailbox: nothing leaves in these tests."""
    columns = [column.name for column in SQLModel.metadata.tables["channel_account"].columns if column.name != "id"]
    other = {"kind": "'line'", "address": "'@216ru'", "name": "'LINE'"}
    taken = ", ".join(other.get(name, name) for name in columns)
    return int(
        tx.value(
            f"INSERT INTO channel_account ({', '.join(columns)}) SELECT {taken} FROM channel_account"
            " ORDER BY id LIMIT 1 RETURNING id"
        )
    )


async def _linked(clock: Clock, desk: TestDesk, **more: Any) -> tuple[int, int]:
    """A customer on LINE and mail; their id, and that of the official account."""
    account = await desk.database.write(_line)
    await clock.tell("customer", **LINKED, revision=1, **more)
    customer = await desk.database.read(lambda tx: tx.value("SELECT customer_id FROM contact WHERE kind = 'line'"))
    return customer, account


async def _ways(clock: Clock) -> list[list[str]]:
    """Of each letter the address, and that of the letter that would leave in its place."""
    return [
        [each.recipient, *(one["address"] for one in (each.body.get("second") or {}).get("envelope", {}).get("to", []))]
        for each in await clock.letters()
    ]


async def test_line_where_it_is_linked_then_mail_unless_they_said_otherwise(clock: Clock, desk: TestDesk) -> None:
    customer, _ = await _linked(clock, desk)
    await clock.tell("order", **BUYER, revision=1)
    assert await _ways(clock) == [["Uhanako", "hanako@customer.example"]]
    edit = CustomerEdit(notices_by="email")
    await desk.database.write(customers.edit, desk.agent, customer, edit)
    await clock.tell("order", **{**BUYER, "external_id": "2"}, revision=1)
    assert (await _ways(clock))[1] == ["hanako@customer.example", "Uhanako"]
    await desk.database.write(customers.edit, desk.agent, customer, CustomerEdit(notices_by="none"))
    await clock.tell("order", **{**BUYER, "external_id": "3"}, revision=1)
    assert (await clock.notices())[2] == ("thanks", "skipped", "unwanted")
    assert await desk.listed() == [], "nobody else shall tell them either"


async def test_a_source_says_by_which_way_and_a_stop_of_use_closes_all(clock: Clock, desk: TestDesk) -> None:
    customer, _ = await _linked(clock, desk, notices_by="email")
    await desk.database.write(stops.stop, desk.agent, customer, "automatic")
    await clock.tell("order", **BUYER, revision=1)
    assert await clock.notices() == [("thanks", "skipped", "stopped")]
    await desk.database.write(stops.lift, desk.agent, customer, "automatic")
    await clock.tell("order", **{**BUYER, "external_id": "2"}, revision=1)
    assert (await _ways(clock))[0][0] == "hanako@customer.example"


async def test_a_month_that_is_used_up_is_not_tried(clock: Clock, desk: TestDesk) -> None:
    _, account = await _linked(clock, desk)
    await desk.database.write(settings.hold_all, desk.agent, "x")
    for number in ("1", "2", "3"):
        await clock.tell("order", **{**BUYER, "external_id": number, "number": f"R-{number}"}, revision=1)
    await desk.database.write(settings.release_all, desk.agent)

    def work(tx: Transaction) -> None:
        tx.now = clock.at
        sending.send_due(tx, "https://desk.example", {account: 2})

    await desk.database.write(work)
    assert await _ways(clock) == [["Uhanako", "hanako@customer.example"], ["Uhanako", "hanako@customer.example"],
                                  ["hanako@customer.example"]]  # fmt: skip
    await clock.tell("order", **{**BUYER, "external_id": "4"}, revision=1)
    assert (await _ways(clock))[3][0] == "Uhanako", "an account that names no limit has none"


async def test_a_mail_that_comes_back_goes_by_line_and_only_then_to_an_agent(clock: Clock, desk: TestDesk) -> None:
    await _linked(clock, desk, notices_by="email")
    await clock.tell("order", **BUYER, revision=1)
    (mail,) = await clock.letters()
    await desk.database.write(
        lambda tx: tx.run("UPDATE letter SET state = 'delivered', finished_at = :now", now=tx.now)
    )
    report = DeliveryReport(
        key=mail.key, state="bounced", recipient=mail.recipient, words="5.1.1 no such user", at=clock.at
    )
    await desk.database.write(delivery.reported, report)
    await clock.work()
    assert [each.recipient for each in await clock.letters()] == ["hanako@customer.example", "Uhanako"]
    assert await clock.notices() == [("thanks", "sent", "")]
    await desk.database.write(delivery.outcomes.failed, 2, "LINE cannot reach this person any more.", "blocked")
    await clock.work()
    assert await clock.notices() == [("thanks", "task", "failed")]
    (number,) = await desk.listed()
    thread = await desk.thread(number)
    (note,) = thread.messages
    assert note.kind == "note" and "R-1001" in note.text and "緑茶" in note.text, "what was to be told is there"
    await clock.tell("shipment", external_id="s", order="1", carrier="yamato", tracking_number="77", status="shipped",
                     shipped_at=clock.at.isoformat(), revision=1)  # fmt: skip
    third = (await clock.letters())[-1]
    assert third.recipient == "Uhanako", "the address that came back is not written to again"
    (came_back,) = await desk.database.read(suppression.newest, "HANAKO@")
    assert (came_back.reason, came_back.purpose) == ("bounce", "all")
    await desk.database.write(suppression.lift, desk.agent, came_back.id)
    await clock.tell("payment", external_id="p", order="1", method="bank", status="paid", amount="5500",
                     at=clock.at.isoformat(), revision=1)  # fmt: skip
    assert (await clock.letters())[-1].recipient == "hanako@customer.example", "lifted: it counts as one that arrives"


async def test_tasks_of_one_order_are_notes_on_one_ticket(clock: Clock, desk: TestDesk) -> None:
    await clock.tell("order", **{**ORDER, "buyer": {"name": "電話 太郎", "phone": "03-1234-5678"}}, revision=1)
    await clock.tell("payment", external_id="p", order="1", method="bank", status="paid", amount="5500",
                     at=clock.at.isoformat(), revision=1)  # fmt: skip
    (number,) = await desk.listed()
    assert [message.kind for message in (await desk.thread(number)).messages] == ["note", "note"]


async def test_several_are_one_letter_where_the_words_speak_of_others(clock: Clock, desk: TestDesk) -> None:
    later = Kind(name="soon", label={"ja": "まもなく"}, trigger="placed", wait=Wait(at="17:00"), together=True)
    await desk.database.write(kinds.save, desk.agent, later)
    one = TemplateDraft(subject="{{ order.number }}", text="{{ order.number }}")
    await desk.database.write(templates.save, desk.agent, "soon", "email", "ja", one, seen=0)
    orders = [{**ORDER, "external_id": f"{n}", "number": f"R-{n}"} for n in range(3)]
    orders[2] = {**orders[2], "buyer": {"name": "山田 花子", "email": "other@customer.example"}}
    for order in orders[:2]:
        await clock.tell("order", **order, revision=1)
    await clock.later(hours=5, minutes=1)
    assert sorted(each.subject for each in (await clock.letters())[2:]) == ["R-0", "R-1"], "its words tell of one"
    both = TemplateDraft(
        subject="まもなく発送", text="{{ order.number }}{% for each in others %}、{{ each.order.number }}{% endfor %}"
    )
    await desk.database.write(templates.save, desk.agent, "soon", "email", "ja", both, seen=1)
    clock.at += timedelta(days=1) - timedelta(hours=5, minutes=1)
    many = len(await clock.letters())
    for place, order in enumerate(orders):
        fresh = {**order, "external_id": f"x{place}", "ordered_at": clock.at.isoformat()}
        await clock.tell("order", **fresh, revision=1)
    await clock.later(hours=5, minutes=1)
    bundled = [each for each in (await clock.letters())[many:] if each.subject == "まもなく発送"]
    assert sorted((each.recipient, each.body["text"].strip()) for each in bundled) == [
        ("hanako@customer.example", "R-0、R-1"),
        ("other@customer.example", "R-2"),
    ], "never to another address"
    page = await desk.database.read(queries.page, Wanted(kind="soon", number="R-1"))
    assert page.items[0].letter == bundled[0].id and page.items[0].fate == "leaving"


async def test_clicks_are_counted_only_where_a_desk_decided_so(clock: Clock, desk: TestDesk) -> None:
    parcel = {"order": "1", "carrier": "yamato", "status": "shipped", "revision": 1}
    await clock.tell("order", **ORDER, revision=1)
    await clock.tell("shipment", **parcel, external_id="a", tracking_number="11", shipped_at=clock.at.isoformat())
    assert "kuronekoyamato" in (await clock.letters())[-1].body["text"]
    decided = NoticeSettings(on=True, clicks=True)
    await desk.database.write(settings.write, desk.agent, decided)
    await clock.tell("shipment", **parcel, external_id="b", tracking_number="22", shipped_at=clock.at.isoformat())
    body = (await clock.letters())[-1].body
    assert "kuronekoyamato" not in body["text"] + (body.get("html") or "")
    token = body["text"].partition("https://desk.example/notices/go/")[2].split()[0]
    assert token and f"/notices/go/{token}" in (body.get("html") or token)
    assert "22" in await desk.database.write(links.follow, token)
    opened = await desk.database.read(queries.page, Wanted(state="opened"))
    assert [(each.kind, each.fate) for each in opened.items] == [("shipped", "opened")]
    with pytest.raises(NotFound):
        await desk.database.write(links.follow, "guessed")


async def test_advertising_is_capped_by_letters_and_needs_a_yes(clock: Clock, desk: TestDesk) -> None:
    review = Kind(name="review", label={"ja": "レビュー"}, trigger="placed", purpose="advertising", quiet=False)
    decided = NoticeSettings(on=True, advertising_most=1, legal={"ja": "お店", "en": "Shop"})
    await desk.database.write(settings.write, desk.agent, decided)
    await desk.database.write(kinds.save, desk.agent, review)
    consent = ConsentFact(purpose="marketing", channel="email", given=True, at=datetime(2026, 1, 1, tzinfo=UTC))
    said = {"consents": [{"purpose": consent.purpose, "channel": "email", "given": True, "at": consent.at.isoformat()}]}
    await clock.tell("order", **{**ORDER, "external_id": "0"}, revision=1)
    await clock.tell("customer", external_id="m-1", name="山田 花子", revision=1,
                     contacts=[{"kind": "email", "address": "yes@customer.example"}], **said)  # fmt: skip
    for number in ("1", "2"):
        await clock.tell("order", **{**BUYER, "external_id": number}, revision=1)
    found = [
        (each.state, each.reason) for each in (await desk.database.read(queries.page, Wanted(kind="review"))).items
    ]
    assert found == [("skipped", "often"), ("sent", ""), ("skipped", "no_consent")]


async def test_one_is_tried_again_where_its_letter_failed(clock: Clock, desk: TestDesk) -> None:
    await clock.tell("order", **ORDER, revision=1)
    await desk.database.write(delivery.outcomes.failed, 1, "550 full")
    await clock.work()
    (notice,) = (await desk.database.read(queries.page, Wanted(state="task"))).items
    assert (notice.fate, notice.words) == ("task", "550 full")
    done = await desk.database.write(actions.many, desk.agent, [notice.id, notice.id, 77], "retry")
    assert done.done == [notice.id] and list(done.refused) == [77]
    (again,) = (await desk.database.read(queries.page)).items
    assert (again.state, again.fate) == ("sent", "leaving")
    (letter,) = await clock.letters()
    assert letter.state == "waiting", "the same letter, under the same key"


async def test_a_complaint_ends_what_is_sent_by_itself_and_is_nobodys_task(clock: Clock, desk: TestDesk) -> None:
    await clock.tell("order", **ORDER, revision=1)
    (mail,) = await clock.letters()
    await desk.database.write(
        lambda tx: tx.run("UPDATE letter SET state = 'delivered', finished_at = :now", now=tx.now)
    )
    report = DeliveryReport(key=mail.key, state="complained", recipient=mail.recipient, words="abuse", at=clock.at)
    await desk.database.write(delivery.reported, report)
    await clock.work()
    (page,) = (await desk.database.read(queries.page)).items
    assert (page.state, page.fate) == ("sent", "complained") and await desk.listed() == []
    (address,) = await desk.database.read(suppression.newest)
    assert (address.address, address.reason, address.purpose) == ("hanako@customer.example", "complaint", "all")
    bounced = await desk.database.read(queries.page, Wanted(state="bounced"))
    assert [each.id for each in bounced.items] == [page.id]


async def test_what_was_missed_leaves_if_it_is_still_worth_it(clock: Clock, desk: TestDesk) -> None:
    pay = {"external_id": "p", "method": "convenience_store", "status": "pending", "amount": "5500",
           "at": clock.at.isoformat(), "due_at": (clock.at + timedelta(days=4)).isoformat()}  # fmt: skip
    await clock.tell("order", **ORDER, revision=1, payments=[pay])
    evening = clock.at.replace(hour=13)
    clock.at = evening  # 22:00 in Tokyo: a parcel leaves in the quiet hours, then nobody looks for two days and a half
    await clock.tell("shipment", external_id="s", order="1", carrier="yamato", tracking_number="77", status="shipped",
                     shipped_at=clock.at.isoformat(), revision=1)  # fmt: skip
    assert {(kind, state) for kind, state, _ in await clock.notices()} == {
        ("thanks", "sent"), ("payment_due", "planned"), ("shipped", "planned")}  # fmt: skip
    await clock.later(days=3, hours=16)
    assert sorted(await clock.notices()) == [
        ("payment_due", "skipped", "late"), ("shipped", "skipped", "late"), ("thanks", "sent", "")]  # fmt: skip
    await clock.tell("shipment", external_id="s2", order="1", carrier="yamato", tracking_number="78", status="shipped",
                     shipped_at=(clock.at - timedelta(days=2)).isoformat(), revision=1)  # fmt: skip
    assert ("shipped", "sent", "") in await clock.notices(), "two days late, and still of use"
