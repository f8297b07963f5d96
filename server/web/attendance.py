"""Which agents sit at a console of this process, said to the others by leases; and the sweeping up after dead ones.

What is written is only what changed, and the renewal of what stands. Whoever reloads their console is not gone: a
departure counts after `GRACE`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets

from server.agents import availability
from server.agents.availability import LEASE, State
from server.database import Database
from server.errors import Unavailable

log = logging.getLogger(__name__)

GRACE = 5.0
"""In seconds: how long after their last console is gone an agent is still here."""
RENEW = LEASE.total_seconds() / 3
LOOK = 5.0
"""In seconds: how often somebody looks for leases that ran out."""


class Attendance:
    """The consoles of this process: `came`, `went` and `is_active` as they happen, `run` beside them."""

    def __init__(self, database: Database, *, grace: float = GRACE, look: float = LOOK, renew: float = RENEW) -> None:
        self._database = database
        self._process = secrets.token_hex(8)
        self._consoles: dict[int, dict[str, bool]] = {}
        self._leased: dict[int, State] = {}
        self._leaving: dict[int, asyncio.TimerHandle] = {}
        self._moved: set[int] = set()
        self._news = asyncio.Event()
        self._grace, self._look, self._renew = grace, look, renew

    def came(self, agent: int, console: str) -> None:
        """A console was opened; whoever opens one is there."""
        self._consoles.setdefault(agent, {})[console] = True
        if (timer := self._leaving.pop(agent, None)) is not None:
            timer.cancel()
        self._tell(agent)

    def went(self, agent: int, console: str) -> None:
        """A console was closed, or its connection broke."""
        consoles = self._consoles.get(agent)
        if consoles is None or consoles.pop(console, None) is None:
            return
        if consoles:
            self._tell(agent)
            return
        del self._consoles[agent]
        if agent not in self._leaving:
            self._leaving[agent] = asyncio.get_running_loop().call_later(self._grace, self._left, agent)

    def is_active(self, agent: int, console: str, active: bool) -> None:
        """Somebody touches a console, or nobody has for a while."""
        consoles = self._consoles.get(agent, {})
        if consoles.get(console, active) != active:
            consoles[console] = active
            self._tell(agent)

    def _left(self, agent: int) -> None:
        del self._leaving[agent]
        self._tell(agent)

    def _tell(self, agent: int) -> None:
        self._moved.add(agent)
        self._news.set()

    def _state(self, agent: int) -> State:
        if agent in self._leaving:
            return self._leased.get(agent, "offline")
        consoles = self._consoles.get(agent)
        if consoles is None:
            return "offline"
        return "online" if any(consoles.values()) else "away"

    async def run(self) -> None:
        """Write leases when they change, renew them, and sweep; until it is cancelled. The leases then run out."""
        loop = asyncio.get_running_loop()
        renewed = looked = loop.time() - LEASE.total_seconds()
        while True:
            try:
                if loop.time() - looked >= self._look:
                    looked = loop.time()
                    if await self._database.read(availability.is_to_be_swept):
                        await self._database.write(availability.sweep)
                if loop.time() - renewed >= self._renew:
                    renewed = loop.time()
                    self._moved.update(self._leased)
                await self._write()
            except Unavailable as error:
                log.warning("Who is at the desk cannot be written down now: %s", error)
                await asyncio.sleep(1.0)
            try:
                async with asyncio.timeout(min(self._look, self._renew)):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _write(self) -> None:
        self._news.clear()
        moved, self._moved = self._moved, set()
        states: dict[int, State] = {agent: self._state(agent) for agent in moved}
        if not states:
            return
        try:
            await self._database.write(availability.lease, self._process, states)
        except BaseException:
            self._moved |= moved
            raise
        for agent, state in states.items():
            if state == "offline":
                self._leased.pop(agent, None)
            else:
                self._leased[agent] = state

    def close(self) -> None:
        """Nobody's departure is waited for any more: a process that starts anew finds them here."""
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()
