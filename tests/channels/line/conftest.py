"""The simulated LINE for the tests of this room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.line.simulator import Person
from server.database import Engine
from tests.channels.line import house as houses
from tests.channels.line.bot import Bot, opened
from tests.channels.line.house import House


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """A served simulator and a bot on the official SDK."""
    async with opened() as bot:
        yield bot


@pytest.fixture
def hanako(bot: Bot) -> Person:
    """A friend of the account."""
    return bot.line.person("花子", friend=True)


@pytest.fixture
async def house(engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """A whole desk with a LINE account, on each database; letters and errands leave when `start` is called."""
    async with houses.opened(engine, tmp_path / "files") as house:
        yield house


@pytest.fixture
def misaki(house: House) -> Person:
    """A friend of the account."""
    return house.line.person("美咲", friend=True, status="うつわが好き")
