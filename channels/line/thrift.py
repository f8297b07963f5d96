"""What the desk says by itself is meant to be free: how often a day it may cost, when its reply came too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from channels.contract import Desk, OutboundMessage, Undeliverable
from channels.line.settings import Settings

SHELF = "paid-answers"
"""Of an account: the letters of one conversation and day that may cost, by the conversation and the day."""
JAPAN = timezone(timedelta(hours=9))
"""Where LINE's months begin, and so its days."""


async def too_dear(desk: Desk, message: OutboundMessage) -> Undeliverable | None:
    """Why an answer of the desk's own is not pushed now; None for what may be, at this try and every later one.

    Only what had a reply token is meant: what nobody asked for, and what agents write, is a push by its nature.
    """
    if not message.automatic or not message.handles.answer:
        return None
    most = Settings.of(message.account).automatic_pushes
    place = f"{message.to[0].address}:{datetime.now(JAPAN):%Y-%m-%d}"
    paid: list[str] = await desk.look_up(message.account, SHELF, place) or []
    if message.key in paid:
        return None
    if len(paid) < most:
        await desk.keep(
            message.account, SHELF, place, [*paid, message.key], until=datetime.now(UTC) + timedelta(days=2)
        )
        return None
    words = (
        "It was too late for a free answer, and no more automatic answers to this customer may cost a message today."
    )
    return Undeliverable(words, code="cost")
