"""A shop with a chat, on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.database import Engine
from tests.channels.webchat.shop import Shop, open_shop
from tests.streets import anywhere, nursery, on_postgresql

__all__ = ["anywhere", "nursery", "on_postgresql", "shop", "small_shop"]


@pytest.fixture
async def shop(engine: Engine, tmp_path: Path) -> AsyncIterator[Shop]:
    """On SQLite and on PostgreSQL."""
    async with open_shop(engine, tmp_path) as opened:
        yield opened


@pytest.fixture
async def small_shop(sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[Shop]:
    """On SQLite, for what has nothing to do with the database."""
    async with open_shop(sqlite_engine, tmp_path) as opened:
        yield opened
