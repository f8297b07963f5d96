"""A form that stands open: a real server, a desk in memory, and a customer's client."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import Accepted, Account, Arrival, InboundMessage
from channels.form import FormChannel, starter
from tests.channels.desk import FakeDesk

SITE = "https://shop.example"

GOOD = {
    "name": "山田 太郎",
    "email": "Taro@Shop.Example",
    "topic": "delivery",
    "message": "まだ届きません。",
    "consent": "yes",
}


class Desk(FakeDesk):
    """A desk that knows a repeated arrival's ticket, as the real one does."""

    async def accept(self, arrival: Arrival) -> Accepted:
        """The ticket of the first time."""
        accepted = await super().accept(arrival)
        if not accepted.repeated:
            return accepted
        ids = [known.external_id for known in self.arrivals]
        return Accepted(accepted.arrival_id, ids.index(arrival.external_id) + 1, repeated=True)


@dataclass
class Counter:
    """The form as a customer meets it."""

    desk: Desk
    channel: FormChannel
    address: str
    client: aiohttp.ClientSession

    async def get(self, path: str = "/forms/contact", **headers: str) -> tuple[int, str]:
        """Status and page."""
        async with self.client.get(self.address + path, headers=headers, allow_redirects=False) as response:
            return response.status, await response.text()

    async def post(self, data: Any, path: str = "/forms/contact", **headers: str) -> Answer:
        """What comes back, without following it."""
        url = self.address + path
        async with self.client.post(url, data=data, headers=headers, allow_redirects=False) as response:
            return Answer(response.status, dict(response.headers), await response.text())

    def message(self, number: int = -1) -> InboundMessage:
        """What the desk would read."""
        (message,) = self.channel.read(self.desk.arrivals[number])
        assert isinstance(message, InboundMessage)
        return message


@dataclass
class Answer:
    """A response that was read."""

    status: int
    headers: dict[str, str]
    text: str

    def error(self, field: str) -> str:
        """What stands beside a field."""
        found = re.search(rf'id="e-{field}">(.*?)</p>', self.text, re.DOTALL)
        return unescape(found[1]) if found else ""

    def value(self, field: str) -> str:
        """What an input holds."""
        tag = next(tag for tag in re.findall(r"<input[^>]*>", self.text) if f'name="{field}"' in tag)
        found = re.search(r'value="([^"]*)"', tag)
        return unescape(found[1]) if found else ""


def settings(**more: Any) -> dict[str, Any]:
    """The starter form without its time trap, which has tests of its own."""
    return {**starter(), "sites": [SITE], "min_seconds": 0, "rate": {"limit": 50, "seconds": 600}, **more}


def account(**more: Any) -> Account:
    """A form's account."""
    return Account(7, "form", "お問い合わせ", "contact", settings(**more), {"captcha_secret": "s3cret"})


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    """An open form."""
    desk, channel, app = Desk(account()), FormChannel(allow=["127.0.0.1"]), web.Application()
    channel.attach(app, desk)
    async with TestServer(app) as server, aiohttp.ClientSession() as client:
        yield Counter(desk, channel, str(server.make_url("")).rstrip("/"), client)
        assert desk.spools_open == 0
