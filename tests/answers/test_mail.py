"""Automatic answers by mail: a letter whose buttons no scanner presses, and everything that is left to people."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from yarl import URL

from server import accounts, tickets
from server.accounts import AccountDraft
from server.agents import AgentView
from server.agents import queries as agents
from server.answers import queries, settings
from server.answers.answerer import Answerer
from server.answers.case import Ways
from server.answers.opening import Hours, Openings
from server.answers.settings import SettingsChange
from server.answers.speaking import Drawing, networks_of
from server.database import Engine
from server.faq import actions
from server.faq import queries as articles
from server.faq.encoders import UniversalEncoder
from server.faq.live import Faq, Question
from server.faq.views import Content, Match, Words
from tests.answers import shelf
from tests.web.house import House, open_house

ENCODER = UniversalEncoder()
"""Loaded once for all of these tests."""
HREF = re.compile(r"https?://\S+?(/choices/[\w.=-]+)")


@pytest.fixture
async def house(engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """A desk with a mailbox that answers by itself, whose loops are turned by hand."""
    async with open_house(engine, tmp_path) as opened:
        await ready(opened)
        yield opened


@pytest.fixture
async def small_house(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """On SQLite, for what has nothing to do with the database."""
    async with open_house(sqlite_engine, tmp_path) as opened:
        await ready(opened)
        yield opened


async def ready(house: House) -> None:
    account = await house.mailbox(acknowledge=True)
    agent = await house.hire("Mari", "admin")
    await house.parts.database.write(shelf.publish, agent)
    await house.parts.database.write(shelf.switch_on, agent, account)


async def mari(house: House) -> AgentView:
    found = await house.parts.database.read(agents.by_email, "mari@shop.example")
    assert found is not None
    return found


def an_answerer(house: House) -> Answerer:
    """The loop of one process, which is turned by hand."""
    parts = house.parts
    ways = Ways(Drawing(networks_of(parts.channels), parts.choice_links, parts.file_links), parts.desk.presence.types)
    return Answerer(parts.database, Faq(parts.database, ENCODER), ways)


async def letters(house: House, number: int) -> list[dict[str, Any]]:
    """What left to the customer by itself, oldest first."""
    rows = await house.parts.database.read(
        lambda tx: tx.all(
            "SELECT l.body, m.automatic FROM letter l JOIN message m ON m.id = l.message_id"
            " WHERE l.ticket_number = :number ORDER BY l.id",
            number=number,
        )
    )
    return [{"why": row.automatic, **row.body} for row in rows]


async def reasons(house: House, number: int) -> list[str]:
    await an_answerer(house).look()
    found = await house.parts.database.read(queries.attempts, number)
    return [one.reason or one.state for one in found]


async def test_asked_answered_and_solved_by_a_button_that_a_scanner_does_not_press(house: House) -> None:
    number = await house.ticket(text="お世話になっております。\n送料はいくらですか。\n\n-- \n花子", subject="送料")
    assert [one["why"] for one in await letters(house, number)] == []
    assert await reasons(house, number) == ["answered"]
    assert await reasons(house, number) == ["answered"]
    (letter,) = await letters(house, number)
    assert (letter["why"], letter["automatic"], letter["subject"]) == ("answer", True, "Re: 送料")
    assert "自動でご案内いたします" in letter["text"]
    assert "5,000円以上" in letter["text"]
    assert "<strong>5,000円以上</strong>" in letter["html"]
    yes, no, person = HREF.findall(letter["text"])
    assert HREF.findall(letter["html"]) == [yes, no, person]
    async with aiohttp.ClientSession(house.base) as http:
        for path in (yes, no, person):
            async with http.get(path) as page:
                assert page.status == 200
                assert "送信する" in await page.text()
        assert await reasons(house, number) == ["answered"]
        other = re.sub(r"\d+", lambda found: str(int(found[0]) + 1), yes, count=1)
        for wrong in (yes[:-1], other, "/choices/x", "/choices/9.9.99999999999.aa"):
            async with http.post(wrong) as page:
                assert page.status == 404 and "メールへのご返信" in await page.text(), wrong
        for _ in range(2):
            async with http.post(yes) as page:
                assert "ご回答を承りました" in await page.text()
        async with http.post(no) as page:
            assert "その後のやりとりがございます" in await page.text()
    assert await reasons(house, number) == ["answered", "heard"]
    thread = await house.parts.database.read(tickets.thread, await mari(house), number)
    assert thread.ticket.status == "done"
    assert [one.text for one in thread.messages if one.kind == "customer"][1:] == ["はい"]
    assert len(await letters(house, number)) == 1


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_two_processes_answer_once_and_a_failure_is_left_to_people(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [await house.ticket(text="送料はいくらですか", sender=f"c{place}@mail.example") for place in range(4)]
    await asyncio.gather(*(an_answerer(house).look() for _ in range(3)))
    assert [[one["why"] for one in await letters(house, number)] for number in numbers] == [["answer"]] * 4

    match_all = Faq.match_all

    async def broken(faq: Faq, asked: Sequence[Question], **how: bool) -> list[Match]:
        if any("難文" in one.text for one in asked):
            raise RuntimeError("the matcher is broken")
        return await match_all(faq, asked, **how)

    monkeypatch.setattr(Faq, "match_all", broken)
    beside = await house.ticket(text="送料はいくらですか", sender="c9@mail.example")
    number = await house.ticket(text="難文で送料を問う")
    assert await reasons(house, number) == ["error"]
    assert await reasons(house, beside) == ["answered"]
    assert [one["why"] for one in await letters(house, number)] == ["acknowledgement"]


LEFT = [
    ("送料はいくらですか。担当者と話したいです。", "asks_person"),
    ("送料はいくらですか。いい加減にしてください。", "angry"),
    ("SHIPPING COSTS ARE WHAT EXACTLY PLEASE TELL ME", "angry"),
    ("送料が二重に請求されました。弁護士に相談します。", "sensitive"),
    ("送料はいくらですか" + "あ" * 25_000, "too_long"),
    ("<script>alert(1)</script> '; DROP TABLE attempt; --", "none"),
    ("🙏🙏🙏 \u202e\u0000\ufeff %s {0} {{7*7}}", "none"),
    ("お世話になっております。", "none"),
    (
        "注文のキャンセルについて「発送の前であれば、マイページの注文履歴から取り消せます。」とありましたが、ボタンが出ません。",
        "quotes",
    ),
]


async def test_small_files_go_along_large_ones_as_links_that_nobody_can_guess(small_house: House) -> None:
    house = small_house
    agent, parts = await mari(house), house.parts
    article = int(await parts.database.read(lambda tx: tx.value("SELECT min(id) FROM article")))
    large = b"%PDF " + bytes(1_200_000)
    await shelf.add_file(parts, agent, article, "送料表.png", "image/png", b"\x89PNG small")
    await shelf.add_file(parts, agent, article, "料金 一覧.pdf", "application/pdf", large)
    content = (await parts.database.read(articles.article, article)).content
    words = msgspec.structs.replace(
        content.words["ja"], full="表のとおりです。\n\n![送料の表](送料表.png) ![](none.png)"
    )
    await parts.database.write(actions.edit, agent, article, msgspec.structs.replace(content, words={"ja": words}))
    await parts.database.write(actions.move, agent, article, "published")
    number = await house.ticket(text="送料はいくらですか")
    assert await reasons(house, number) == ["answered"]
    (letter,) = await letters(house, number)
    assert [one["filename"] for one in letter["attachments"]] == ["送料表.png"]
    (link,) = re.findall(r"料金 一覧.pdf \(1.2 MB\)\nhttps?://[^/]+(/article-files/\S+)", letter["text"])
    pictures = re.findall(r'<img src="https?://[^/"]+(/article-files/[^"]+)"', letter["html"])
    assert f'{link}">料金 一覧.pdf</a>' in letter["html"] and len(pictures) == 1 and "none.png" not in letter["html"]
    async with aiohttp.ClientSession(house.base) as http:
        async with http.get(URL(str(house.base) + link, encoded=True)) as got:
            assert (got.status, await got.read()) == (200, large)
            assert got.headers["Content-Disposition"].startswith("attachment")
        async with http.get(URL(str(house.base) + pictures[0], encoded=True)) as got:
            assert (got.status, got.content_type) == (200, "image/png")
        other = re.sub(r"/(\d+)\.", lambda found: f"/{int(found[1]) - 1}.", link)
        for wrong in (other, link.replace(".", ".x", 1), "/article-files/x/y"):
            async with http.get(URL(str(house.base) + wrong, encoded=True)) as got:
                assert got.status == 404, wrong


async def test_a_shop_answers_with_its_own_article(small_house: House) -> None:
    house = small_house
    agent, write = await mari(house), house.parts.database.write
    await write(lambda tx: tx.run("UPDATE channel_account SET shop = '器'"))
    other = AccountDraft(kind="phone", name="Tea", address="03-0000-0000", shop="茶")
    await write(accounts.add, agent, other, channels=house.parts.channels, keys=house.parts.keys)
    asked = ["ギフト包装はできますか", "プレゼント用に包んでほしい", "ラッピングの料金は？"]
    for shop in ("茶", "器"):
        words = Words(question=asked[0], phrasings=asked[1:], full=f"{shop}の包装は無料です。")
        made = await write(actions.add, agent, Content(words={"ja": words}, shops=[shop]))
        await write(actions.move, agent, made.id, "published")
    number = await house.ticket(text="ギフト包装はできますか")
    assert await reasons(house, number) == ["answered"]
    assert "器の包装は無料です。" in (await letters(house, number))[0]["text"]


async def test_what_is_left_to_people_and_why(small_house: House) -> None:
    house = small_house
    for text, reason in LEFT:
        number = await house.ticket(text=text, sender=f"{abs(hash(text))}@mail.example")
        found = await reasons(house, number)
        assert found in ([reason], ["unsure"] if reason in ("quotes", "none") else [reason]), (text[:40], found)
        assert [one["why"] for one in await letters(house, number)] == ["acknowledgement"], text[:40]
    bulky = await house.ticket(text="送料はいくらですか\n" + "よろしくお願いいたします。\n" * 4000)
    assert await reasons(house, bulky) == ["too_long"]
    unread = await house.ticket(text="送料はいくらですか", sender="no-reply@shop.example")
    assert await reasons(house, unread) == ["nobody"]


async def test_a_colleague_who_has_it_is_not_spoken_over(small_house: House) -> None:
    house = small_house
    write, agent = house.parts.database.write, await mari(house)
    number = await house.ticket(text="送料はいくらですか")
    await write(tickets.save_draft, agent, number, "reply", {"text": "お世話になって"})
    assert await reasons(house, number) == ["draft"]
    typing = await house.ticket(text="送料はいくらですか")
    house.parts.desk.presence.agents_type(typing, True)
    assert await reasons(house, typing) == ["typing"]
    noted = await house.ticket(text="送料はいくらですか")
    await write(tickets.note, agent, noted, "確認中")
    assert await reasons(house, noted) == ["person"]
    taken = await house.ticket(text="送料はいくらですか")
    await write(tickets.edit, agent, taken, tickets.TicketEdit(assignee=agent.id))
    assert await reasons(house, taken) == ["assigned"]


async def test_policies_hours_and_the_answer_that_takes_the_place_of_the_acknowledgement(small_house: House) -> None:
    house = small_house
    agent, database = await mari(house), house.parts.database
    closed = Openings(desk=Hours(weekly=[""] * 7))
    await database.write(settings.write, agent, SettingsChange(opening=closed, expected={"email": 90}))
    away = await house.ticket(text="別の話です")
    assert await reasons(house, away) in (["none"], ["unsure"])
    (letter,) = await letters(house, away)
    assert letter["why"] == "away"
    assert "営業時間外" in letter["text"]
    account = int((await database.read(settings.read)).accounts.popitem()[0])
    await database.write(shelf.switch_on, agent, account, when="open")
    number = await house.ticket(text="送料はいくらですか")
    assert await reasons(house, number) == ["hours"]
    (attempt,) = await database.read(queries.attempts, number)
    assert attempt.confidence > 0.9, "also what was not said tells how sure it was"
    await database.write(settings.write, agent, SettingsChange(opening=Openings()))
    opened = await house.ticket(text="別の話です")
    await reasons(house, opened)
    (letter,) = await letters(house, opened)
    assert "ごろまでにご返信できる見込み" in letter["text"]
    assert "{" not in letter["text"]


async def test_an_account_whose_answers_do_not_help_is_switched_off_and_its_admins_are_told(
    small_house: House,
) -> None:
    house = small_house
    for place in range(20):
        number = await house.ticket(text="送料はいくらですか", sender=f"c{place}@mail.example")
        assert await reasons(house, number) == ["answered"]
        (letter,) = await letters(house, number)
        link = HREF.findall(letter["text"])[0 if place < 12 else 1]
        async with aiohttp.ClientSession(house.base) as http, http.post(link) as page:
            assert page.status == 200
        await an_answerer(house).look()
    decided = await house.parts.database.read(settings.read)
    (policy,) = decided.accounts.values()
    assert (policy.on, policy.stopped_because) == (False, "0.46")
    told = await house.parts.database.read(lambda tx: tx.all("SELECT * FROM letter WHERE ticket_number IS NULL"))
    assert ["自動回答を停止しました" in one.subject or "switched off" in one.subject for one in told] == [True]
    number = await house.ticket(text="送料はいくらですか")
    assert [one["why"] for one in await letters(house, number)] == ["acknowledgement"]
