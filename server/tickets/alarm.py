"""The alarm: does what is due at its time, and not a poll later: wakes snoozed tickets, sends continuity mails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from server.database import Database, Transaction, now
from server.errors import Unavailable
from server.tickets import editing

log = logging.getLogger(__name__)

LONGEST_SLEEP = 30.0
"""In seconds: how late a snooze may end that another process set."""
AGAIN = 1.0
"""In seconds: what failed is not tried again before."""


class Alarm:
    """The composition runs `run` as a task, and kicks when something was put on its list.

    `due` says when it must ring next, `ring` does what is due then; `before` is awaited before it rings.
    """

    def __init__(
        self,
        database: Database,
        due: Callable[[Transaction], datetime | None] = editing.next_wake,
        ring: Callable[[Transaction], object] = editing.wake,
        *,
        before: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._database = database
        self._due = due
        self._ring = ring
        self._before = before
        self._kicked = asyncio.Event()

    def kick(self) -> None:
        """Something was put on the list, or moved."""
        self._kicked.set()

    async def run(self) -> None:
        """Ring until cancelled."""
        while True:
            self._kicked.clear()
            sleep = LONGEST_SLEEP
            try:
                due = await self._database.read(self._due)
                if due is not None and (sleep := (due - now()).total_seconds()) <= 0:
                    if self._before is not None:
                        await self._before()
                    await self._database.write(self._ring)
                    continue
            except Unavailable as error:
                log.warning("What is due cannot be looked at now: %s", error)
                sleep = max(sleep, AGAIN)
            except Exception:
                log.exception("The alarm stumbled; it goes on")
                sleep = max(sleep, AGAIN)
            try:
                async with asyncio.timeout(min(max(sleep, 0.0), LONGEST_SLEEP)):
                    await self._kicked.wait()
            except TimeoutError:
                continue
