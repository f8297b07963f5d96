"""The weekly report to those who look after the FAQ: how it did, what is missing, what waits. And when reminders leave.

A report is written in the very unit that says that its day is done, so that a process that dies neither loses nor
doubles it. What could not leave for two days is let go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from channels.wording import say
from server import accounts
from server.accounts import desk_settings
from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Conflict
from server.faq import queries as articles
from server.lessons import figures, letters, phrasings, reminding, reporting
from server.lessons.letters import Figure, Line, Section, Words
from server.lessons.views import Counts, Failing, GapLine, Report

LATE = timedelta(days=2)
MOST_GAPS = 3
MOST_LISTED = 5
FAILED_FOR = timedelta(weeks=4)


def next_due(tx: Transaction) -> datetime | None:
    """When a report or a reminder is due; None while the FAQ is not used."""
    row = tx.first("SELECT * FROM lesson_report")
    reports = articles.any_live(tx)
    if row is None:
        return tx.now if reports or reminding.any_day(tx) else None
    found = [reporting.next_at(tx, row)] if reports else []
    if (at := reminding.next_at(tx, row)) is not None:
        found.append(at)
    return min(found, default=None)


def send_due(tx: Transaction, public_url: str) -> None:
    """Send what is due."""
    reporting.begin(tx)
    row = reporting.locked(tx)
    if (at := reminding.next_at(tx, row)) is not None and at <= tx.now:
        reminding.remind(tx, public_url)
    day = reporting.scheduled(tx, row)
    if day is None or not articles.any_live(tx):
        return
    sent = tx.now - reporting.moment(tx, day, row.at) <= LATE and _send(tx, reporting.readers(tx), day, public_url)
    tx.run(
        "UPDATE lesson_report SET done_on = :day, sent_on = CASE WHEN :sent THEN :today ELSE sent_on END",
        day=day.isoformat(), sent=sent, today=articles.today(tx).isoformat(),
    )  # fmt: skip


def send_now(tx: Transaction, agent: AgentView, public_url: str) -> None:
    """Send whoever asks the report of the last seven days, whether they get it each week or not. Raises `Conflict`."""
    require(agent, "lead")
    if accounts.sender_for(tx, "email") is None:
        raise Conflict("No account can send mail.")
    if not _send(tx, [agent], articles.today(tx), public_url):
        raise Conflict("There is nothing to tell of this week.")


def report(tx: Transaction, day: date | None = None) -> Report:
    """Of the seven whole days before a day; today when none is said."""
    until = (day or articles.today(tx)) - timedelta(days=1)
    since = until - timedelta(days=6)
    rows = tx.all(
        "SELECT id, lang, name, times FROM faq_gap WHERE state = 'open' ORDER BY times DESC, id LIMIT :most",
        most=MOST_GAPS,
    )
    return Report(
        since=since,
        until=until,
        now=figures.between(tx, since, until),
        before=figures.between(tx, since - timedelta(days=7), since - timedelta(days=1)),
        gaps=[GapLine(id=row.id, lang=row.lang, name=row.name, times=row.times) for row in rows],
        open=tx.value("SELECT count(*) FROM faq_gap WHERE state = 'open'"),
        waiting=phrasings.count(tx),
        failing=figures.failing(tx, until - FAILED_FOR),
        due=figures.due(tx),
    )


def nothing(found: Report) -> bool:
    """Whether there is nothing to tell."""
    return not (found.now.asked or found.now.answered or found.open or found.waiting or found.failing or found.due)


def words(found: Report, language: str, shop: str, public_url: str) -> Words:
    """What the report says, in a reader's language."""
    improve, results = f"{public_url}/admin/faq-lessons", f"{public_url}/admin/faq-results"
    days = say(language, "{since} to {until}", since=_day(found.since, language), until=_day(found.until, language))
    sections = [Section(say(language, "How it did"), figures=_figures(found, language), heads=_heads(language))]
    if found.gaps:
        lines = [Line(_gap(language, one), f"{improve}#gap-{one.id}") for one in found.gaps]
        more = found.open - len(found.gaps)
        sections.append(
            Section(
                say(language, "Questions without an article: write these first"),
                lines=lines,
                more=say(language, "More on the page: {n}.", n=more) if more else "",
            )
        )
    if found.waiting:
        line = Line(say(language, "Phrasings that wait for a review: {n}", n=found.waiting), f"{improve}#phrasings")
        sections.append(Section(say(language, "Proposed phrasings"), lines=[line]))
    if found.failing:
        lines = [
            Line(_failing(language, one), f"{public_url}/admin/faq/{one.article}")
            for one in found.failing[:MOST_LISTED]
        ]
        title = say(language, "Articles whose answers fail")
        sections.append(Section(title, lines=lines, more=_more(language, found.failing)))
    if found.due:
        lines = [
            Line(f"{one.title} ({one.review_on})", f"{public_url}/admin/faq/{one.article}")
            for one in found.due[:MOST_LISTED]
        ]
        sections.append(Section(say(language, "To be looked at again"), lines=lines, more=_more(language, found.due)))
    return Words(
        subject=say(language, "FAQ report {days}: {shop}", days=days, shop=shop) if shop else _subject(language, days),
        opening=say(language, "This is how the FAQ did from {days}, and what would make it better.", days=days),
        sections=sections,
        closing=[
            Line(say(language, "All figures"), results),
            Line(say(language, "When this letter comes, and whether it does"), f"{public_url}/admin/faq-report"),
        ],
    )


def _send(tx: Transaction, to: Sequence[AgentView], day: date, public_url: str) -> bool:
    found = report(tx, day)
    if nothing(found):
        return False
    desk = desk_settings.read(tx)
    asked = [tx.value("SELECT named_by FROM faq_gap WHERE id = :id", id=gap.id) for gap in found.gaps]
    sent = False
    for one in to:
        letter = letters.post(tx, one, words(found, one.language, desk.shop(one.language), public_url))
        if letter is not None:
            sent = True
            tx.many(
                "INSERT INTO lesson_letter (letter_id, message_id) VALUES (:letter, :message)",
                [{"letter": letter, "message": message} for message in sorted(set(asked))],
            )
    return sent


def _subject(language: str, days: str) -> str:
    return say(language, "FAQ report {days}", days=days)


def _heads(language: str) -> tuple[str, str]:
    return say(language, "this week"), say(language, "the week before")


def _figures(found: Report, language: str) -> list[Figure]:
    def share(name: str, part: float | None, before: float | None) -> Figure:
        return Figure(say(language, name), _percent(part), _percent(before))

    def whole(counts: Counts) -> str:
        return f"{counts.asked:,}"

    return [
        Figure(say(language, "Messages of customers"), whole(found.now), whole(found.before)),
        share("Answered by itself", found.now.coverage, found.before.coverage),
        share("Right, as confirmed", found.now.precision, found.before.precision),
        share("Solved without a person", found.now.alone, found.before.alone),
    ]


def _percent(part: float | None) -> str:
    return "–" if part is None else f"{part:.1%}"


def _gap(language: str, one: GapLine) -> str:
    return say(language, "{name} (asked {n} times in 90 days) → write this article", name=one.name, n=one.times)


def _failing(language: str, one: Failing) -> str:
    return say(language, "{title} (wrong {bad} times, good {good})", title=one.title, bad=one.bad, good=one.good)


def _more(language: str, listed: Sequence[object]) -> str:
    left = len(listed) - MOST_LISTED
    return say(language, "More on the page: {n}.", n=left) if left > 0 else ""


def _day(day: date, language: str) -> str:
    return f"{day.month}月{day.day}日" if language == "ja" else f"{day.day} {day:%b}"
