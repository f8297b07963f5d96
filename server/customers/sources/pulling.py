"""One pull: every stream of a source read to its end, from where the last pull ended or where one broke off.

After each page its place is kept, so a killed process loses nothing and reads nothing twice but that page.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec

from server.customers.sources import actions, learning, watching
from server.customers.sources import mapping as mappings
from server.customers.sources.actions import Seals
from server.customers.sources.mapping import Mapping, Stream
from server.customers.sources.reach import Failed, House, Later, Page, Reader, open_reader
from server.customers.sources.views import Pulled
from server.database import Database, Transaction, leases, now
from server.database.types import dump
from server.errors import Conflict, DeskError

log = logging.getLogger(__name__)

HELD = timedelta(seconds=30)
RENEW = 8.0
"""In seconds: how often a lease is held longer."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MOST_FAILURES = 2000
"""Records of a stream that cannot be read, and it waits for a better mapping."""


class Sweep(msgspec.Struct, kw_only=True):
    """A sweep under way as it is kept: the reader's own place, whether it is of everything, and what it saw."""

    whole: bool = False
    place: Any = None
    begun: bool = False
    records: int = 0
    shape: dict[str, str] = {}


class Opened(msgspec.Struct, frozen=True):
    """A source ready to be asked."""

    name: str
    mapping: Mapping
    reader: Reader


class Pulls:
    """Pulls sources of one desk; `holder` is this process among those that share the database."""

    def __init__(self, database: Database, keys: Seals, house: House, *, holder: str) -> None:
        self._database = database
        self._keys = keys
        self._house = house
        self._holder = holder

    @contextlib.asynccontextmanager
    async def opened(self, name: str) -> AsyncIterator[Opened]:
        """A source with its reader, which is closed afterwards."""
        row, given = await self._database.read(_opened, name, self._keys)
        mapping = await asyncio.to_thread(mappings.read, row.mapping)

        async def keep_secret(secret: str, value: str) -> None:
            await self._database.write(actions.keep_secret, name, secret, value, keys=self._keys)

        reader = open_reader(mapping, given, self._house, key=f"{name}/{row.version}", keep_secret=keep_secret)
        try:
            yield Opened(name, mapping, reader)
        finally:
            await reader.close()

    @contextlib.asynccontextmanager
    async def leased(self, name: str) -> AsyncIterator[None]:
        """The source is ours alone meanwhile. Raises `Conflict` when another process is at it."""
        lease = f"source:{name}"
        if not await self._database.write(_take, lease, self._holder):
            raise Conflict("This source is being pulled already.")
        task = asyncio.create_task(self._keep_lease(lease))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with contextlib.suppress(DeskError):
                await self._database.write(leases.release, lease, self._holder)

    async def pull(self, name: str, *, whole: bool = False) -> Pulled:
        """Pull a source now; `whole`: everything. What went wrong is in the answer and stands on the source."""
        async with self.leased(name):
            if whole:
                await self._database.write(actions.everything, name)
            return await self._pull(name)

    async def _pull(self, name: str) -> Pulled:
        began = now()
        streams: dict[str, dict[str, int]] = {}
        wrong: DeskError | None = None
        whole = False
        try:
            async with self.opened(name) as opened:
                for stream in opened.mapping.stream:
                    counts: Counter[str] = Counter()
                    try:
                        whole = await self._sweep(opened, stream, counts) or whole
                    except Later:
                        raise
                    except Failed as error:
                        wrong = wrong or error
                    finally:
                        streams[stream.name] = dict(counts)
        except DeskError as error:
            wrong = error
        words = str(wrong) if wrong is not None else ""
        after = wrong.after if isinstance(wrong, Later) else None
        await self._database.write(_finish, name, began, words, after)
        if wrong is not None:
            log.warning("The source %s could not be pulled: %s", name, words)
        return Pulled(source=name, streams=streams, whole=whole, words=words)

    async def _sweep(self, opened: Opened, stream: Stream, counts: Counter[str]) -> bool:
        """Read a stream to its end; whether it was read as a whole."""
        row = await self._database.write(actions.stream_row, opened.name, stream.name)
        held_up = await self._database.read(watching.held_up, opened.name, stream)
        if held_up:
            raise _gone(stream, held_up)
        sweep = msgspec.convert(row.sweep, Sweep) if row.sweep is not None else Sweep(whole=row.position is None)
        if not stream.pulled or (stream.updated is None and row.sweep is None):
            return False
        if not sweep.begun:
            sweep.place = await opened.reader.begin(stream, row.position, whole=sweep.whole or row.position is None)
            sweep.begun = True
        elif isinstance(sweep.place, dict):
            sweep.place = {**sweep.place, "resumed": True}
        known = await self._database.read(watching.known_roots, opened.name, stream.name)
        while True:
            page = await opened.reader.page(stream, sweep.place)
            await self._watch(opened, stream, sweep, page, known)
            found = await learning.take(
                self._database, opened.mapping, opened.name, stream, page.records, first=sweep.records + 1
            )
            counts.update(found)
            sweep.records += len(page.records)
            sweep.place = page.sweep
            kept = sweep if page.sweep is not None else None
            await self._database.write(_keep_place, opened.name, stream.name, kept, page.position, found)
            if found["refused"] and await self._database.read(_failing, opened.name, stream.name) >= MOST_FAILURES:
                raise Failed("{stream}: too many records cannot be read. Mend the mapping.", stream=stream.name)
            if page.sweep is None:
                return sweep.whole

    async def _watch(self, opened: Opened, stream: Stream, sweep: Sweep, page: Page, known: set[str]) -> None:
        """Look whether the records are as they were. Raises `Failed` before anything is learned from less."""
        if page.shape:
            await self._database.write(watching.note, opened.name, stream, page.shape, declared=True, records=0)
            watching.missing(stream, page.shape)
            sweep.shape = {}
            return
        if not page.records or (sweep.shape == {} and opened.mapping.kind == "sql" and stream.table):
            return
        sweep.shape = await asyncio.to_thread(watching.seen, page.records, sweep.shape)
        gone = watching.went(stream, known, page.records)
        if gone or page.sweep is None:
            seen = watching.seen(page.records) if gone else sweep.shape
            records = len(page.records) if gone else sweep.records + len(page.records)
            await self._database.write(watching.note, opened.name, stream, seen, declared=False, records=records)
        if gone:
            raise _gone(stream, gone)

    async def _keep_lease(self, lease: str) -> None:
        while True:
            await asyncio.sleep(RENEW)
            with contextlib.suppress(DeskError):
                await self._database.write(leases.take, lease, self._holder, HELD)


