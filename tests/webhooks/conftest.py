"""A desk that sends webhooks, and somebody who receives them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from server import webhooks
from server.agents import DESK
from server.database import Transaction
from server.webhooks import NewWebhookView, WebhookDraft, Webhooks, WebhookView, queue
from server.webhooks.views import DeliveryDetail
from tests.desks import TestDesk, until
from tests.webhooks.receiver import Receiver, receiving


class Sending:
    """A desk with its webhooks carried, as the composition does it."""

    def __init__(self, desk: TestDesk, receiver: Receiver) -> None:
        self.desk, self.receiver = desk, receiver
        self.carrier = self.another()
        self._running: list[tuple[Webhooks, asyncio.Task[None]]] = []

    def another(self, seconds: float = 15) -> Webhooks:
        """A process' carrier."""
        return Webhooks(
            self.desk.database,
            self.desk.keys,
            public_url="https://desk.example",
            allow=["127.0.0.1"],
            seconds=seconds,
        )

    def start(self, carrier: Webhooks | None = None) -> None:
        """Let a carrier run."""
        carrier = carrier or self.carrier
        self._running.append((carrier, asyncio.create_task(carrier.run())))

    async def stop(self) -> None:
        """All of them."""
        for carrier, task in self._running:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await carrier.close()
        self._running.clear()

    async def hook(self, *kinds: str, **more: Any) -> NewWebhookView:
        """A webhook to the receiver."""
        draft = WebhookDraft(**{"name": "ERP", "url": self.receiver.url, "kinds": list(kinds or ("*",)), **more})
        made = await self.desk.database.write(webhooks.add, DESK, draft, keys=self.desk.keys)
        self.kick()
        return made

    def kick(self) -> None:
        """Something was committed."""
        for carrier, _ in self._running:
            carrier.kick(arranged=True)

    async def write(self, action: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Do something, as a commit that the carrier hears of."""
        done = await self.desk.database.write(action, *args, **more)
        self.kick()
        return done

    async def view(self, id: int) -> WebhookView:
        """A webhook as it stands."""
        return await self.desk.database.read(webhooks.view, id)

    async def log(self, id: int, **conditions: Any) -> list[DeliveryDetail]:
        """Its messages, oldest first, each with its tries."""
        page = await self.desk.database.read(webhooks.log, id, limit=200, **conditions)
        return [await self.desk.database.read(webhooks.delivery, one.id) for one in reversed(page.items)]

    async def states(self, id: int) -> list[str]:
        """How its messages stand, oldest first."""
        return [one.state for one in await self.log(id)]

    async def heard(self, many: int) -> list[Any]:
        """Wait until the receiver was asked so often."""
        await until(lambda: len(self.receiver.heard) >= many, 60)
        return self.receiver.heard

    async def settled(self, id: int, *states: str) -> list[DeliveryDetail]:
        """Wait until its messages stand so."""

        async def stand() -> list[DeliveryDetail]:
            found = await self.log(id)
            return found if tuple(one.state for one in found) == states else []

        found: list[DeliveryDetail] = await until(stand, 60)
        return found

    async def later(self, id: int, passed: timedelta) -> None:
        """Time passes for a webhook: what it waits for, and since when it fails."""

        def shift(tx: Transaction) -> None:
            row = tx.one("SELECT failing_since, rest_until FROM webhook WHERE id = :id", id=id)
            tx.run(
                "UPDATE webhook SET failing_since = :since, rest_until = :rest WHERE id = :id",
                id=id,
                since=row.failing_since - passed if row.failing_since else None,
                rest=row.rest_until - passed if row.rest_until else None,
            )
            for one in tx.all("SELECT id, next_at FROM webhook_delivery WHERE state = 'waiting'"):
                tx.run("UPDATE webhook_delivery SET next_at = :at WHERE id = :id", id=one.id, at=one.next_at - passed)

        await self.write(shift)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who hears."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def sending(desk: TestDesk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sending]:
    """A desk whose webhooks are carried."""
    monkeypatch.setattr(queue.random, "random", lambda: 0.0)
    monkeypatch.setattr(queue, "WAITS", (timedelta(hours=1), *queue.WAITS[1:]))  # not while a test stands still
    opened = Sending(desk, receiver)
    opened.start()
    yield opened
    await opened.stop()
