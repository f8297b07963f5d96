"""Flows on a real desk: rows, letters, notes, teams; a message twice, a person who joins, time that is up."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from channels.contract import Party, Tapped
from server import accounts, agents, tickets
from server.accounts import AccountDraft
from server.agents import DESK
from server.answers import settings
from server.answers.answerer import Answerer
from server.answers.case import Ways
from server.answers.opening import Hours, Openings
from server.answers.queries import attempts
from server.answers.speaking import Drawing, Network
from server.customers.store import batch
from server.database import Database, Transaction
from server.errors import Conflict, Invalid
from server.faq.live import Faq
from server.flows import actions, queries, running, starting
from server.flows.live import Flows
from server.flows.steps import Scenario
from server.tickets.fields import CustomFieldView
from server.tickets.fields import add as add_field
from tests.desks import TestDesk
from tests.flows.worlds import of_steps, sample

DRAWING = Drawing({"email": Network(13, 20), "webchat": Network(13, 20)})
WHO = {"sender": Party("email", "u1@guest.example", "花子"), "conversation": "line:U1"}
ORDER = [
    {
        "kind": "order", "source": "shop", "external_id": "o1", "number": "A-1024", "revision": 1, "total": "5500",
        "currency": "JPY", "ordered_at": "2026-11-18T03:00:00Z", "status": "shipped", "customer": "c1",
        "shipments": [{"external_id": "s1", "carrier": "yamato", "tracking_number": "123412341234",
                       "status": "delivering", "shipped_at": "2026-11-19T03:00:00Z"}],
    },
    {"kind": "customer", "source": "shop", "external_id": "c1", "revision": 1, "name": "花子",
     "contacts": [{"kind": "email", "address": "hana@customer.example"}]},
]  # fmt: skip


class Led:
    """A desk on which a flow leads, looked at whenever somebody said something."""

    def __init__(self, desk: TestDesk) -> None:
        self.desk = desk
        self.flows = Flows(desk.database, Faq(desk.database), DRAWING)

    async def publish(self, scenario: Scenario) -> int:
        """Lead by this flow on the desk's account."""
        desk = self.desk
        view = await desk.database.write(actions.add, desk.agent, "窓口", scenario)
        await desk.database.write(_lead_on, view.id, desk.account.id)
        await desk.database.write(actions.publish, desk.agent, view.id)
        await desk.database.write(actions.enable, desk.agent, view.id, True)
        return view.id

    async def say(self, text: str, **more: Any) -> int:
        accepted = await self.desk.hear(text, **{**WHO, **more})
        await self.flows.look()
        assert accepted.ticket is not None
        return accepted.ticket

    async def tap(self, number: int, label: str) -> int:
        """A choice of our newest message, as a network that tells only its data."""
        said = [one for one in (await self.desk.thread(number)).messages if one.kind == "auto"][-1]
        data = next(choice.data for choice in said.choices if choice.label == label)
        return await self.say(data, card=Tapped(data=data))

    async def told(self, number: int) -> list[str]:
        return [one.text for one in (await self.desk.thread(number)).messages if one.kind == "auto"]

    async def runs(self, number: int) -> list[Any]:
        return await self.desk.database.read(queries.runs, number)


def _lead_on(tx: Transaction, id: int, account: int) -> None:
    tx.run("UPDATE flow SET accounts = :accounts WHERE id = :id", accounts=f"[{account}]", id=id)


async def test_from_the_first_word_to_a_person_with_a_note(desk: TestDesk) -> None:
    led = Led(desk)
    team = await desk.database.write(lambda tx: agents.add_team(tx, desk.agent, "受注", []).id)
    await desk.database.write(batch.tell_all, desk.agent, batch.read(ORDER), 0)
    flow = await led.publish(sample_for(team))
    number = await led.say("こんにちは")
    assert "ご用件をお選びください" in (await led.told(number))[-1]
    thread = await desk.thread(number)
    assert thread.ticket.status == "waiting"
    await led.tap(number, "注文の状況")
    await led.say("A-1024")
    await led.say("HANA@customer.example")
    shown = (await led.told(number))[-1]
    assert "発送済み" in shown and "ヤマト運輸 123412341234: 配達中" in shown and "kuronekoyamato" in shown
    await led.tap(number, "担当者に相談する")
    ticket = (await desk.thread(number)).ticket
    assert (ticket.status, ticket.team) == ("open", team)
    note = next(one for one in (await desk.thread(number)).messages if one.kind == "note")
    assert "お客様が担当者への相談をご希望です。" in note.text
    assert "ご注文番号: A-1024" in note.text and "メールアドレス: hana@customer.example" in note.text
    (run,) = await led.runs(number)
    assert (run.state, run.said) == ("handed", [])
    counts = await desk.database.read(queries.counts, flow)
    assert (counts["find"].entered, counts["find"].answered, counts["more"].handed) == (1, 2, 1)
    letters = len(await led.told(number))
    on = settings.SettingsChange(accounts={str(desk.account.id): settings.Policy(on=True)})
    await desk.database.write(settings.write, desk.agent, on)
    await led.say("よろしくお願いします")
    await Answerer(desk.database, Faq(desk.database), Ways(DRAWING)).look()
    assert len(await led.told(number)) == letters, "a person has it now"
    assert (await desk.database.read(attempts, number))[-1].reason == "asks_person"


