"""A shop with buyers, and the time of its bulk letters in the tests' hands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server import agents
from server.agents import DESK, AgentView
from server.customers.imports.actions import look
from server.customers.store import batch
from server.database import Transaction
from server.files import Files
from server.notices.bulk import actions, deciding, listing, queries, sending
from server.notices.bulk.actions import BulkDraft
from server.notices.bulk.running import Mailer
from server.notices.bulk.views import BulkChoice, BulkContent, BulkView, BulkWords
from tests.desks import TestDesk

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 12:00 in Tokyo
WORDS = BulkWords(
    way="email",
    language="ja",
    subject="【お詫び】{{ order.number or 'ご注文' }} のお届け遅延について",
    text="{{ customer.called }}\n\nご注文 {{ order.number }} のお届けが遅れております。誠に申し訳ございません。",
)
BUYERS = BulkChoice(by="buyers", product="TEA-1")


class NoCaps:
    """Networks that count nothing."""

    def __init__(self) -> None:
        self.left: dict[int, int] = {}

    async def look(self) -> None:
        """Nothing to ask."""


class Shop:
    """Its customers, and what it writes to all of them. `at` is the time of what leaves."""

    def __init__(self, desk: TestDesk, files: Files, second: AgentView) -> None:
        self.desk, self.files, self.second = desk, files, second
        self.at = NOON
        self.caps = NoCaps()
        self._mailer = Mailer(desk.database, files, self.caps, public_url="https://desk.example")

    async def tell(self, kind: str, **fact: Any) -> None:
        """A source tells something."""
        learnt, learn = batch.KINDS[kind]
        await self.desk.database.write(lambda tx: learn(tx, msgspec.convert({"source": "shop", **fact}, learnt)))

    async def order(self, number: int, *, email: str = "", sku: str = "TEA-1", **more: Any) -> None:
        """Somebody buys something."""
        await self.tell("order", **{
            "external_id": str(number), "number": f"R-{number}", "revision": 1, "total": "1980",
            "ordered_at": f"2026-11-{10 + number % 9}T03:00:00Z",
            "buyer": {"name": f"客 {(email or f'c{number}')[1:].partition('@')[0]}",
                      "email": email or f"c{number}@customer.example"},
            "lines": [{"sku": sku, "name": "煎茶 100g", "quantity": 1, "price": "1980"}], **more,
        })  # fmt: skip

    async def write(self, content: BulkContent | None = None) -> BulkView:
        """A bulk letter to everybody who bought tea, its recipients listed."""
        wanted = content or BulkContent(choice=BUYERS, words=[WORDS])
        made = await self.desk.database.write(actions.add, self.desk.agent, BulkDraft(name="遅延", content=wanted))
        return await self.listed(made.id)

    async def bring(self, bulk: int, folder: Path, text: str) -> BulkView:
        """The file of its recipients."""
        path = folder / "people.csv"
        path.write_text(text, "utf-8")
        found = look(path)
        stored = self.files.keep(iter([path.read_bytes()]))
        await self.desk.database.write(actions.bring, self.desk.agent, bulk, path.name, stored, found)
        return await self.listed(bulk)

    async def listed(self, bulk: int) -> BulkView:
        """It, as soon as its recipients are listed."""
        while await self.desk.database.read(listing.waiting) is not None:
            await self._mailer.step()
        return await self.view(bulk)

    async def view(self, bulk: int) -> BulkView:
        """It, as it stands."""
        return await self.desk.database.read(queries.one, bulk)

    async def approved(self, bulk: int) -> None:
        """A second person lets it leave."""
        made = await self.do(deciding.ask, bulk)
        await self.desk.database.write(at, self.at, deciding.approve, self.second, bulk, made.version)

    async def do(self, what: Callable[..., Any], bulk: int, *more: Any) -> BulkView:
        """The writer does something with it."""
        found: BulkView = await self.desk.database.write(at, self.at, what, self.desk.agent, bulk, *more)
        return found

    async def send(self, times: int = 1000) -> int:
        """Let leave what may leave in this moment; how many units of work that took."""
        for many in range(times):
            if not await self.desk.database.write(
                at, self.at, sending.send_some, "https://desk.example", self.caps.left
            ):
                return many
        return times

    async def all_sent(self, bulk: int) -> int:
        """Let time pass until it is over; how many seconds that took."""
        for second in range(1000):
            await self.send()
            if (await self.view(bulk)).state != "running":
                return second
            await self.delivered()
            self.at += timedelta(seconds=1)
        raise AssertionError(await self.view(bulk))

    async def delivered(self, state: str = "delivered", where: str = "1 = 1") -> None:
        """The network takes what waits, or does not."""
        await self.desk.database.write(
            lambda tx: tx.run(f"UPDATE letter SET state = :state WHERE state = 'waiting' AND {where}", state=state)
        )

    async def letters(self) -> list[Any]:
        """The letters, first of all first."""
        return await self.desk.database.read(lambda tx: tx.all("SELECT * FROM letter ORDER BY id"))

    async def recipients(self, bulk: int, state: str = "") -> list[Any]:
        """Its recipients."""
        page = await self.desk.database.read(lambda tx: queries.recipients(tx, bulk, state=state, limit=200))
        return page.items


def at(tx: Transaction, moment: datetime, what: Callable[..., Any], *more: Any) -> Any:
    """Do something in a unit whose time this is."""
    tx.now = moment
    return what(tx, *more)


@pytest.fixture
async def shop(desk: TestDesk, files: Files) -> AsyncIterator[Shop]:
    """A shop whose second lead is there."""
    second = await desk.database.write(
        lambda tx: agents.add(tx, DESK, email="second@desk.example", name="二人目", role="lead")
    )
    yield Shop(desk, files, second)
