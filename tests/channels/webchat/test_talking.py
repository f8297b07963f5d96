"""A conversation over real sockets: acknowledged when kept, told to every tab, caught up with exactly."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from channels.webchat import rooms
from server import tickets
from server.agents import AgentView
from tests.channels.webchat.shop import Shop
from tests.channels.webchat.widget import Widget
from tests.desks import until


async def test_a_visitor_writes_and_is_answered(shop: Shop) -> None:
    visitor = await shop.visitor()
    assert visitor.state["ticket"] is None
    acked = await visitor.send("在庫はありますか。")
    assert acked["seq"] and acked["ticket"]
    await shop.reply(acked["ticket"], "ございます。")
    await visitor.shows("在庫はありますか。", "ございます。")
    answer = visitor.messages[visitor.newest]
    assert (answer["from"], answer["agent"]["name"]) == ("agent", "佐藤")
    thread = await shop.thread(acked["ticket"])
    assert [(one.kind, one.text) for one in thread.messages] == [
        ("customer", "在庫はありますか。"),
        ("line", "佐藤 has joined the chat."),
        ("agent", "ございます。"),
    ]
    await visitor.until(lambda: any(name == "agent" and told["agent"] for name, told in visitor.heard))


@pytest.mark.parametrize("transports", [("websocket",), ("polling",), ("polling", "websocket")])
async def test_every_transport_will_do(small_shop: Shop, transports: tuple[str, ...]) -> None:
    visitor = await small_shop.visitor(None, *transports)
    acked = await visitor.send("こんにちは")
    for number in range(5):
        await small_shop.reply(acked["ticket"], f"返信 {number}")
    await visitor.shows("こんにちは", *(f"返信 {number}" for number in range(5)))


async def test_the_same_message_twice_is_filed_once_and_acknowledged_the_same_way(shop: Shop) -> None:
    visitor = await shop.visitor()
    first = await visitor.send("一度だけ", "the-same-id")
    again = await visitor.send("一度だけ", "the-same-id")
    assert (again["seq"], again["ticket"], again["repeated"]) == (first["seq"], first["ticket"], True)
    assert len((await shop.thread(first["ticket"])).messages) == 1


async def test_messages_sent_at_once_keep_their_order(shop: Shop) -> None:
    visitor = await shop.visitor()
    first = await visitor.send("0")
    acked = await asyncio.gather(*(visitor.send(str(number)) for number in range(1, 20)))
    assert [one["seq"] for one in acked] == sorted(one["seq"] for one in acked)
    thread = await shop.thread(first["ticket"])
    assert [one.text for one in thread.messages] == [str(number) for number in range(20)]


async def test_two_tabs_of_a_visitor_show_the_same_conversation(shop: Shop) -> None:
    one = await shop.visitor()
    two = await shop.visitor(one.token)
    assert two.state["conversation"] == one.state["conversation"]
    acked = await one.send("一つ目のタブから")
    await two.shows("一つ目のタブから")
    assert two.messages[acked["seq"]]["from"] == "visitor"
    await two.send("二つ目のタブから")
    await shop.reply(acked["ticket"], "両方に")
    for tab in (one, two):
        await tab.until(lambda tab=tab: tab.texts[-1:] == ["両方に"])
    assert two.texts == ["一つ目のタブから", "二つ目のタブから", "両方に"]
    assert one.texts == two.texts


async def test_after_dropped_sockets_everything_is_there_once_and_in_order(shop: Shop) -> None:
    dice = random.Random(20261122)
    visitor = await shop.visitor()
    ticket = (await visitor.send("始めます"))["ticket"]
    expected = ["始めます"]
    token, shown = visitor.token, dict(visitor.messages)
    for turn in range(6):
        for number in range(dice.randint(0, 4)):
            await shop.reply(ticket, f"{turn}-{number}")
            expected.append(f"{turn}-{number}")
        await visitor.drop()
        back = await shop.widget(token).connect()
        back.messages = {**shown, **visitor.messages}
        await back.hello(since=back.newest)
        if dice.random() < 0.5:
            await back.send(f"戻りました {turn}")
            expected.append(f"戻りました {turn}")
        visitor, token, shown = back, back.token, back.messages
    await shop.reply(ticket, "最後に")
    await visitor.until(lambda: visitor.texts[-1:] == ["最後に"])
    fresh = await shop.visitor(token)
    assert fresh.texts == [*expected, "最後に"]
    missing = [text for text in fresh.texts if text not in visitor.texts and not text.startswith("戻りました")]
    assert missing == []


async def test_more_than_one_page_behind_is_caught_up_with_page_by_page(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    acked = await visitor.send("0")
    await visitor.drop()
    for number in range(1, 8):
        await small_shop.reply(acked["ticket"], str(number))
    back = await small_shop.visitor(visitor.token)
    found: list[str] = []
    place = acked["seq"]
    while True:
        page = await back.say("history", {"after": place, "limit": 3})
        found += [one["text"] for one in page["messages"] if "line" not in one]
        if not page["more"]:
            break
        place = page["messages"][-1]["seq"]
    assert found == [str(number) for number in range(1, 8)]
    earlier = await back.say("history", {"before": back.newest, "limit": 2})
    assert [one["text"] for one in earlier["messages"]] == ["5", "6"]
    assert earlier["earlier"]


async def test_a_note_is_never_shown(shop: Shop) -> None:
    visitor = await shop.visitor()
    acked = await visitor.send("教えてください")
    await shop.parts.database.write(tickets.note, shop.agent, acked["ticket"], "この方は要注意")
    await shop.reply(acked["ticket"], "はい")
    await visitor.shows("教えてください", "はい")
    again = await shop.visitor(visitor.token)
    assert again.texts == ["教えてください", "はい"]


async def test_read_marks_go_both_ways(shop: Shop) -> None:
    visitor = await shop.visitor()
    acked = await visitor.send("読まれましたか")
    await shop.reply(acked["ticket"], "読みました")
    await visitor.until(lambda: visitor.newest > acked["seq"])
    read = await visitor.hears("read")
    assert read["seq"] >= acked["seq"]
    assert await visitor.say("read", {"seq": visitor.newest}) == {}
    seen = await visitor.hears("seen")
    assert seen["seq"] == visitor.newest
    (ticket,) = await shop.rows("SELECT seen_id, seen_at FROM ticket")
    assert ticket.seen_id == visitor.newest and ticket.seen_at is not None
    assert (await shop.visitor(visitor.token)).state["unread"] == 0


async def test_an_agent_who_looks_and_types_is_seen_to(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    acked = await visitor.send("もしもし")
    channel = small_shop.parts.channels["webchat"]
    channel.agents_look(acked["ticket"], ["佐藤"])  # type: ignore[attr-defined]
    assert (await visitor.hears("typing"))["agent"]["name"] == "佐藤"
    assert (await visitor.hears("read"))["seq"] == acked["seq"]
    channel.agents_look(acked["ticket"], None)  # type: ignore[attr-defined]
    await visitor.until(lambda: any(name == "typing" and not told["typing"] for name, told in visitor.heard))


async def test_the_desk_ends_a_conversation_and_the_visitor_opens_it_again(shop: Shop) -> None:
    visitor = await shop.visitor()
    acked = await visitor.send("ありがとうございました")
    await shop.reply(acked["ticket"], "またどうぞ", status="done")
    await visitor.until(lambda: ("state", {"conversation": acked["conversation"], "open": False}) in visitor.heard)
    again = await visitor.send("もう一つだけ")
    assert again["ticket"] == acked["ticket"]
    assert (await shop.visitor(visitor.token)).state["open"]


async def test_a_visitor_ends_a_conversation_and_begins_another(shop: Shop) -> None:
    visitor = await shop.visitor()
    first = await visitor.send("一件目")
    await shop.reply(first["ticket"], "承知しました")
    assert await visitor.say("end") == {"open": False}
    kinds = [one.kind for one in (await shop.thread(first["ticket"])).messages]
    assert kinds == ["customer", "line", "agent", "line"]
    begun = await visitor.say("start")
    assert begun["conversation"] != first["conversation"] and begun["messages"] == []
    second = await visitor.send("二件目")
    assert second["ticket"] != first["ticket"]
    listed = (await visitor.say("conversations"))["conversations"]
    assert [one["ticket"] for one in listed] == [second["ticket"], first["ticket"]]
    back = await visitor.say("open", {"conversation": first["conversation"]})
    assert [one["text"] for one in back["messages"] if "line" not in one] == ["一件目", "承知しました"]
    assert listed[1]["text"] == "承知しました", "not that it ended"


async def test_an_answer_in_an_earlier_conversation_is_heard(small_shop: Shop) -> None:
    visitor = await small_shop.visitor()
    first = await visitor.send("一件目")
    await visitor.say("start")
    second = await visitor.send("二件目")
    await small_shop.reply(first["ticket"], "一件目の答え")
    await visitor.until(lambda: "一件目の答え" in visitor.texts)
    back = await small_shop.visitor(visitor.token)
    assert back.state["conversation"] == second["conversation"]
    await back.say("history", {"conversation": first["conversation"]})
    await small_shop.reply(first["ticket"], "もう一つ")
    await back.until(lambda: "もう一つ" in back.texts)


async def test_a_conversation_goes_on_where_its_ticket_was_merged_into(shop: Shop) -> None:
    visitor = await shop.visitor()
    first = await visitor.send("一件目")
    await visitor.say("start")
    second = await visitor.send("二件目")
    await shop.parts.database.write(tickets.merge, shop.agent, second["ticket"], first["ticket"])
    more = await visitor.send("続きです")
    assert more["ticket"] == first["ticket"]
    await shop.reply(first["ticket"], "まとめて答えます")
    await visitor.until(lambda: "まとめて答えます" in visitor.texts)


async def test_typing_and_page_are_shown_to_agents(small_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "TYPING_FADES", 600.0)  # not while the machine stands still
    visitor = await small_shop.visitor(page={"url": "https://shop.example/items/1", "title": "湯呑み"})
    presence = small_shop.parts.desk.presence.now
    ((key, present),) = presence.items()
    assert present.context["page"]["title"] == "湯呑み"
    await visitor.say("typing", {"typing": True})
    assert presence[key].typing
    await visitor.say("context", {"cart": {"items": [{"name": "急須"}]}, "order": "A-100"})
    assert presence[key].context["order"] == "A-100"
    await visitor.drop()
    await until(lambda: not presence)


async def test_a_colleague_takes_over_and_the_visitor_is_told(small_shop: Shop, colleague: AgentView) -> None:
    visitor = await small_shop.visitor()
    acked = await visitor.send("お願いします")
    await small_shop.parts.database.write(
        tickets.edit, small_shop.agent, acked["ticket"], tickets.TicketEdit(assignee=colleague.id)
    )
    assert (await visitor.hears("agent"))["agent"]["name"] == "鈴木"


async def test_a_tab_that_comes_does_not_keep_from_the_first_what_the_feed_tells_later(
    small_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await small_shop.visitor()
    ticket = (await first.send("お願いします"))["ticket"]
    await first.shows("お願いします")
    channel: Any = small_shop.parts.channels["webchat"]
    said: list[tuple[Any, ...]] = []
    with monkeypatch.context() as elsewhere:  # as when another process did it
        elsewhere.setattr(channel, "ticket_changed", lambda *change: said.append(change))
        await small_shop.parts.database.write(tickets.accept, small_shop.agent, ticket)
        second = await small_shop.visitor(first.token)
    assert second.state["agent"]["name"] == "佐藤"
    assert said
    for change in said:
        channel.ticket_changed(*change)
    assert (await first.hears("agent"))["agent"]["name"] == "佐藤"


@pytest.fixture
async def colleague(small_shop: Shop) -> AgentView:
    """One more agent."""
    from server import agents
    from server.agents import DESK

    return await small_shop.parts.database.write(agents.add, DESK, email="suzuki@shop.example", name="鈴木")


async def test_what_nobody_hears_is_not_an_error(small_shop: Shop) -> None:
    visitor: Widget = await small_shop.visitor()
    acked = await visitor.send("もう帰ります")
    await visitor.drop()
    await small_shop.reply(acked["ticket"], "お待ちしております")

    async def delivered() -> bool:
        return (await small_shop.rows("SELECT state FROM letter"))[0].state == "delivered"

    await until(delivered)
    back = await small_shop.visitor(visitor.token)
    assert back.state["unread"] == 1
