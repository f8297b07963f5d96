"""The rig of the API channel: a program that posts, and listens at a webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels import webhook
from channels.api import ApiChannel
from channels.contract import Account, OutboundMessage, Party
from tests.channels.desk import FakeDesk
from tests.channels.rigs import Sent

KEY = "a key of the test's own"

DELIVERS = True


@dataclass
class ApiRig:
    """A program's account; its webhook answers as `network` was told."""

    channel: ApiChannel
    desk: FakeDesk
    client: aiohttp.ClientSession
    account: Account
    address: str = ""
    status: int = 200
    heard: list[Sent] = field(default_factory=list)

    takes_any_bytes = False

    async def offer(self, text: str, name: str) -> bool:
        body = {"external_id": name, "sender": {"id": "taro"}, "text": text}
        headers = {"Authorization": f"Bearer {KEY}"}
        async with self.client.post(self.address, json=body, headers=headers) as response:
            return response.status == 202

    async def hook(self, request: web.Request) -> web.Response:
        """The program's webhook."""
        body = await request.read()
        key = webhook.verify(self.account.secrets["webhook_secret"], request.headers, body)
        if self.status == 200:
            self.heard.append(Sent(key, orjson.loads(body)["data"]["text"]))
        return web.Response(status=self.status, text="so be it")

    def letter(self, text: str, key: str) -> OutboundMessage:
        return OutboundMessage(key, self.account, (Party("external", "1:taro"),), text, datetime.now(UTC))

    def network(self, does: Literal["take", "later", "never"]) -> None:
        self.status = {"take": 200, "later": 503, "never": 410}[does]

    def sent(self) -> list[Sent]:
        return self.heard


@asynccontextmanager
async def rig() -> AsyncIterator[ApiRig]:
    """The channel and the program."""
    channel, inside, outside = ApiChannel(allow=["127.0.0.1"]), web.Application(), web.Application()
    settings: dict[str, str] = {}
    account = Account(1, "api", "Program", "api", settings, {"key": KEY, "webhook_secret": webhook.new_secret()})
    desk = FakeDesk(account)
    channel.attach(inside, desk)
    async with aiohttp.ClientSession() as client:
        made = ApiRig(channel, desk, client, account)
        outside.router.add_post("/hook", made.hook)
        async with TestServer(inside) as desk_server, TestServer(outside) as program_server:
            made.address = str(desk_server.make_url("/channels/api/1/messages"))
            settings["webhook_url"] = str(program_server.make_url("/hook"))
            yield made
