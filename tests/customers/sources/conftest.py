"""A desk with sources, and shops' databases on all that sources read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import psycopg
import pytest

from server.customers import sources
from server.customers.sources import SourceDraft, Sources, SourceView
from server.customers.sources.views import FailureView
from tests.conftest import _database_url
from tests.customers.sources import maria
from tests.customers.sources.shop import MAPPING, Shop
from tests.desks import TestDesk


class House:
    """A desk and its sources, as the composition makes them."""

    def __init__(self, desk: TestDesk, folders: list[str]) -> None:
        self.desk, self.folders = desk, folders
        self.sources = self.another()

    def another(self) -> Sources:
        """A process' own."""
        return Sources(self.desk.database, self.desk.keys, allow=["127.0.0.1"], folders=self.folders)

    async def add(self, mapping: str, name: str | None = None, **parameters: str) -> str:
        """A source that only the test pulls."""
        draft = SourceDraft(name=name, mapping=mapping, parameters=parameters)
        return await self.desk.database.write(sources.add, self.desk.agent, draft, keys=self.desk.keys)

    async def shop(self, shop: Shop, mapping: str = MAPPING) -> str:
        """A shop's database as a source."""
        return await self.add(mapping, url=shop.url)

    async def pull(self, name: str = "shop", *, whole: bool = False) -> dict[str, dict[str, int]]:
        """Pull, and what became of the records; nothing may go wrong."""
        pulled = await self.sources.pull(self.desk.agent, name, whole=whole)
        assert pulled.words == ""
        return pulled.streams

    async def broken(self, name: str = "shop") -> str:
        """Pull in vain; why."""
        pulled = await self.sources.pull(self.desk.agent, name)
        assert pulled.words
        return pulled.words

    async def view(self, name: str = "shop") -> SourceView:
        """How a source is doing."""
        return await self.desk.database.read(sources.view, self.desk.agent, name, keys=self.desk.keys)

    async def failures(self, name: str = "shop", state: str = "open") -> list[FailureView]:
        """What could not be read."""
        return (await self.desk.database.read(sources.failures, self.desk.agent, name, state=state)).items

    async def value(self, sql: str, **parameters: Any) -> Any:
        """One value out of the desk's database."""
        return await self.desk.database.read(lambda tx: tx.value(sql, **parameters))

    async def do(self, action: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """An action of the admin."""
        return await self.desk.database.write(action, self.desk.agent, *args, **more)


@pytest.fixture
async def house(desk: TestDesk, tmp_path: Path) -> AsyncIterator[House]:
    """A desk on each database, with sources."""
    opened = House(desk, [str(tmp_path)])
    yield opened
    await opened.sources.close()


@pytest.fixture
async def small_house(sqlite_only: TestDesk, tmp_path: Path) -> AsyncIterator[House]:
    """A desk on SQLite alone, for what has nothing to do with the desk's database."""
    opened = House(sqlite_only, [str(tmp_path)])
    yield opened
    await opened.sources.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop on SQLite."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    opened = Shop(url, url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[int]:
    """A real MariaDB; its port."""
    with maria.running() as port:
        yield port


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def any_shop(request: pytest.FixtureRequest, small_house: House) -> Iterator[Shop]:
    """A shop on each database that sources read."""
    if request.param == "sqlite":
        yield request.getfixturevalue("shop")
        return
    if request.param == "mariadb":
        port: int = request.getfixturevalue("mariadb")
        place = f"shop:{quote(maria.PASSWORD, safe='')}@127.0.0.1:{port}/shop?charset=utf8mb4"
        opened = Shop(f"mysql://{place}", f"mysql+pymysql://{place}")
        yield opened
        for table in ("customer", "orders", "order_item"):
            opened.run(f"DROP TABLE IF EXISTS {table}")
        opened.close()
        return
    server: str = request.getfixturevalue("postgresql_server")
    small_house.folders += parse_qs(urlsplit(server).query).get("host", [])
    small_house.sources = small_house.another()
    name = f"shop_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = _database_url(server, name)
    opened = Shop(url, url.replace("postgresql://", "postgresql+psycopg://", 1))
    yield opened
    opened.close()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
