"""Killed at any moment between LINE and an agent, the desk files each event once and shows each answer once."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bad_days.line_sigkill import SDK, ordeal
from tests.servers import Nursery, Street

KILLS = int(os.environ.get("MADOGUCHI_TEST_KILLS", "4"))
"""The long run: `python -m tests.bad_days.line_sigkill --kills 300`."""


@pytest.fixture
async def street(tmp_path: Path, blank_sqlite: Path) -> AsyncIterator[Street]:
    """A desk that need not import LINE's SDK at each of its lives."""
    shutil.copyfile(blank_sqlite, tmp_path / "line.db")
    nursery = Nursery(SDK)
    opened = Street(tmp_path, nursery, lambda: f"sqlite:///{tmp_path}/line.db")
    yield opened
    await opened.close()
    nursery.close()


async def test_each_event_is_one_message_and_each_answer_one_bubble(street: Street) -> None:
    account = await ordeal(street.desk(), KILLS)
    assert account.kills == KILLS
    assert account.events and account.replies
