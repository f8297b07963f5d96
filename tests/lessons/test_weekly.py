"""Letters about the FAQ: the report once a week to those who want it, reminders once to whoever owns an article."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from server import agents
from server.agents import DESK, AgentView, Role, preferences
from server.database import Transaction, now
from server.errors import Conflict, Forbidden
from server.faq import actions, queries
from server.lessons import figures, reporting, weekly
from server.lessons.views import ReportChange
from server.privacy import emptying
from server.tickets.alarm import Alarm
from tests.answers.shelf import publish
from tests.desks import TestDesk, until

URL = "https://desk.example"


def hire(tx: Transaction, name: str, role: Role, language: agents.Language = "ja") -> AgentView:
    made = agents.add(tx, DESK, email=f"{name}@desk.example", name=name, role=role)
    tx.run("UPDATE agent SET language = :language WHERE id = :id", language=language, id=made.id)
    return made


def fill(tx: Transaction, article: int, ticket: int | None) -> None:
    """Two weeks of counts, a question without an article, a phrasing that waits."""
    today = queries.today(tx)
    message = tx.value("SELECT min(id) FROM message WHERE ticket_number = :number", number=ticket)
    for back, times in ((2, {"asked": 40, "answered": 12, "right": 8, "wrong": 2, "solved": 6}),
                        (9, {"asked": 20, "answered": 2, "right": 1, "wrong": 1})):  # fmt: skip
        for what, n in times.items():
            day = (today - timedelta(days=back)).isoformat()
            tx.insert("faq_tally", day=day, channel="line", lang="ja", article_id=0, what=what, times=n)
    for place in range(4):
        tx.insert(
            "faq_gap", lang="ja", name=f"駐車場は<{place}>台ですか", named_by=message, answer="", state="open",
            times=9 - place, solved=0, first_at=tx.now, last_at=tx.now, updated_at=tx.now,
        )  # fmt: skip
    tx.insert(
        "proposed_phrasing", article_id=article, lang="ja", text="送料の早見表", letters="送料の早見表",
        message_id=message, ticket_number=ticket, how="chosen", times=1, state="waiting", decided_by="",
        created_at=tx.now,
    )  # fmt: skip


def overdue(tx: Transaction, by: timedelta) -> None:
    """A report was due so long ago."""
    at = (tx.now - by).astimezone(reporting.moment(tx, queries.today(tx), "00:00").tzinfo)
    tx.run(
        "UPDATE lesson_report SET weekday = :weekday, at = :at, done_on = :done",
        weekday=at.weekday(), at=f"{at:%H:%M}", done=(at.date() - timedelta(days=7)).isoformat(),
    )  # fmt: skip


def posted(tx: Transaction) -> list[tuple[str, str, dict[str, Any]]]:
    rows = tx.all("SELECT recipient, subject, body FROM letter WHERE ticket_number IS NULL ORDER BY recipient, id")
    return [(row.recipient.split("@")[0], row.subject, row.body) for row in rows]


def due_on(tx: Transaction, article: int, day: date, owner: int | None = None) -> None:
    content = queries.article(tx, article).content
    actions.edit(tx, DESK, article, content.__class__(words=content.words, owner=owner, review_on=day))
    actions.move(tx, DESK, article, "published")


async def test_a_report_leaves_once_to_those_who_want_it(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    assert await read(weekly.next_due) is None, "nothing leaves while the FAQ is not used"
    article, *_ = await write(publish, DESK)
    assert [one.id for one in await read(reporting.readers)] == [desk.agent.id], "admins, where nobody is a lead"
    _, english, other = [await write(hire, name, "lead") for name in ("mori", "kate", "hara")]
    await write(lambda tx: tx.run("UPDATE agent SET language = 'en' WHERE id = :id", id=english.id))
    agent = await desk.colleague()
    with pytest.raises(Forbidden):
        await write(reporting.write, agent, ReportChange(mine=True))
    kept = await write(reporting.write, other, ReportChange(mine=False))
    assert (kept.mine, kept.readers, kept.weekday, kept.at) == (False, ["kate", "mori"], 0, "09:00")
    assert kept.next_at is not None and now() < kept.next_at < now() + timedelta(days=8)

    await write(overdue, timedelta(hours=1))
    await write(weekly.send_due, URL)
    assert await read(posted) == [], "there is nothing to tell"
    number = (await desk.hear("送料は？")).ticket
    await write(fill, article, number)
    await write(overdue, timedelta(hours=1))
    due = await read(weekly.next_due)
    assert due is not None and due <= now()
    for _ in range(2):  # another process rings too
        await write(weekly.send_due, URL)
    (kate, mori) = await read(posted)
    assert (kate[0], mori[0]) == ("kate", "mori") and mori[1].startswith("FAQの週報 ")
    text, html = mori[2]["text"], mori[2]["html"]
    assert "自動回答: 30.0% (前週 10.0%)" in text and "正しさ（確認済み）: 80.0% (前週 50.0%)" in text
    assert "自動で解決: 15.0% (前週 0.0%)" in text and "お客様からのメッセージ: 40 (前週 20)" in text
    assert "駐車場は<2>台ですか（90日間に7回）→ この記事を書く" in text and "<3>" not in text
    assert f"{URL}/admin/faq-lessons#gap-1" in text and "このほか1件" in text and "1件の言い回し" in text
    assert "駐車場は&lt;0&gt;台ですか" in html and f'href="{URL}/admin/faq-lessons#phrasings"' in html
    assert "Answered by itself: 30.0% (the week before 10.0%)" in kate[2]["text"] and mori[2]["automatic"]
    later = await read(weekly.next_due)
    assert later is not None and later > now() + timedelta(days=6)

    await write(overdue, timedelta(days=3))
    await write(weekly.send_due, URL)
    assert len(await read(posted)) == 2, "what is three days late is let go"
    later = await read(weekly.next_due)
    assert later is not None and later > now()
    await write(weekly.send_now, other, URL)
    assert [one[0] for one in await read(posted)] == ["hara", "kate", "mori"]
    message = await read(lambda tx: tx.value("SELECT named_by FROM faq_gap WHERE id = 1"))
    await write(emptying.messages, [message], "erasure")
    assert all(body["text"] == "" and not name for name, _, body in await read(posted)), "nor do reports keep the words"
    await write(lambda tx: tx.run("UPDATE channel_account SET enabled = :no", no=False))
    with pytest.raises(Conflict):
        await write(weekly.send_now, other, URL)


async def test_another_hour_today_is_kept_and_nothing_is_made_up_for(desk: TestDesk) -> None:
    write = desk.database.write
    await write(publish, DESK)

    async def next_for(shift: timedelta) -> timedelta:
        at = await desk.database.read(
            lambda tx: (tx.now + shift).astimezone(reporting.moment(tx, queries.today(tx), "00:00").tzinfo)
        )
        kept = await write(reporting.write, desk.agent, ReportChange(weekday=at.weekday(), at=f"{at:%H:%M}"))
        assert kept.next_at is not None
        return kept.next_at - now()

    assert await next_for(timedelta(minutes=-3)) > timedelta(days=6)
    assert await next_for(timedelta(minutes=10)) <= timedelta(minutes=10)
    await write(lambda tx: tx.run("UPDATE lesson_report SET sent_on = :day", day=queries.today(tx).isoformat()))
    weekday = (await desk.database.read(queries.today)).weekday()
    kept = await write(reporting.write, desk.agent, ReportChange(weekday=weekday, at="23:59"))
    assert kept.next_at is not None and kept.next_at > now() + timedelta(days=6), "one left today"


async def test_owners_are_reminded_once_in_one_letter_and_leads_where_nobody_owns(desk: TestDesk) -> None:
    write, read = desk.database.write, desk.database.read
    one, two, three = await write(publish, DESK)
    owner, gone = await write(hire, "tani", "agent", "en"), await write(hire, "left", "agent")
    await write(hire, "mori", "lead")
    today = await read(queries.today)
    for article, owned_by in ((one, owner.id), (two, owner.id), (three, gone.id)):
        await write(due_on, article, today, owned_by)
    await write(lambda tx: tx.run("UPDATE agent SET active = :no WHERE id = :id", no=False, id=gone.id))
    await write(weekly.send_due, URL)
    await write(
        lambda tx: tx.run(
            "UPDATE lesson_report SET at = '00:00', reminded_on = '', done_on = :day", day=today.isoformat()
        )
    )
    alarm = Alarm(desk.database, weekly.next_due, lambda tx: weekly.send_due(tx, URL))
    ringing = asyncio.create_task(alarm.run())

    async def told() -> list[tuple[str, str, dict[str, Any]]]:
        found = await read(posted)
        return found if len(found) == 2 else []

    mori, tani = await until(told, 30)
    ringing.cancel()
    assert (mori[0], tani[0], tani[1]) == ("mori", "tani", "Look at 2 articles again")
    assert (
        mori[1].startswith("記事の見直しをお願いします: パスワード") and f"{URL}/admin/faq/{three}" in mori[2]["text"]
    )
    assert all(f"{URL}/admin/faq/{each}" in tani[2]["html"] for each in (one, two))
    assert tani[2]["text"].endswith(f"To get such mails no longer\n{URL}/account#mails\n")
    await write(lambda tx: tx.run("UPDATE lesson_report SET reminded_on = ''"))
    await write(weekly.send_due, URL)
    assert len(await read(posted)) == 2, "each day of an article is told once"

    await write(due_on, one, today - timedelta(days=1), owner.id)
    due = await read(weekly.next_due)
    assert due is not None and due <= now()
    await write(weekly.send_due, URL)
    assert [each[1] for each in await read(posted)][-1] == "Look at this article again: 送料はいくらですか"
    await write(due_on, two, today - timedelta(days=1), owner.id)
    later = await read(weekly.next_due)
    assert later is not None and later > now(), "the next letter waits for the next day"
    assert [each.article for each in await read(figures.due)] == [one, two, three]

    before = [each[0] for each in await read(posted)]
    await write(preferences.mails, owner, review_mails=False)
    await write(due_on, three, today - timedelta(days=1))
    await write(lambda tx: tx.run("UPDATE lesson_report SET reminded_on = ''"))
    await write(weekly.send_due, URL)
    assert [each[0] for each in await read(posted)] == sorted([*before, "mori"]), "who declined gets none"
    assert [each.article for each in await read(figures.due)] == [one, two, three], "it stays on the page"
