"""A desk to which files are brought."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from server.agents import DESK
from server.customers.imports import actions, queries
from server.customers.imports.running import Importer
from server.customers.imports.views import ImportView, ProblemView
from server.database import Database
from server.files import Files


@dataclass
class Counter:
    """Where files are handed in."""

    database: Database
    files: Files
    folder: Path

    def importer(self) -> Importer:
        """One that has not done anything yet, as after a start."""
        return Importer(self.database, self.files, lambda _: ZoneInfo("Asia/Tokyo"))

    async def bring(self, text: str | bytes, name: str = "customers.csv", **plan: Any) -> ImportView:
        """Bring a file, with another plan than the proposed one where given."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        stored = self.files.keep(iter([path.read_bytes()]))
        view = await self.database.write(actions.take, DESK, name, stored, actions.look(path))
        return await self.database.write(actions.decide, DESK, view.id, msgspec.structs.replace(view.plan, **plan))

    async def work(self, id: int) -> ImportView:
        """Let an importer work on it to its end."""
        importer = self.importer()
        assert await importer.take_over(id)
        await importer.work(id)
        return await self.database.read(queries.view, id)

    async def run(self, id: int, *, trial: bool = False) -> ImportView:
        """Take it in, or try it."""
        await self.database.write(actions.start, DESK, id, trial=trial)
        return await self.work(id)

    async def take(self, text: str | bytes, name: str = "customers.csv", **plan: Any) -> ImportView:
        """Bring a file and take it in."""
        return await self.run((await self.bring(text, name, **plan)).id)

    async def undo(self, id: int) -> ImportView:
        """Take an import back."""
        await self.database.write(actions.undo, DESK, id)
        return await self.work(id)

    async def problems(self, id: int, *, trial: bool = False) -> list[ProblemView]:
        """What was wrong."""
        return await self.database.read(queries.problems, DESK, id, trial=trial)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """Rows of the database."""
        return self.database.read_now(lambda tx: tx.all(sql, **values))

    def everything(self) -> dict[str, list[Any]]:
        """All that imports touch, to be compared."""
        tables = {
            "customer": "id, name, family_name, given_name, kana, company, birthday, sex, note, tags, attributes, vip",
            "contact": "id, customer_id, kind, address, verified_by",
            "customer_address": "customer_id, postal_code, region, city, street, phone",
            "customer_source": "customer_id, source, external_id, digest, document",
            "consent": "customer_id, purpose, channel, given",
            "customer_key": "customer_id, key",
            "customer_value": "customer_id, orders, spent",
            "orders": "id, customer_id, number, status, said, payment, total, tax, shipping, discount, buyer, note",
            "order_line": "order_id, position, sku, name, quantity, price",
            "payment": "id, order_id, method, amount, status",
            "shipment": "id, order_id, tracking_number, status",
        }
        return {
            table: sorted(map(repr, (tuple(row) for row in self.rows(f"SELECT {columns} FROM {table}"))))
            for table, columns in tables.items()
        }


@pytest.fixture
def counter(database: Database, files: Files, tmp_path: Path) -> Counter:
    """Where files are handed in, on each database."""
    return Counter(database, files, tmp_path)
