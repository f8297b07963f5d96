"""A cell as text, and what may be wrong with a cell."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

EMPTY = frozenset(("", "-", "--", "ー", "―", "—", "‐", "なし", "無し", "null", "none", "n/a", "#n/a", "不明"))
"""What people and systems write for nothing."""


class Unreadable(ValueError):
    """A value that is not of the kind asked for. `words` is an English source text, as in `Invalid.fields`."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def read_text(value: Any) -> str:
    """A cell as text, without blanks around it; a whole number is written without `.0`, a date as ISO 8601."""
    match value:
        case None:
            return ""
        case str():
            return value.strip().strip("\u200b\ufeff")
        case bool():
            return "true" if value else "false"
        case float() | Decimal() if value == int(value):
            return str(int(value))
        case float():
            return repr(value)
        case datetime() if value.time() == time() and value.tzinfo is None:
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return str(value).strip()


def is_empty(value: Any) -> bool:
    """Whether a cell says nothing, or only that there is nothing (`-`, `なし`)."""
    return value is None or (isinstance(value, str) and plain(value) in EMPTY)


def plain(value: Any) -> str:
    """One width and one case, without blanks around."""
    return unicodedata.normalize("NFKC", read_text(value)).strip().lower()
