"""When somebody answers: weekly hours with breaks, holidays and special days, of the desk or of a team of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from server.notices.clock import has_holidays, holiday

DAY = timedelta(days=1)
LOOKED_AHEAD = 60
"""In days: who is closed for longer has no next opening."""
ALWAYS = ["00:00-24:00"] * 7
_SPAN = re.compile(r"\s*([01]?\d|2[0-4]):([0-5]\d)\s*[-–~〜～]\s*([01]?\d|2[0-4]):([0-5]\d)\s*")

Spans = Annotated[str, Meta(max_length=200)]
"""Hours of a day, with breaks between them: `10:00-12:00, 13:00-18:00`; empty for closed."""


class Special(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days with hours of their own, whatever the week and the holidays say: from `day` up to and with `until`."""

    day: date
    until: date | None = None
    hours: Spans = ""
    name: Annotated[str, Meta(max_length=60)] = ""


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One timetable: `weekly` are seven days from Monday on; `holidays` is the country whose holidays are closed, empty
    for none."""

    weekly: Annotated[list[Spans], Meta(max_length=31, extra_json_schema={"minItems": 7, "maxItems": 7})] = (
        msgspec.field(default_factory=lambda: list(ALWAYS))
    )
    holidays: Annotated[str, Meta(max_length=60)] = ""
    special: Annotated[list[Special], Meta(max_length=200)] = []

    def spans(self, day: date) -> list[tuple[int, int]]:
        """The hours of a day, in minutes from its midnight."""
        for one in self.special:
            if one.day <= day <= (one.until or one.day):
                return minutes(one.hours)
        if self.holidays and holiday(self.holidays, day):
            return []
        return minutes(self.weekly[day.weekday()])

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return not self.special and not self.holidays and all(minutes(one) == [(0, 1440)] for one in self.weekly)


class Openings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The desk's hours, and those of teams that have their own, by the team's id."""

    desk: Hours = Hours()
    teams: dict[str, Hours] = {}

    def of(self, team: int | None) -> Hours:
        """The hours of a team, or the desk's."""
        return self.teams.get(str(team), self.desk) if team is not None else self.desk


WEEK = "Give the hours of seven days, from Monday to Sunday; nothing between the quotation marks is a closed day."
SPANS = "Write hours like 10:00-12:00, 13:00-18:00, none of them overlapping, and nothing for a closed day."
UNTIL = "Give a last day that is not before the first one, or leave it out for a single day."
COUNTRY = "Give a country by its two letters, like JP, or nothing to be open on holidays."


def problems(hours: Hours) -> Iterator[tuple[str, str]]:
    """What cannot be kept of a timetable: the field, and what to do."""
    if len(hours.weekly) != 7:
        yield "weekly", WEEK
    for place, spans in enumerate(hours.weekly):
        if not _readable(spans):
            yield f"weekly.{place}", SPANS
    if hours.holidays and not has_holidays(hours.holidays):
        yield "holidays", COUNTRY
    for place, one in enumerate(hours.special):
        if not _readable(one.hours):
            yield f"special.{place}.hours", SPANS
        if one.until is not None and one.until < one.day:
            yield f"special.{place}.until", UNTIL


def _readable(spans: str) -> bool:
    try:
        minutes(spans)
    except ValueError:
        return False
    return True


class Opening(NamedTuple):
    """Whether somebody answers; until when, or when again. Both None when that never changes."""

    open: bool
    until: datetime | None = None
    next: datetime | None = None


def minutes(spans: str) -> list[tuple[int, int]]:
    """Hours as they are written, in minutes from midnight and in order. Raises `ValueError` for what is none."""
    found = []
    for part in re.split(r"[,、\n]", spans):
        if not part.strip():
            continue
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(part.strip())
        h1, m1, h2, m2 = map(int, match.groups())
        begins, ends = h1 * 60 + m1, h2 * 60 + m2
        if not begins < ends <= 1440:
            raise ValueError(part.strip())
        found.append((begins, ends))
    found.sort()
    if any(after[0] < before[1] for before, after in pairwise(found)):
        raise ValueError(spans.strip())
    return found


def opening(hours: Hours, now: datetime, zone: ZoneInfo) -> Opening:
    """How it stands at a moment."""
    if hours.always:
        return Opening(True)
    until: datetime | None = None
    for begins, ends in _stretches(hours, now, zone):
        if until is None and begins > now:
            return Opening(False, next=begins)
        if until is not None and begins > until:
            break
        until = ends
    return Opening(until is not None, until=until)


def after(hours: Hours, now: datetime, wanted: timedelta, zone: ZoneInfo) -> datetime:
    """The moment at which somebody has been there for so long, counted from now."""
    if hours.always:
        return now + wanted
    left, last = wanted, now
    for begins, ends in _stretches(hours, now, zone):
        begins = max(begins, now)
        if ends - begins >= left:
            return begins + left
        left, last = left - (ends - begins), ends
    return last + left


def between(hours: Hours, begins: datetime, ends: datetime, zone: ZoneInfo) -> timedelta:
    """For how long somebody was there between two moments."""
    if hours.always or ends <= begins:
        return max(ends - begins, timedelta())
    found = timedelta()
    for one, other in _stretches(hours, begins, zone):
        if one >= ends:
            break
        found += max(min(other, ends) - max(one, begins), timedelta())
    return found


def _stretches(hours: Hours, since: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The times in which somebody is there, from the one that holds `since` on."""
    first = since.astimezone(zone).date()
    for number in range(LOOKED_AHEAD):
        day = first + number * DAY
        for begins, ends in hours.spans(day):
            stretch = _moment(day, begins, zone), _moment(day, ends, zone)
            if stretch[1] > since:
                yield stretch


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    day, minute = (day + DAY, 0) if minute == 1440 else (day, minute)
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
