"""Rounds through many customers, a stretch at a time: whose day it is soon (birthdays, dates of their own, so long
after their last purchase), and who waits for an article that is back.

A kind's days are looked for once a day, by indexes on the day where there is one, and a day ahead of their time; a
place in the round is a row, so that a process that dies goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from server.accounts import desk_settings
from server.database import Transaction
from server.notices import clock, kinds, planning, settings
from server.notices.clock import DAY
from server.notices.kinds import BY_DAY, Kind
from server.notices.planning import AHEAD

AT_ONCE = 100
"""Customers whose day it may be, planned in one unit."""
SCANNED = 5_000
"""Customers whose attributes are looked through in one unit."""
OLDEST = 125
"""Years."""
OVER = -1
PERSON = "merged_into IS NULL AND erased_at IS NULL AND NOT blocked"


def next_due(tx: Transaction) -> datetime | None:
    """Now, while there is something to plan; else when the next day begins, where a kind looks for days."""
    if (now := planning.next_due(tx)) is not None:
        return now
    if not settings.read(tx).on:
        return None
    if tx.value("SELECT 1 FROM notice_round WHERE name LIKE 'stock:%' LIMIT 1"):
        return tx.now
    zone = desk_settings.read(tx).zone
    today = tx.now.astimezone(zone).date()
    active = _active(tx)
    if not active:
        return None
    if any(_open(tx, kind, today) is not None for kind in active):
        return tx.now
    return datetime.combine(today + DAY, time(0, 1), zone)


def work(tx: Transaction) -> None:
    """What the planner does when it is woken: follow the feed; once nothing happens there, a stretch of a round."""
    if not planning.follow(tx):
        walk(tx)


def walk(tx: Transaction) -> bool:
    """The next stretch of the first round that is under way; whether there was one."""
    if not settings.read(tx).on:
        return False
    settings.lock(tx)
    row = tx.first("SELECT * FROM notice_round WHERE name LIKE 'stock:%' ORDER BY name LIMIT 1")
    if row is not None:
        _waiting(tx, row)
        return True
    zone = desk_settings.read(tx).zone
    today = tx.now.astimezone(zone).date()
    for kind in _active(tx):
        cursor = _open(tx, kind, today)
        if cursor is not None:
            _days(tx, kind, cursor, today, zone)
            return True
    return False


def _waiting(tx: Transaction, row: Any) -> None:
    sku = tx.value("SELECT sku FROM stock WHERE id = :id AND available", id=int(row.name.partition(":")[2]))
    found = tx.all(
        "SELECT id FROM interaction WHERE sku = :sku AND id > :cursor ORDER BY id LIMIT :most",
        sku=sku or "",
        cursor=row.cursor,
        most=AT_ONCE,
    )
    planning.plan(tx, [f"interaction:{each.id}" for each in found])
    if len(found) < AT_ONCE:
        tx.run("DELETE FROM notice_round WHERE name = :name", name=row.name)
    else:
        tx.run("UPDATE notice_round SET cursor = :cursor WHERE name = :name", cursor=found[-1].id, name=row.name)


def _active(tx: Transaction) -> list[Kind]:
    return [kind for kind in kinds.all(tx) if kind.enabled and kind.trigger in BY_DAY]


def _open(tx: Transaction, kind: Kind, today: date) -> int | None:
    """Where today's round of a kind is; None when it is over."""
    row = tx.first("SELECT day, cursor FROM notice_round WHERE name = :name", name=f"kind:{kind.name}")
    if row is None or row.day != today.isoformat():
        return 0
    return int(row.cursor) if row.cursor != OVER else None


