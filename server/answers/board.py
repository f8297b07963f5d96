"""The sign at the door: whether somebody is there now, as channels may ask at any moment without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from server.accounts import desk_settings
from server.answers import settings
from server.answers.opening import Opening, Openings, opening
from server.database import Database, Transaction, now

LONGEST = timedelta(hours=1)
"""Hours are looked at anew after so long at the latest: clocks are set, and timers stop while a machine sleeps."""


class Board:
    """The opening hours in memory, as they were when they were read last."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._openings = Openings()
        self._zone = ZoneInfo("Asia/Tokyo")
        self._told: Callable[[], None] = _nobody
        self._turning: asyncio.TimerHandle | None = None
        self._reading = asyncio.Lock()

    def listen(self, told: Callable[[], None]) -> None:
        """Whom to tell when the hours are others, and when somebody comes or goes by them."""
        self._told = told

    async def load(self) -> None:
        """Read them anew; one look at a time, so that an older one never comes last."""
        async with self._reading:
            self._openings, self._zone = await self._database.read(_read)
            self._turn()

    def _turn(self) -> None:
        """Tell, and again at the next moment at which any of the hours begin or end."""
        if self._turning is not None:
            self._turning.cancel()
        moment = now()
        found = [opening(one, moment, self._zone) for one in (self._openings.desk, *self._openings.teams.values())]
        turns = [at - moment for one in found for at in (one.until, one.next) if at is not None]
        wait = max(min([LONGEST, *turns]), timedelta(seconds=0.05))
        self._turning = asyncio.get_running_loop().call_later(wait.total_seconds(), self._turn) if turns else None
        self._told()

    def opening(self, team: int | None, now: datetime) -> Opening:
        """How it stands for a team, or the desk."""
        return opening(self._openings.of(team), now, self._zone)


def _nobody() -> None:
    """For a process without visitors."""


def _read(tx: Transaction) -> tuple[Openings, ZoneInfo]:
    return settings.read(tx).opening, desk_settings.read(tx).zone
