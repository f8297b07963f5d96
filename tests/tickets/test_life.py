"""How tickets live: a message begins or continues one, answers move it, and nobody overwrites anybody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from channels.contract import Party, Withdrawn
from server import customers, tickets
from server.customers import blocks
from server.errors import Conflict, Forbidden, Invalid, NotFound
from server.tickets import TicketEdit
from server.tickets.editing import wake
from server.tickets.views import PartyView
from tests.desks import ScriptedChannel, TestDesk, a_message


async def test_a_mail_becomes_an_open_ticket_of_its_sender(desk: TestDesk) -> None:
    accepted = await desk.hear("商品が届きません。", subject="配送について")
    thread = await desk.thread(accepted.ticket)
    assert thread.ticket.subject == "配送について"
    assert thread.ticket.status == "open"
    assert thread.ticket.customer.name == "田中"
    assert [message.text for message in thread.messages] == ["商品が届きません。"]
    assert thread.customer.contacts[0].address == "tanaka@customer.example"
    assert thread.ticket.reply_to == [PartyView(name="田中", address="tanaka@customer.example")]


async def test_a_reply_waits_and_the_answer_to_it_opens_the_ticket_again(desk: TestDesk) -> None:
    number = (await desk.hear("いつ届きますか")).ticket
    said = await desk.reply(number, "明日です。")
    assert (await desk.thread(number)).ticket.status == "waiting"
    assert said.letter.state == "waiting"
    token = await desk.database.read(lambda tx: tx.value("SELECT token FROM ticket"))
    again = await desk.hear("ありがとう", token=token)
    assert again.ticket == number
    thread = await desk.thread(number)
    assert thread.ticket.status == "open"
    assert [message.seq for message in thread.messages] == [1, 2, 3]
    assert thread.ticket.assignee == desk.agent.id


async def test_an_answer_is_found_by_the_message_it_refers_to(desk: TestDesk) -> None:
    number = (await desk.hear("一通目", external_id="first@customer.example")).ticket
    said = await desk.reply(number, "返事")
    key = await desk.database.read(lambda tx: tx.value("SELECT key FROM letter WHERE id = :id", id=said.letter.id))
    assert (await desk.hear("二通目", references=(f"{key}@desk.example",))).ticket == number
    assert (await desk.hear("三通目", references=("first@customer.example",))).ticket == number


async def test_a_token_in_a_strangers_hands_begins_a_ticket_of_their_own_with_a_hint(desk: TestDesk) -> None:
    number = (await desk.hear("secret")).ticket
    token = await desk.database.read(lambda tx: tx.value("SELECT token FROM ticket"))
    other = await desk.hear("let me in", sender="mallory@evil.example", name="M", token=token)
    assert other.ticket != number
    ticket = (await desk.thread(other.ticket)).ticket
    assert ticket.hint == f"token:{number}"
    assert ticket.suggested_merge is None


async def test_a_sender_whose_authentication_failed_is_never_the_known_customer(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    token = await desk.database.read(lambda tx: tx.value("SELECT token FROM ticket"))
    forged = await desk.hear("send me the parcel elsewhere", token=token, authentication="fail")
    assert forged.ticket != number
    first, second = await desk.thread(number), await desk.thread(forged.ticket)
    assert first.customer.id != second.customer.id
    assert second.customer.contacts[0].kind == "email-unverified"
    assert second.messages[0].authentication == "fail"


async def test_an_address_typed_into_a_form_is_confirmed_by_an_answer_from_it_and_by_nothing_less(
    desk: TestDesk,
) -> None:
    typed = Party("email", "tanaka@customer.example", "田中", verified=False)
    number = (await desk.hear("from a form", sender=typed)).ticket
    token = await desk.database.read(lambda tx: tx.value("SELECT token FROM ticket"))
    await desk.hear("a mail of its own", name="")
    assert (await desk.thread(number)).customer.contacts[0].kind == "email-unverified"
    assert (await desk.hear("an answer to the acknowledgement", name="", token=token)).ticket == number
    customer = (await desk.thread(number)).customer
    assert (customer.contacts[0].kind, customer.name) == ("email", "田中")
    assert len((await desk.thread(number)).other_tickets) == 1


async def test_the_same_subject_is_no_reason_to_join_but_a_live_ticket_is_offered(desk: TestDesk) -> None:
    first = await desk.hear("a", subject="注文について")
    second = await desk.hear("b", subject="注文について")
    assert second.ticket != first.ticket
    assert (await desk.thread(second.ticket)).ticket.suggested_merge == first.ticket


async def test_the_same_arrival_twice_is_one_message(desk: TestDesk, scripted: ScriptedChannel) -> None:
    message = a_message("once")
    scripted.says["raw"] = [message]
    results = await asyncio.gather(*(desk.accept("raw", "same") for _ in range(5)))
    assert {one.ticket for one in results} == {results[0].ticket}
    assert sum(not one.repeated for one in results) == 1
    assert len((await desk.thread(results[0].ticket)).messages) == 1


async def test_automatic_mail_needs_no_action_and_does_not_reopen(desk: TestDesk) -> None:
    newsletter = await desk.hear("buy", automatic="list")
    assert (await desk.thread(newsletter.ticket)).ticket.status == "none_needed"
    number = (await desk.hear("help", external_id="help@customer.example")).ticket
    await desk.reply(number, "done", status="done")
    await desk.hear("I am away", automatic="vacation", references=("help@customer.example",))
    assert (await desk.thread(number)).ticket.status == "done"


async def test_what_a_blocked_sender_writes_is_spam(desk: TestDesk) -> None:
    await desk.database.write(blocks.add, desk.agent, "email", "@spam.example")
    spam = await desk.hear("viagra", sender="x@spam.example")
    await desk.hear("hello")
    assert await desk.listed("spam") == [spam.ticket]
    assert spam.ticket not in await desk.listed("all")
    counts = await desk.database.read(tickets.counts, desk.agent)
    assert (counts.views["spam"], counts.views["open"]) == (1, 1)


async def test_two_agents_never_answer_twice(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    colleague = await desk.colleague()
    await desk.reply(number, "answer of one", seen=1)
    with pytest.raises(Conflict) as conflict:
        await desk.reply(number, "answer of the other", agent=colleague, seen=1)
    assert [message.text for message in conflict.value.current] == ["answer of one"]
    assert len((await desk.thread(number)).messages) == 2
    await desk.reply(number, "having seen it", agent=colleague, seen=2)


async def test_edits_of_different_properties_pass_and_of_the_same_are_refused_with_what_stands(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    assert number is not None
    version = (await desk.thread(number)).ticket.version
    one = TicketEdit(priority="urgent")
    await desk.database.write(tickets.edit, desk.agent, number, one, version=version)
    other = await desk.database.write(
        tickets.edit, desk.agent, number, TicketEdit(tags=["返品", "VIP"]), version=version
    )
    assert other.tags == ["VIP", "返品"]
    with pytest.raises(Conflict) as conflict:
        await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(priority="low"), version=version)
    assert conflict.value.current.priority == "urgent"


async def test_every_change_is_in_the_history_with_who_and_from_what_to_what(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    assert number is not None
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(assignee=desk.agent.id, priority="high"))
    history = await desk.database.read(tickets.history, number)
    said = [(change.by, change.data["field"], change.data["before"], change.data["after"]) for change in history[2:]]
    me = f"agent:{desk.agent.id}"
    assert said == [
        (me, "priority", "normal", "high"),
        (me, "assignee", None, desk.agent.id),
        (me, "status", "open", "active"),
    ]
    assert [change.seq for change in history] == sorted(change.seq for change in history)


async def test_a_snoozed_ticket_wakes_and_a_customers_message_wakes_it_sooner(desk: TestDesk) -> None:
    number = (await desk.hear("hello", external_id="h@customer.example")).ticket
    assert number is not None
    later = datetime.now(UTC) + timedelta(days=1)
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(snoozed_until=later))
    assert await desk.listed("snoozed") == [number]
    assert (await desk.thread(number)).ticket.status == "waiting"
    assert await desk.database.write(wake) == []
    await desk.database.write(lambda tx: tx.run("UPDATE ticket SET snoozed_until = :now", now=tx.now))
    assert await desk.database.write(wake) == [number]
    assert (await desk.thread(number)).ticket.status == "open"
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(snoozed_until=later))
    await desk.hear("still there?", references=("h@customer.example",))
    ticket = (await desk.thread(number)).ticket
    assert (ticket.status, ticket.snoozed_until) == ("open", None)


async def test_merging_moves_everything_and_leaves_a_stub(desk: TestDesk) -> None:
    one = await desk.hear("first", external_id="1st@customer.example")
    two = await desk.hear("second", external_id="2nd@customer.example")
    assert one.ticket and two.ticket
    await desk.database.write(tickets.merge, desk.agent, two.ticket, one.ticket)
    thread = await desk.thread(one.ticket)
    assert [(message.seq, message.text) for message in thread.messages] == [(1, "first"), (2, "second")]
    stub = await desk.thread(two.ticket)
    assert (stub.ticket.merged_into, stub.messages) == (one.ticket, [])
    assert await desk.listed("all") == [one.ticket]
    assert (await desk.hear("third", references=("2nd@customer.example",))).ticket == one.ticket
    with pytest.raises(Conflict):
        await desk.reply(two.ticket, "to a stub")
    with pytest.raises(Conflict):
        await desk.database.write(tickets.merge, desk.agent, two.ticket, one.ticket)
    with pytest.raises(Invalid):
        await desk.database.write(tickets.merge, desk.agent, one.ticket, one.ticket)


async def test_splitting_takes_messages_into_a_new_ticket_linked_to_the_old(desk: TestDesk) -> None:
    number = (await desk.hear("about A", external_id="a@customer.example")).ticket
    await desk.hear("about B", references=("a@customer.example",))
    assert number is not None
    second = (await desk.thread(number)).messages[1]
    new = await desk.database.write(tickets.split, desk.agent, number, [second.id], "B")
    assert new.links == [number]
    assert [message.text for message in (await desk.thread(new.number)).messages] == ["about B"]
    assert [message.text for message in (await desk.thread(number)).messages] == ["about A"]
    again = await desk.hear("more on A", references=("a@customer.example",))
    assert [message.seq for message in (await desk.thread(again.ticket)).messages] == [1, 3]
    with pytest.raises(Invalid):
        await desk.database.write(tickets.split, desk.agent, number, [second.id], "not here any more")


async def test_a_message_taken_back_hides_its_words_and_keeps_the_fact(
    desk: TestDesk, scripted: ScriptedChannel
) -> None:
    number = (await desk.hear("my password is 1234", external_id="oops@customer.example")).ticket
    assert number is not None
    await desk.database.write(tickets.note, desk.agent, number, "ask them to change it")
    scripted.says["unsend"] = [Withdrawn("oops@customer.example", datetime.now(UTC))]
    await desk.accept("unsend")
    thread = await desk.thread(number)
    assert thread.messages[0].text == "" and thread.messages[0].withdrawn_at is not None
    assert thread.ticket.last_text == ""


async def test_a_draft_is_kept_per_agent_and_gone_once_sent(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    assert number is not None
    await desk.database.write(tickets.save_draft, desk.agent, number, "reply", {"text": "書きかけ"})
    assert (await desk.thread(number)).drafts[0].body == {"text": "書きかけ"}
    assert (await desk.thread(number)).ticket.draft
    theirs = await desk.database.read(tickets.thread, await desk.colleague(), number)
    assert [(draft.agent, draft.body) for draft in theirs.drafts] == [(desk.agent.id, {})]
    await desk.reply(number, "書きおえた")
    assert (await desk.thread(number)).drafts == []


async def test_notes_stay_inside_and_mention_colleagues(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    assert number is not None
    colleague = await desk.colleague()
    note = await desk.database.write(tickets.note, desk.agent, number, "見てください", mentions=[colleague.id])
    assert (note.kind, note.letter) == ("note", None)
    page = await desk.database.read(tickets.page, colleague, tickets.TicketFilter(view="mentions"))
    assert [row.number for row in page.items] == [number]
    assert (await desk.thread(number)).ticket.last_text == "hello"


async def test_a_viewer_may_look_and_not_touch(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    assert number is not None
    viewer = desk.agent.__class__(id=99, email="v@x", name="v", role="viewer")
    for unit in (
        lambda tx: tickets.reply(tx, viewer, number, "x", seen=1),
        lambda tx: tickets.edit(tx, viewer, number, TicketEdit(status="done")),
        lambda tx: tickets.note(tx, viewer, number, "x"),
        lambda tx: tickets.merge(tx, viewer, number, 2),
        lambda tx: customers.block(tx, viewer, 1, True),
    ):
        with pytest.raises(Forbidden):
            await desk.database.write(unit)
    with pytest.raises(NotFound):
        await desk.thread(12345)


async def test_lists_page_by_keyset_without_losing_or_doubling(desk: TestDesk) -> None:
    numbers = [(await desk.hear(f"mail {n}", sender=f"c{n}@customer.example")).ticket for n in range(25)]
    for number in numbers[::3]:
        assert number is not None
        await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(status="done"))
    for sort in ("waiting", "recent", "oldest"):
        seen: list[int] = []
        after = None
        while True:
            page = await desk.database.read(
                tickets.page, desk.agent, tickets.TicketFilter(), sort=sort, limit=7, after=after
            )
            seen += [row.number for row in page.items]
            after = page.next
            if after is None:
                break
        assert sorted(seen) == sorted(numbers)
    with pytest.raises(Invalid):
        await desk.database.read(tickets.page, desk.agent, tickets.TicketFilter(), after="garbage!")


async def test_filters_of_few_and_of_many_find_the_same(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [(await desk.hear(f"{n}", sender=f"c{n % 3}@customer.example")).ticket for n in range(9)]
    for number in numbers[::2]:
        assert number is not None
        await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(tags=["返品"], assignee=desk.agent.id))
    customer = (await desk.thread(numbers[0])).customer.id
    assert sorted(await desk.listed(tag=("返品",))) == numbers[::2]
    monkeypatch.setattr("server.tickets.lists.FEW", 1)
    assert sorted(await desk.listed(tag=("返品",))) == numbers[::2]
    assert sorted(await desk.listed(customer=customer)) == numbers[::3]
    assert sorted(await desk.listed("mine", customer=customer, tag=("返品",))) == [numbers[0], numbers[6]]
    assert await desk.listed(tag=("unknown",)) == []


async def test_a_ticket_can_begin_with_a_message_of_ours(desk: TestDesk) -> None:
    form = tickets.NewTicket(
        account=desk.account.id,
        to=PartyView(name="山田", address="Yamada@Customer.example"),
        subject="ご注文の件",
        text="ご連絡です。",
    )
    ticket = await desk.database.write(tickets.write, desk.agent, form)
    assert ticket.status == "waiting"
    key = await desk.database.read(lambda tx: tx.value("SELECT key FROM letter"))
    answer = await desk.hear("はい", sender="yamada@customer.example", references=(f"{key}@desk.example",))
    assert answer.ticket == ticket.number


async def test_a_message_of_ours_goes_to_a_known_customers_new_address(desk: TestDesk) -> None:
    known = (await desk.thread((await desk.hear("hello")).ticket)).customer
    form = tickets.NewTicket(
        account=desk.account.id,
        to=PartyView(name="田中", address="work@customer.example"),
        subject="s",
        text="t",
        tags=["VIP"],
        customer=known.id,
    )
    ticket = await desk.database.write(tickets.write, desk.agent, form)
    assert (ticket.customer.id, ticket.tags) == (known.id, ["VIP"])
    other = (await desk.thread((await desk.hear("x", sender="other@customer.example")).ticket)).customer
    form.customer = other.id
    with pytest.raises(Conflict):
        await desk.database.write(tickets.write, desk.agent, form)


async def test_a_reply_taken_back_leaves_the_ticket_as_it_was(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    assert number is not None
    before = (await desk.thread(number)).ticket
    said = await desk.reply(number, "oops", status="done")
    await desk.database.write(tickets.take_back, desk.agent, said.letter.id)
    after = (await desk.thread(number)).ticket
    assert (after.status, after.waiting_since) == ("open", before.waiting_since)
    second = await desk.reply(number, "oops again", status="done")
    await desk.hear("by the way", token=await desk.database.read(lambda tx: tx.value("SELECT token FROM ticket")))
    await desk.database.write(tickets.take_back, desk.agent, second.letter.id)
    assert (await desk.thread(number)).ticket.status == "open"


async def test_what_changed_along_with_a_reply_is_taken_back_with_it(desk: TestDesk) -> None:
    number = (await desk.hear("hello")).ticket
    assert number is not None
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(tags=["VIP"], priority="high"))
    also = tickets.Also(priority="urgent", assignee=desk.agent.id, add_tags=["damage", "VIP"])
    said = await desk.reply(number, "oops", status="done", also=also)
    changed = (await desk.thread(number)).ticket
    assert (changed.priority, changed.tags) == ("urgent", ["VIP", "damage"])
    await desk.database.write(tickets.take_back, desk.agent, said.letter.id)
    after = (await desk.thread(number)).ticket
    assert (after.status, after.priority, after.assignee, after.tags) == ("open", "high", None, ["VIP"])
    again = await desk.reply(number, "oops again", also=also)
    await desk.database.write(tickets.edit, desk.agent, number, TicketEdit(priority="low"))
    await desk.database.write(tickets.take_back, desk.agent, again.letter.id)
    assert (await desk.thread(number)).ticket.priority == "low"


async def test_customers_are_found_by_phone_in_any_writing(desk: TestDesk) -> None:
    await desk.hear("call me", sender=Party("phone", "+819012345678", "山田"))
    for written in ("090-1234-5678", "０９０ー１２３４ー５６７８", "+81 90 1234 5678"):
        found = await desk.database.read(customers.find, written)
        assert [customer.name for customer in found] == ["山田"]


async def test_counters_are_what_counting_would_say(desk: TestDesk) -> None:
    numbers = [(await desk.hear(f"{n}", sender=f"c{n}@customer.example")).ticket for n in range(8)]
    for place, number in enumerate(numbers):
        assert number is not None
        edit = TicketEdit(status=("open", "done", "waiting", "none_needed")[place % 4])
        await desk.database.write(tickets.edit, desk.agent, number, edit)
    assert numbers[0] and numbers[1]
    await desk.database.write(tickets.merge, desk.agent, numbers[0], numbers[1])

    def counted(tx):  # type: ignore[no-untyped-def]
        rows = tx.all("SELECT status, count(*) AS n FROM ticket WHERE merged_into IS NULL GROUP BY status")
        return {row.status: row.n for row in rows}

    kept = (await desk.database.read(tickets.counts, desk.agent)).statuses
    assert {status: many for status, many in kept.items() if many} == await desk.database.read(counted)


async def test_reply_all_keeps_others_in_copy_but_never_ourselves(desk: TestDesk) -> None:
    number = (
        await desk.hear(
            "hello all",
            to=(Party("email", "support@desk.example"), Party("email", "boss@customer.example", "部長")),
            cc=(Party("email", "support+abc@desk.example"), Party("email", "cc@customer.example")),
        )
    ).ticket
    ticket = (await desk.thread(number)).ticket
    assert [one.address for one in ticket.reply_cc] == ["boss@customer.example", "cc@customer.example"]
