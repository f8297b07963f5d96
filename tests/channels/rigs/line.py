"""The rig of LINE: a simulated platform, an official account on it, and somebody with a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import Account, OutboundMessage, Party
from channels.line import LineChannel
from channels.line.simulator import Person, Said, Simulator, serving
from tests.channels.desk import FakeDesk
from tests.channels.rigs import Sent

DELIVERS = True
SECRET = "a channel secret of the tests"


@dataclass
class LineRig:
    """One account, one person."""

    channel: LineChannel
    desk: FakeDesk
    simulator: Simulator
    person: Person
    account: Account
    said: dict[str, Said] = field(default_factory=dict)

    takes_any_bytes = False

    async def offer(self, text: str, name: str) -> bool:
        if name not in self.said:
            self.simulator.webhooks.hold()
            self.said[name] = self.person.text(text)
            self.simulator.webhooks.release()
            again = False
        else:
            again = True
        attempt = await self.simulator.post(self.said[name].event, redelivery=again)
        return attempt.arrived

    def letter(self, text: str, key: str) -> OutboundMessage:
        to = Party("line", self.person.id)
        return OutboundMessage(key, self.account, (to,), text, datetime.now(UTC), conversation=f"line:{to.address}")

    def network(self, does: Literal["take", "later", "never"]) -> None:
        self.simulator.faults.clear()
        if does == "later":
            self.simulator.fail_next(429, 1000, path="/message/push")
        elif does == "never":
            self.simulator.fail_next(403, 1000, path="/message/push")

    def sent(self) -> list[Sent]:
        return [Sent(str(bubble.retry_key), bubble.text) for bubble in self.person.phone]


@asynccontextmanager
async def rig() -> AsyncIterator[LineRig]:
    """The platform, the channel attached to it, and a friend."""
    simulator = Simulator("1657000000", SECRET)
    async with serving(simulator) as served:
        account = Account(
            1,
            "line",
            "まどぐち商店",
            "@216ru",
            {
                "channel_id": simulator.channel_id,
                "api_base": served.api_base,
                "data_base": served.data_base,
                "dialog_base": served.api_base,
                "sticker_base": served.api_base,
            },
            {"channel_secret": SECRET, "access_token": simulator.token},
        )
        desk, channel, app = FakeDesk(account), LineChannel(), web.Application()
        channel.attach(app, desk)
        async with TestServer(app) as server:
            simulator.webhooks.url = str(server.make_url("/line/webhook/1"))
            yield LineRig(channel, desk, simulator, simulator.person("佐藤", friend=True), account)
