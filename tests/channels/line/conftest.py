"""The simulated LINE for the tests of this room."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from channels.line.simulator import Person
from tests.channels.line.bot import Bot, opened


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """A served simulator and a bot on the official SDK."""
    async with opened() as bot:
        yield bot


@pytest.fixture
def hanako(bot: Bot) -> Person:
    """A friend of the account."""
    return bot.line.person("花子", friend=True)
