"""The moves of a chat: accepted, handed over, ended, rated; and a visitor who is spoken to first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels.contract import Present
from server import agents, tickets
from server.agents import DESK, AgentView
from server.errors import Conflict, Invalid
from server.tickets import TicketEdit
from server.tickets.ratings import QUESTION
from tests.channels.webchat.shop import Shop, jwt
from tests.desks import until


async def colleague(shop: Shop, name: str = "鈴木", role: Any = "agent") -> AgentView:
    return await shop.parts.database.write(
        agents.add, DESK, email=f"{name.encode().hex()}@shop.example", name=name, role=role
    )


async def test_of_two_who_accept_one_wins_and_the_other_hears_who(shop: Shop) -> None:
    visitor = await shop.visitor()
    ticket = (await visitor.send("もしもし"))["ticket"]
    suzuki, database = await colleague(shop), shop.parts.database
    first, second = await asyncio.gather(
        database.write(tickets.accept, shop.agent, ticket),
        database.write(tickets.accept, suzuki, ticket),
        return_exceptions=True,
    )
    won, lost = (first, second) if isinstance(second, Conflict) else (second, first)
    assert isinstance(lost, Conflict) and not isinstance(won, BaseException)
    name = "佐藤" if won.assignee == shop.agent.id else "鈴木"
    assert lost.values["name"] == name and lost.current.assignee == won.assignee
    assert won.status == "active"
    await visitor.until(lambda: visitor.lines == [("joined", f"担当の{name}がご対応いたします。")])
    assert (await visitor.hears("agent"))["agent"]["name"] == name
    again = await database.write(tickets.accept, shop.agent if name == "佐藤" else suzuki, ticket)
    assert again.assignee == won.assignee and len(visitor.lines) == 1, "once more is harmless"


async def test_a_line_is_said_in_its_readers_language_and_leaves_nothing_unread(small_shop: Shop) -> None:
    shop = small_shop
    visitor = await shop.widget().connect()
    await visitor.hello(language="en")
    ticket = (await visitor.send("Hello?"))["ticket"]
    await shop.reply(ticket, "Yes?")
    await visitor.until(lambda: visitor.lines == [("joined", "佐藤 has joined the chat.")])
    thread = await shop.thread(ticket)
    assert [one.kind for one in thread.messages] == ["customer", "line", "agent"]
    line = thread.messages[1].line
    assert line is not None and (line.what, line.name) == ("joined", "佐藤")
    assert thread.ticket.last_kind == "agent" and thread.ticket.read_seq == thread.ticket.last_seq
    await shop.parts.database.write(tickets.end, shop.agent, ticket)
    thread = await shop.thread(ticket)
    assert thread.ticket.read_seq == thread.ticket.last_seq == 4 and thread.ticket.last_text == "Yes?"
    back = await shop.visitor(visitor.token)
    assert back.state["unread"] == 1, "lines are not counted"


async def test_a_chat_is_handed_to_a_colleague_with_a_note_that_its_customer_never_sees(shop: Shop) -> None:
    visitor = await shop.visitor()
    ticket = (await visitor.send("返品したいです"))["ticket"]
    suzuki, database = await colleague(shop), shop.parts.database
    await database.write(tickets.accept, shop.agent, ticket)
    handed = await database.write(tickets.hand_over, shop.agent, ticket, to=suzuki.id, note="返品の件です")
    assert handed.assignee == suzuki.id and handed.status == "active"
    await visitor.until(lambda: len(visitor.lines) == 2)
    assert visitor.texts == ["返品したいです"]
    await visitor.until(
        lambda: ("agent", "鈴木") in {(event, (told.get("agent") or {}).get("name")) for event, told in visitor.heard}
    )
    note = next(one for one in (await shop.thread(ticket)).messages if one.kind == "note")
    assert note.text == "返品の件です" and note.agent == shop.agent.id
    assert (await database.read(tickets.counts, suzuki)).views["mentions"] == 1
    for wrong in ({}, {"to": shop.agent.id}, {"to": suzuki.id, "team": 1}, {"to": 99}):
        with pytest.raises(Invalid):
            await database.write(tickets.hand_over, shop.agent, ticket, **wrong)
    viewer = await colleague(shop, "高橋", "viewer")
    with pytest.raises(Invalid):
        await database.write(tickets.hand_over, shop.agent, ticket, to=viewer.id)


async def test_a_chat_is_handed_to_a_team_where_somebody_accepts_it(shop: Shop) -> None:
    visitor = await shop.visitor()
    ticket = (await visitor.send("請求書の件で"))["ticket"]
    database = shop.parts.database
    team = await database.write(lambda tx: agents.add_team(tx, DESK, "経理", []))
    suzuki = await colleague(shop)
    await database.write(tickets.accept, shop.agent, ticket)
    handed = await database.write(tickets.hand_over, shop.agent, ticket, team=team.id)
    assert (handed.assignee, handed.team, handed.status) == (None, team.id, "open")
    await visitor.until(lambda: [what for what, _ in visitor.lines] == ["joined", "handed"])
    await database.write(tickets.accept, suzuki, ticket)
    await visitor.until(lambda: [what for what, _ in visitor.lines] == ["joined", "handed", "joined"])


async def test_the_end_is_said_once_and_undone_by_a_word(shop: Shop) -> None:
    visitor = await shop.visitor()
    ticket = (await visitor.send("ありがとうございました"))["ticket"]
    database = shop.parts.database
    ended = await database.write(tickets.end, shop.agent, ticket)
    assert ended.status == "done"
    assert (await visitor.hears("state"))["open"] is False
    await database.write(tickets.end, shop.agent, ticket)
    assert [what for what, _ in visitor.lines] == ["ended"]
    await visitor.send("もう一つだけ")
    await visitor.until(
        lambda: ("state", {"conversation": visitor.state["conversation"], "open": True}) in visitor.heard
    )
    await visitor.say("end")
    await database.write(tickets.edit, shop.agent, ticket, TicketEdit(status="done"))
    await visitor.until(lambda: visitor.lines[-1:] == [("left", "チャットを終了しました。")])
    kinds = [one.line.what for one in (await shop.thread(ticket)).messages if one.line is not None]
    assert kinds == ["ended", "left"], "the desk does not end what its customer has ended"


async def test_a_rating_is_asked_for_answered_and_changed(shop: Shop) -> None:
    visitor = await shop.visitor()
    ticket = (await visitor.send("助かりました"))["ticket"]
    database = shop.parts.database
    await database.write(tickets.accept, shop.agent, ticket)
    await database.write(tickets.end, shop.agent, ticket, ask_rating=True)
    await visitor.until(lambda: visitor.lines and visitor.lines[-1][0] == "ended")
    asked = next(one for one in visitor.messages.values() if "rating" in one)
    assert asked["from"] == "desk" and asked["text"] == "今回の対応はいかがでしたか？"
    assert asked["rating"] == {"score": None, "comment": ""}
    with pytest.raises(Conflict):
        await database.write(tickets.ask_rating, shop.agent, ticket)
    assert (await visitor.say("rate", {"seq": asked["seq"], "score": 6}))["error"]["code"] == "invalid"
    assert await visitor.say("rate", {"seq": asked["seq"], "score": 4}) == {}
    assert await visitor.say("rate", {"seq": asked["seq"], "score": 5, "comment": "早い！"}) == {}
    await visitor.until(lambda: visitor.messages[asked["seq"]]["rating"] == {"score": 5, "comment": "早い！"})
    thread = await shop.thread(ticket)
    rating = thread.ticket.rating
    assert rating is not None and (rating.score, rating.comment, rating.agent) == (5, "早い！", shop.agent.id)
    assert next(one.rating for one in thread.messages if one.kind == "rating") == rating
    assert thread.ticket.status == "done", "nothing is opened by it"
    stranger = await shop.visitor()
    await stranger.say("rate", {"seq": asked["seq"], "score": 1})
    assert (await shop.thread(ticket)).ticket.rating == rating
    assert [one.text for one in thread.messages if one.kind == "rating"] == [QUESTION]


async def test_a_mail_cannot_be_rated(small_shop: Shop) -> None:
    shop = small_shop
    ticket = (await (await shop.visitor()).send("?"))["ticket"]
    await shop.run("UPDATE ticket SET conversation = NULL WHERE number = :n", n=ticket)
    with pytest.raises(Conflict):
        await shop.parts.database.write(tickets.ask_rating, shop.agent, ticket)
    ended = await shop.parts.database.write(tickets.end, shop.agent, ticket)
    assert ended.status == "done" and not ended.chat


async def test_the_transcript_tells_what_happened_in_the_customers_language(small_shop: Shop) -> None:
    from tests.channels.webchat.test_continuity import MAIL, mailbox, mails

    shop = small_shop
    await mailbox(shop)
    visitor = await shop.visitor()
    ticket = (await visitor.send("記録をください"))["ticket"]
    await visitor.say("profile", {"email": MAIL})
    await shop.reply(ticket, "お送りします。")
    await visitor.say("transcript")
    (mail,) = await until(lambda: mails(shop))
    assert "— 担当の佐藤がご対応いたします。 —" in mail["text"]  # type: ignore[index]


async def test_what_the_customer_has_seen_is_told_to_agents(shop: Shop) -> None:
    visitor = await shop.visitor()
    ticket = (await visitor.send("見ましたか"))["ticket"]
    written = await shop.reply(ticket, "はい。")
    await visitor.until(lambda: visitor.newest == written.id)
    assert (await shop.thread(ticket)).ticket.seen < written.id
    await visitor.say("read", {"seq": written.id})
    seen = (await shop.thread(ticket)).ticket
    assert seen.seen == written.id and seen.seen_at is not None


def here(shop: Shop) -> Present:
    (present,) = shop.parts.desk.presence.now.values()
    return present


async def test_a_visitor_is_spoken_to_first_and_answers(shop: Shop) -> None:
    visitor = await shop.visitor()
    present = await until(lambda: here(shop))
    begun = await shop.parts.database.write(tickets.greet, shop.agent, present, "何かお探しですか？")
    assert (begun.status, begun.assignee, begun.chat) == ("waiting", shop.agent.id, True)
    await visitor.shows("何かお探しですか？")
    assert (await visitor.send("急須を"))["ticket"] == begun.number
    assert (await shop.thread(begun.number)).ticket.status == "open"
    with pytest.raises(Conflict) as conflict:
        await shop.parts.database.write(tickets.greet, shop.agent, present, "もう一度")
    assert conflict.value.current.number == begun.number


async def test_a_site_may_forbid_it(small_shop: Shop) -> None:
    shop = small_shop
    await shop.change(proactive=False)
    visitor = await shop.visitor()
    assert not here(shop).welcome
    with pytest.raises(Conflict):
        await shop.parts.database.write(tickets.greet, shop.agent, here(shop), "何かお探しですか？")
    assert visitor.messages == {}


async def test_a_signed_visitor_is_known_as_the_customer_they_are(small_shop: Shop) -> None:
    shop = small_shop
    visitor = await shop.visitor(jwt=jwt("c-7", name="山田 花子"))
    assert here(shop).party is not None and here(shop).party.address.endswith(":c-7")  # type: ignore[union-attr]
    begun = await shop.parts.database.write(tickets.greet, shop.agent, here(shop), "山田様、いらっしゃいませ。")
    await visitor.shows("山田様、いらっしゃいませ。")
    assert begun.customer.name == "山田 花子"