def _days(tx: Transaction, kind: Kind, cursor: int, today: date, zone: ZoneInfo) -> None:
    wanted = sorted(set(_wanted(tx, kind, zone)))
    found: list[int] = []
    if not wanted:
        cursor = OVER
    elif kind.trigger == "birthday":
        found, cursor = _birthdays(tx, wanted, cursor)
    elif kind.trigger == "last_purchase":
        found, cursor = _buyers(tx, wanted, cursor, zone)
    else:
        found, cursor = _dated(tx, kind, wanted, cursor)
    planning.plan(tx, [f"customer:{id}" for id in found])
    tx.run(
        "INSERT INTO notice_round (name, day, cursor) VALUES (:name, :day, :cursor)"
        " ON CONFLICT (name) DO UPDATE SET day = excluded.day, cursor = excluded.cursor",
        name=f"kind:{kind.name}",
        day=today.isoformat(),
        cursor=cursor,
    )


def _wanted(tx: Transaction, kind: Kind, zone: ZoneInfo) -> Iterator[date]:
    """The days of which a notice is due soon, or was due and is still worth sending."""
    calendar = settings.read(tx).calendar
    business = abs(kind.wait.business_days)
    middle = tx.now.astimezone(zone).date() - (kind.wait.days + kind.wait.minutes // 1440) * DAY
    reach = 4 + business * 3 + kind.hours // 24
    for offset in range(-reach, reach + 1):
        day = middle + offset * DAY - (kind.wait.business_days * DAY if business else timedelta())
        due = clock.due(datetime.combine(day, time(), zone), kind.wait, zone, calendar)
        if tx.now - timedelta(hours=kind.hours) <= due <= tx.now + AHEAD:
            yield day


def _birthdays(tx: Transaction, wanted: Sequence[date], cursor: int) -> tuple[list[int], int]:
    """By the index on the whole date: the same day of each year in which somebody may have been born."""
    days = ", ".join(f"'{year:04}-{month_day}'" for month_day in _month_days(wanted) for year in _births(wanted))
    return _stretch(tx, f"SELECT id FROM customer WHERE birthday IN ({days}) AND {PERSON}", "id", cursor)


def _births(wanted: Sequence[date]) -> range:
    return range(wanted[-1].year - OLDEST, wanted[-1].year + 1)


def _month_days(wanted: Sequence[date]) -> set[str]:
    """As MM-DD; with 29 February on the 28th, as it is kept where there is none."""
    found = {day.strftime("%m-%d") for day in wanted}
    return found | ({"02-29"} if "02-28" in found else set())


def _buyers(tx: Transaction, wanted: Sequence[date], cursor: int, zone: ZoneInfo) -> tuple[list[int], int]:
    first, last = (datetime.combine(day, time(), zone) for day in (wanted[0], wanted[-1] + DAY))
    return _stretch(
        tx,
        "SELECT customer_id AS id FROM customer_value WHERE last_at >= :first AND last_at < :last",
        "customer_id",
        cursor,
        first=first,
        last=last,
    )


def _stretch(tx: Transaction, select: str, key: str, cursor: int, **values: Any) -> tuple[list[int], int]:
    found = [
        int(row.id)
        for row in tx.all(
            f"{select} AND {key} > :cursor ORDER BY {key} LIMIT :most", cursor=cursor, most=AT_ONCE, **values
        )
    ]
    return found, found[-1] if len(found) == AT_ONCE else OVER


def _dated(tx: Transaction, kind: Kind, wanted: Sequence[date], cursor: int) -> tuple[list[int], int]:
    """Attributes have no index: all customers are read, once a day, a stretch at a time."""
    rows = tx.all(
        f"SELECT id, attributes FROM customer WHERE id > :cursor AND {PERSON} ORDER BY id LIMIT :most",
        cursor=cursor,
        most=SCANNED,
    )
    days = {day.isoformat() for day in wanted}
    month_days = _month_days(wanted)
    found = []
    for row in rows:
        written = str((row.attributes or {}).get(kind.attribute) or "")
        if written and (written[5:] in month_days if kind.yearly else written in days):
            found.append(int(row.id))
    return found, int(rows[-1].id) if len(rows) == SCANNED else OVER
