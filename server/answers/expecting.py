"""When a customer may expect a person's answer: as admins promise it, or as it was kept lately, in opening hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from channels.wording import say
from server.accounts import records
from server.answers.opening import Hours, after, between
from server.answers.settings import AnswerSettings
from server.database import Transaction

SHELF = "expected"
"""The shelf of an account for how long its customers waited lately; looked at anew each hour."""
LOOKED_BACK = timedelta(days=30)
MOST_TICKETS = 5000
FEWEST = 5
"""So many first answers tell something."""
KEPT_BY = 0.8
"""The promise is what four of five customers had."""


def sentence(
    tx: Transaction, settings: AnswerSettings, account: int, kind: str, team: int | None, zone: ZoneInfo, language: str
) -> str:
    """What a customer is told of it; empty where nothing is known or promised."""
    hours = settings.opening.of(team)
    minutes = settings.expected.get(kind)
    if minutes is None:
        minutes = lately(tx, account, hours, zone)
    if not minutes:
        return ""
    wait = timedelta(minutes=minutes)
    by = after(hours, tx.now, wait, zone)
    if by - tx.now <= timedelta(hours=1):
        return say(language, "We usually answer within {minutes} minutes.", minutes=_round(minutes))
    return say(language, "We expect to answer by {moment}.", moment=moment(by, tx.now, zone, language))


def moment(at: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """A time to come as people say it, rounded up to the half hour: `15:00 today`, `10:30 on Tue, 24 Nov`."""
    local = at.astimezone(zone)
    odd = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    if odd:
        local += timedelta(minutes=30) - odd
    if local.date() == now.astimezone(zone).date():
        return say(language, "{time} today", time=f"{local:%H:%M}")
    form = "M月d日（E）" if language == "ja" else "EEE, d MMM"
    day = format_date(local.date(), form, locale="ja" if language == "ja" else "en")
    return say(language, "{time} on {day}", time=f"{local:%H:%M}", day=day)


def lately(tx: Transaction, account: int, hours: Hours, zone: ZoneInfo) -> int:
    """In how many minutes of opening hours four of five customers of an account had their first answer; 0: unknown."""
    kept = records.look_up(tx, account, SHELF, "minutes")
    if kept is not None:
        return int(kept)
    rows = tx.all(
        "SELECT t.created_at, (SELECT min(m.created_at) FROM message m WHERE m.ticket_number = t.number"
        " AND m.kind = 'agent') AS answered_at FROM ticket t WHERE t.account_id = :account AND t.created_at > :since"
        " AND t.number > (SELECT max(number) FROM ticket) - :most AND NOT t.spam ORDER BY t.number DESC LIMIT 300",
        account=account,
        since=tx.now - LOOKED_BACK,
        most=MOST_TICKETS,
    )
    waits = sorted(
        between(hours, row.created_at, _when(row.answered_at), zone).total_seconds() / 60
        for row in rows
        if row.answered_at is not None
    )
    found = max(1, round(waits[int((len(waits) - 1) * KEPT_BY)])) if len(waits) >= FEWEST else 0
    records.keep(tx, account, SHELF, "minutes", found, tx.now + timedelta(hours=1))
    return found


def _when(value: datetime | str) -> datetime:
    # SQLite's min() answers the text as it stands in the row, without the zone.
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _round(minutes: int) -> int:
    return next((step for step in (5, 10, 15, 20, 30, 45) if minutes <= step), 60)
