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


def test_holidays_come_from_data() -> None:
    assert holiday("JP", date(2026, 11, 23)) == "勤労感謝の日"
    assert holiday("JP", date(2026, 5, 6)) and not holiday("JP", date(2026, 5, 7))
    assert holiday("US", date(2026, 11, 26), "en_US") == "Thanksgiving Day"
    assert not holiday("XX", date(2026, 1, 1)) and not holiday("", date(2026, 1, 1))
    assert counted(date(2026, 11, 20), 1, Calendar(on=["2026-11-21"])) == date(2026, 11, 21)
