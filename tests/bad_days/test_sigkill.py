"""Killed at any moment between taking a mail and sending a reply, the desk keeps every promise it gave."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.bad_days.sigkill import ordeal
from tests.servers import Street

KILLS = int(os.environ.get("MADOGUCHI_TEST_KILLS", "20"))
"""The long run: `python -m tests.bad_days.sigkill --kills 300`."""


async def test_a_desk_killed_again_and_again_keeps_every_promise(street: Street) -> None:
    account = await ordeal(street.desk(), KILLS)
    assert account.kills == KILLS
    assert account.mails and account.replies and account.fetched


async def test_so_it_does_on_postgresql(street: Street, on_postgresql: Callable[[], str]) -> None:
    account = await ordeal(street.desk(on_postgresql()), KILLS // 3)
    assert account.mails and account.replies and account.fetched
