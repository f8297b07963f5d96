"""A bot that stands on the official SDK: its clients, and a webhook door that keeps what it hears."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from linebot.v3 import WebhookParser
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    TextMessage,
)
from linebot.v3.oauth import AsyncApiClient as AsyncOAuthClient
from linebot.v3.oauth import AsyncChannelAccessToken
from linebot.v3.oauth import Configuration as OAuthConfiguration

from channels.line.simulator import Served, Simulator, serving

CHANNEL = "1656000001"
SECRET = "4f4c6a9b1d2e3c5f7a8b9c0d1e2f3a4b"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def pass_(self, **time: float) -> None:
        """Let so much time go by."""
        self.now += timedelta(**time)


@dataclass
class Hook:
    """The bot's webhook: every body that came, and what to answer to the next ones."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def door(self, request: web.Request) -> web.Response:
        """Check the signature with the SDK, keep what came, and answer."""
        body = await request.read()
        events = WebhookParser(SECRET).parse(body.decode(), request.headers["X-Line-Signature"])
        status = self.answers.pop(0) if self.answers else 200
        async with self.heard:
            self.bodies.append(body)
            if status == 200:
                self.events += events
            self.heard.notify_all()
        return web.Response(status=status)

    @property
    def kinds(self) -> list[str]:
        """The types of the events that were taken, in order."""
        return [event.type for event in self.events]


class Bot:
    """A simulator that is served, and everything to speak to it with. A client of the SDK is made when it is used."""

    def __init__(self, line: Simulator, served: Served, clock: Clock, hook: Hook, stack: AsyncExitStack) -> None:
        self.line = line
        self.served = served
        self.clock = clock
        self.hook = hook
        self._stack = stack

    @cached_property
    def api(self) -> AsyncMessagingApi:
        """The Messaging API."""
        return AsyncMessagingApi(self._client(self.served.api_base))

    @cached_property
    def blob(self) -> AsyncMessagingApiBlob:
        """The data host."""
        return AsyncMessagingApiBlob(self._client(self.served.data_base))

    @cached_property
    def oauth(self) -> AsyncChannelAccessToken:
        """The token endpoints."""
        client = AsyncOAuthClient(OAuthConfiguration(host=self.served.api_base))
        self._stack.push_async_callback(client.close)
        return AsyncChannelAccessToken(client)

    def with_token(self, token: str) -> AsyncMessagingApi:
        """The Messaging API under another token."""
        return AsyncMessagingApi(self._client(self.served.api_base, token))

    def _client(self, base: str, token: str | None = None) -> AsyncApiClient:
        client = AsyncApiClient(Configuration(access_token=token or self.line.token, host=base))
        self._stack.push_async_callback(client.close)
        return client


def words(*texts: str) -> list[TextMessage]:
    """Text messages."""
    return [TextMessage(text=text) for text in texts]


@asynccontextmanager
async def opened(*, apart: bool = True) -> AsyncIterator[Bot]:
    """A simulator with its two hosts on ports of their own, and a bot that it delivers to."""
    clock, hook = Clock(), Hook()
    line = Simulator(CHANNEL, SECRET, clock=clock)
    line.webhooks.patience = 60
    app = web.Application()
    app.router.add_post("/callback", hook.door)
    async with AsyncExitStack() as stack:
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
        served = await stack.enter_async_context(serving(line, apart=apart))
        line.webhooks.url = hook.url
        yield Bot(line, served, clock, hook, stack)


def answer(failed: pytest.ExceptionInfo[ApiException]) -> dict[str, Any]:
    """The body of an error."""
    body: dict[str, Any] = json.loads(failed.value.body)
    return body


async def raw(bot: Bot, path: str, body: Any, **headers: str) -> tuple[int, Any, Any]:
    """A request that the SDK would not let out."""
    headers = {"Authorization": f"Bearer {bot.line.token}", "Content-Type": "application/json"} | headers
    data = body if isinstance(body, bytes | io.BytesIO) else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.post(bot.served.api_base + path, data=data, headers=headers) as response,
    ):
        return response.status, await response.json(), response.headers
