"""In charge of how the admin pages write times and sizes, and of what they say after something was done."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from channels.wording import retold, say
from server.database import now

WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

DONE = {
    "saved": "Saved.",
    "added": "Added.",
    "removed": "Removed.",
    "enabled": "It works again.",
    "disabled": "It rests now.",
    "blocked": "The sender is blocked.",
    "unblocked": "The sender may write again.",
    "signed-out": "Signed out everywhere.",
    "retried": "Tried again.",
    "filed": "It was read and filed.",
    "still": "It still could not be filed. The reason is below.",
    "test-sent": "The test is on its way.",
    "report-sent": "The report is on its way.",
    "resent": "A new letter is on its way.",
    "recalled": "The letter was called back.",
    "paused": "It rests now. Nothing is lost.",
    "resumed": "It goes on.",
    "replayed": "It is being sent again.",
    "left-out": "It was left out.",
    "compared": "Both sides were compared.",
    "comparing": "Both sides are being compared. Look again in a moment.",
    "still-refused": "Some still cannot be read.",
    "published": "Published. It leads whoever begins from now on.",
    "revoked": "The token opens no doors any more.",
}
"""What `?done=` may say; a code that is not here says nothing."""


def when(moment: datetime | None, *, language: str, zone: ZoneInfo) -> str:
    """`8月20日(木) 14:03`, with the year when it is not this one."""
    if moment is None:
        return ""
    at, today = moment.astimezone(zone), now().astimezone(zone)
    other_year = at.year != today.year
    weekday = WEEKDAYS["en" if language == "en" else "ja"][at.weekday()]
    if language == "en":
        return f"{weekday} {at.day} {MONTHS[at.month - 1]}{f' {at.year}' if other_year else ''}, {at:%H:%M}"
    return f"{f'{at.year}年' if other_year else ''}{at.month}月{at.day}日({weekday}) {at:%H:%M}"


def ago(moment: datetime | None, *, language: str, zone: ZoneInfo) -> str:
    """ "3 minutes ago" while that says more than the time."""
    if moment is None:
        return ""
    passed = now() - moment
    if passed < timedelta(minutes=1):
        return say(language, "just now")
    if passed < timedelta(hours=1):
        return say(language, "{n} min ago", n=int(passed.total_seconds() // 60))
    if passed < timedelta(hours=12):
        return say(language, "{n} h ago", n=int(passed.total_seconds() // 3600))
    return when(moment, language=language, zone=zone)


def size(count: int) -> str:
    """Bytes in the unit that a person would take."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def said(text: str, *, language: str) -> str:
    """A channel's words in the reader's language, sentence by sentence: what a server said stays as it said it."""
    whole = say(language, text)
    if whole != text or language == "en":
        return whole
    return " ".join(retold(language, sentence) for sentence in re.split(r"(?<=[.!?]) ", text))
