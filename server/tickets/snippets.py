"""The piece of a text that shows why it was found, cut out of the original, with the places to highlight."""

from __future__ import annotations

from server import language
from server.language import Phrase

LENGTH = 120
LEAD = 24
"""How much of the text stands before the first highlight. Both in characters."""
MOST_PLACES = 50
"""Places in a text that are compared."""


def snippet(texts: list[str], wanted: list[Phrase]) -> tuple[str, list[tuple[int, int]]]:
    """The best piece of the best text, in one line, and (start, end) of its highlights, in characters.

    The best text has the most phrases of the query; the best piece of it too. Without any, the first text's beginning.
    """
    best: tuple[str, list[tuple[Phrase, int, int]]] = (texts[0] if texts else "", [])
    for text in texts:
        hits = language.spans(text, wanted)
        if _variety(hits) > _variety(best[1]):
            best = (text, hits)
        if _variety(hits) == len(wanted):
            break
    text, hits = best
    start = _start(hits)
    end = min(len(text), start + LENGTH)
    piece = _line(text[start:end])
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    marks = [(max(a, start) + shift, min(b, end) + shift) for _, a, b in hits if a < end and b > start]
    return before + piece + after, _merged(marks)


def _line(text: str) -> str:
    """One line, each character in its place."""
    return "".join(char if char.isprintable() else " " for char in text)


def _variety(hits: list[tuple[Phrase, int, int]]) -> int:
    return len({phrase for phrase, _, _ in hits})


def _start(hits: list[tuple[Phrase, int, int]]) -> int:
    """Where to begin, so that the most different phrases are seen; the earliest such place."""
    best, most = 0, 0
    everything = _variety(hits)
    for index, (_, place, _) in enumerate(hits[:MOST_PLACES]):
        start = max(0, place - LEAD)
        seen = len({phrase for phrase, _, end in hits[index : index + MOST_PLACES] if end <= start + LENGTH})
        if seen > most:
            best, most = start, seen
        if most == everything:
            break
    return best


def _merged(marks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged
