"""Both sides of a source counted and compared: records there, by their mapping, against what is kept here.

Each record there is made into its fact and its digest compared with the one that was learned last; so what was lost, or
changed without its cursor moving, is found. Nothing is learned by it. The sides meet in a file of their own, so that a
million records need no memory.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from server.customers.sources import learning
from server.customers.sources.mapping import Mapping, Stream
from server.customers.sources.queries import comparison_view
from server.customers.sources.reach import Reader
from server.customers.sources.reach.marks import given
from server.customers.sources.views import ComparisonView, DifferenceView, PeriodView
from server.customers.store import columns, revisions
from server.customers.store.facts import Fact
from server.customers.store.people import ERASED
from server.database import Database, Transaction
from server.database.types import dump
from server.errors import DeskError
from server.events import DeskChanged

TABLES = {
    "customer": "customer_source",
    "order": "orders",
    "payment": "payment",
    "shipment": "shipment",
    "return": "goods_return",
    "subscription": "subscription",
    "interaction": "interaction",
    "stock": "stock",
}
PARTS = ("payment", "shipment", "return")
MOMENTS = 10**14
"""Revisions above this are moments in microseconds; below, running numbers."""
MOST_DIFFERENCES = 500
KEPT = 30
"""Comparisons of a stream that are kept."""
ALL = "all"
LATE = "late"
_SCHEMA = """
    CREATE TABLE there (id TEXT PRIMARY KEY, revision INTEGER, digest TEXT, period TEXT, state TEXT) WITHOUT ROWID;
    CREATE TABLE here (id TEXT PRIMARY KEY, revision INTEGER, digest TEXT, period TEXT) WITHOUT ROWID;
"""
_DIFFERENCES = """
    SELECT t.id, t.period, CASE WHEN t.state = 'failed' THEN 'failed' WHEN h.id IS NULL THEN 'missing' ELSE 'other' END,
           t.state
    FROM there t LEFT JOIN here h ON h.id = t.id
    WHERE t.state = 'failed' OR h.id IS NULL OR h.digest <> t.digest
    UNION ALL
    SELECT h.id, h.period, 'gone', '' FROM here h LEFT JOIN there t ON t.id = h.id WHERE t.id IS NULL
    ORDER BY 2 DESC, 1
