"""A desk on SQLite alone, for what has nothing to do with the database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.database import Database, Engine
from server.files import Files
from tests.desks import ScriptedChannel, TestDesk


@pytest.fixture
async def sqlite_only(sqlite_engine: Engine, files: Files, scripted: ScriptedChannel) -> AsyncIterator[TestDesk]:
    """A desk on SQLite, with one scripted account and one agent."""
    database = Database(sqlite_engine)
    opened = await TestDesk(database, files, {"email": scripted}).open()
    yield opened
    await opened.close()
    await database.close()
