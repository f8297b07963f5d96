"""Automatic answers where people chat, with the desk's own matcher: asked, answered, solved; or a person comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from server.answers import board, queries, settings
from server.answers.opening import Hours, Openings
from server.answers.settings import SettingsChange
from tests.answers import shelf
from tests.channels.webchat.shop import Shop
from tests.channels.webchat.widget import Widget
from tests.desks import until


async def ready(shop: Shop) -> list[int]:
    articles = await shop.parts.database.write(shelf.publish, shop.agent)
    await shop.parts.database.write(shelf.switch_on, shop.agent, shop.account.id)
    return articles


async def says(visitor: Widget, *words: str) -> None:
    """Wait until the newest message holds these words."""
    await visitor.until(
        lambda: all(one in visitor.messages.get(visitor.newest, {}).get("text", "") for one in words), 30
    )


async def tap(visitor: Widget, label: str) -> dict[str, Any]:
    shown = visitor.messages[visitor.newest]
    labels = [one["label"] for one in shown["choices"]]
    return await visitor.send(label, choice={"seq": shown["seq"], "at": labels.index(label)})


async def test_asked_answered_solved(shop: Shop) -> None:
    (shipping, *_) = await ready(shop)
    visitor = await shop.visitor(language="ja")
    number = (await visitor.send("送料はいくらですか"))["ticket"]
    await says(visitor, "【自動回答】", "全国一律500円です。5,000円以上のご注文は無料です。", "解決しましたか？")
    assert [one["label"] for one in visitor.messages[visitor.newest]["choices"]] == [
        "はい",
        "いいえ",
        "担当者に相談する",
    ]
    assert (await shop.thread(number)).ticket.status == "open"
    await tap(visitor, "はい")
    await says(visitor, "解決できたとのこと")
    thread = await shop.thread(number)
    assert thread.ticket.status == "done"
    (asked, tapped) = await shop.parts.database.read(queries.attempts, number)
    assert (asked.state, asked.article, asked.outcome, tapped.state) == ("answered", shipping, "yes", "heard")
    await visitor.send("ありがとうございました！助かりました")

    async def heard() -> bool:
        found = await shop.parts.database.read(queries.attempts, number)
        return [one.state for one in found] == ["answered", "heard", "heard"]

    assert await until(heard, 30)
    assert (await shop.thread(number)).ticket.status == "done", "thanks are no new wish"
    await visitor.send("ありがとうございます。パスワードを忘れました")
    await says(visitor, "パスワードをお忘れの方")
    assert (await shop.thread(number)).ticket.status == "open"


async def test_asked_wrong_person(small_shop: Shop) -> None:
    shop = small_shop
    await ready(shop)
    visitor = await shop.visitor(language="ja")
    number = (await visitor.send("注文をキャンセルしたい"))["ticket"]
    await says(visitor, "発送の前であれば")
    await visitor.send("いいえ。")
    await says(visitor, "お役に立てず")
    assert (await shop.thread(number)).ticket.status == "open"
    await visitor.send("送料はいくらですか")
    await says(visitor, "全国一律500円")
    await tap(visitor, "担当者に相談する")
    await says(visitor, "担当者が内容を確認")
    await visitor.send("パスワードを忘れました")

    async def refused() -> list[str]:
        return [one.reason for one in await shop.parts.database.read(queries.attempts, number) if one.reason]

    assert await until(refused, 30) == ["asks_person"]
    await shop.reply(number, "担当の佐藤です。")
    await visitor.send("パスワードを忘れました")

    async def left() -> bool:
        return (await refused()) == ["asks_person", "assigned"]

    await until(left, 30)
    said = [one.automatic for one in (await shop.thread(number)).messages if one.kind == "auto"]
    assert said == ["answer"] * 4
    # Who asked for a person in words, or is in a dispute, is left to people from then on.
    for words, reason in (("担当者と話したいです", "asks_person"), ("消費者センターに相談します", "sensitive")):
        other = await shop.visitor(language="ja")
        number = (await other.send(words))["ticket"]
        await other.send("送料はいくらですか")
        assert await until(partial(_long, refused, 2), 30) == [reason, reason]


async def test_who_is_left_to_people_after_answers_hears_so_once(small_shop: Shop) -> None:
    shop = small_shop
    articles = await ready(shop)
    await shelf.add_file(shop.parts, shop.agent, articles[0], "送料表.pdf", "application/pdf", b"%PDF")
    change = SettingsChange(
        handover_brief={"ja": "{shop}の担当が続けます。{number}\n{expected}"}, expected={"webchat": 20}
    )
    await shop.parts.database.write(settings.write, shop.agent, change)
    visitor = await shop.visitor(language="ja")
    number = (await visitor.send("送料はいくらですか"))["ticket"]
    await says(visitor, "全国一律500円")
    assert [one["name"] for one in visitor.messages[visitor.newest]["files"]] == ["送料表.pdf"]
    await visitor.send("注文をキャンセルしたい")
    await says(visitor, "発送の前であれば")
    await visitor.send("パスワードを忘れました")
    await says(visitor, f"の担当が続けます。{number}", "通常、20分以内に")
    assert "{" not in visitor.messages[visitor.newest]["text"]
    await visitor.send("パスワードを忘れました")

    async def reasons() -> list[str]:
        return [one.reason for one in await shop.parts.database.read(queries.attempts, number)]

    assert await until(lambda: _long(reasons, 4), 30) == ["", "", "row", "row"]
    said = [one.automatic for one in (await shop.thread(number)).messages if one.kind == "auto"]
    assert said == ["answer", "answer", "acknowledgement"]


async def _long(reasons: Callable[[], Awaitable[list[str]]], length: int) -> list[str] | None:
    found = await reasons()
    return found if len(found) == length else None


async def test_open_chats_hear_of_new_hours_at_once_and_of_closing_time_when_it_comes(
    small_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = small_shop
    visitor = await shop.visitor(language="ja")
    assert (await visitor.hello())["hours"] == {"open": True}
    hours = Openings(desk=Hours(weekly=[""] * 7))
    await shop.parts.database.write(settings.write, shop.agent, SettingsChange(opening=hours))
    assert await visitor.hears("hours", 30) == {"open": False}
    whole = Openings(desk=Hours(weekly=["09:00-18:00"] * 7))
    await shop.parts.database.write(settings.write, shop.agent, SettingsChange(opening=whole))
    await visitor.until(lambda: any(name == "hours" and len(told) == 2 for name, told in visitor.heard), 30)
    turns: list[None] = []
    sign = board.Board(shop.parts.database)
    sign.listen(lambda: turns.append(None))
    shortly = iter([datetime(2026, 11, 24, 8, 59, 59, 900_000, UTC), datetime(2026, 11, 24, 9, 0, 1, tzinfo=UTC)])
    monkeypatch.setattr(board, "now", lambda: next(shortly))  # 18:00 in Tokyo
    await sign.load()
    await until(lambda: len(turns) == 2, 30)
