"""A visitor's client for tests: python-socketio's own, with everything it heard."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import socketio

NAMESPACE = "/widget"
PATH = "/chat/socket.io"
EVENTS = (
    "messages",
    "withdrawn",
    "hours",
    "typing",
    "agent",
    "read",
    "seen",
    "state",
    "conversation",
    "profile",
    "gone",
    "attended",
)

PATIENCE = 60
"""In seconds: python-socketio's own one second for a connection is short on a machine that is busy."""


class Widget:
    """One connection of a visitor. `heard` has the events in their order, `messages` what it shows, by seq."""

    def __init__(self, base: str, site: str = "shop", **headers: str) -> None:
        self.base = base
        self.site = site
        self.headers = headers
        self.client = socketio.AsyncClient(reconnection=False, request_timeout=60)
        self.token: str | None = None
        self.state: dict[str, Any] = {}
        self.heard: list[tuple[str, Any]] = []
        self.messages: dict[int, dict[str, Any]] = {}
        self.told: list[int] = []
        self.gone = asyncio.Event()
        self._news = asyncio.Condition()
        for event in EVENTS:
            self.client.on(event, self._hearer(event), namespace=NAMESPACE)
        self.client.on("disconnect", self._left, namespace=NAMESPACE)

    def _hearer(self, event: str) -> Callable[..., Any]:
        async def hear(payload: Any = None) -> None:
            self.heard.append((event, payload))
            if event == "messages":
                self._show(payload["messages"], live=True)
            async with self._news:
                self._news.notify_all()

        return hear

    async def _left(self, *_: Any) -> None:
        self.gone.set()
        async with self._news:
            self._news.notify_all()

    def _show(self, messages: list[dict[str, Any]], *, live: bool = False) -> None:
        for message in messages:
            self.messages[message["seq"]] = message
            if live:
                self.told.append(message["seq"])

    async def connect(self, *transports: str) -> Widget:
        """Connect, without a word."""
        await self.client.connect(
            self.base,
            socketio_path=PATH,
            namespaces=[NAMESPACE],
            transports=list(transports or ("websocket",)),
            headers=self.headers,
            wait_timeout=PATIENCE,
        )
        return self

    async def say(self, event: str, payload: Any = None) -> dict[str, Any]:
        """Say something; the acknowledgement."""
        answer: dict[str, Any] = await self.client.call(event, payload, namespace=NAMESPACE, timeout=PATIENCE)
        return answer

    async def hello(self, **more: Any) -> dict[str, Any]:
        """Say hello as a client that keeps its token; what was missed is shown."""
        token = {"token": self.token} if self.token else {}
        answer = await self.say("hello", {"v": 1, "site": self.site, "language": "ja", **token, **more})
        if "error" not in answer:
            self.state = answer
            self.token = answer.get("token", self.token)
            self._show(answer["messages"])
        return answer

    async def send(self, text: str, id: str | None = None, **more: Any) -> dict[str, Any]:
        """Send a message."""
        return await self.say("send", {"id": id or secrets.token_hex(16), "text": text, **more})

    async def until(self, happened: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until something was heard."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(happened)

    async def hears(self, event: str, seconds: float = PATIENCE) -> Any:
        """Wait for an event; its newest payload."""
        await self.until(lambda: any(name == event for name, _ in self.heard), seconds)
        return next(payload for name, payload in reversed(self.heard) if name == event)

    async def shows(self, *texts: str) -> None:
        """Wait until the conversation reads so, in this order."""
        try:
            await self.until(lambda: self.texts == list(texts))
        except TimeoutError:
            raise AssertionError(f"it reads {self.texts}, not {list(texts)}") from None

    @property
    def texts(self) -> list[str]:
        """What was said, in order."""
        return [one["text"] for _, one in sorted(self.messages.items()) if "line" not in one]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What happened besides: each line's kind and words."""
        return [(one["line"]["what"], one["text"]) for _, one in sorted(self.messages.items()) if "line" in one]

    @property
    def newest(self) -> int:
        """The highest seq it has."""
        return max(self.messages, default=0)

    async def drop(self) -> None:
        """The network goes, without a word."""
        await self.client.disconnect()
