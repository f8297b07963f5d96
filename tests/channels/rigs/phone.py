"""The rig of the phone channel: an agent who writes calls down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from channels.contract import Account, OutboundMessage, Party
from channels.phone import BadNote, CallNote, PhoneChannel
from tests.channels.desk import FakeDesk
from tests.channels.rigs import Sent

LINE = Account(1, "phone", "Main line", "+81312345678")

DELIVERS = False


@dataclass
class PhoneRig:
    """A line. It only comes in: an answer by phone is a person calling."""

    channel: PhoneChannel
    desk: FakeDesk

    takes_any_bytes = False

    async def offer(self, text: str, name: str) -> bool:
        try:
            await self.channel.write_down(self.desk, LINE, CallNote(text, 3, "090-1234-5678", key=name))
        except (BadNote, RuntimeError, OSError):
            return False
        return True

    def letter(self, text: str, key: str) -> OutboundMessage:
        return OutboundMessage(key, LINE, (Party("phone", "+819012345678"),), text, datetime.now(UTC))

    def network(self, does: Literal["take", "later", "never"]) -> None:
        """There is none."""

    def sent(self) -> list[Sent]:
        return []


@asynccontextmanager
async def rig() -> AsyncIterator[PhoneRig]:
    """The line and its agent."""
    yield PhoneRig(PhoneChannel(), FakeDesk(LINE))
