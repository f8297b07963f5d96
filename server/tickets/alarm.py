"""The alarm: wakes snoozed tickets at their time, and not a poll later."""

from __future__ import annotations

import asyncio
import logging

from server.database import Database, now
from server.errors import Unavailable
from server.tickets import editing

log = logging.getLogger(__name__)

LONGEST_SLEEP = 30.0
"""In seconds: how late a snooze may end that another process set."""


class Alarm:
    """The composition runs `run` as a task, and kicks when a snooze is set."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kicked = asyncio.Event()

    def kick(self) -> None:
        """A snooze was set or moved."""
        self._kicked.set()

    async def run(self) -> None:
        """Wake tickets until cancelled."""
        while True:
            self._kicked.clear()
            sleep = LONGEST_SLEEP
            try:
                due = await self._database.read(editing.next_wake)
                if due is not None and (sleep := (due - now()).total_seconds()) <= 0:
                    await self._database.write(editing.wake)
                    continue
            except Unavailable as error:
                log.warning("Snoozed tickets cannot be looked at now: %s", error)
            except Exception:
                log.exception("The alarm stumbled; it goes on")
            try:
                async with asyncio.timeout(min(max(sleep, 0.0), LONGEST_SLEEP)):
                    await self._kicked.wait()
            except TimeoutError:
                continue
