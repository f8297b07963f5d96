"""A desk's store with a ready-made source whose other side is a simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server import customers
from server.accounts import Keys
from server.agents import DESK
from server.customers import sources
from server.customers.orders import queries as orders
from server.customers.orders.views import OrderView
from server.customers.sources import Pulled, SourceDraft, Sources, ready
from server.customers.views import CustomerView
from server.database import Database, Engine
from tests.desks import SECRET


class Store:
    """The desk's own store, and the sources that it pulls from."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keys = Keys(SECRET)
        self.sources = Sources(database, self.keys, allow=["127.0.0.1"], folders=["/"])

    async def add(self, name: str, parameters: dict[str, str], **changed: str) -> str:
        """A ready-made source, as fast as the simulator answers; `changed` are other texts in its mapping."""
        text = ready.text(name)
        for before, after in changed.items():
            assert before in text
            text = text.replace(before, after)
        for slow in ("per_second = 2 ", "per_second = 3 ", "per_second = 5 "):
            text = text.replace(slow, "per_second = 1000 ")
        draft = SourceDraft(mapping=text, parameters=parameters)
        return await self.database.write(sources.add, DESK, draft, keys=self.keys)

    async def pull(self, name: str, *, whole: bool = False) -> Pulled:
        """Pull, and nothing may go wrong."""
        pulled = await self.sources.pull(DESK, name, whole=whole)
        assert not pulled.words, pulled.words
        page = await self.database.read(sources.failures, DESK, name)
        assert not page.items, page.items
        return pulled

    async def take(self, name: str, file: Path) -> Pulled:
        """Read a file, and nothing may go wrong."""
        pulled = await self.sources.take_file(DESK, name, file)
        page = await self.database.read(sources.failures, DESK, name)
        assert not page.items, page.items
        return pulled

    async def customer(self, source: str, id: str) -> CustomerView:
        """Somebody by their id there."""
        sql = "SELECT customer_id FROM customer_source WHERE source = :source AND external_id = :id"
        found = await self.database.read(lambda tx: tx.value(sql, source=source, id=id))
        assert found is not None, f"{source} told of nobody {id}"
        return await self.database.read(customers.view, found)

    async def order(self, source: str, id: str) -> OrderView:
        """An order by its id there."""
        sql = "SELECT id FROM orders WHERE source = :source AND external_id = :id"
        found = await self.database.read(lambda tx: tx.value(sql, source=source, id=id))
        assert found is not None, f"{source} told of no order {id}"
        return await self.database.read(orders.view, found)

    async def many(self, table: str) -> int:
        """How many rows."""
        return int(await self.database.read(lambda tx: tx.value(f"SELECT count(*) FROM {table}")))


def addresses(view: CustomerView, kind: str) -> list[Any]:
    """The contacts of a kind."""
    return [one.address for one in view.contacts if one.kind == kind]


@pytest.fixture
async def store(sqlite_engine: Engine) -> AsyncIterator[Store]:
    """A blank store on SQLite: what another system says has nothing to do with the database."""
    database = Database(sqlite_engine)
    opened = Store(database)
    yield opened
    await opened.sources.close()
    await database.close()
