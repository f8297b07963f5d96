"""Automatic answers on LINE: by the free reply token, with quick replies, and found after a process that died."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.line.simulator import Person
from server.answers import queries
from server.answers.answerer import Answerer
from server.answers.case import Ways
from server.answers.speaking import Drawing, networks_of
from server.database import Engine
from server.faq.live import Faq
from tests.answers import shelf
from tests.channels.line import house as houses
from tests.channels.line.house import House
from tests.desks import until


@pytest.fixture
async def house(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """A desk on LINE."""
    async with houses.opened(sqlite_engine, tmp_path / "files") as house:
        yield house


def an_answerer(house: House) -> Answerer:
    """The loop of a process; another one stands for the next process."""
    return Answerer(house.database, Faq(house.database), Ways(Drawing(networks_of(house.channels))))


async def bubble(person: Person, words: str) -> dict[str, Any]:
    """Wait for the newest bubble with these words."""

    def newest() -> dict[str, Any] | None:
        found = [one.message for one in person.phone if words in str(one.message.get("text", ""))]
        return found[-1] if found else None

    found: dict[str, Any] = await until(newest, 30)
    return found


def action(message: dict[str, Any], label: str) -> dict[str, Any]:
    items = message["quickReply"]["items"]
    found: dict[str, Any] = next(one["action"] for one in items if one["action"]["label"] == label)
    return found


async def test_who_was_answered_by_a_colleague_is_not_told_afterwards_that_it_arrived(house: House) -> None:
    await house.database.write(shelf.publish, house.agent)
    await house.database.write(shelf.switch_on, house.agent, house.account.id)
    misaki = house.line.person("美咲", friend=True)
    house.start()
    misaki.text("藍色の皿を探しています")
    await house.heard()
    await house.reply("お探しの皿はこちらです。")
    await an_answerer(house).look()
    assert [one.kind for one in await house.messages()] == ["customer", "agent"]


async def test_asked_answered_and_solved_without_a_push(house: House) -> None:
    articles = await house.database.write(shelf.publish, house.agent)
    await house.database.write(shelf.switch_on, house.agent, house.account.id)
    misaki = house.line.person("美咲", friend=True)
    house.start()
    misaki.text("送料はいくらですか")
    await house.heard()
    assert [one.kind for one in await house.messages()] == ["customer"], "the acknowledgement waits"
    await an_answerer(house).look()
    house.courier.kick()
    answer = await bubble(misaki, "全国一律500円")
    assert answer["text"].startswith("【自動回答】")
    misaki.tap(action(answer, "はい"))
    await house.heard()
    answerer = an_answerer(house)
    await answerer.look()
    await answerer.look()
    house.courier.kick()
    await bubble(misaki, "解決できたとのこと")
    thread = await house.thread()
    assert thread.ticket.status == "done"
    assert [one.text for one in thread.messages if one.kind == "customer"] == ["送料はいくらですか", "はい"]
    (asked, tapped) = await house.database.read(queries.attempts, 1)
    assert (asked.state, asked.outcome, tapped.state) == ("answered", "yes", "heard")
    assert [one.automatic for one in thread.messages if one.kind == "auto"] == ["answer", "answer"]
    limits = await house.channel.limits(house.account)
    assert limits.used == 0, "replies are free"
    misaki.tap(action(answer, "いいえ"))
    await house.heard()
    await answerer.look()
    assert (await house.database.read(queries.attempts, 1))[0].outcome == "yes", "one tap once"
    await shelf.add_file(house, house.agent, articles[1], "取消申請書.pdf", "application/pdf", b"%PDF")
    misaki.text("注文をキャンセルしたい")
    await house.heard()
    await answerer.look()
    house.courier.kick()
    await bubble(misaki, "発送の前であれば")
    card = await until(lambda: [one.message for one in misaki.phone if one.message.get("type") == "flex"], 30)
    assert "取消申請書.pdf" in str(card[0]["contents"])
    assert action(card[0], "はい"), "the choices stand under the last bubble"
    assert (await house.channel.limits(house.account)).used == 0, "all of it is one free reply"
