"""Days and moments: ISO, Japanese and English writing, 和暦, Excel's serials, seconds since 1970."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from server.customers.readers.text import Unreadable, is_empty, plain, read_text

Order = Literal["ymd", "mdy", "dmy"]
TOKYO = ZoneInfo("Asia/Tokyo")

ERAS: Mapping[str, tuple[date, date]] = {
    "令和": (date(2019, 5, 1), date(2100, 12, 31)),
    "平成": (date(1989, 1, 8), date(2019, 4, 30)),
    "昭和": (date(1926, 12, 25), date(1989, 1, 7)),
    "大正": (date(1912, 7, 30), date(1926, 12, 24)),
    "明治": (date(1868, 1, 25), date(1912, 7, 29)),
}
"""Each era's first and last day."""
_INITIALS = {"r": "令和", "h": "平成", "s": "昭和", "t": "大正", "m": "明治", "令": "令和", "平": "平成", "昭": "昭和",
             "大": "大正", "明": "明治"}  # fmt: skip
_MONTHS = {name: place for place, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1868, 2200
SERIALS = range(1, 109_940)
"""Excel's serial days that are dates: up to the end of 2200."""

_NO_DATE = re.compile(r"0{4}[-/.]?0{1,2}[-/.]?0{1,2}(?:[ t]00:00(?::00)?(?:\.0+)?)?z?")
_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")
_ERA = re.compile(
    r"(令和|平成|昭和|大正|明治|[rhstm]|令|平|昭|大|明)\s*\.?\s*(元|\d{1,2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
)
_OTHERS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]+([a-z]{3})[a-z]*\.?,?[ -]+(\d{4})")
_MONTH_DAY = re.compile(r"([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_WEEKDAY = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]?\s+|\s*\(?[月火水木金土日](?:曜日?)?\)(?=\s|$|\d)|\s+[月火水木金土日]曜日?"
)
_NOON = re.compile(r"午前|午後|a\.?m\.?|p\.?m\.?")
_CLOCK = re.compile(
    r"t?\s*(\d{1,2})\s*(?::|時)\s*(?:(\d{1,2})\s*(?::|分)?)?\s*(?:(\d{1,2})(?:\.(\d{1,9}))?\s*秒?)?"
    r"\s*(z|utc|gmt|jst|[+-]\d{2}:?\d{2})?"
)
_SOLID_CLOCK = re.compile(r"t?(\d{2})(\d{2})(\d{2})?")


def read_date(
    value: Any, *, order: Order = "ymd", formats: Sequence[str] = (), epoch_1904: bool = False
) -> date | None:
    """A day: ISO, `2025年11月1日`, `令和7年11月1日`, `R7.11.1`, `20251101`, English, or Excel's serial number.

    `order` is that of days and months before a year of four digits; "ymd" takes such a date only when it can be read
    in one way. `formats` are tried first (strptime).
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or is_empty(value):
        return value or None if isinstance(value, date) else None
    moment = _strptime(value, formats)
    if moment is not None:
        return moment.date()
    if (serial := _serial(value)) is not None:
        return _from_serial(serial, epoch_1904).date()
    text = plain(value)
    if _NO_DATE.fullmatch(text):
        return None
    found, _ = _day(text, order)
    return found


def read_moment(
    value: Any,
    *,
    zone: ZoneInfo = TOKYO,
    order: Order = "ymd",
    formats: Sequence[str] = (),
    epoch_1904: bool = False,
) -> datetime | None:
    """A moment in UTC; without an offset of its own it is of `zone`, without a time of day midnight there.

    Numbers of ten and thirteen digits are seconds and milliseconds since 1970.
    """
    if isinstance(value, datetime):
        return _aware(value, zone)
    if isinstance(value, date):
        return _aware(datetime.combine(value, time()), zone)
    if is_empty(value):
        return None
    moment = _strptime(value, formats)
    if moment is not None:
        return _aware(moment, zone)
    text = plain(value)
    if re.fullmatch(r"\d{10}(?:\.\d+)?|\d{13}", text):
        return datetime.fromtimestamp(float(text) / (1000 if len(text) == 13 and text.isdigit() else 1), UTC)
    if (serial := _serial(value)) is not None:
        return _aware(_from_serial(serial, epoch_1904), zone)
    if _NO_DATE.fullmatch(text):
        return None
    day, rest = _day(text, order)
    return _clock(day, rest, zone)


def _strptime(value: Any, formats: Sequence[str]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(read_text(value), form)  # noqa: DTZ007  # the zone is the caller's
        except ValueError:
            continue
    return None


def _serial(value: Any) -> float | None:
    """Excel's days since 1900; None for what is none, such as 20251101."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = plain(value)
        if not re.fullmatch(r"\d{5}(?:\.\d+)?", text):
            return None
        value = float(text)
    if isinstance(value, int | float | Decimal) and math.isfinite(value) and int(value) in SERIALS:
        return float(value)
    return None


