"""Where a test opens its desks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from tests.channels.email.network import MailServer, mail_server
from tests.servers.nursery import Nursery
from tests.servers.process import Desk

T = TypeVar("T")


class Street:
    """Where a test opens its desks: each with a database of its own unless it is given one."""

    def __init__(self, folder: Path, nursery: Nursery, blank: Callable[[], str]) -> None:
        self.folder = folder
        self.nursery = nursery
        self._blank = blank
        self._stack = AsyncExitStack()
        self._opened = 0

    def desk(self, database: str | None = None, **settings: Any) -> Desk:
        """A desk that is not started yet."""
        self._opened += 1
        desk = Desk(self.folder / f"desk{self._opened}", database or self._blank(), self.nursery, **settings)
        self._stack.push_async_callback(desk.close)
        return desk

    async def relay(self) -> MailServer:
        """A mail server that takes what desks send."""
        return await self._stack.enter_async_context(mail_server())

    async def enter(self, context: AbstractAsyncContextManager[T]) -> T:
        """Anything else that lasts as long as the test."""
        return await self._stack.enter_async_context(context)

    async def close(self) -> None:
        """Everything ends, the newest first."""
        await self._stack.aclose()
