"""Reminders: an article's owner hears once that the day to look at it again has come; leads where nobody owns it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from channels.wording import say
from server import accounts, agents
from server.agents import AgentView, preferences
from server.database import Transaction
from server.faq import queries as articles
from server.lessons import letters, reporting
from server.lessons.letters import Line, Section, Words
from server.lessons.views import Due

MOST = 500
"""Of so many articles somebody is told in one round; the others wait for the next day."""
UNTOLD = (
    "a.review_on <= :day AND a.state <> 'archived' AND NOT EXISTS"
    " (SELECT 1 FROM article_reminder r WHERE r.article_id = a.id AND r.review_on = a.review_on)"
)


def any_day(tx: Transaction) -> bool:
    """Whether an article has such a day."""
    return tx.value("SELECT 1 FROM article WHERE review_on IS NOT NULL AND state <> 'archived' LIMIT 1") is not None


def next_at(tx: Transaction, row: Any) -> datetime | None:
    """When somebody is to be told next, once a day at the report's hour; None when no day has come."""
    today = articles.today(tx)
    if tx.value(f"SELECT 1 FROM article a WHERE {UNTOLD} LIMIT 1", day=today.isoformat()) is None:
        return None
    done = row.reminded_on == today.isoformat()
    return reporting.moment(tx, today + timedelta(days=1) if done else today, row.at)


def remind(tx: Transaction, public_url: str) -> None:
    """Tell each owner of the articles whose day has come, in one letter. Where no account can send, nobody was told.
    Who wants no such mails gets none, and nobody in their place: the article stays marked, and in the weekly report."""
    today = articles.today(tx)
    tx.run("UPDATE lesson_report SET reminded_on = :day", day=today.isoformat())
    if accounts.sender_for(tx, "email") is None:
        return
    everybody = {one.id: one for one in agents.all_agents(tx, active_only=True)}
    rows = tx.all(
        f"SELECT a.id, a.title, a.review_on, a.content FROM article a WHERE {UNTOLD} ORDER BY a.review_on, a.id"
        " LIMIT :most",
        day=today.isoformat(), most=MOST,
    )  # fmt: skip
    told: dict[int, list[Due]] = defaultdict(list)
    for row in rows:
        due = Due(article=row.id, title=row.title, review_on=row.review_on)
        owner = row.content.get("owner")
        for one in [owner] if owner in everybody else _fallback(list(everybody.values())):
            told[one].append(due)
        tx.run(
            "INSERT INTO article_reminder (article_id, review_on) VALUES (:article, :day)"
            " ON CONFLICT (article_id) DO UPDATE SET review_on = excluded.review_on",
            article=row.id, day=row.review_on,
        )  # fmt: skip
    for id, listed in told.items():
        if preferences.read(tx, everybody[id]).review_mails:
            letters.post(tx, everybody[id], _words(listed, everybody[id], public_url))


def _fallback(everybody: list[AgentView]) -> list[int]:
    leads = [one.id for one in everybody if one.role == "lead"]
    return leads or [one.id for one in everybody if one.role == "admin"]


def _words(listed: list[Due], to: AgentView, public_url: str) -> Words:
    language = to.language
    first = listed[0].title
    subject = (
        say(language, "Look at this article again: {title}", title=first)
        if len(listed) == 1
        else say(language, "Look at {n} articles again", n=len(listed))
    )
    lines = [Line(f"{one.title} ({one.review_on})", f"{public_url}/admin/faq/{one.article}") for one in listed]
    return Words(
        subject=subject,
        opening=say(
            language,
            "The day has come to look at these articles again. Are they still true? Then give them a new day.",
        ),
        sections=[Section(say(language, "To be looked at again"), lines=lines)],
        closing=[
            Line(say(language, "All articles to be looked at again"), f"{public_url}/admin/faq-results#due"),
            Line(say(language, "To get such mails no longer"), f"{public_url}/account#mails"),
        ],
    )
