"""When a notice is due: business days, times of day and quiet hours, on the clock on the wall of a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from server.notices.kinds import Wait
from server.notices.views import View

DAY = timedelta(days=1)


class Calendar(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On which days a shop works. `weekly` are weekdays off, 0 is Monday; `off` and `on` are single days, ISO."""

    country: str = "JP"
    weekly: list[int] = msgspec.field(default_factory=lambda: [5, 6])
    off: list[str] = []
    on: list[str] = []

    def works(self, day: date) -> bool:
        """Whether this is a business day."""
        if day.isoformat() in self.on:
            return True
        return day.weekday() not in self.weekly and day.isoformat() not in self.off and not holiday(self.country, day)


class Quiet(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours in which nobody is written to: from a time of day to the next morning's; empty for none."""

    begins: str = "21:00"
    ends: str = "08:00"


def due(moment: datetime, wait: Wait, zone: ZoneInfo, calendar: Calendar) -> datetime:
    """When a notice about a moment is due, in UTC.

    A time of day that is past on the day of the moment itself means the next (business) day's. A time that the clocks
    leave out is taken as it would have been, one that they repeat at its first passing.
    """
    if not (wait.days or wait.business_days or wait.at):
        return moment + timedelta(minutes=wait.minutes)
    local = moment.astimezone(zone)
    day = counted(local.date() + wait.days * DAY, wait.business_days, calendar)
    if not wait.at:
        return _on_wall(day, local.time(), zone) + timedelta(minutes=wait.minutes)
    at = _on_wall(day, time.fromisoformat(wait.at), zone)
    if at < moment and wait.days >= 0 and wait.business_days >= 0 and day == local.date():
        day = counted(day, 1, calendar) if wait.business_days else day + DAY
        at = _on_wall(day, time.fromisoformat(wait.at), zone)
    return at


def counted(day: date, business_days: int, calendar: Calendar) -> date:
    """So many business days later, or earlier."""
    step = DAY if business_days > 0 else -DAY
    for _ in range(abs(business_days)):
        day += step
        for _ in range(60):
            if calendar.works(day):
                break
            day += step
    return day


def heard(at: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """The same moment, or the end of the quiet hours that it falls into; of an hour that the clocks repeat, the one
    that is still to come."""
    if not quiet.begins or not quiet.ends or quiet.begins == quiet.ends:
        return at
    begins, ends = time.fromisoformat(quiet.begins), time.fromisoformat(quiet.ends)
    local = at.astimezone(zone)
    now = local.time().replace(tzinfo=None)
    if begins < ends:
        if not begins <= now < ends:
            return at
        day = local.date()
    elif now >= begins:
        day = local.date() + DAY
    elif now < ends:
        day = local.date()
    else:
        return at
    over = _on_wall(day, ends, zone)
    return over if over > at else datetime.combine(day, ends, zone).replace(fold=1).astimezone(UTC)


def holiday(country: str, day: date, language: str = "ja") -> str:
    """What a country celebrates on a day; empty for nothing, and for a country that nobody keeps a calendar of."""
    return str(_calendar(country, day.year, language).get(day, ""))


def has_holidays(country: str) -> bool:
    """Whether anybody keeps a calendar of a country, by its ISO 3166 code."""
    import holidays

    return country in holidays.list_supported_countries(include_aliases=True)


@lru_cache(maxsize=32)
def _calendar(country: str, year: int, language: str) -> dict[date, str]:
    if not country:
        return {}
    import holidays  # a third of a second, for whoever needs it

    try:
        return dict(holidays.country_holidays(country, years=year, language=language))
    except NotImplementedError:
        return {}


def _on_wall(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at.replace(tzinfo=None), zone).astimezone(UTC)
