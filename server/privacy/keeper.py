"""Carrying out erasures on their day and retention every night: what goes from tables, then from files and the disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import SQLModel

from server.accounts import desk_settings
from server.agents import DESK
from server.customers.rights import audit, rules
from server.database import Database, Engine, Transaction, leases
from server.database.schema import import_models
from server.database.types import dump
from server.errors import DeskError, NotFound
from server.files import Files
from server.privacy import erasing, retention

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
LOOK = 60.0
"""In seconds: how often it is looked whether something is due."""
PAGES = 500
"""Of the search index, put together in one unit."""
INDEXES = ("search_message", "search_ticket")


class Keeper:
    """Does what is due. The composition runs `run` as a task and calls `kick` when something was decided."""

    def __init__(self, database: Database, files: Files, *, look: float = LOOK) -> None:
        self._database = database
        self._files = files
        self._look = look
        self._me = secrets.token_hex(8)
        self._kicked = asyncio.Event()

    def kick(self) -> None:
        """Look now."""
        self._kicked.set()

    async def run(self) -> None:
        """Until cancelled. A failure is logged, and tried again at the next look."""
        while True:
            self._kicked.clear()
            try:
                await self.round()
            except DeskError as error:
                log.warning("What is due cannot be erased now: %s", error)
            except Exception:
                log.exception("What is due could not be erased; it will be tried again")
            try:
                async with asyncio.timeout(self._look):
                    await self._kicked.wait()
            except TimeoutError:
                continue

    async def round(self) -> None:
        """Everything that is due now, if no other process is at it."""
        due = await self._database.read(erasing.due)
        night = await self._database.read(night_due)
        if not (due or night) or not await self._hold():
            return
        for request_id in await self._database.read(erasing.due):  # another process may just have been at it
            with contextlib.suppress(NotFound):
                await self.erase(request_id)
        if night:
            await self.retain()
        await self._database.write(leases.release, "privacy", self._me)

    async def _hold(self) -> bool:
        return await self._database.write(leases.take, "privacy", self._me, LEASE)

    async def erase(self, request_id: int) -> None:
        """One erasure to its end. Raises `NotFound` when its day has not come."""
        while True:
            advanced = await self._database.write(erasing.advance, request_id)
            await self._unlink(advanced.digests)
            if not advanced.more:
                break
            await self._hold()
        await self._settle()

    async def retain(self) -> dict[str, int]:
        """One round of retention by the rules that are on; what it took, by kind and channel."""
        run = await self._database.write(begin_round)
        removed: dict[str, int] = {}
        for rule in (await self._database.read(rules.read)).retention:
            if not rule.on:
                continue
            name = f"{rule.kind}:{rule.channel}" if rule.channel else rule.kind
            more = True
            while more:
                done = await self._database.write(retention.apply, rule)
                removed[name] = removed.get(name, 0) + done.many
                await self._unlink(done.digests)
                more = done.more
                await self._hold()
        await self._database.write(end_round, run, removed)
        if any(removed.values()):
            await self._settle()
        return removed

    async def _unlink(self, digests: Iterable[str]) -> None:
        gone = set(digests)
        if gone:
            gone -= await self._database.read(still_named, sorted(gone))
            await asyncio.to_thread(self._remove, gone)

    def _remove(self, digests: Iterable[str]) -> None:
        for digest in digests:
            try:
                self._files.path(digest).unlink(missing_ok=True)
            except NotFound:
                continue

    async def _settle(self) -> None:
        """Words that were deleted leave the index's pages and the log before the database too."""
        if self._database.engine.dialect != "sqlite":
            return
        for table in INDEXES:
            pages = -PAGES
            while await self._database.write(merge_index, table, pages):
                pages = PAGES
        await asyncio.to_thread(truncate_log, self._database.engine)


def night_due(tx: Transaction) -> bool:
    """Whether a round of retention is due: some rule is on, its hour has come, and today there was none."""
    decided = rules.read(tx)
    if not any(rule.on for rule in decided.retention):
        return False
    zone = desk_settings.read(tx).zone
    local = tx.now.astimezone(zone)
    if local.hour < decided.hour:
        return False
    last: datetime | None = tx.value(
        "SELECT began_at FROM retention_run WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
    return last is None or last.astimezone(zone).date() < local.date()


def begin_round(tx: Transaction) -> int:
    """The round that was broken off, or a new one; its id."""
    broken: int | None = tx.value("SELECT id FROM retention_run WHERE ended_at IS NULL ORDER BY id DESC LIMIT 1")
    return broken if broken is not None else tx.insert("retention_run", began_at=tx.now, ended_at=None, removed="{}")


def end_round(tx: Transaction, run: int, removed: dict[str, int]) -> None:
    """Write down what went."""
    tx.run(
        "UPDATE retention_run SET ended_at = :now, removed = :removed WHERE id = :id",
        now=tx.now,
        removed=dump(removed),
        id=run,
    )
    if any(removed.values()):
        audit.write(tx, DESK, "retention", detail={"removed": removed}, through="clock")


def still_named(tx: Transaction, digests: list[str]) -> set[str]:
    """Those of the files that some row of any table still names."""
    import_models()
    found: set[str] = set()
    values = {f"d{place}": digest for place, digest in enumerate(digests)}
    places = ", ".join(f":{name}" for name in values)
    for table in SQLModel.metadata.sorted_tables:
        for column in ("digest", "picture"):
            if column in table.columns:
                rows = tx.all(f'SELECT {column} AS d FROM "{table.name}" WHERE {column} IN ({places})', **values)
                found.update(row.d for row in rows)
    return found


def merge_index(tx: Transaction, table: str, pages: int) -> bool:
    """Put the next pages of SQLite's search index together, which leaves out what was deleted; whether there is more.

    https://www.sqlite.org/fts5.html#the_merge_command
    """
    before = tx.value("SELECT total_changes()")
    tx.run(f"INSERT INTO {table}({table}, rank) VALUES('merge', {pages})")
    return bool(tx.value("SELECT total_changes()") - before >= 2)


def truncate_log(engine: Engine) -> None:
    """Have SQLite's write-ahead log, which holds pages as they were, copied back and cut off."""
    connection = engine.connect()
    try:
        connection.cursor("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
