"""Killed at any moment of nine days, the desk tells customers what a plain model says, each thing once."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bad_days.notices_model import Order, look, send
from tests.bad_days.notices_sigkill import MOVING, SDK, ordeal
from tests.bad_days.notices_story import MOMENTS, lives
from tests.servers import Nursery, Street

EVENTS = int(os.environ.get("MADOGUCHI_TEST_EVENTS", "120"))
"""The long run: `python -m tests.bad_days.notices_sigkill --events 100000`."""


@pytest.fixture
async def street(tmp_path: Path, blank_sqlite: Path) -> AsyncIterator[Street]:
    """A desk whose clock can be moved, and that need not import LINE's SDK at each of its lives."""
    shutil.copyfile(blank_sqlite, tmp_path / "notices.db")
    nursery = Nursery(SDK, MOVING)
    opened = Street(tmp_path, nursery, lambda: f"sqlite:///{tmp_path}/notices.db")
    yield opened
    await opened.close()
    nursery.close()


async def test_what_customers_are_told_is_what_a_plain_model_says(street: Street, tmp_path: Path) -> None:
    account = await ordeal(street.desk(), tmp_path / "clock", events=EVENTS, seed=3, between=2.5, people=10, batch=40)
    assert account.kills and account.events >= EVENTS
    assert account.mails and account.bubbles


def test_the_story_has_every_kind_of_notice_and_reasons_for_none() -> None:
    """Otherwise the ordeal would prove little."""
    told = lives(random.Random(4), ["c0"], 3000)
    left: set[str] = set()
    states: set[str] = set()
    for life in told:
        order = Order()
        for place, moment in enumerate(MOMENTS):
            for fact in life.told[place]:
                order.hear(fact)
            look(order, moment.at)
            left.update(trigger for trigger, _ in send(order, moment.at))
        states.update(note.state for note in order.notes.values())
    assert left == {
        "placed", "paid", "payment_due", "cancelled", "shipped", "delivered", "delayed", "returned", "refunded",
    }  # fmt: skip
    assert states == {"sent", "dropped"}
