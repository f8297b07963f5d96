"""Following the change feed: a loop whose place in the feed is a row, so that nothing is passed over and a killed
process's work is found again.

What is done with a stretch of the feed is kept in one of two ways. Work that bears being done twice is done first, and
the place moves afterwards: several processes may be at the same stretch, and one that dies leaves it to the next. Work
that does not is given back by `take`, and is carried out in the very unit that moves the place, by whoever moves it
first: once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from server.database.transaction import Transaction
from server.database.units import Database
from server.errors import Unavailable

Keep = Callable[[Transaction], object]


class Stretch(NamedTuple):
    """Some of the feed: what was read after `seen` up to `upto`, in its order. `behind`: there is more."""

    seen: int
    upto: int
    changes: Sequence[Any]
    behind: bool


class Follower(ABC):
    """One for each process. The composition runs `run` as a task, and kicks when something is in the feed for it."""

    desk: ClassVar[str]
    """The table whose one row holds the place, in its column `seen`."""
    kinds: ClassVar[tuple[str, ...]]
    """Changes that are looked at; others are passed over."""
    at_once: ClassVar[int]
    """Changes in a stretch."""
    longest_sleep: ClassVar[float] = 30.0
    """In seconds: how late something is seen of which nobody told."""
    gather: float = 0.0
    """In seconds: how long it rests before it looks again, so that what happens together is looked at together."""
    share: ClassVar[int] = 0
    """At least so many times as long as a look took it rests."""
    away: ClassVar[str]
    """Logged while the database is away; `%s` is why."""
    stumbled: ClassVar[str]
    """Logged when a look failed; it is done again at the next kick, or after the longest sleep."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kicked = asyncio.Event()
        self._log = logging.getLogger(type(self).__module__)
        self.idle = False
        """Whether it is known that there is nothing to follow for: then what happens costs nothing here."""

    @abstractmethod
    def in_use(self, tx: Transaction) -> bool:
        """Whether there is anything to follow for. Reads only."""

    @abstractmethod
    async def take(self, stretch: Stretch) -> Keep | None:
        """Do what is to be done with the changes of a stretch, of which there is at least one.

        What is done here may be done again. A unit that is given back is carried out once, together with the place's
        move. Whatever is raised leaves the place where it is: a change that fails each time is to be settled here.
        """

    async def ring(self) -> float:
        """Do what is due by the clock, once the feed was followed to its end; the seconds until more may be, 0 to look
        again at once."""
        return self.longest_sleep

    async def rest(self, seconds: float) -> None:
        """Do nothing for so long, after it was woken."""
        await asyncio.sleep(seconds)

    def kick(self) -> None:
        """Something is in the feed."""
        if not self.idle:
            self._kicked.set()

    def changed(self) -> None:
        """It may be in use from now on, or no longer."""
        self.idle = False
        self._kicked.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            self._kicked.clear()
            sleep, pause = self.longest_sleep, self.gather
            try:
                began = time.monotonic()
                behind = await self.look()
                if not behind and (sleep := await self.ring()) <= 0:
                    continue
                pause = max(pause, self.share * (time.monotonic() - began))
                if behind:
                    await asyncio.sleep(min(pause, self.longest_sleep))
                    continue
            except Unavailable as error:
                self._log.warning(self.away, error)
            except Exception:
                self._log.exception(self.stumbled)
            try:
                async with asyncio.timeout(min(sleep, self.longest_sleep)):
                    await self._kicked.wait()
            except TimeoutError:
                self.idle = False
            if pause:
                await self.rest(min(pause, self.longest_sleep))

    async def look(self) -> bool:
        """Follow the feed for the next stretch; whether there is more."""
        stretch = await self._database.read(self._next)
        self.idle = stretch is None
        if stretch is None or stretch.upto <= stretch.seen:
            return False
        keep = await self.take(stretch) if stretch.changes else None
        await self._database.write(self.move, stretch, keep)
        return stretch.behind

    def _next(self, tx: Transaction) -> Stretch | None:
        """The next stretch; None while there is nothing to follow for."""
        seen = tx.value(f"SELECT seen FROM {self.desk}")
        if seen is None or not self.in_use(tx):
            return None
        kinds = ", ".join(f"'{kind}'" for kind in self.kinds)
        changes = tx.all(
            f"SELECT seq, at, kind, by_whom, ticket_number, data FROM change WHERE seq > :seen AND kind IN ({kinds})"
            " ORDER BY seq LIMIT :most",
            seen=seen,
            most=self.at_once,
        )
        behind = len(changes) == self.at_once
        upto = changes[-1].seq if behind else max(tx.value("SELECT max(seq) FROM change") or 0, seen)
        return Stretch(seen, upto, changes, behind)

    def move(self, tx: Transaction, stretch: Stretch, keep: Keep | None = None) -> bool:
        """Move the place behind a stretch, never back; False when it is there already. With something to `keep` that is
        kept in this unit, unless another process took up this stretch meanwhile."""
        mine = "seen < :upto" if keep is None else "seen = :seen"
        if not tx.run(f"UPDATE {self.desk} SET seen = :upto WHERE {mine}", upto=stretch.upto, seen=stretch.seen):
            return False
        if keep is not None:
            keep(tx)
        return True