def _from_serial(serial: float, epoch_1904: bool) -> datetime:
    # Excel believes in a 29 February 1900, which is why days before it are one later (ECMA-376 part 1, 18.17.4.1).
    start = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 31 if serial < 60 else 30)  # noqa: DTZ001
    found = start + timedelta(days=serial)
    return (found + timedelta(microseconds=500)).replace(microsecond=0) if found.microsecond else found


def _day(text: str, order: Order) -> tuple[date, str]:
    """The day at the beginning of a text, and what stands behind it."""
    text = _WEEKDAY.sub(" ", text).strip()
    if match := _ERA.match(text):
        era, year, month, day = match.groups()
        return _of_era(_INITIALS.get(era, era), year, month, day), text[match.end() :]
    if match := _YMD.match(text):
        return _date(*match.groups()), text[match.end() :]
    if match := _SOLID.match(text):
        return _date(*match.groups()), text[match.end() :]
    if match := _OTHERS.match(text):
        return _turned(match[1], match[2], match[3], order), text[match.end() :]
    if (match := _DAY_MONTH.match(text)) and match[2] in _MONTHS:
        return _date(match[3], _MONTHS[match[2]], match[1]), text[match.end() :]
    if (match := _MONTH_DAY.match(text)) and match[1] in _MONTHS:
        return _date(match[3], _MONTHS[match[1]], match[2]), text[match.end() :]
    raise Unreadable("is not a date")


def _turned(first: str, second: str, year: str, order: Order) -> date:
    if order == "dmy":
        return _date(year, second, first)
    if order == "mdy":
        return _date(year, first, second)
    if int(first) > 12:
        return _date(year, second, first)
    if int(second) > 12 or first == second:
        return _date(year, first, second)
    raise Unreadable("is a date that can be read in two ways: write it as 2025-11-01")


def _of_era(era: str, year: str, month: str, day: str) -> date:
    first, last = ERAS[era]
    count = 1 if year == "元" else int(year)
    found = _date(first.year + count - 1, month, day)
    # Forms go on with the old era for some weeks, so only years that never were are refused.
    if count < 1 or found.year > last.year or found < first.replace(month=1, day=1):
        raise Unreadable("is not a date of its era")
    return found


def _date(year: str | int, month: str | int, day: str | int) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise Unreadable("is not a date that exists") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR and found.year != 9999:
        raise Unreadable("is not a date of these times")
    return found


def _clock(day: date, rest: str, zone: ZoneInfo) -> datetime:
    noon = _NOON.search(rest)
    text = _NOON.sub(" ", rest).strip()
    if not text:
        return _aware(datetime.combine(day, time()), zone)
    match = _CLOCK.fullmatch(text)
    if match is None:
        solid = _SOLID_CLOCK.fullmatch(text)
        if solid is None:
            raise Unreadable("is not a time")
        parts: tuple[str | None, ...] = (*solid.groups(), None, None)
    else:
        parts = match.groups()
    hour, minute, second = (int(part or 0) for part in parts[:3])
    if noon is not None:
        late = noon[0].startswith(("午後", "p"))
        hour = hour % 12 + 12 if late else hour % 12
    micro = int(((parts[3] or "") + "000000")[:6])
    if hour > 29 or minute > 59 or second > 60:
        raise Unreadable("is not a time")
    # 25:30 is half past one of the next day, as shops and broadcasters write it.
    found = datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    found = found.replace(microsecond=micro)
    offset = parts[4]
    if offset in ("z", "utc", "gmt"):
        return found.replace(tzinfo=UTC)
    if offset and offset != "jst":
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        return (found - shift if offset[0] == "+" else found + shift).replace(tzinfo=UTC)
    return _aware(found, TOKYO if offset == "jst" else zone)


def _aware(moment: datetime, zone: ZoneInfo) -> datetime:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
