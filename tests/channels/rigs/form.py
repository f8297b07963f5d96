"""The rig of the form channel: a customer who fills in a page and sends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import Account, OutboundMessage, Party
from channels.form import FormChannel
from channels.form.spam import PageToken
from tests.channels.desk import FakeDesk
from tests.channels.rigs import Sent

FIELDS = [
    {"name": "text", "type": "textarea", "label": "内容", "role": "body", "max_length": 200_000},
    {"name": "email", "type": "email", "label": "メール", "role": "email"},
]
ACCOUNT = Account(
    1,
    "form",
    "Contact",
    "contact",
    {
        "slug": "contact",
        "title": "お問い合わせ",
        "fields": FIELDS,
        "min_seconds": 0,
        "rate": {"limit": 99, "seconds": 60},
    },
)

DELIVERS = False


@dataclass
class FormRig:
    """A form with a message and an address. It only comes in: its answers go by mail."""

    channel: FormChannel
    desk: FakeDesk
    client: aiohttp.ClientSession
    address: str
    pages: dict[str, str] = field(default_factory=dict)

    takes_any_bytes = False

    async def offer(self, text: str, name: str) -> bool:
        page = self.pages.setdefault(name, PageToken.new().write(self.desk, "contact"))
        sent = {"text": text, "email": "taro@example.jp", "_submission": page}
        async with self.client.post(self.address, data=sent, allow_redirects=False) as response:
            return response.status == 303

    def letter(self, text: str, key: str) -> OutboundMessage:
        return OutboundMessage(key, ACCOUNT, (Party("email", "taro@example.jp"),), text, datetime.now(UTC))

    def network(self, does: Literal["take", "later", "never"]) -> None:
        """There is none."""

    def sent(self) -> list[Sent]:
        return []


@asynccontextmanager
async def rig() -> AsyncIterator[FormRig]:
    """The form and its customer."""
    desk, channel, app = FakeDesk(ACCOUNT), FormChannel(), web.Application()
    channel.attach(app, desk)
    async with TestServer(app) as server, aiohttp.ClientSession() as client:
        yield FormRig(channel, desk, client, str(server.make_url("/forms/contact")))
