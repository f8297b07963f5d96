"""Text that every database and every reader can take."""

from __future__ import annotations

import re

# NUL is refused by PostgreSQL; the others are invisible, move the cursor, or end lines for some programs only.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def clean(text: str) -> str:
    """Line ends as `\\n`, no control characters, no byte order mark, no lone surrogates."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_line(text: str) -> str:
    """The same in one line, with single spaces."""
    return " ".join(clean(text).split())
