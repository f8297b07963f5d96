"""A program that posts, the desk it posts to, and the webhook that it listens at."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels import webhook
from channels.api import ApiChannel
from channels.contract import Account, Inbound, OutboundMessage, Party
from tests.channels.desk import FakeDesk

KEY = "k" * 40
SECRET, OLD_SECRET = webhook.new_secret(), webhook.new_secret()
CREATED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass
class Program:
    """The other side: `answer` decides what its webhook says, `heard` is what came to it."""

    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[web.Request], web.StreamResponse] = lambda request: web.Response(status=204)

    async def hook(self, request: web.Request) -> web.StreamResponse:
        """The webhook."""
        self.heard.append((dict(request.headers), await request.read()))
        return self.answer(request)


@dataclass
class House:
    """Both sides together."""

    desk: FakeDesk
    channel: ApiChannel
    program: Program
    client: aiohttp.ClientSession
    address: str
    account: Account

    async def post(self, body: Any, *, account: str = "shop", key: str = KEY, **headers: str) -> tuple[int, Any, Any]:
        """Status, answer and headers."""
        data = (
            body
            if isinstance(body, aiohttp.FormData)
            else io.BytesIO(body if isinstance(body, bytes) else orjson.dumps(body))
        )
        if not isinstance(body, aiohttp.FormData):
            headers.setdefault("Content-Type", "application/json")
        headers = {"Authorization": f"Bearer {key}"} | headers
        async with self.client.post(
            f"{self.address}/channels/api/{account}/messages", data=data, headers=headers
        ) as got:
            return got.status, orjson.loads(await got.read()), got.headers

    def read(self, number: int = -1) -> Inbound:
        """What the desk would read."""
        (inbound,) = self.channel.read(self.desk.arrivals[number])
        return inbound

    def letter(self, **more: Any) -> OutboundMessage:
        """An answer on its way out."""
        given = {"to": (Party("external", "5:customer-1", "山田"),), "text": "発送しました。", "account": self.account}
        return OutboundMessage(key="letter-1", created_at=CREATED, **given | more)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Real servers on both sides."""
    program, outside = Program(), web.Application()
    outside.router.add_post("/hook", program.hook)
    async with TestServer(outside) as server:
        settings = {"slug": "shop", "webhook_url": str(server.make_url("/hook")), "per_minute": 50, "tags": ["api"]}
        secrets = {"key": KEY, "webhook_secret": SECRET, "webhook_secret_old": OLD_SECRET}
        account = Account(5, "api", "Shop", "shop", settings, secrets)
        desk, channel, app = (
            FakeDesk(account, limit=30_000_000),
            ApiChannel(allow=["127.0.0.1"], timeout_seconds=60),
            web.Application(),
        )
        channel.attach(app, desk)
        async with TestServer(app) as inside, aiohttp.ClientSession() as client:
            address = str(inside.make_url("")).rstrip("/")
            yield House(desk, channel, program, client, address, account)
            assert desk.spools_open == 0
