"""The chats' visitors as consoles see them: who is here, on which page, and who types; told a moment's news at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from channels import fan_out
from channels.contract import Present
from server.inbox.presence import Presence

NAMESPACE = "/agent"
MOST = 1_000
EVERY = 0.1
"""In seconds: what visitors do within is told in one packet."""
encode = msgspec.json.Encoder().encode


class VisitorShown(msgspec.Struct, frozen=True):
    """A visitor who is connected, or with `online` false who went. What they say of themselves is unconfirmed."""

    account: int
    visitor: str
    online: bool
    since: datetime
    name: str
    conversation: str | None
    ticket: int | None
    typing: bool
    page: Any
    cart: Any
    order: Any
    tags: Any


class VisitorNews:
    """Gathers what visitors do, and has it told."""

    def __init__(self, presence: Presence, tell: Callable[[fan_out.PacketForMany], None]) -> None:
        self._presence = presence
        self._tell = tell
        self._moved: dict[tuple[int, str], Present] = {}
        presence.listen(self._hear)

    def everybody(self) -> fan_out.PacketForMany:
        """All who are here, for a console that just connected."""
        return _packet(list(self._presence.now.values())[:MOST])

    def _hear(self, present: Present) -> None:
        if not self._moved:
            asyncio.get_running_loop().call_later(EVERY, self._flush)
        self._moved[present.account, present.visitor] = present

    def _flush(self) -> None:
        moved, self._moved = self._moved, {}
        self._tell(_packet(moved.values()))


def _packet(present: Iterable[Present]) -> fan_out.PacketForMany:
    shown = [
        VisitorShown(
            account=one.account,
            visitor=one.visitor,
            online=one.online,
            since=one.since,
            name=one.name,
            conversation=one.conversation,
            ticket=one.ticket,
            typing=one.typing,
            **{name: one.context.get(name) for name in ("page", "cart", "order", "tags")},
        )
        for one in present
    ]
    return fan_out.PacketForMany(NAMESPACE, "visitors", encode(shown))
