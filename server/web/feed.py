"""The change feed as this process knows it: in order, without gaps, the newest part in memory.

`announce` is given each commit's changes; what other processes committed in between is read from the database, so
that everybody who listens here hears every change once and in order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from aiohttp import web

from server import tickets
from server.agents import AgentView, may
from server.database import Database, Transaction
from server.errors import Unavailable
from server.events import Change, Event

log = logging.getLogger(__name__)

KEPT = 2_000
BATCH = 500
AGAIN_AFTER = 1.0

HIDDEN = "hidden"
"""The kind of a change that its reader may not see: only its place in the feed is told, so that nothing is missing."""

Listener = Callable[[Sequence[Change]], None]


def is_private(change: Change) -> bool:
    """Whether some agents may not see it."""
    if change.kind == "desk.changed":
        return change.data.get("what") in ("session", "token", "webhook", "console", "preferences")
    return change.kind == "arrival.quarantined"


def may_see(agent: AgentView, change: Change) -> bool:
    """Sessions and tokens are their owner's and the admins' affair, the quarantine is the leads'."""
    if not is_private(change):
        return True
    if change.kind == "arrival.quarantined":
        return may(agent, "lead")
    return agent.role == "admin" or change.data.get("id") == agent.id


def for_agent(agent: AgentView, changes: Sequence[Change]) -> list[Change]:
    """The changes as an agent may see them, none left out."""
    return [change if may_see(agent, change) else hidden(change) for change in changes]


def hidden(change: Change) -> Change:
    """A change's place in the feed and nothing of what it says."""
    return Change(change.seq, change.at, HIDDEN, "", None, {})


def newest_seq(tx: Transaction) -> int:
    """The seq of the newest change."""
    return int(tx.value("SELECT seq FROM change_counter") or 0)


class Feed:
    """`last` is the newest change heard, `recent` those kept in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._first: list[Listener] = []
        self._listeners: list[Listener] = []
        self._waiting: set[asyncio.Future[None]] = set()
        self._filling: asyncio.Task[None] | None = None
        self._wanted = 0
        self.last = 0
        self.recent: deque[Change] = deque(maxlen=KEPT)

    def listen(self, listener: Listener) -> None:
        """Hear every change from now on, on the event loop, in order."""
        self._listeners.append(listener)

    def listen_first(self, listener: Listener) -> None:
        """Hear this process's own commits before anything else runs, even when others' are still missing."""
        self._first.append(listener)

    async def start(self) -> None:
        """Begin where the database stands."""
        self.last = self._wanted = await self._database.read(newest_seq)

    async def close(self) -> None:
        """Nobody hears anything any more."""
        if self._filling is not None:
            self._filling.cancel()
        for waiter in list(self._waiting):
            waiter.cancel()

    def announce(self, changes: Sequence[tuple[Change, Event]]) -> None:
        """A commit of this process."""
        if not changes:
            return
        fresh = [change for change, _ in changes]
        for listener in self._first:
            listener(fresh)
        if fresh[0].seq == self.last + 1 and self._filling is None:
            self._tell(fresh)
        else:
            self.poke(fresh[-1].seq)

    def poke(self, seq: int) -> None:
        """Another process has committed up to here."""
        self._wanted = max(self._wanted, seq)
        if self._wanted > self.last and self._filling is None:
            self._filling = asyncio.get_running_loop().create_task(self._fill())

    async def _fill(self) -> None:
        """Read what this process did not commit itself."""
        try:
            while self.last < self._wanted:
                try:
                    found = await self._database.read(tickets.changes, after=self.last, limit=BATCH)
                except Unavailable as error:
                    log.warning("The change feed cannot be read: %s", error)
                    await asyncio.sleep(AGAIN_AFTER)
                    continue
                if not found:
                    return
                self._tell(found)
        finally:
            self._filling = None

    def _tell(self, changes: list[Change]) -> None:
        self.last = changes[-1].seq
        self.recent.extend(changes)
        for listener in self._listeners:
            try:
                listener(changes)
            except Exception:
                log.exception("A listener to the change feed failed")
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def beyond(self, seq: int, seconds: float) -> None:
        """Wait until there is a change after `seq`, at most so long."""
        if self.last > seq or seconds <= 0:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            return
        finally:
            self._waiting.discard(waiter)

    async def since(self, seq: int, limit: int = BATCH) -> list[Change]:
        """The changes after `seq`: from memory when it reaches back so far, else from the database."""
        if seq >= self.last:
            return []
        if self.recent and self.recent[0].seq <= seq + 1:
            begin = seq + 1 - self.recent[0].seq
            return [self.recent[place] for place in range(begin, min(begin + limit, len(self.recent)))]
        return await self._database.read(tickets.changes, after=seq, limit=limit)


FEED = web.AppKey("feed", Feed)
