"""The sources of a desk at work: pulled when their time comes, by one of the processes that share the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Mapping as Table
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from server.agents import AgentView, require
from server.customers.sources import actions, comparing, learning, trying
from server.customers.sources import mapping as mappings
from server.customers.sources.actions import Seals, SourceDraft
from server.customers.sources.freshening import Freshener
from server.customers.sources.mapping import Mapping
from server.customers.sources.pulling import Pulls, holder_name
from server.customers.sources.reach import House, files
from server.customers.sources.views import ComparisonView, Freshness, Pulled, Tried
from server.database import Database, Transaction, now
from server.errors import Conflict, DeskError, Invalid

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Sources that one process pulls at the same time."""
LONGEST_SLEEP = 15.0
"""In seconds: how late a pull may begin that another process asked for."""
BUSY = timedelta(seconds=20)
"""When another process is at a source, it is looked at again after this time."""


class Sources:
    """What commands, doors and the composition do with sources."""

    def __init__(
        self, database: Database, keys: Seals, *, allow: Sequence[str] = (), folders: Sequence[str] = ()
    ) -> None:
        self._database = database
        self.keys = keys
        self._house = House(tuple(allow), tuple(folders))
        self._pulls = Pulls(database, keys, self._house, holder=holder_name())
        self._freshener = Freshener(database, self._pulls)
        self._kicked = asyncio.Event()
        self._running: dict[str, asyncio.Task[Any]] = {}

    def kick(self) -> None:
        """A source was added, changed, or is wanted now."""
        self._kicked.set()

    async def run(self) -> None:
        """Pull what is due until cancelled; what is under way then goes on at that place later."""
        try:
            while True:
                self._kicked.clear()
                sleep = LONGEST_SLEEP
                try:
                    sleep = await self._begin_due()
                except DeskError as error:
                    log.warning("Sources cannot be pulled now: %s", error)
                except Exception:
                    log.exception("The sources stumbled; they go on")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(sleep):
                        await self._kicked.wait()
        finally:
            await self.close()

    async def _begin_due(self) -> float:
        wait = LONGEST_SLEEP
        for row in await self._database.read(_waiting):
            if row.name in self._running:
                continue
            seconds = (row.next_at - now()).total_seconds()
            if seconds > 0:
                wait = min(wait, seconds)
            elif len(self._running) < AT_ONCE:
                task = asyncio.create_task(self._pull_due(row.name), name=f"source {row.name}")
                self._running[row.name] = task
                task.add_done_callback(lambda done, name=row.name: self._done(name, done))  # type: ignore[misc]
        return wait

    def _done(self, name: str, task: asyncio.Task[Any]) -> None:
        self._running.pop(name, None)
        if not task.cancelled() and not isinstance(error := task.exception(), DeskError | None):
            log.error("The source %s stumbled", name, exc_info=error)
        self.kick()

    async def _pull_due(self, name: str) -> None:
        try:
            await self._pulls.pull(name)
        except Conflict:
            await self._database.write(_put_off, name)
            return
        if await self._database.read(_comparison_is_due, name):
            with contextlib.suppress(Conflict):
                await self._compare(name)

    async def close(self) -> None:
        """Stop all that is under way."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._freshener.close()

    # ------------------------------------------------------------------------------------------------ on request

    async def pull(self, agent: AgentView, name: str, *, whole: bool = False) -> Pulled:
        """Pull now and wait for it. Raises `Conflict` when another process is at it."""
        require(agent, "admin")
        row = await self._database.read(actions.row_of, name)
        if row.kind == "file":
            raise Invalid("This source is read from files that it is given.")
        return await self._pulls.pull(name, whole=whole)

    async def compare(self, agent: AgentView, name: str) -> list[ComparisonView]:
        """Count and compare both sides now."""
        require(agent, "admin")
        await self._database.read(actions.row_of, name)
        return await self._compare(name)

    async def compare_soon(self, agent: AgentView, name: str, patience: float = 5.0) -> bool:
        """Compare beside what goes on; whether it was done within some seconds. Raises what it raised by then."""
        key = f"compare {name}"
        if key not in self._running:
            task: asyncio.Task[Any] = asyncio.create_task(self.compare(agent, name), name=key)
            self._running[key] = task
            task.add_done_callback(lambda done: self._done(key, done))
        ended, _ = await asyncio.wait([self._running[key]], timeout=patience)
        for one in ended:
            one.result()
        return bool(ended)

    async def _compare(self, name: str) -> list[ComparisonView]:
        async with self._pulls.leased(name), self._pulls.opened(name) as opened:
            return await comparing.compare(self._database, opened.mapping, name, opened.reader)

    async def freshen(self, agent: AgentView, customer: int, *, wait: float = 0.0) -> list[Freshness]:
        """What each source said of a customer when; what is old is asked for."""
        return await self._freshener.freshen(agent, customer, wait=wait)

    async def test(self, agent: AgentView, name: str) -> str:
        """Go to the other side once; what it says. Raises `Failed`."""
        require(agent, "admin")
        async with self._pulls.opened(name) as opened:
            if opened.mapping.kind == "file":
                return "files"
            return await opened.reader.test()

    async def try_draft(
        self, agent: AgentView, draft: SourceDraft, *, file: Path | None = None, most: int = 20
    ) -> Tried:
        """A dry run of a mapping that is no source yet."""
        require(agent, "admin")
        text, given = actions.checked(draft)
        mapping = await asyncio.to_thread(mappings.read, text)
        return await self._try(agent, mapping, given, draft.name or mapping.name, file, most)

    async def try_source(self, agent: AgentView, name: str, *, file: Path | None = None, most: int = 20) -> Tried:
        """A dry run of a source."""
        require(agent, "admin")
        row = await self._database.read(actions.row_of, name)
        given = {**row.given, **(self.keys.open(row.secrets) if row.secrets else {})}
        return await self._try(agent, mappings.read(row.mapping), given, name, file, most)

    async def _try(
        self, agent: AgentView, mapping: Mapping, given: Table[str, str], name: str, file: Path | None, most: int
    ) -> Tried:
        if mapping.kind != "file":
            return await trying.dry_run(self._database, agent, mapping, given, self._house, name=name, most=most)
        if file is None:
            raise Invalid(fields={"file": "is wanted"})
        stream, records = await asyncio.to_thread(files.first, mapping, file, most)
        return await trying.judged(self._database, mapping, {stream.name: records}, name=name)

    async def take_file(self, agent: AgentView, name: str, file: Path) -> Pulled:
        """Learn the records of a file that was given to a source."""
        require(agent, "admin")
        row = await self._database.read(actions.row_of, name)
        mapping = await asyncio.to_thread(mappings.read, row.mapping)
        if mapping.kind != "file":
            raise Invalid("This source is not read from files.")
        counts: Counter[str] = Counter()
        async with self._pulls.leased(name):
            stream, pages = await asyncio.to_thread(files.opened, mapping, file)
            while (page := await asyncio.to_thread(next, pages, None)) is not None:
                counts.update(
                    await learning.take(self._database, mapping, name, stream, page, first=counts["records"] + 1)
                )
            await self._database.write(_took, name, stream.name, counts)
        return Pulled(source=name, streams={stream.name: dict(counts)}, whole=True)


def _waiting(tx: Transaction) -> list[Any]:
    return tx.all(
        "SELECT name, next_at FROM source WHERE enabled = :yes AND kind <> 'file' ORDER BY next_at LIMIT 20", yes=True
    )


def _put_off(tx: Transaction, name: str) -> None:
    tx.run("UPDATE source SET next_at = :at WHERE name = :name AND next_at < :at", at=tx.now + BUSY, name=name)


def _comparison_is_due(tx: Transaction, name: str) -> bool:
    row = tx.first("SELECT * FROM source WHERE name = :name", name=name)
    if row is None or not row.compare_every or row.words:
        return False
    since = row.compared_at or row.created_at
    return bool(since + timedelta(days=row.compare_every) <= tx.now)


def _took(tx: Transaction, name: str, stream: str, counts: Counter[str]) -> None:
    row = actions.stream_row(tx, name, stream)
    tx.run(
        "UPDATE source_stream SET records = :records, learned = :learned, read_at = :now, swept_at = :now"
        " WHERE source = :source AND stream = :stream",
        records=row.records + counts["records"],
        learned=row.learned + counts["new"] + counts["changed"],
        now=tx.now,
        source=name,
        stream=stream,
    )
    tx.run("UPDATE source SET tried_at = :now, pulled_at = :now WHERE name = :name", now=tx.now, name=name)
