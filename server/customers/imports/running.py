"""The importer: works on files in the background, some rows at a time, and goes on where it stopped after a kill."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from server.customers import attributes
from server.customers.attributes import AttributeView
from server.customers.imports import learning, queries, undoing
from server.customers.imports.learning import Job, Result, Twice
from server.customers.imports.rows import Item, Maker
from server.customers.imports.seen import Seen
from server.customers.imports.views import WORKING, ImportView
from server.customers.sheets import Reading, rows
from server.database import Database, Transaction
from server.database.types import dump
from server.errors import DeskError, Invalid, Unavailable
from server.events import DeskChanged
from server.files import Files

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Customers or orders in one unit of work, so that an agent's reply never waits for a thousand of them."""
LEASE = timedelta(seconds=30)
"""After so long without a step another process takes an import over."""
LOOK = 5.0
"""In seconds: how late an import may begin that another process was asked for."""
PAUSE = 2.0
"""In seconds: how long the importer waits when the database is not there."""
Zone = Callable[[Transaction], ZoneInfo]


class Importer:
    """The composition runs `run` as a task, and kicks when an import was started or ended."""

    def __init__(self, database: Database, files: Files, zone: Zone) -> None:
        self._database = database
        self._files = files
        self._zone = zone
        self._kicked = asyncio.Event()
        self._me = secrets.token_hex(8)

    def kick(self) -> None:
        """Something was started, or given up."""
        self._kicked.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._kicked.clear()
            try:
                if await self._database.read(_waiting) is not None:
                    id = await self._database.write(claim, self._me)
                    if id is not None:
                        await self.work(id)
                        continue
            except Unavailable as error:
                log.warning("Imports cannot be looked at now: %s", error)
            except Exception:
                log.exception("The importer stumbled; it goes on")
                await asyncio.sleep(PAUSE)
            try:
                async with asyncio.timeout(LOOK):
                    await self._kicked.wait()
            except TimeoutError:
                continue

    async def take_over(self, id: int) -> bool:
        """Take one import for this process; False when another one is at it."""
        return await self._database.write(claim, self._me, id) is not None

    async def work(self, id: int, told: Callable[[ImportView], None] = lambda _: None) -> None:
        """Work on an import that was claimed until it is done, was cancelled, or cannot go on."""
        view = await self._database.read(queries.view, id)
        try:
            if view.state == "undoing":
                await self._undo(view, told)
            else:
                await self._learn(view, told)
        except _Lost:
            log.info("Import %d was cancelled or taken over", id)
        except (Invalid, OSError) as error:
            await self._write(_fail, id, self._me, str(error))

    async def _learn(self, view: ImportView, told: Callable[[ImportView], None]) -> None:
        job = Job(id=view.id, plan=view.plan, since=view.started_at or view.created_at, trial=view.state == "trying")
        source = _Source(
            view,
            self._files,
            await self._database.read(attributes.all),
            await self._database.read(self._zone),
            await self._database.read(_position, view.id),
        )
        try:
            while items := await asyncio.to_thread(source.next):
                await self._step(job, items, source.share)
                told(await self._database.read(queries.view, view.id))
        finally:
            await asyncio.shield(asyncio.to_thread(source.close))
        await self._write(_finish, view.id, self._me, "tried" if job.trial else "done")
        told(await self._database.read(queries.view, view.id))

    async def _step(self, job: Job, items: list[tuple[Item, Twice | None]], share: float) -> None:
        """Learn some items. One that the database refuses is refused alone, and said."""
        try:
            await self._write(step, self._me, job, items, share)
        except DeskError:
            raise
        except Exception as error:
            if len(items) > 1:
                for one in items:
                    await self._step(job, [one], share)
                return
            log.warning("Row %d of import %d could not be taken in", items[0][0].last, job.id, exc_info=True)
            item = items[0][0]
            item.fact, item.reasons = None, {item.last: {"*": f"the database refuses it: {str(error)[:200]}"}}
            await self._write(step, self._me, job, items, share)

    async def _undo(self, view: ImportView, told: Callable[[ImportView], None]) -> None:
        while await self._write(undo_step, view.id, self._me, view.by):
            told(await self._database.read(queries.view, view.id))
        await self._write(_finish, view.id, self._me, "undone")
        told(await self._database.read(queries.view, view.id))

    async def _write(self, unit: Callable[..., Any], *args: Any) -> Any:
        """A unit, again and again while the database is not there."""
        while True:
            try:
                return await self._database.write(unit, *args)
            except Unavailable as error:
                log.warning("An import waits for the database: %s", error)
                await asyncio.sleep(PAUSE)


class _Lost(DeskError):
    """The import was cancelled, or another process works on it."""


class _Source:
    """The items of a file, some at a time, from where the import stopped. Used by one thread after the other."""

    def __init__(self, view: ImportView, files: Files, own: list[AttributeView], zone: ZoneInfo, position: int) -> None:
        self._reading = Reading()
        self._seen = Seen()
        self._position = position
        self._maker = Maker(view.plan, view.headers, own, zone, view.created_at)
        path = files.path(view.digest)
        self._items = self._left(rows(path, view.form, self._reading), view.form.header)

    @property
    def share(self) -> float:
        """How much of the file was read."""
        return self._reading.share

    def next(self) -> list[tuple[Item, Twice | None]]:
        """The next items; none at the end."""
        return list(islice(self._items, AT_ONCE))

    def close(self) -> None:
        """Forget what was read."""
        self._seen.close()

    def _left(self, found: Iterator[tuple[int, list[Any]]], header: int) -> Iterator[tuple[Item, Twice | None]]:
        for item in self._maker.items((number, cells) for number, cells in found if number > header):
            twice = self._seen.meet(item)
            if item.last > self._position:
                yield item, twice


