"""Another system that hears the desk's webhooks, on a real socket; what it answers is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from channels import webhook as signing


@dataclass
class Heard:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        """Its body."""
        return msgspec.json.decode(self.body)

    @property
    def kind(self) -> str:
        """What it tells of."""
        kind: str = self.json["type"]
        return kind

    def signed_by(self, secret: str) -> bool:
        """Whether the other side, who knows this secret, would believe it."""
        try:
            return signing.verify(secret, self.headers, self.body) == self.message
        except signing.BadSignature:
            return False


Answer = Callable[[Heard], Awaitable[web.StreamResponse]]


async def _fine(_: Heard) -> web.StreamResponse:
    return web.Response(text="thank you")


@dataclass
class Receiver:
    """`answer` decides what a request gets; `heard` are all, in their order."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answer: Answer = _fine
    asleep: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        one = Heard({name.lower(): value for name, value in request.headers.items()}, await request.read())
        self.heard.append(one)
        return await self.answer(one)

    def says(self, status: int, text: str = "", **headers: str) -> None:
        """The same answer for everything from now on."""

        async def answer(_: Heard) -> web.StreamResponse:
            return web.Response(status=status, text=text, headers=headers)

        self.answer = answer

    def is_fine(self) -> None:
        """200 from now on."""
        self.answer = _fine

    def kinds(self) -> list[str]:
        """What it heard of."""
        return [one.kind for one in self.heard]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver at a port of its own."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hooks", receiver.hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"
    try:
        yield receiver
    finally:
        receiver.asleep.set()
        await runner.cleanup()