def sample_for(team: int) -> Scenario:
    import msgspec

    return msgspec.structs.replace(sample(), team=team)


async def test_a_greeting_in_the_chat_is_answered_in_words_as_by_a_tap(desk: TestDesk) -> None:
    led = Led(desk)
    kind = "UPDATE channel_account SET kind = :kind WHERE id = :id"
    await desk.database.write(lambda tx: tx.run(kind, kind="webchat", id=desk.account.id))
    whole = sample()
    await led.publish(
        msgspec.structs.replace(whole, start=msgspec.structs.replace(whole.start, first=False, opened=True))
    )
    number = await led.say("注文状況について", conversation="chat:1")
    (said,) = await led.told(number)
    assert "ご用件をお選びください" not in said and "番号" in said
    assert (await led.runs(await led.say("担当者と話したい", conversation="chat:2")))[0].state == "handed"
    assert await led.runs(await led.say("お皿が届きません", conversation="chat:3")) == []
    await desk.database.write(lambda tx: tx.run(kind, kind="email", id=desk.account.id))
    assert await led.runs(await led.say("注文状況について", conversation="mail:1")) == [], "nothing was offered there"


async def test_a_message_moves_once_however_often_it_is_looked_at(desk: TestDesk) -> None:
    led = Led(desk)
    await led.publish(sample())
    number = await led.say("こんにちは")
    newest = await desk.database.read(lambda tx: tx.value("SELECT max(id) FROM message WHERE kind = 'customer'"))
    await desk.database.write(lambda tx: tx.run("UPDATE flow_desk SET seen = 0"))
    await led.flows.look()
    assert await desk.database.write(running.take, newest, {}, DRAWING) == ""
    assert len(await led.told(number)) == 1
    again = Flows(desk.database, Faq(desk.database), DRAWING)  # the process that died before it looked
    await desk.hear("営業時間", **WHO)
    await again.look()
    assert len(await led.told(number)) == 2
    claimed = await desk.database.read(lambda tx: tx.all("SELECT state, reason FROM attempt"))
    assert [(row.state, row.reason) for row in claimed] == [("taken", "flow")] * 2


async def test_a_person_who_writes_ends_it_and_time_that_is_up_calls_one(desk: TestDesk) -> None:
    led = Led(desk)
    await led.publish(sample())
    number = await led.say("こんにちは")
    await desk.reply(number, "佐藤が承ります。")
    await led.flows.look()
    assert (await led.runs(number))[0].state == "joined"
    told = await led.told(number)
    await led.say("注文の状況")
    assert await led.told(number) == told
    other = {"sender": Party("email", "u2@guest.example", "太郎"), "conversation": "line:U2"}
    number = await led.say("こんにちは", **other)
    await led.say("注文の状況", **other)
    await led.say("A-7", **other)
    assert await desk.database.read(running.next_due) is not None
    before = await led.told(number)
    await desk.database.write(lambda tx: tx.run("UPDATE flow_run SET due_at = :now WHERE state = 'on'", now=tx.now))
    await led.flows.ring()
    thread = await desk.thread(number)
    assert (thread.ticket.status, await led.told(number)) == ("open", before)
    assert "ご注文番号: A-7" in thread.messages[-1].text or any(
        "ご注文番号: A-7" in one.text for one in thread.messages
    )
    assert (await led.runs(number))[0].state == "silent"

    await led.say("遅くなりました", **other)
    assert await led.told(number) == before, "a person reads it"
    data = [one for one in thread.messages if one.kind == "auto"][-1].choices[0].data
    for said, times in (("はい", 0), (data, 1), (data, 1), ("担当者と話したい", 1)):
        await led.say(said, **other, **({"card": Tapped(data=said)} if said == data else {}))
        assert (await led.told(number))[len(before) :] == [
            "担当者におつなぎいたします。こちらでお待ちくださいませ。"
        ] * times
    assert (await led.runs(number))[0].state == "handed"