# ------------------------------------------------------------------------------------------------ units of work


def _waiting(tx: Transaction) -> int | None:
    found: int | None = tx.value(
        "SELECT id FROM customer_import WHERE state IN ('trying', 'running', 'undoing')"
        " AND (leased_until IS NULL OR leased_until < :now) ORDER BY id LIMIT 1",
        now=tx.now,
    )
    return found


def claim(tx: Transaction, worker: str, id: int | None = None) -> int | None:
    """Take the next import that nobody works on, or this one; its id."""
    id = _waiting(tx) if id is None else id
    taken = id is not None and tx.run(
        "UPDATE customer_import SET worker = :worker, leased_until = :until WHERE id = :id"
        " AND state IN ('trying', 'running', 'undoing') AND (leased_until IS NULL OR leased_until < :now)",
        worker=worker,
        until=tx.now + LEASE,
        id=id,
        now=tx.now,
    )
    return id if taken else None


def step(tx: Transaction, worker: str, job: Job, items: list[tuple[Item, Twice | None]], share: float) -> None:
    """Learn some items, count them, and note how far that is. Raises `_Lost` when it is no longer this process's."""
    row = _mine(tx, job.id, worker)
    if job.trial:
        tx.run("SAVEPOINT trial")
        recorded = len(tx.recorded)
        result = learning.learn(tx, job, items)
        tx.run("ROLLBACK TO SAVEPOINT trial")
        tx.run("RELEASE SAVEPOINT trial")
        del tx.recorded[recorded:]
    else:
        result = learning.learn(tx, job, items)
    _note_problems(tx, job, result)
    counts = Counter(row.trial if job.trial else row.counts) + result.counts
    tx.run(
        f"UPDATE customer_import SET {'trial' if job.trial else 'counts'} = :counts, position = :last, share = :share,"
        " leased_until = :until WHERE id = :id",
        counts=dump(dict(counts)),
        last=items[-1][0].last,
        share=share,
        until=tx.now + LEASE,
        id=job.id,
    )


def _note_problems(tx: Transaction, job: Job, result: Result) -> None:
    tx.many(
        "INSERT INTO import_problem (import_id, trial, number, refused, reasons)"
        " VALUES (:import_id, :trial, :number, :refused, :reasons)",
        [
            {"import_id": job.id, "trial": job.trial, "number": number, "refused": refused, "reasons": dump(reasons)}
            for number, refused, reasons in result.problems
        ],
    )


def undo_step(tx: Transaction, id: int, worker: str, by: str) -> bool:
    """Take some entries of the journal back; whether there were any."""
    row = _mine(tx, id, worker)
    entries = tx.all(
        "SELECT * FROM import_entry WHERE import_id = :id AND kept = '' ORDER BY id DESC LIMIT :many",
        id=id,
        many=AT_ONCE,
    )
    if not entries:
        return False
    done = undoing.undo(tx, entries, by)
    counts = Counter(row.counts) + Counter(msgspec.structs.asdict(done))
    share = sum(counts[name] for name in ("removed", "restored", "kept")) / max(row.position, 1)
    tx.run(
        "UPDATE customer_import SET counts = :counts, share = :share, leased_until = :until WHERE id = :id",
        counts=dump(dict(counts)),
        share=min(share, 1.0),
        until=tx.now + LEASE,
        id=id,
    )
    return True


def _mine(tx: Transaction, id: int, worker: str) -> Any:
    lock = " FOR UPDATE" if tx.dialect == "postgresql" else ""
    row = tx.first(f"SELECT * FROM customer_import WHERE id = :id{lock}", id=id)
    if row is None or row.worker != worker or row.state not in WORKING:
        raise _Lost
    return row


def _position(tx: Transaction, id: int) -> int:
    return int(tx.value("SELECT position FROM customer_import WHERE id = :id", id=id))


def _finish(tx: Transaction, id: int, worker: str, state: str) -> None:
    _mine(tx, id, worker)
    tx.run(
        "UPDATE customer_import SET state = :state, share = 1, worker = '', leased_until = NULL, finished_at = :now"
        " WHERE id = :id",
        state=state,
        now=tx.now,
        id=id,
    )
    tx.record(DeskChanged(what=f"import_{state}", id=id))


def _fail(tx: Transaction, id: int, worker: str, words: str) -> None:
    row = _mine(tx, id, worker)
    state = "new" if row.state == "trying" else "failed"
    tx.run(
        "UPDATE customer_import SET state = :state, words = :words, worker = '', leased_until = NULL,"
        " finished_at = :now WHERE id = :id",
        state=state,
        words=words[:1000],
        now=tx.now,
        id=id,
    )
    tx.record(DeskChanged(what="import_failed", id=id))