"""


class Row(NamedTuple):
    """A record of one side."""

    id: str
    revision: int
    digest: str
    period: str
    state: str = ""


async def compare(database: Database, mapping: Mapping, source: str, reader: Reader) -> list[ComparisonView]:
    """Compare all streams, those that make the same kind of fact together; what was found, which is kept as well."""
    views = []
    for kind in dict.fromkeys(each.fact for each in mapping.stream if each.pulled):
        streams = [each for each in mapping.stream if each.fact == kind and each.pulled]
        with tempfile.TemporaryDirectory(prefix="madoguchi-compare-") as folder:
            sides = await asyncio.to_thread(_Sides, Path(folder) / "sides.db")
            try:
                words = ""
                try:
                    for stream in streams:
                        await _read_there(database, mapping, source, reader, stream, sides)
                    await database.read(_read_here, TABLES[kind], source, sides)
                    found = await asyncio.to_thread(sides.compared)
                except DeskError as error:
                    words, found = str(error), _nothing()
                name = ", ".join(each.name for each in streams)
                views.append(await database.write(_keep, source, name, found, words))
            finally:
                await asyncio.to_thread(sides.close)
    return views


async def _read_there(
    database: Database, mapping: Mapping, source: str, reader: Reader, stream: Stream, sides: _Sides
) -> None:
    mark = await database.read(_position, source, stream.name)
    place = await reader.begin(stream, None, whole=True)
    row = 1
    while True:
        page = await reader.page(stream, place)
        items, _ = await asyncio.to_thread(learning.read, mapping, source, stream, page.records, row)
        await asyncio.to_thread(sides.add_there, [_there(stream, item, mark) for item in items])
        row += len(page.records)
        if page.sweep is None:
            return
        place = page.sweep


def _there(stream: Stream, item: learning.Item, mark: Any) -> Row:
    if item.fact is None:
        return Row(item.id, -1, "", ALL, "failed")
    fact = item.fact
    revision = revisions.number(fact.revision, revisions.EPOCH) if fact.revision is not None else -1
    pulled_until = mark - timedelta(seconds=stream.overlap) if isinstance(mark, datetime) and mark.tzinfo else None
    late = pulled_until is not None and isinstance(fact.revision, datetime) and fact.revision > pulled_until
    return Row(fact.external_id, revision, _digest(stream.fact, fact), _period(revision), LATE if late else "")


def _digest(kind: str, fact: Fact) -> str:
    if kind in PARTS:
        return revisions.digest(columns.bare(fact))
    return revisions.digest(msgspec.structs.replace(fact, revision=None))


def _period(revision: int) -> str:
    """The month of a revision that is a moment."""
    if revision < MOMENTS:
        return ALL
    return datetime.fromtimestamp(revision / 1_000_000, UTC).strftime("%Y-%m")


def _position(tx: Transaction, source: str, stream: str) -> Any:
    mark = given(tx.value("SELECT position FROM source_stream WHERE source = :s AND stream = :t", s=source, t=stream))
    return mark


def _read_here(tx: Transaction, table: str, source: str, sides: _Sides) -> None:
    """What stands here, in pages by id, so that no reader holds a million rows."""
    last = 0
    while True:
        rows = tx.all(
            f"SELECT id, external_id, revision, digest FROM {table} WHERE source = :source AND revision >= 0"
            " AND id > :last ORDER BY id LIMIT 5000",
            source=source,
            last=last,
        )
        if not rows:
            return
        last = rows[-1].id
        sides.add_here([Row(row.external_id, row.revision, row.digest, _period(row.revision)) for row in rows])


class _Found(NamedTuple):
    there: int
    here: int
    differing: int
    periods: list[PeriodView]
    differences: list[DifferenceView]


def _nothing() -> _Found:
    return _Found(0, 0, 0, [], [])


class _Sides:
    """Both sides in a file. Whoever is cancelled closes it only when the thread that works on it is done."""

    def __init__(self, path: Path) -> None:
        self._using = threading.Lock()
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.executescript(_SCHEMA)

    def add_there(self, rows: Sequence[Row]) -> None:
        """Of two records with one id the later counts, as it does in the store."""
        self._add("INSERT OR REPLACE INTO there VALUES (?, ?, ?, ?, ?)", rows)

    def add_here(self, rows: Sequence[Row]) -> None:
        """Rows of ours."""
        self._add("INSERT OR REPLACE INTO here VALUES (?, ?, ?, ?)", [row[:4] for row in rows])

    def _add(self, sql: str, rows: Iterable[Any]) -> None:
        with self._using:
            self._file.execute("BEGIN")
            self._file.executemany(sql, rows)
            self._file.execute("COMMIT")

    def compared(self) -> _Found:
        """Counts and checksums by period, and what differs. What was not pulled yet is late, and no difference."""
        with self._using:
            return self._compared()

    def _compared(self) -> _Found:
        # Who was erased here stays erased, whatever the other side keeps.
        self._file.execute("DELETE FROM there WHERE id IN (SELECT id FROM here WHERE digest = ?)", (ERASED,))
        self._file.execute("DELETE FROM here WHERE digest = ?", (ERASED,))
        differing = 0
        late: dict[str, int] = {}
        differences: list[DifferenceView] = []
        for record, period, what, state in self._file.execute(_DIFFERENCES):
            if state == LATE:
                late[period] = late.get(period, 0) + 1
                continue
            differing += 1
            if len(differences) < MOST_DIFFERENCES:
                differences.append(DifferenceView(record=record, period=period, what=what))
        there, here = self._sums("there"), self._sums("here")
        periods = [
            PeriodView(
                period=name,
                there=there.get(name, (0, ""))[0],
                here=here.get(name, (0, ""))[0],
                there_sum=there.get(name, (0, ""))[1],
                here_sum=here.get(name, (0, ""))[1],
                same=there.get(name) == here.get(name),
                late=late.get(name, 0),
            )
            for name in sorted(there.keys() | here.keys(), reverse=True)
        ]
        counts = [sum(count for count, _ in side.values()) for side in (there, here)]
        return _Found(counts[0], counts[1], differing, periods, differences)

    def _sums(self, table: str) -> dict[str, tuple[int, str]]:
        """By period how many there are, and a checksum that does not care about their order."""
        found: dict[str, tuple[int, int]] = {}
        for record, digest, period in self._file.execute(f"SELECT id, digest, period FROM {table}"):
            count, total = found.get(period, (0, 0))
            mark = int.from_bytes(sha256(f"{record}\n{digest}".encode()).digest()[:8], "big")
            found[period] = count + 1, (total + mark) % 2**64
        return {period: (count, f"{total:016x}") for period, (count, total) in found.items()}

    def close(self) -> None:
        """Close the file."""
        with self._using:
            self._file.close()


def _keep(tx: Transaction, source: str, stream: str, found: _Found, words: str) -> ComparisonView:
    id = tx.insert(
        "source_comparison",
        source=source,
        stream=stream,
        at=tx.now,
        there=found.there,
        here=found.here,
        differing=found.differing,
        periods=dump(msgspec.to_builtins(found.periods)),
        differences=dump(msgspec.to_builtins(found.differences)),
        words=words,
    )
    tx.run(
        "DELETE FROM source_comparison WHERE source = :source AND stream = :stream AND id NOT IN"
        " (SELECT id FROM source_comparison WHERE source = :source AND stream = :stream ORDER BY id DESC LIMIT :kept)",
        source=source,
        stream=stream,
        kept=KEPT,
    )
    tx.run("UPDATE source SET compared_at = :now WHERE name = :name", now=tx.now, name=source)
    tx.record(DeskChanged(what="source"), f"source:{source}")
    return comparison_view(tx.one("SELECT * FROM source_comparison WHERE id = :id", id=id))
