"""Killed at any moment between LINE and an agent, the desk files each event once and shows each answer once."""

from __future__ import annotations

import os

from tests.bad_days.line_sigkill import ordeal
from tests.servers import Street

KILLS = int(os.environ.get("MADOGUCHI_TEST_KILLS", "4"))
"""The long run: `python -m tests.bad_days.line_sigkill --kills 300`."""


async def test_each_event_is_one_message_and_each_answer_one_bubble(street: Street) -> None:
    account = await ordeal(street.desk(), KILLS)
    assert account.kills == KILLS
    assert account.events and account.replies
