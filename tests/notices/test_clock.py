"""When notices are due: business days, holidays, nights, and clocks that are put forward."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from server.notices.clock import Calendar, Quiet, counted, due, heard, holiday
from server.notices.kinds import Wait

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
JAPAN = Calendar()


def at(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    """A time on the wall, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "wait", "expected"),
    [
        ("2026-11-20 12:00", Wait(), "2026-11-20 12:00"),
        ("2026-11-20 12:00", Wait(minutes=90), "2026-11-20 13:30"),
        ("2026-11-20 12:00", Wait(at="17:00"), "2026-11-20 17:00"),
        ("2026-11-20 18:00", Wait(at="17:00"), "2026-11-21 17:00"),
        ("2026-11-25 23:59", Wait(days=-2, at="10:00"), "2026-11-23 10:00"),
        ("2026-11-20 12:00", Wait(business_days=1, at="10:00"), "2026-11-24 10:00"),
        ("2026-11-20 12:00", Wait(business_days=2), "2026-11-25 12:00"),
        ("2026-11-24 12:00", Wait(business_days=-1, at="10:00"), "2026-11-20 10:00"),
        ("2026-12-31 12:00", Wait(business_days=1, at="10:00"), "2027-01-04 10:00"),
        ("2026-05-01 12:00", Wait(business_days=1), "2026-05-07 12:00"),
    ],
)
def test_days_are_counted_as_people_do(moment: str, wait: Wait, expected: str) -> None:
    calendar = Calendar(off=["2026-12-31"]) if moment.startswith("2026-12") else JAPAN
    assert due(at(moment), wait, TOKYO, calendar) == at(expected)


def test_clocks_that_are_put_forward_and_back() -> None:
    # On 8 March 2026 New York has no 2:30; on 1 November it has two half past ones.
    assert due(at("2026-03-07 12:00", NEW_YORK), Wait(days=1, at="02:30"), NEW_YORK, JAPAN) == datetime(
        2026, 3, 8, 7, 30, tzinfo=UTC
    )
    assert due(at("2026-10-31 12:00", NEW_YORK), Wait(days=1, at="01:30"), NEW_YORK, JAPAN) == datetime(
        2026, 11, 1, 5, 30, tzinfo=UTC
    )
    assert due(at("2026-03-07 12:00", NEW_YORK), Wait(days=1), NEW_YORK, JAPAN) == at("2026-03-08 12:00", NEW_YORK)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-20 20:59", "2026-11-20 20:59"),
        ("2026-11-20 21:00", "2026-11-21 08:00"),
        ("2026-11-21 03:00", "2026-11-21 08:00"),
        ("2026-11-21 08:00", "2026-11-21 08:00"),
    ],
)
def test_nobody_is_written_to_at_night(moment: str, expected: str) -> None:
    assert heard(at(moment), Quiet(), TOKYO) == at(expected)


def test_quiet_hours_of_the_day_and_none_at_all() -> None:
    assert heard(at("2026-11-20 13:00"), Quiet(begins="12:00", ends="14:00"), TOKYO) == at("2026-11-20 14:00")
    assert heard(at("2026-11-20 23:00"), Quiet(begins="", ends=""), TOKYO) == at("2026-11-20 23:00")


def test_quiet_hours_end_although_the_clocks_leave_out_or_repeat_that_hour() -> None:
    # On 8 March 2026 New York goes from 2:00 to 3:00; on 1 November from 2:00 back to 1:00.
    spring = heard(at("2026-03-07 23:30", NEW_YORK), Quiet(begins="22:00", ends="02:30"), NEW_YORK)
    assert spring == datetime(2026, 3, 8, 7, 30, tzinfo=UTC) and spring.astimezone(NEW_YORK).hour == 3
    long_night = heard(at("2026-10-31 23:30", NEW_YORK), Quiet(), NEW_YORK)
    assert long_night == at("2026-11-01 08:00", NEW_YORK) == datetime(2026, 11, 1, 13, 0, tzinfo=UTC)
    # In the second of two half past ones the end at a quarter to two is still ahead, not an hour ago.
    second = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    over = heard(second, Quiet(begins="01:15", ends="01:45"), NEW_YORK)
    assert over == datetime(2026, 11, 1, 6, 45, tzinfo=UTC)
    assert heard(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), Quiet(begins="01:15", ends="01:45"), NEW_YORK) == datetime(
        2026, 11, 1, 5, 45, tzinfo=UTC
    )


def test_each_country_works_on_its_own_days() -> None:
    germany = Calendar(country="DE", off=["2026-12-28"])
    assert counted(date(2026, 12, 23), 1, germany) == date(2026, 12, 24)
    assert counted(date(2026, 12, 24), 1, germany) == date(2026, 12, 29), "Christmas, a weekend, and a day of ours"
    open_on_saturday = Calendar(country="US", weekly=[6])
    assert counted(date(2026, 11, 25), 2, open_on_saturday) == date(2026, 11, 28), "over Thanksgiving to a Saturday"
    assert counted(date(2026, 11, 25), 1, Calendar(weekly=[0, 1, 2, 3, 4, 5, 6])) > date(2026, 11, 25)


def test_holidays_come_from_data() -> None:
    assert holiday("JP", date(2026, 11, 23)) == "勤労感謝の日"
    assert holiday("JP", date(2026, 5, 6)) and not holiday("JP", date(2026, 5, 7))
    assert holiday("US", date(2026, 11, 26), "en_US") == "Thanksgiving Day"
    assert not holiday("XX", date(2026, 1, 1)) and not holiday("", date(2026, 1, 1))
    assert counted(date(2026, 11, 20), 1, Calendar(on=["2026-11-21"])) == date(2026, 11, 21)
