"""A desk whose doors are open on a real socket, and people who work at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.database import Engine
from tests.web.house import House, open_house


@pytest.fixture
async def house(engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """A desk on each database, with nobody at work yet."""
    async with open_house(engine, tmp_path) as opened:
        yield opened


@pytest.fixture
async def small_house(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """A desk on SQLite, for what has nothing to do with the database."""
    async with open_house(sqlite_engine, tmp_path) as opened:
        yield opened
