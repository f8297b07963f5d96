"""What a browser calls itself, in the two words by which people know their own."""

from __future__ import annotations

PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""The first that stands in a User-Agent counts: most of them name each other."""


def short_name(user_agent: str) -> str:
    """`Chrome · Windows`; the beginning of the text itself when it is none we know."""
    found = [next((name for mark, name in marks if mark in user_agent), "") for marks in (PROGRAMS, SYSTEMS)]
    return " · ".join(filter(None, found)) or user_agent[:60]
