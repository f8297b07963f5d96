"""What the desk holds in memory is read anew when it changed; an older look that took longer never comes last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from server import accounts
from server.answers import board, settings
from server.answers.board import Board
from server.answers.opening import Hours, Openings
from server.answers.settings import SettingsChange
from server.database import Database, now
from tests.desks import TestDesk


async def overtaken(
    database: Database,
    reading: Any,
    monkeypatch: pytest.MonkeyPatch,
    look: Callable[[], Coroutine[Any, Any, None]],
    change: Callable[[], Any],
) -> None:
    """A look whose reading ends late, while something changes and somebody looks again."""
    read, seen, go_on = database.read, asyncio.Event(), asyncio.Event()

    async def slow_at_first(function: Any, *words: Any) -> Any:
        found = await read(function, *words)
        if function is reading and not seen.is_set():
            seen.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(database, "read", slow_at_first)
    first = asyncio.ensure_future(look())
    await seen.wait()
    await change()
    second = asyncio.ensure_future(look())
    await asyncio.wait({second}, timeout=0.2)  # it may wait for the first, or be done before it
    go_on.set()
    await asyncio.gather(first, second)


async def test_accounts_are_what_was_read_last(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    change = partial(desk.database.write, lambda tx: tx.run("UPDATE channel_account SET name = 'Afterwards'"))
    await overtaken(desk.database, accounts.reachable, monkeypatch, desk.inbox.load_accounts, change)
    assert [one.name for one in desk.inbox.accounts("email")] == ["Afterwards"]


async def test_opening_hours_are_what_was_read_last(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    sign = Board(desk.database)
    never = SettingsChange(opening=Openings(desk=Hours(weekly=[""] * 7)))
    change = partial(desk.database.write, settings.write, desk.agent, never)
    await overtaken(desk.database, board._read, monkeypatch, sign.load, change)
    assert not sign.opening(None, now()).open
