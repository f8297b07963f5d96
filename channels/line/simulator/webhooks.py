"""Events on their way to the bot: signed, one chat in order, and again when they did not arrive.

https://developers.line.biz/en/docs/messaging-api/receiving-messages/
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

Event = dict[str, Any]


def signature(secret: str, body: bytes) -> str:
    """The `X-Line-Signature` of a body: HMAC-SHA256 under the channel secret, in base64."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class Attempt:
    """One try to hand over events. `status` is 0 when there was no answer, and then `reason` says why."""

    events: tuple[Event, ...]
    body: bytes
    status: int
    reason: str
    detail: str
    at: datetime

    @property
    def arrived(self) -> bool:
        """Whether the bot said that it has them."""
        return 200 <= self.status < 300


class Webhooks:
    """The deliveries of one account. LINE waits two seconds for an answer; `patience` is longer for busy machines.

    With `redeliver` what did not arrive is offered again after each of `waits` seconds, with the same event id.
    """

    def __init__(self, secret: str, destination: str, clock: Callable[[], datetime], *, patience: float = 10.0) -> None:
        self.url: str | None = None
        self.active = True
        self.patience = patience
        self.redeliver = False
        self.waits: Sequence[float] = (0.2, 0.5, 1, 2, 5, 10, 30, 60)
        self.attempts: list[Attempt] = []
        self.on_change: Callable[[], None] = lambda: None
        self._secret = secret
        self._destination = destination
        self._clock = clock
        self._held: list[Event] | None = None
        self._last: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._early: list[tuple[str, Event]] = []
        self._session: ClientSession | None = None
        self._closed = False

    # -- sending

    def send(self, line: str, event: Event) -> None:
        """Put an event on its way, behind those of the same line (a chat). Nothing goes without a webhook URL."""
        if self._held is not None:
            self._held.append(event)
        elif self.url is not None and self.active:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                self._early.append((line, event))
            else:
                self._start(line, event)

    def _start(self, line: str, event: Event) -> None:
        task = asyncio.create_task(self._carry(self._last.get(line), event))
        self._last[line] = task
        self._running.add(task)
        task.add_done_callback(lambda done: self._done(line, done))

    def _done(self, line: str, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._last.get(line) is task:
            del self._last[line]

    async def _carry(self, before: asyncio.Task[None] | None, event: Event) -> None:
        if before is not None:
            with suppress(asyncio.CancelledError):
                await asyncio.wait([before])
        attempt = await self.post(event)
        for wait in self.waits:
            if attempt.arrived or not self.redeliver:
                return
            await asyncio.sleep(wait)
            attempt = await self.post(event, redelivery=True)

    async def post(
        self,
        *events: Event,
        redelivery: bool = False,
        url: str | None = None,
        secret: str | None = None,
        body: bytes | None = None,
        record: bool = True,
    ) -> Attempt:
        """Hand events over in one webhook, now, whatever waits; a wrong `secret` or another `body` can be given."""
        if redelivery:
            events = tuple({**event, "deliveryContext": {"isRedelivery": True}} for event in events)
        if body is None:
            content = {"destination": self._destination, "events": list(events)}
            body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        attempt = await self._try(url or self.url or "", body, events, secret or self._secret)
        if record:
            self.attempts.append(attempt)
            self.on_change()
        return attempt

    async def _try(self, url: str, body: bytes, events: tuple[Event, ...], secret: str) -> Attempt:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "LineBotWebhook/2.0",
            "X-Line-Signature": signature(secret, body),
        }
        at = self._clock()
        try:
            async with self._client().post(url, data=body, headers=headers, allow_redirects=False) as response:
                await response.read()
                reason = "OK" if 200 <= response.status < 300 else "ERROR_STATUS_CODE"
                return Attempt(events, body, response.status, reason, str(response.status), at)
        except TimeoutError:
            return Attempt(events, body, 0, "REQUEST_TIMEOUT", "Request timeout", at)
        except ClientError as error:
            return Attempt(events, body, 0, "COULD_NOT_CONNECT", str(error) or type(error).__name__, at)
        except ValueError as error:
            return Attempt(events, body, 0, "UNCLASSIFIED", str(error), at)

    def _client(self) -> ClientSession:
        if self._closed:
            raise ValueError("The platform is closed.")
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=self.patience))
        return self._session

    # -- holding back, so that a test decides what comes when and together with what

    def hold(self) -> None:
        """Keep what happens from now on back."""
        self._held = self._held or []

    def release(self) -> list[Event]:
        """What was held back, for `post`; what happens from now on leaves again at once."""
        held, self._held = self._held or [], None
        return held

    # -- beginning and end

    def begin(self) -> None:
        """Start what happened before there was a loop."""
        self._closed = False
        early, self._early = self._early, []
        for line, event in early:
            self._start(line, event)

    async def settled(self) -> None:
        """Wait until nothing is under way any more."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """Stop; what is under way is given up."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None
