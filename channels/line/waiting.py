"""Who waits for an answer: shown to them as LINE's loading animation while an agent writes it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from channels.contract import Account

MOST = 5000
"""Conversations remembered; the oldest is forgotten."""
LASTS = 20
"""Seconds that the animation is shown for (5 to 60, in fives)."""
AGAIN = 15.0

Show = Callable[[Account, str, int], Coroutine[Any, Any, None]]


class Waiting:
    """Which person each ticket's conversation is with, as far as this process heard from them."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._people: OrderedDict[int, tuple[Account, str]] = OrderedDict()
        self._shown: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def heard(self, account: Account, line: str, ticket: int | None) -> None:
        """Somebody wrote on a ticket. Groups have no animation."""
        if ticket is None or not line.startswith("line:"):
            return
        self._people[ticket] = (account, line.removeprefix("line:"))
        self._people.move_to_end(ticket)
        self._shown.pop(ticket, None)
        if len(self._people) > MOST:
            gone, _ = self._people.popitem(last=False)
            self._shown.pop(gone, None)

    def typing(self, ticket: int) -> None:
        """An agent writes on a ticket: show it, and again while it goes on."""
        found = self._people.get(ticket)
        now = time.monotonic()
        if found is None or now - self._shown.get(ticket, -AGAIN) < AGAIN:
            return
        self._shown[ticket] = now
        task = asyncio.get_running_loop().create_task(self._show(*found, LASTS))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Nothing is shown any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
