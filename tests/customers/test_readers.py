"""Values are read as people write them, and what could be meant in two ways is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from server.customers import readers
from server.customers.readers import Unreadable


@pytest.mark.parametrize(
    "written",
    [
        "2025-11-01", "2025/11/1", "2025.11.1", "20251101", "２０２５年１１月１日", "令和7年11月1日", "R7.11.1",
        "r07/11/01", "2025年11月1日(土)", "2025/11/1(土) 10:00", "1 Nov 2025", "Nov 1st, 2025",
        "Sat, 1 Nov 2025", "45962",
        45962, 45962.5, 20251101, datetime(2025, 11, 1, 9, tzinfo=UTC), date(2025, 11, 1),
    ],
)  # fmt: skip
def test_one_day_is_read_in_many_writings(written: Any) -> None:
    assert readers.read_date(written) == date(2025, 11, 1)


def test_eras_begin_and_end_on_their_days() -> None:
    assert readers.read_date("平成元年1月8日") == date(1989, 1, 8)
    assert readers.read_date("S64.1.7") == date(1989, 1, 7)
    assert readers.read_date("平31.4.30") == date(2019, 4, 30)
    with pytest.raises(Unreadable):
        readers.read_date("昭和65年1月1日")


def test_days_that_do_not_exist_or_can_be_read_twice_are_refused() -> None:
    for written in ("2025/2/30", "11/1/2025", "abc", "0199-01-01"):
        with pytest.raises(Unreadable):
            readers.read_date(written)
    assert readers.read_date("11/25/2025") == date(2025, 11, 25)
    assert readers.read_date("11/1/2025", order="dmy") == date(2025, 1, 11)
    assert readers.read_date("11/1/2025", order="mdy") == date(2025, 11, 1)
    assert readers.read_date("01#11#2025", formats=("%d#%m#%Y",)) == date(2025, 11, 1)


def test_what_says_nothing_is_nothing() -> None:
    for written in (None, "", " ", "-", "なし", "0000-00-00", "0000-00-00 00:00:00"):
        assert readers.read_date(written) is None
        assert readers.read_moment(written) is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-11-01", "2025-10-31T15:00:00+00:00"),
        ("2025-11-01T09:00:00Z", "2025-11-01T09:00:00+00:00"),
        ("2025-11-01T09:00:00.123+09:00", "2025-11-01T00:00:00.123000+00:00"),
        ("2025/11/1 9:05", "2025-11-01T00:05:00+00:00"),
        ("2025年11月1日 午後3時5分", "2025-11-01T06:05:00+00:00"),
        ("2025/11/01 12:05 AM", "2025-10-31T15:05:00+00:00"),
        ("20251101103000", "2025-11-01T01:30:00+00:00"),
        ("2025/11/1(土) 25:30", "2025-11-01T16:30:00+00:00"),
        ("R7.11.1 10時", "2025-11-01T01:00:00+00:00"),
        (45962.75, "2025-11-01T09:00:00+00:00"),
        ("1761955200", "2025-11-01T00:00:00+00:00"),
        (1761955200000, "2025-11-01T00:00:00+00:00"),
    ],
)
def test_moments_are_of_the_desks_zone_unless_they_say_otherwise(written: Any, moment: str) -> None:
    assert readers.read_moment(written) == datetime.fromisoformat(moment)


def test_excels_serials_begin_where_excel_says() -> None:
    assert readers.read_date(61) == date(1900, 3, 1)
    assert readers.read_date(59) == date(1900, 2, 28)
    assert readers.read_date(1, epoch_1904=True) == date(1904, 1, 2)


@pytest.mark.parametrize(
    ("written", "number"),
    [("１，２３４", 1234), ("△500", -500), ("(500)", -500), ("3個", 3), ("1.5万", 15000), ("1億2000万", 120_000_000),
     (".5", Decimal("0.5")), (0.1, Decimal("0.1")), ("-", None)],
)  # fmt: skip
def test_numbers(written: Any, number: Any) -> None:
    assert readers.read_number(written) == number


@pytest.mark.parametrize(
    ("written", "amount"),
    [("¥1,200-", 1200), ("１，２００円(税込)", 1200), ("▲500", -500), ("12,000円也", 12_000), ("3万5000円", 35_000),
     ("￥１２０", 120), ("$12.50", Decimal("12.5")), ("\\1,200", 1200), ("JPY 500", 500), (3.5, Decimal("3.5"))],
)  # fmt: skip
def test_amounts(written: Any, amount: Any) -> None:
    assert readers.read_amount(written) == amount


def test_commas_that_part_no_thousands_are_refused() -> None:
    for written in ("1,23", "1.234,56", "一", True):
        with pytest.raises(Unreadable):
            readers.read_number(written)
    with pytest.raises(Unreadable):
        readers.read_whole("2.5")


@pytest.mark.parametrize(
    "written", ["9012345678", 9012345678, 9012345678.0, "090-1234-5678", "＋81 90 1234 5678", "90-1234-5678"]
)
def test_a_telephone_gets_back_the_zero_that_a_spreadsheet_took(written: Any) -> None:
    assert readers.read_phone(written) == "+819012345678"


def test_telephones_that_were_rounded_are_refused() -> None:
    with pytest.raises(Unreadable, match="rounded"):
        readers.read_phone("9.01E+09")
    assert readers.read_phone("120123456") == "+81120123456"
    assert readers.read_phone("312345678") == "+81312345678"


def test_postal_codes() -> None:
    for written in ("〒060-0042", "600042", 600042, "６０－００４２", "0600042"):
        assert readers.read_postal_code(written) == "060-0042"
    assert readers.read_postal_code("SW1A 1AA", "GB") == "SW1A 1AA"
    with pytest.raises(Unreadable):
        readers.read_postal_code("1")


def test_choices() -> None:
    assert [readers.read_flag(one) for one in ("○", "希望しない", "", "はい", 1.0, "ｘ")] == [
        True, False, None, True, True, False,
    ]  # fmt: skip
    assert [readers.read_sex(one) for one in ("男性", 2, "不明", "その他", "Ｆ")] == [
        "male",
        "female",
        "",
        "other",
        "female",
    ]
    assert [readers.read_notices_by(one) for one in ("ＬＩＮＥ", "メール", "不要", "どちらでも", None)] == [
        "line",
        "email",
        "none",
        "",
        "",
    ]
    assert readers.read_list("a、b，c;d\ne") == ["a", "b", "c", "d", "e"]
    assert readers.read_email("山田 <A@B.jp>") == "a@b.jp"
    assert readers.read_choice("０１", {"01": "placed"}) == "placed"
    with pytest.raises(Unreadable):
        readers.read_flag("たぶん")
    with pytest.raises(Unreadable):
        readers.read_notices_by("伝書鳩")