async def test_a_flow_stands_for_the_acknowledgement_and_whoever_is_not_led_after_all_gets_it(desk: TestDesk) -> None:
    led, more = Led(desk), {**WHO, "acknowledge": True}
    await led.publish(sample())
    answerer = Answerer(desk.database, Faq(desk.database), Ways(DRAWING, takers=(starting.leads,)))
    number = await led.say("こんにちは", **more)
    await answerer.look()
    assert [one.automatic for one in (await desk.thread(number)).messages] == [None, "flow"]
    other = {**more, "sender": Party("email", "u2@guest.example", "太郎"), "conversation": "line:U2"}
    accepted = await desk.hear("こんにちは", **other)
    await Flows(desk.database, Faq(desk.database), DRAWING, lambda ticket: True).look()  # a colleague types
    assert [one.automatic for one in (await desk.thread(accepted.ticket)).messages] == [None, "acknowledgement"]
    assert await desk.database.read(lambda tx: tx.all("SELECT 1 FROM attempt WHERE state = 'owed'")) == []


async def test_where_nobody_is_there_that_is_said_once_also_while_another_account_answers(desk: TestDesk) -> None:
    closed = Openings(desk=Hours(weekly=[""] * 7))
    await desk.database.write(lambda tx: tx.run("UPDATE channel_account SET kind = 'webchat'"))
    draft = AccountDraft(kind="email", name="別", address="other@desk.example")
    other = (await desk.database.write(accounts.add, DESK, draft, channels=desk.channels, keys=desk.keys)).id
    on = settings.SettingsChange(opening=closed, accounts={str(other): settings.Policy(on=True)})
    await desk.database.write(settings.write, desk.agent, on)
    accepted = await desk.hear("こんにちは", **WHO)
    await Answerer(desk.database, Faq(desk.database), Ways(DRAWING)).look()
    assert [one.automatic for one in (await desk.thread(accepted.ticket)).messages] == [None, "away"]


async def test_fields_and_tags_are_put_on_the_ticket(desk: TestDesk) -> None:
    led = Led(desk)
    await desk.database.write(
        add_field, desk.agent, CustomFieldView(name="people", kind="number", label_ja="人数", label_en="People")
    )
    asked = {
        "kind": "ask",
        "id": "a",
        "field": {"id": "f", "label": {"ja": "何名様ですか？"}, "type": "number", "to": "people"},
    }
    sort = {"kind": "set", "id": "s", "tags": ["予約"], "priority": "high"}
    await led.publish(of_steps(asked, sort, {"kind": "end", "id": "e"}, start={"words": ["予約"]}))
    plain = await led.say("こんにちは")
    assert await led.told(plain) == []
    number = await led.say("予約！")
    await led.say("四人くらい")
    await led.say("４")
    ticket = (await desk.thread(number)).ticket
    assert (ticket.fields, ticket.tags, ticket.priority, ticket.status) == ({"people": 4}, ["予約"], "high", "done")
    assert (await led.runs(number))[0].state == "solved"
    assert await led.say("予約") == number
    assert [run.state for run in await led.runs(number)] == ["on", "solved"]


async def test_only_whole_flows_are_published_and_versions_come_back(database: Database, desk: TestDesk) -> None:
    write, read = database.write, database.read
    broken = of_steps({"kind": "say", "id": "a", "words": {"ja": "あ"}}, {"kind": "go", "id": "g", "to": "gone"})
    view = await write(actions.add, desk.agent, "窓口", broken)
    with pytest.raises(Invalid) as refused:
        await write(actions.publish, desk.agent, view.id)
    assert refused.value.fields == {"g.to": "leads to a step that is not there"}
    with pytest.raises(Conflict):
        await write(actions.enable, desk.agent, view.id, True)
    await write(lambda tx: actions.change(tx, desk.agent, view.id, content=sample()))
    first = await write(actions.publish, desk.agent, view.id)
    assert (first.live_version, first.changed) == (1, False)
    with pytest.raises(Conflict):
        await write(lambda tx: actions.change(tx, desk.agent, view.id, name="x", edit=1))
    again = of_steps({"kind": "person", "id": "p"})
    await write(lambda tx: actions.change(tx, desk.agent, view.id, content=again))
    assert (await read(queries.flow, view.id)).changed
    await write(actions.publish, desk.agent, view.id)
    back = await write(actions.bring_back, desk.agent, view.id, 1)
    assert (back.content, back.live_version, back.changed) == (sample(), 2, True)
    assert [one.version for one in await read(queries.versions, view.id)] == [2, 1]


async def test_somebody_who_wants_no_automatic_letters_is_not_led(desk: TestDesk) -> None:
    led = Led(desk)
    await led.publish(sample())
    number = await led.say("out of office", automatic="vacation")
    assert await led.told(number) == []
    number = await led.say("x" * 100_000, sender=Party("email", "u3@guest.example"), conversation="line:U3")
    assert len(await led.told(number)) == 1
    assert (await desk.database.read(tickets.view, desk.agent, number)).status == "waiting"
