"""The rig of the web chat: a visitor with a real socket, and a conversation that shows what agents wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import Account, OutboundMessage, Party, Receipt, ShownConversation, ShownMessage
from channels.webchat import WebchatChannel
from tests.channels.desk import FakeDesk, until
from tests.channels.rigs import Sent
from tests.channels.webchat.widget import Widget

ACCOUNT = Account(1, "webchat", "Shop", "shop", {"slug": "shop"})

DELIVERS = True


class ChatDesk(FakeDesk):
    """A desk whose conversations can be away, or unknown."""

    mood: Literal["take", "later", "never"] = "take"

    async def conversation(self, account: Account, conversation: str, **wanted: Any) -> ShownConversation:
        if self.mood == "later":
            raise RuntimeError("database is locked")
        return (
            ShownConversation() if self.mood == "never" else await super().conversation(account, conversation, **wanted)
        )


class HeardChannel(WebchatChannel):
    """A letter has reached this network once the visitor's client has it."""

    widget: Widget

    async def deliver(self, message: OutboundMessage) -> Receipt:
        receipt = await super().deliver(message)
        assert isinstance(self._desk, FakeDesk)
        newest = self._desk.shown[str(message.conversation)][-1].seq
        await until(lambda: newest in self.widget.messages)
        return receipt


@dataclass
class WebchatRig:
    """A site with one visitor."""

    channel: HeardChannel
    desk: ChatDesk
    widget: Widget

    takes_any_bytes = False

    async def offer(self, text: str, name: str) -> bool:
        return "error" not in await self.widget.send(text, f"message-{name}")

    def letter(self, text: str, key: str) -> OutboundMessage:
        conversation = self.widget.state["conversation"]
        said = self.desk.shown.setdefault(conversation, [])
        if self.desk.mood == "take" and not any(one.name == key for one in said):
            said.append(ShownMessage(len(said) + 1, "agent", text, datetime.now(UTC), name=key))
        return OutboundMessage(
            key, ACCOUNT, (Party("visitor", "1:v"),), text, datetime.now(UTC), conversation=conversation
        )

    def network(self, does: Literal["take", "later", "never"]) -> None:
        self.desk.mood = does

    def sent(self) -> list[Sent]:
        heard = [self.widget.messages[seq] for seq in sorted(self.widget.messages)]
        return [Sent(one["agent"]["name"], one["text"]) for one in heard]


@asynccontextmanager
async def rig() -> AsyncIterator[WebchatRig]:
    """The site and its visitor."""
    desk, channel, app = ChatDesk(ACCOUNT), HeardChannel(), web.Application()
    channel.attach(app, desk)
    async with TestServer(app) as server:
        widget = channel.widget = await Widget(str(server.make_url("/")).rstrip("/")).connect()
        await widget.hello()
        try:
            yield WebchatRig(channel, desk, widget)
        finally:
            await widget.drop()
