"""Marks: how far a stream was read, as JSON that gives the very value back, and records as plain values."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID


def kept(value: Any) -> Any:
    """A value of a column as JSON."""
    match value:
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case UUID():
            return {"uuid": str(value)}
        case _:
            return value


def given(mark: Any) -> Any:
    """The value that was kept."""
    if not isinstance(mark, dict):
        return mark
    ((kind, text),) = mark.items()
    match kind:
        case "moment":
            return datetime.fromisoformat(text)
        case "day":
            return date.fromisoformat(text)
        case "decimal":
            return Decimal(text)
        case _:
            return UUID(text)


def earlier(value: Any, seconds: int) -> Any:
    """A mark some seconds before; one that is no time stays, since a running number has no before."""
    match value:
        case datetime():
            return value - timedelta(seconds=seconds)
        case date():
            return value - timedelta(days=1)
        case int() if 1_000_000_000 <= value < 10_000_000_000:
            return value - seconds
        case int() if 1_000_000_000_000 <= value < 10_000_000_000_000:
            return value - seconds * 1000
        case str():
            return _earlier_text(value, seconds)
        case _:
            return value


def _earlier_text(text: str, seconds: int) -> str:
    """A moment written as ISO 8601, some seconds before, written the same way; any other text stays."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    back = moment - timedelta(seconds=seconds)
    if len(text) == 10:
        return (moment - timedelta(days=1)).date().isoformat()
    spec = "microseconds" if len(text) >= 26 else "milliseconds" if "." in text else "seconds"
    written = back.isoformat(text[10], spec)
    return written.replace("+00:00", "Z") if text.endswith("Z") else written


def later_of(one: Any, other: Any) -> Any:
    """The greater of two marks, either of which may be missing."""
    if one is None or other is None:
        return one if other is None else other
    try:
        return max(one, other)
    except TypeError:  # a source that changed the type of its column: the newer word counts
        return other


def plain(record: Any) -> dict[str, Any]:
    """A row as values that mappings read and JSON can keep."""
    return {str(name): _plain(value) for name, value in dict(record).items()}


def _plain(value: Any) -> Any:
    match value:
        case memoryview() | bytes() | bytearray():
            raw = bytes(value)
            try:
                return raw.decode()
            except UnicodeDecodeError:
                return base64.b64encode(raw).decode()
        case UUID() | timedelta():
            return str(value)
        case time():
            return value.isoformat()
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC)
        case set() | frozenset():
            return sorted(value)
        case _:
            return value


def type_name(value: Any) -> str:
    """The type of a value as it is remembered and compared; empty for nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "boolean"
        case int() | float() | Decimal():
            return "number"
        case datetime() | date():
            return "time"
        case list():
            return "list"
        case dict():
            return "object"
        case _:
            return "text"
