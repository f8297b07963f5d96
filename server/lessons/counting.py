"""Counting what became of messages, from the change feed: each event once, and a day anew when something of it moved.

A day is counted from the suggestions and attempts of that day alone; pages add up days. That somebody asked is counted
as it happens, once for each place in the feed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from server import language
from server.accounts import desk_settings
from server.answers.thanks import only_thanks
from server.database import Transaction
from server.faq import queries as articles
from server.lessons import phrasings
from server.lessons.phrasings import Proposal
from server.tickets.rows import several

KINDS = (
    "suggestions.made",
    "answer.made",
    "desk.changed",
    "message.received",
    "message.written",
    "ticket.changed",
)
"""Changes that something is counted of."""
SOON = timedelta(days=3)
"""Who comes back within this time was not helped."""
KEPT_FOR = timedelta(days=730)

Tally = tuple[str, str, str, int, str]
"""Day, channel, language, article (0: none), what."""


class Returned(NamedTuple):
    """A ticket whose customer came back: when, and when it had been done."""

    ticket: int
    done_at: datetime
    at: datetime


class Happened(NamedTuple):
    """What happened in a stretch of the feed: what was asked, and what is to be looked at because of it."""

    asked: Counter[Tally]
    messages: frozenset[int]
    """Of which something became."""
    confirmed: frozenset[tuple[int, int, str]]
    """Message, article, and how it was confirmed."""
    replies: tuple[int, ...]
    """What agents wrote."""
    returned: tuple[Returned, ...]
    denied: frozenset[tuple[int, int]] = frozenset()
    """Message and article that its customer chose and was not helped by."""


def in_use(tx: Transaction) -> bool | None:
    """Whether there is anything to count: an article is live. None: it is, and counting has not begun."""
    if not articles.any_live(tx):
        return False
    return True if tx.value("SELECT 1 FROM lesson_desk") is not None else None


def begin(tx: Transaction) -> None:
    """Count from when the first article was written."""
    first = tx.first("SELECT created_at FROM article ORDER BY created_at LIMIT 1")
    seen = tx.value("SELECT min(seq) FROM change WHERE at >= :at", at=first.created_at if first is not None else tx.now)
    tx.run(
        "INSERT INTO lesson_desk (id, seen, grouped_upto, settings, outlook, outlook_of)"
        " VALUES (1, :seen, 0, '{}', '[]', '') ON CONFLICT DO NOTHING",
        seen=max((seen or 1) - 1, 0),
    )


def look(tx: Transaction, changes: Sequence[Any]) -> Happened:
    """What happened by some changes."""
    messages: set[int] = set()
    confirmed: set[tuple[int, int, str]] = set()
    denied: set[tuple[int, int]] = set()
    for row in changes:
        if row.kind == "suggestions.made":
            messages.add(int(row.data["message"]))
        elif row.kind == "answer.made":
            message = int(row.data["message"])
            messages.add(message)
            if row.data.get("outcome") == "yes":
                confirmed |= _said_yes(tx, message)
            elif row.data.get("outcome") in ("no", "person"):
                denied |= _chose(tx, message)
            elif row.data["state"] == "answered":
                confirmed |= {(asked, article, "chosen") for asked, article in _chose(tx, message)}
        elif row.kind == "desk.changed" and row.data.get("what") == "suggestion" and row.data.get("id"):
            said = tx.first("SELECT * FROM suggestion WHERE id = :id", id=row.data["id"])
            if said is not None:
                messages.add(said.message_id)
                if said.outcome in ("used", "edited"):
                    confirmed.add((said.message_id, said.article_id, said.outcome))
    return Happened(
        asked=_asked(tx, [int(row.data["message"]) for row in changes if row.kind == "message.received"]),
        messages=frozenset(messages),
        confirmed=frozenset(one for one in confirmed if one[2] != "chosen" or one[:2] not in denied),
        denied=frozenset(denied),
        replies=tuple(
            int(row.data["message"])
            for row in changes
            if row.kind == "message.written" and row.by_whom.startswith("agent:")
        ),
        returned=tuple(found for row in changes if (found := _returned(tx, row)) is not None),
    )


def mark(tx: Transaction, returned: Iterable[Returned]) -> set[int]:
    """Note on what was said before them that customers came back; the messages concerned."""
    touched: set[int] = set()
    for one in returned:
        phrasings.withdraw(tx, one.ticket)
        for table, helped in (("suggestion", "outcome IN ('used', 'edited')"), ("attempt", "outcome = 'yes'")):
            where = f"ticket_number = :ticket AND {helped} AND created_at <= :done"
            rows = tx.all(f"SELECT message_id FROM {table} WHERE {where}", ticket=one.ticket, done=one.done_at)
            touched.update(row.message_id for row in rows)
            tx.run(
                f"UPDATE {table} SET reopened_at = :at WHERE {where} AND reopened_at IS NULL",
                ticket=one.ticket, done=one.done_at, at=one.at,
            )  # fmt: skip
    return touched


def tallies(tx: Transaction, messages: Iterable[int]) -> tuple[frozenset[str], Counter[Tally]]:
    """The days of which some messages are, and what became of all that was asked on them."""
    zone = desk_settings.read(tx).zone
    ids = several(messages)
    rows = tx.all(
        f"SELECT created_at FROM suggestion WHERE message_id IN ({ids}) UNION"
        f" SELECT created_at FROM attempt WHERE message_id IN ({ids})"
    )
    days = frozenset(_day(row.created_at, zone) for row in rows)
    counted: Counter[Tally] = Counter()
    for day in sorted(days):
        _suggestions(tx, day, zone, counted)
        _attempts(tx, day, zone, counted)
    return days, counted


def keep(
    tx: Transaction, happened: Happened, days: frozenset[str], counted: Counter[Tally], proposals: list[Proposal]
) -> None:
    """Write down what happened. Not to be done twice."""
    for day in days:
        tx.run("DELETE FROM faq_tally WHERE day = :day AND what <> 'asked'", day=day)
    for (day, channel, lang, article, what), times in (happened.asked + counted).items():
        tx.run(
            "INSERT INTO faq_tally (day, channel, lang, article_id, what, times)"
            " VALUES (:day, :channel, :lang, :article, :what, :times)"
            " ON CONFLICT (day, channel, lang, article_id, what)"
            " DO UPDATE SET times = faq_tally.times + excluded.times",
            day=day, channel=channel, lang=lang, article=article, what=what, times=times,
        )  # fmt: skip
    for one in proposals:
        phrasings.propose(tx, one)
    for message, article, how in sorted(happened.confirmed):
        if how != "chosen":
            phrasings.confirm(tx, message, article, how)
    for message, article in happened.denied:
        phrasings.deny(tx, message, article)


def sweep(tx: Transaction) -> None:
    """Forget counts after two years."""
    tx.run("DELETE FROM faq_tally WHERE day < :day", day=(tx.now - KEPT_FOR).date().isoformat())


def _asked(tx: Transaction, ids: list[int]) -> Counter[Tally]:
    if not ids:
        return Counter()
    zone = desk_settings.read(tx).zone
    rows = tx.all(
        "SELECT m.created_at, substr(m.text, 1, 400) AS text, t.channel FROM message m"
        f" JOIN ticket t ON t.number = m.ticket_number WHERE m.id IN ({several(ids)}) AND m.kind = 'customer'"
        " AND m.automatic IS NULL AND NOT t.spam"
    )
    return Counter(
        (_day(row.created_at, zone), row.channel, language.guess(row.text) or "ja", 0, "asked")
        for row in rows
        if row.text.strip()
    )


def _said_yes(tx: Transaction, message: int) -> set[tuple[int, int, str]]:
    row = tx.first(
        "SELECT article_id FROM attempt WHERE message_id = :id AND state = 'answered' AND outcome = 'yes'", id=message
    )
    if row is None or row.article_id is None:
        return set()
    return {(asked, article, "yes") for asked, article in _chose(tx, message) or {(message, row.article_id)}}


def _chose(tx: Transaction, message: int) -> set[tuple[int, int]]:
    """The message whose customer chose an article by tapping on what it offered (that was `message`), and the
    article."""
    row = tx.first(
        "SELECT o.message_id, a.article_id FROM attempt a JOIN attempt o ON o.id = a.of_id"
        " WHERE a.message_id = :id AND a.state = 'answered' AND o.state = 'offered' AND o.outcome = 'chosen'",
        id=message,
    )
    return {(row.message_id, row.article_id)} if row is not None and row.article_id is not None else set()


def _returned(tx: Transaction, change: Any) -> Returned | None:
    """Whether a change is that of a ticket whose customer came back within three days, and did not only say thanks."""
    data = change.data
    if (
        change.kind != "ticket.changed"
        or (data.get("field"), data.get("before")) != ("status", "done")
        or change.by_whom.startswith("agent:")
    ):
        return None
    earlier = tx.all(
        "SELECT at, data FROM change WHERE ticket_number = :ticket AND seq < :seq AND kind = 'ticket.changed'"
        " ORDER BY seq DESC LIMIT 50",
        ticket=change.ticket_number,
        seq=change.seq,
    )
    done = next(
        (row.at for row in earlier if (row.data.get("field"), row.data.get("after")) == ("status", "done")), None
    )
    if done is None or change.at - done > SOON:
        return None
    said = tx.value(
        "SELECT text FROM message WHERE ticket_number = :ticket AND kind = 'customer' AND created_at <= :at"
        " ORDER BY seq DESC LIMIT 1",
        ticket=change.ticket_number,
        at=change.at,
    )
    return Returned(change.ticket_number, done, change.at) if said is not None and not only_thanks(said) else None


def _suggestions(tx: Transaction, day: str, zone: ZoneInfo, counted: Counter[Tally]) -> None:
    since, until = _bounds(day, zone)
    for row in tx.all(
        "SELECT t.channel, s.lang, s.article_id, s.place, s.decision, s.outcome, (s.outcome_by IS NOT NULL) AS agents,"
        " (s.reopened_at IS NOT NULL) AS back, count(*) AS times FROM suggestion s"
        " JOIN ticket t ON t.number = s.ticket_number WHERE s.created_at >= :since AND s.created_at < :until"
        " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8",
        since=since,
        until=until,
    ):
        place = (day, row.channel, row.lang)
        if row.place == 1:
            counted[(*place, 0, "found")] += row.times
            if row.decision == "answer":
                counted[(*place, 0, "sure")] += row.times
        counted[(*place, row.article_id, "suggested")] += row.times
        if row.outcome and row.agents:
            counted[(*place, row.article_id, row.outcome)] += row.times
            if row.back and row.outcome != "rejected":
                counted[(*place, row.article_id, "reopened")] += row.times


def _attempts(tx: Transaction, day: str, zone: ZoneInfo, counted: Counter[Tally]) -> None:
    since, until = _bounds(day, zone)
    for row in tx.all(
        "SELECT t.channel, a.lang, a.article_id, a.state, a.outcome, s.outcome AS judged,"
        " (a.reopened_at IS NOT NULL) AS back, count(*) AS times FROM attempt a"
        " JOIN ticket t ON t.number = a.ticket_number LEFT JOIN suggestion s ON s.message_id = a.message_id"
        " AND s.article_id = a.article_id WHERE a.created_at >= :since AND a.created_at < :until"
        " AND a.state IN ('answered', 'offered') GROUP BY 1, 2, 3, 4, 5, 6, 7",
        since=since,
        until=until,
    ):
        place = (day, row.channel, row.lang, row.article_id or 0)
        if row.state == "offered":
            counted[(*place, "offered")] += row.times
            continue
        counted[(*place, "answered")] += row.times
        if row.outcome == "person":
            counted[(*place, "person")] += row.times
        if row.outcome == "no" or row.judged == "rejected" or row.back:
            counted[(*place, "wrong")] += row.times
        elif row.outcome == "yes" or row.judged in ("used", "edited"):
            counted[(*place, "right")] += row.times
            if row.outcome == "yes":
                counted[(*place, "solved")] += row.times


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()


def _bounds(day: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    since = datetime.combine(date.fromisoformat(day), time(), zone)
    return since, datetime.combine(since.date() + timedelta(days=1), time(), zone)