def holder_name() -> str:
    """This process among those that share the database: its machine, its number, and a word of its own."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


def _take(tx: Transaction, lease: str, holder: str) -> bool:
    """Hold the lease; one whose process is seen to be dead on this machine need not run out first."""
    held = tx.value("SELECT holder FROM lease WHERE name = :name", name=lease)
    if held is not None and held != holder and _is_dead(held):
        leases.release(tx, lease, held)
    return leases.take(tx, lease, holder, HELD)


def _is_dead(holder: str) -> bool:
    host, _, rest = holder.partition("/")
    number = rest.partition("/")[0]
    if host != socket.gethostname() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _failing(tx: Transaction, source: str, stream: str) -> int:
    return int(
        tx.value(
            "SELECT count(*) FROM source_failure WHERE source = :source AND stream = :stream",
            source=source,
            stream=stream,
        )
    )


def _gone(stream: Stream, fields: list[str]) -> Failed:
    return Failed(
        "{stream}: {names} went from the other side. Mend the mapping, or accept the change.",
        stream=stream.name,
        names=", ".join(fields),
    )


def _opened(tx: Transaction, name: str, keys: Seals) -> tuple[Any, dict[str, str]]:
    row = actions.row_of(tx, name)
    return row, {**row.given, **(keys.open(row.secrets) if row.secrets else {})}


def _keep_place(
    tx: Transaction, source: str, stream: str, sweep: Sweep | None, position: Any, found: Counter[str]
) -> None:
    """The place after a page; at the end the position of the next sweep."""
    ended = sweep is None
    row = actions.stream_row(tx, source, stream)
    tx.run(
        "UPDATE source_stream SET sweep = :sweep, position = :position, records = :records, learned = :learned,"
        " read_at = :now, swept_at = :swept WHERE source = :source AND stream = :stream",
        sweep=dump(msgspec.to_builtins(sweep)) if sweep is not None else None,
        position=_json(position if ended and position is not None else row.position),
        records=row.records + found["records"],
        learned=row.learned + found["new"] + found["changed"],
        now=tx.now,
        swept=tx.now if ended else row.swept_at,
        source=source,
        stream=stream,
    )


def _json(value: Any) -> str | None:
    return dump(value) if value is not None else None


def _finish(tx: Transaction, name: str, began: Any, words: str, after: timedelta | None) -> None:
    row = tx.first("SELECT * FROM source WHERE name = :name", name=name)
    if row is None:
        return
    failures = row.failures + 1 if words else 0
    wait = actions.due_in(row)
    if words:
        wait = min(FIRST_WAIT * 2 ** min(failures - 1, 12), LONGEST_WAIT)
        wait = max(wait, after) if after is not None else wait
    tx.run(
        "UPDATE source SET tried_at = :began, pulled_at = :pulled, next_at = :next, failures = :failures,"
        " words = :words WHERE name = :name",
        began=began,
        pulled=row.pulled_at if words else began,
        next=tx.now + wait,
        failures=failures,
        words=words[:1000],
        name=name,
    )
