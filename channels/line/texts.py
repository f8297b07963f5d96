"""Texts as LINE counts and takes them."""

from __future__ import annotations

import re
import unicodedata

from channels.line.rules.limits import TEXT, units

# The end of a paragraph, of a line, of a sentence (with closing brackets behind it), of a part of one.
_ENDS = (
    re.compile(r"\n{2,}"),
    re.compile(r"\n"),
    re.compile(r"[。！？!?．][」』）)】]*|\.(?=\s)"),
    re.compile(r"[、，,;；]|\s"),
)


def split(text: str, most: int = TEXT) -> list[str]:
    """A text in pieces of at most `most` units, cut where a reader would pause; joined they are the text again."""
    pieces: list[str] = []
    while units(text) > most:
        cut = _cut(text, most)
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text] if text else pieces


def _cut(text: str, most: int) -> int:
    """Where to cut: the last good end in the second half, else just before the limit, never inside a character."""
    limit, used = 0, 0
    for char in text:
        used += 2 if char > "\uffff" else 1
        if used > most:
            break
        limit += 1
    head = text[:limit]
    for ends in _ENDS:
        found = [match.end() for match in ends.finditer(head) if match.end() > limit // 2]
        if found:
            return found[-1]
    while limit > 1 and _joined(text[limit - 1], text[limit]):
        limit -= 1
    return limit


def _joined(before: str, after: str) -> bool:
    """Whether two code points are drawn as one character."""
    return (
        unicodedata.combining(after) != 0
        or "\u200d" in (before, after)
        or "\ufe00" <= after <= "\ufe0f"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    )


def shorten(text: str, most: int) -> str:
    """The beginning of a text in one line, for where only so many units fit and the whole stands elsewhere."""
    line = " ".join(text.split())
    while units(line) > most:
        line = line[: most - 1 - (units(line) - len(line))].rstrip() + "…" if most > 1 else line[:most]
    return line
