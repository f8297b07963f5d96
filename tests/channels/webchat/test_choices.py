"""Choices under what the desk says by itself: one tap once, only what was offered, in the words that were offered."""

from __future__ import annotations

from typing import Any

from channels.contract import Choice
from server.answers import manners
from server.answers.speaking import Drawing, Words, networks_of, speak
from tests.channels.webchat.shop import Shop

YES, NO = Choice(label="はい", data="flow:1:yes"), Choice(label="いいえ", data="flow:1:no")


async def ask(shop: Shop, ticket: int, text: str = "続けますか？") -> None:
    drawing = Drawing(networks_of(shop.parts.channels))
    said = await shop.parts.database.write(speak, ticket, Words(text), drawing, choices=(YES, NO), why="flow")
    assert said is not None


def newest(widget: Any) -> dict[str, Any]:
    found: dict[str, Any] = widget.messages[widget.newest]
    return found


async def test_a_tap_is_the_choices_own_words_with_what_stands_behind_it(shop: Shop) -> None:
    visitor = await shop.visitor()
    ticket = (await visitor.send("返品したい"))["ticket"]
    assert await shop.parts.database.read(manners.silence, ticket) == ""
    await ask(shop, ticket)
    await visitor.shows("返品したい", "続けますか？")
    shown = newest(visitor)
    assert shown["choices"] == [{"label": "はい"}, {"label": "いいえ"}]
    assert (shown["from"], shown["spoken"], "flow:1" in str(visitor.heard)) == ("desk", True, False)
    again = await shop.visitor(visitor.token)
    await again.send("words of the client's own", "tap-00001", choice={"seq": shown["seq"], "at": 1})
    await visitor.shows("返品したい", "続けますか？", "いいえ")
    await visitor.send("はい", "tap-00002", choice={"seq": shown["seq"], "at": 0})
    said = (await shop.thread(ticket)).messages
    assert [(one.text, getattr(one.card, "data", None)) for one in said if one.kind == "customer"] == [
        ("返品したい", None),
        ("いいえ", "flow:1:no"),
        ("はい", None),
    ]


async def test_what_was_not_offered_here_or_is_over_is_plain_words(shop: Shop) -> None:
    other = await shop.visitor()
    theirs = (await other.send("一人目"))["ticket"]
    await ask(shop, theirs)
    await other.shows("一人目", "続けますか？")
    visitor = await shop.visitor()
    ticket = (await visitor.send("二人目"))["ticket"]
    elsewhere = newest(other)["seq"]
    await visitor.send("yes?", choice={"seq": elsewhere, "at": 0})
    await ask(shop, ticket, "A")
    await visitor.shows("二人目", "yes?", "A")
    first = newest(visitor)["seq"]
    await visitor.send("none", choice={"seq": first, "at": 7})
    await visitor.send("late", choice={"seq": first, "at": 0})
    await ask(shop, ticket, "B")
    await visitor.shows("二人目", "yes?", "A", "none", "はい", "B")
    second = newest(visitor)["seq"]
    await shop.reply(ticket, "担当の佐藤です。")
    await visitor.until(lambda: newest(visitor)["text"] == "担当の佐藤です。")
    await visitor.send("too late", choice={"seq": second, "at": 0})
    assert not [one for one in (await shop.thread(ticket)).messages if one.card is not None]
    assert await shop.parts.database.read(manners.silence, ticket) == "assigned"
    await visitor.send("nonsense", choice={"seq": -1, "at": 0})
    assert (await visitor.send("nonsense", choice={"seq": 1, "at": "x"}))["error"]["code"] == "invalid"
