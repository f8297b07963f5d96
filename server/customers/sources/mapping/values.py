"""Values of a source as the types that facts want."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.customers.readers import (
    Unreadable,
    plain,
    read_amount,
    read_date,
    read_flag,
    read_moment,
    read_sex,
    read_text,
)
from server.customers.readers.dates import Order

Kind = Literal["text", "number", "whole", "flag", "date", "moment", "choice", "list", "revision", "any"]
NAMED_FORMATS = ("auto", "iso", "wareki", "excel", "excel1904", "unix", "unix_ms")
_TRIED = datetime(2024, 2, 29, 13, 5, 7, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Target:
    """What a fact wants: a kind of value, and of a choice its words."""

    kind: Kind
    words: tuple[str, ...] = ()


def convert(value: Any, target: Target, zone: ZoneInfo, *, formats: Sequence[str], order: Order) -> Any:
    """A value that is not empty as the target wants it; None for what says nothing. Raises `Unreadable`."""
    match target.kind:
        case "text" | "list":
            if isinstance(value, dict | list):
                raise Unreadable("is no text, but has parts: the path must lead on")
            return read_text(value)
        case "number":
            return read_amount(value)
        case "whole":
            return _whole(value)
        case "flag":
            return read_flag(value)
        case "date":
            return _moment(value, zone, formats, order, day=True)
        case "moment":
            return _moment(value, zone, formats, order, day=False)
        case "choice":
            return _choice(value, target.words)
        case "revision":
            text = plain(value)
            whole = not formats and re.fullmatch(r"\d+", text)
            return int(text) if whole else _moment(value, zone, formats, order, day=False)
        case "any":
            return _any(value)


def scaled(value: Any, scale: str | int | float) -> Any:
    """A number times the scale."""
    made = Decimal(str(value)) * Decimal(str(scale))
    if isinstance(value, int):
        return int(made)
    return made.quantize(Decimal("0.0001")).normalize() + 0


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises `ValueError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name}") from error


def check_format(name: str) -> None:
    """Raises `ValueError` for what is neither a named format nor one of strptime."""
    if name in NAMED_FORMATS:
        return
    if "%" not in name:
        raise ValueError(f"{name!r} is no format: {', '.join(NAMED_FORMATS)}, or one like %Y/%m/%d %H:%M")
    try:
        datetime.strptime(_TRIED.strftime(name), name)  # noqa: DTZ007  # only whether it can be read
    except ValueError as error:
        raise ValueError(f"{name!r} is no format that dates can be read by") from error


def check_scale(scale: str | int | float, target: Target) -> None:
    """Raises `ValueError` for a scale that is no number, or of what is none."""
    if target.kind not in ("number", "whole", "any"):
        raise ValueError("has a scale, but is no number")
    try:
        Decimal(str(scale))
    except InvalidOperation as error:
        raise ValueError(f"the scale {scale!r} is not a number") from error


def _whole(value: Any) -> int | None:
    found = read_amount(value)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise Unreadable("is not a whole number")
    return int(found)


def _moment(value: Any, zone: ZoneInfo, formats: Sequence[str], order: Order, *, day: bool) -> Any:
    """A moment or a day, by the formats alone when there are some."""
    for form in formats or ("auto",):
        try:
            return _by(form, value, zone, order, day=day)
        except Unreadable:
            continue
    if formats and isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:", value):
        return _by("iso", value, zone, order, day=day)  # as a kept record writes what was a time
    if formats:
        raise Unreadable(f"is not a date of the form {' or '.join(formats)}")
    return read_date(value, order=order) if day else read_moment(value, zone=zone, order=order)


def _by(form: str, value: Any, zone: ZoneInfo, order: Order, *, day: bool) -> date | datetime | None:
    if form in ("unix", "unix_ms"):
        number = read_amount(value)
        if number is None:
            return None
        try:
            moment = datetime.fromtimestamp(float(number) / (1000 if form == "unix_ms" else 1), UTC)
        except (OverflowError, OSError, ValueError):
            raise Unreadable("is not a moment") from None
        return moment.astimezone(zone).date() if day else moment
    if "%" in form and not isinstance(value, date):
        try:
            moment = datetime.strptime(plain(value) if form.isascii() else read_text(value), form)  # noqa: DTZ007
        except ValueError:
            raise Unreadable("is not a date of this form") from None
        return moment.date() if day else read_moment(moment, zone=zone)
    epoch = form == "excel1904"
    if form.startswith("excel"):
        number = read_amount(value) if not isinstance(value, date) else None
        value = float(number) if number is not None else value
    if day and isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(zone).date()
    if day:
        if isinstance(value, str) and re.search(r"[Tt ]\d", value):
            found = read_moment(value, zone=zone, order=order)
            return found.astimezone(zone).date() if found is not None else None
        return read_date(value, order=order, epoch_1904=epoch)
    return read_moment(value, zone=zone, order=order, epoch_1904=epoch)


def _choice(value: Any, words: tuple[str, ...]) -> str:
    text = read_text(value)
    if text in words:
        return text
    for word in words:
        if word and plain(text) == word:
            return word
    if "female" in words:
        return read_sex(value)
    raise Unreadable(f"is not one of {', '.join(word for word in words if word)}: a table of codes can translate it")


def _any(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, str):
        return value.strip()
    return value if isinstance(value, bool | int | float | dict | list) else read_text(value)
