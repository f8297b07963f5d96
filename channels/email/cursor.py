"""In charge of what is remembered of an IMAP folder: how far it was read, and which mails wait for another try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

# Some servers show a mail with a lower UID after one with a higher (clusters, mail delivered in parallel), though
# RFC 3501 §2.3.1.1 forbids it: so many UIDs below the newest are looked at again in each round.
WINDOW = 200
LONGEST_WAIT = 3600.0


@dataclass(slots=True)
class Waiting:
    """A mail that could not be filed: how often it was tried, when it is due again (epoch seconds), and why."""

    tries: int
    due: float
    words: str


@dataclass(slots=True)
class Cursor:
    """How far a folder was read.

    Mails with a UID under `floor` were there before the account and are left alone. All from `floor` to below `next`
    were filed, or are in `waiting`, or stand in the window and are not in `filed` yet. `through` is the time up to
    which the folder is known to be complete.
    """

    validity: int
    floor: int
    next: int
    filed: set[int] = field(default_factory=set)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    through: datetime | None = None

    @classmethod
    def of(cls, kept: Any) -> Cursor | None:
        """From what was remembered; None for nothing or for something that cannot be read."""
        if not isinstance(kept, Mapping):
            return None
        try:
            return cls(
                validity=int(kept["validity"]),
                floor=int(kept["floor"]),
                next=int(kept["next"]),
                filed={int(uid) for uid in kept.get("filed", ())},
                waiting={
                    int(uid): Waiting(int(tries), float(due), str(words))
                    for uid, (tries, due, words) in dict(kept.get("waiting", {})).items()
                },
                through=datetime.fromisoformat(kept["through"]) if kept.get("through") else None,
            )
        except (KeyError, TypeError, ValueError):
            return None

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "validity": self.validity,
            "floor": self.floor,
            "next": self.next,
            "filed": sorted(self.filed),
            "waiting": {str(uid): [one.tries, one.due, one.words] for uid, one in self.waiting.items()},
            "through": self.through.isoformat() if self.through else None,
        }

    @property
    def look_from(self) -> int:
        """The first UID to ask the server for."""
        return max(min([self.next - WINDOW, *self.waiting]), self.floor, 1)

    def to_fetch(self, present: list[int], now: float) -> list[int]:
        """Which of the UIDs in the folder are to be fetched now, oldest first. Forgets waiting ones that are gone."""
        there = set(present)
        self.waiting = {uid: one for uid, one in self.waiting.items() if uid in there}
        return [
            uid
            for uid in present
            if uid >= self.floor
            and uid not in self.filed
            and not (uid in self.waiting and self.waiting[uid].due > now)
            and (uid >= self.next - WINDOW or uid in self.waiting)
        ]

    def file(self, uid: int) -> None:
        """The desk has this mail, or it is gone."""
        self.waiting.pop(uid, None)
        self.filed.add(uid)
        self._advance(uid)

    def postpone(self, uid: int, words: str, now: float, base: float) -> None:
        """This mail could not be filed: try again, each time after twice the wait, the first after `base` seconds."""
        tries = self.waiting[uid].tries + 1 if uid in self.waiting else 1
        self.waiting[uid] = Waiting(tries, now + min(base * 2 ** min(tries - 1, 20), LONGEST_WAIT), words)
        self._advance(uid)

    def _advance(self, uid: int) -> None:
        if uid >= self.next:
            self.next = uid + 1
            if len(self.filed) > 2 * WINDOW:
                self.filed = {one for one in self.filed if one >= self.next - WINDOW}


def first_day(cursor: Cursor | None, import_days: float, now: datetime) -> date:
    """From which day on a folder without a usable cursor is read.

    A new account looks `import_days` back. A folder whose UIDVALIDITY changed is read again from two days before it
    was last known to be complete: IMAP's dates have no time zone. What is fetched twice is known by its digest.
    """
    if cursor is not None and cursor.through is not None:
        return (cursor.through.astimezone(UTC) - timedelta(days=2)).date()
    return (now - timedelta(days=import_days)).date()
