"""When somebody is there: weeks with breaks, holidays, special days, and how long until then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.answers.expecting import moment
from server.answers.opening import (
    COUNTRY,
    SPANS,
    UNTIL,
    WEEK,
    Hours,
    Openings,
    Special,
    after,
    between,
    minutes,
    opening,
    problems,
)

TOKYO = ZoneInfo("Asia/Tokyo")
SHOP = Hours(
    weekly=["10:00-12:00, 13:00-18:00"] * 5 + ["", ""],
    holidays="JP",
    special=[
        Special(day=date(2026, 12, 29), until=date(2027, 1, 3), name="年末年始"),
        Special(day=date(2026, 11, 28), hours="9:00-24:00"),
    ],
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "is_open", "until", "next"),
    [
        ("2026-11-24 11:00", True, "2026-11-24 12:00", None),
        ("2026-11-24 12:30", False, None, "2026-11-24 13:00"),
        ("2026-11-20 18:00", False, None, "2026-11-24 10:00"),  # a Friday; Monday 23 November is 勤労感謝の日
        ("2026-11-28 23:59", True, "2026-11-29 00:00", None),
        ("2026-12-28 17:59", True, "2026-12-28 18:00", None),
        ("2026-12-28 18:00", False, None, "2027-01-04 10:00"),
    ],
)
def test_a_shop_is_open_or_says_when_it_is(now: str, is_open: bool, until: str | None, next: str | None) -> None:
    found = opening(SHOP, at(now), TOKYO)
    assert found == (is_open, at(until) if until else None, at(next) if next else None)


def test_time_counts_while_somebody_is_there() -> None:
    assert after(SHOP, at("2026-11-24 11:30"), timedelta(hours=2), TOKYO) == at("2026-11-24 14:30")
    assert after(SHOP, at("2026-11-20 17:00"), timedelta(hours=3), TOKYO) == at("2026-11-24 12:00")
    assert between(SHOP, at("2026-11-20 17:00"), at("2026-11-24 12:00"), TOKYO) == timedelta(hours=3)
    assert after(Hours(), at("2026-11-20 17:00"), timedelta(hours=3), TOKYO) == at("2026-11-20 20:00")
    assert opening(Hours(), at("2026-11-20 17:00"), TOKYO) == (True, None, None)


def test_a_night_shop_and_one_that_never_opens() -> None:
    night = Hours(weekly=["0:00-3:00, 22:00-24:00"] * 7)
    assert opening(night, at("2026-11-20 23:00"), TOKYO).until == at("2026-11-21 03:00")
    assert opening(Hours(weekly=[""] * 7), at("2026-11-20 23:00"), TOKYO) == (False, None, None)


def test_a_team_may_have_hours_of_its_own() -> None:
    openings = Openings(desk=SHOP, teams={"3": Hours()})
    assert (openings.of(3).always, openings.of(4) is SHOP, openings.of(None) is SHOP) == (True, True, True)


@pytest.mark.parametrize(
    "wrong", ["10-12", "25:00-26:00", "12:00-10:00", "10:00-12:00, 11:00-13:00", "x", "24:00-24:30"]
)
def test_hours_that_are_none_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        minutes(wrong)


def test_a_moment_is_said_as_people_say_it() -> None:
    now = at("2026-11-20 17:00")
    assert moment(at("2026-11-20 17:40"), now, TOKYO, "ja") == "本日18:00"
    assert moment(at("2026-11-24 10:31"), now, TOKYO, "ja") == "11月24日（火） 11:00"
    assert moment(at("2026-11-24 10:30"), now, TOKYO, "en") == "10:30 on Tue, 24 Nov"


def test_what_cannot_be_kept_of_a_timetable_is_said_in_sentences_beside_its_field() -> None:
    assert list(problems(SHOP)) == []
    wrong = Hours(
        weekly=["10:00-18:00", "18:00-10:00", "x"],
        holidays="XX",
        special=[Special(day=date(2026, 12, 31), until=date(2026, 12, 1), hours="25:00-26:00")],
    )
    assert dict(problems(wrong)) == {
        "weekly": WEEK,
        "weekly.1": SPANS,
        "weekly.2": SPANS,
        "holidays": COUNTRY,
        "special.0.hours": SPANS,
        "special.0.until": UNTIL,
    }
