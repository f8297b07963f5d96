"""Questions that no article answers: grouped with stable names, dismissed, written; agents' answers make drafts."""

from __future__ import annotations

import asyncio

import pytest

from server.agents import DESK
from server.database import Transaction
from server.errors import Conflict, Forbidden
from server.faq import queries
from server.faq.live import Faq
from server.lessons import counting, gaps
from server.lessons.learner import Learner
from server.lessons.views import GapView
from server.privacy import emptying
from tests.answers.shelf import publish
from tests.desks import TestDesk, until
from tests.faq.test_articles import ENCODER

PARKING = ["店舗の駐車場はありますか", "お店に駐車スペースはありますか", "車で行きたいのですが駐車できますか"]
MOVING = [
    "予約日を変更したいです",
    "予約の日にちを変えたいのですが",
    "予約の変更はできますか",
    "予約時間の変更方法を教えてください",
]
REPLY = "{name} 様\n\nお世話になっております。\n{answer}\n\nよろしくお願いいたします。\n--\n窓口商店 鈴木"
PARKED = ["店舗の裏に3台分の駐車場がございます。", "お店の裏手に駐車場が3台分ございます。"]


async def grouped(desk: TestDesk, learner: Learner) -> list[GapView]:
    await desk.database.write(gaps.ask, desk.agent)
    assert await desk.database.read(gaps.under_way)
    assert await learner.group()
    assert not await desk.database.read(gaps.under_way)
    assert not await learner.group()
    return await desk.database.read(gaps.listed)


async def test_questions_are_grouped_dismissed_and_written(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    await write(publish, DESK)
    learner = Learner(desk.database, Faq(desk.database, ENCODER))
    for place, text in enumerate([*PARKING, *MOVING, "送料はいくらですか", "いつもありがとうございます。"]):
        heard = await desk.hear(f"磯野{place}です。{text}", sender=f"c{place}@customer.example", name=f"磯野{place}")
        if text in PARKING[:2]:
            reply = REPLY.format(name=f"磯野{place}", answer=PARKED[place])
            await desk.reply(heard.ticket, reply, status="done")
    moving, parking = await grouped(desk, learner)
    assert (moving.times, moving.solved, moving.answer, moving.lang) == (4, 0, "", "ja")
    assert {each.text for each in moving.examples} == set(MOVING)
    assert (parking.times, parking.solved) == (3, 2)
    assert parking.answer in PARKED
    assert [each.answered for each in parking.examples] == [True, True, False]

    await write(gaps.dismiss, desk.agent, moving.id)
    for place in range(3):
        await desk.hear("予約を別の日に変更できますか", sender=f"d{place}@customer.example")
    (again,) = await grouped(desk, learner)
    assert (again.id, again.name) == (parking.id, parking.name)
    (away,) = await read(gaps.listed, "dismissed")
    assert (away.id, away.name, away.times) == (moving.id, moving.name, 7)

    agent = await desk.colleague()
    article = await write(gaps.write, desk.agent, parking.id)
    assert (article.state, article.live_version) == ("draft", None)
    words = article.content.words["ja"]
    assert words.question == parking.name
    assert {words.question, *words.phrasings} == set(PARKING)
    assert words.full == parking.answer
    assert len(await read(queries.live)) == 3
    with pytest.raises(Conflict):
        await write(gaps.write, desk.agent, parking.id)
    with pytest.raises(Forbidden):
        await write(gaps.write, agent, away.id)
    assert await grouped(desk, learner) == []


async def test_whoever_asks_for_groups_is_shown_that_they_are_made_until_they_are_there(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    await write(publish, DESK)
    for place, text in enumerate(PARKING):
        await desk.hear(text, sender=f"c{place}@customer.example")
    learner = Learner(desk.database, Faq(desk.database, ENCODER), gather=3600)
    running = asyncio.create_task(learner.run())
    await until(lambda: read(counting.in_use), 30)
    await write(gaps.ask, desk.agent)
    learner.changed()

    async def there() -> bool:
        """Of one moment: nobody waits any more, or the groups are not there yet."""
        waits, found = await read(lambda tx: (gaps.under_way(tx), gaps.listed(tx)))
        assert waits or found
        return bool(found) and not waits

    await until(there, 60)
    await write(gaps.ask, desk.agent)
    learner.changed()
    await until(lambda: _waits_no_more(desk), 60)
    running.cancel()
    await asyncio.wait([running])


async def _waits_no_more(desk: TestDesk) -> bool:
    return not await desk.database.read(gaps.under_way)


async def test_what_was_erased_is_in_no_group(desk: TestDesk) -> None:
    read = desk.database.read
    learner = Learner(desk.database, Faq(desk.database, ENCODER))
    for place, text in enumerate(PARKING):
        heard = await desk.hear(text, sender=f"c{place}@customer.example")
        await desk.reply(heard.ticket, PARKED[place % 2], status="done")
    (gap,) = await grouped(desk, learner)  # without a single article
    named = await read(lambda tx: tx.value("SELECT named_by FROM faq_gap"))
    await desk.database.write(_erase, [named])
    (left,) = await read(gaps.listed)
    assert left.id == gap.id
    assert gap.name not in {left.name, *(each.text for each in left.examples)}
    await desk.database.write(_erase, [each.message for each in left.examples])
    assert await read(gaps.listed) == []
    assert await read(lambda tx: tx.all("SELECT * FROM faq_gap")) == []


def _erase(tx: Transaction, messages: list[int]) -> None:
    emptying.messages(tx, messages, "erasure")
