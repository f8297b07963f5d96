"""Who leaves a connection open fails, and not the later test in which the garbage happens to be collected."""

from __future__ import annotations

import asyncio
import socket
from asyncio.selector_events import BaseSelectorEventLoop, _SelectorTransport  # type: ignore[attr-defined]
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import pytest

GRACE = 30.0
"""In seconds: so long may a connection take to end, when both its sides are done, before its loop is closed."""
_made: WeakSet[Any] = WeakSet()
_left: list[str] = []
_init, _accept, _close = (
    _SelectorTransport.__init__,
    BaseSelectorEventLoop._accept_connection2,  # type: ignore[attr-defined]
    BaseSelectorEventLoop.close,
)


def _begin(self: Any, *words: Any, **more: Any) -> None:
    _init(self, *words, **more)
    _made.add(self)


async def _accept_while_open(
    self: Any, factory: Any, caller: socket.socket, extra: Any, tls: Any = None, server: Any = None, *more: Any
) -> None:
    """Hang up on a caller who was accepted in the very moment in which the server was closed.

    asyncio forgets such a socket (https://github.com/python/cpython/issues/109564).
    """
    if server is not None and not server.sockets:
        caller.close()
    else:
        await _accept(self, factory, caller, extra, tls, server, *more)


def _close_empty(self: Any) -> None:
    """Let what is ending come to its end before the loop is closed, and remember what does not."""
    if _open(self) and not self.is_running():
        self.run_until_complete(_emptied(self))
        _left.extend(
            f"{one!r} {one.get_extra_info('sockname')} ← {one.get_extra_info('peername')}" for one in _open(self)
        )
        for one in _open(self):
            one.abort()
        self.run_until_complete(asyncio.sleep(0))
    _close(self)


async def _emptied(loop: asyncio.AbstractEventLoop) -> None:
    end = loop.time() + GRACE
    while _open(loop) and loop.time() < end:  # noqa: ASYNC110 - a transport has no event of its end
        await asyncio.sleep(0.001)


def _open(loop: asyncio.AbstractEventLoop) -> list[Any]:
    while True:
        with suppress(RuntimeError):  # a loop of another thread opened one meanwhile
            return [one for one in list(_made) if one._loop is loop and one._sock is not None]


_SelectorTransport.__init__ = _begin
BaseSelectorEventLoop._accept_connection2 = _accept_while_open  # type: ignore[attr-defined]
BaseSelectorEventLoop.close = _close_empty  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Fail the test whose loop was closed over an open connection."""
    done = yield
    if _left:
        words = "\n".join(_left)
        _left.clear()
        pytest.fail(f"it left open:\n{words}", pytrace=False)
    return done
