"""Who waits for an answer: shown to them as LINE's loading animation while an agent writes it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from channels.contract import Account, Desk

log = logging.getLogger(__name__)

MOST = 5000
"""Tickets remembered; the oldest is forgotten."""
LASTS = 20
"""Seconds that the animation is shown for (5 to 60, in fives)."""
AGAIN = 15.0

Show = Callable[[Account, str, int], Coroutine[Any, Any, None]]


class Waiting:
    """When each ticket's customer was last shown that an answer is being written, by this process."""

    def __init__(self, desk: Desk, show: Show) -> None:
        self._desk = desk
        self._show = show
        self._shown: OrderedDict[int, float] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def heard(self, ticket: int | None) -> None:
        """Somebody wrote on a ticket: what they were shown has gone from their screen."""
        if ticket is not None:
            self._shown.pop(ticket, None)

    def typing(self, ticket: int) -> None:
        """An agent writes on a ticket: show it, and again while it goes on."""
        now = time.monotonic()
        if now - self._shown.get(ticket, -AGAIN) < AGAIN:
            return
        self._shown[ticket] = now
        self._shown.move_to_end(ticket)
        if len(self._shown) > MOST:
            self._shown.popitem(last=False)
        task = asyncio.get_running_loop().create_task(self._tell(ticket))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, ticket: int) -> None:
        """Only persons: groups have no animation. It is a kindness, and no trouble of anybody's when it fails."""
        try:
            found = await self._desk.place_of(ticket)
            if found is not None and found[0].kind == "line" and found[1].startswith("line:"):
                await self._show(found[0], found[1].removeprefix("line:"), LASTS)
        except Exception:
            log.warning("That an answer to ticket %d is being written could not be shown", ticket, exc_info=True)

    async def close(self) -> None:
        """Nothing is shown any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
