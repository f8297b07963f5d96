"""Beside a ticket: the sources are asked for one customer, while what is known stands there already.

Who asks waits at most as long as they say; what takes longer goes on, and shows itself by the
events of what it learned.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from server.agents import AgentView, require
from server.customers import keys
from server.customers.sources import learning
from server.customers.sources import mapping as mappings
from server.customers.sources.mapping import Find, Mapping, Stream
from server.customers.sources.pulling import Opened, Pulls
from server.customers.sources.views import Freshness, State
from server.database import Database, Transaction, now
from server.errors import DeskError

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=60)
"""What is younger is not asked for again."""
GIVE_UP = 30.0
"""In seconds: how long a source is asked for one customer at all."""
MOST_VALUES = 5
"""Addresses, or ids, of a customer that a source is asked for."""


class Person(NamedTuple):
    """What a customer is looked up by: ids at each source, verified addresses."""

    ids: dict[str, list[str]]
    emails: list[str]
    phones: list[str]


class Freshener:
    """Asks sources for customers; of one customer at one source only once at a time."""

    def __init__(self, database: Database, pulls: Pulls) -> None:
        self._database = database
        self._pulls = pulls
        self._asking: dict[tuple[str, int], asyncio.Task[None]] = {}

    async def freshen(self, agent: AgentView, customer: int, *, wait: float = 0.0) -> list[Freshness]:
        """How old what each source said is; what is old is asked for, and waited for at most `wait` seconds."""
        require(agent, "agent")
        due = await self._database.read(_due, customer)
        for name in due:
            key = (name, customer)
            if key not in self._asking:
                task = asyncio.create_task(self._ask(name, customer), name=f"freshen {name} {customer}")
                self._asking[key] = task
                task.add_done_callback(lambda done, key=key: self._done(key, done))  # type: ignore[misc]
        running = [task for (_, whose), task in self._asking.items() if whose == customer]
        if running and wait > 0:
            await asyncio.wait(running, timeout=wait)
        asking = {name for name, whose in self._asking if whose == customer}
        return await self._database.read(_standing, customer, frozenset(asking))

    async def close(self) -> None:
        """Ask no more."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, key: tuple[str, int], task: asyncio.Task[None]) -> None:
        self._asking.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The source %s could not be asked for customer %d", *key, exc_info=error)

    async def _ask(self, name: str, customer: int) -> None:
        if not await self._database.write(_claim, name, customer):
            return
        words = ""
        try:
            async with asyncio.timeout(GIVE_UP), self._pulls.opened(name) as opened:
                for stream in opened.mapping.stream:
                    person = await self._database.read(_person, customer)
                    await self._look_up(opened, stream, person)
        except TimeoutError:
            words = "The source did not answer in time."
        except DeskError as error:
            words = str(error)
        await self._database.write(_answered, name, customer, words)

    async def _look_up(self, opened: Opened, stream: Stream, person: Person) -> None:
        for find in stream.find:
            values = list(_values(find, stream, opened.name, person))[:MOST_VALUES]
            records: list[Any] = []
            for value in values:
                records += await opened.reader.look_up(stream, find, value)
            if records:
                await learning.take(self._database, opened.mapping, opened.name, stream, records)
                return  # the ways are in the order of the mapping: the first that finds something is enough


def _values(find: Find, stream: Stream, source: str, person: Person) -> Iterable[str]:
    match find.by:
        case "customer":
            return person.ids.get(source, ())
        case "id":
            return person.ids.get(source, ()) if stream.fact == "customer" else ()
        case "email":
            return person.emails
        case "phone":
            return [number if find.format == "international" else keys.national(number) for number in person.phones]
        case _:
            return ()


def can_freshen(mapping: Mapping) -> bool:
    """Whether a mapping says how one customer's records are looked up."""
    return any(find.by != "number" for stream in mapping.stream for find in stream.find)


def _due(tx: Transaction, customer: int) -> list[str]:
    """Sources that are to be asked: they can be, and were not a moment ago."""
    asked = {row.source: row for row in tx.all("SELECT * FROM source_asked WHERE customer_id = :id", id=customer)}
    return [
        row.name
        for row in _sources(tx)
        if (row.name not in asked or asked[row.name].asked_at < now() - FRESH) and not _is_fresh(_swept(tx, row))
    ]


def _sources(tx: Transaction) -> Sequence[Any]:
    rows = tx.all("SELECT * FROM source WHERE enabled = :yes AND kind <> 'file' ORDER BY name", yes=True)
    return [row for row in rows if can_freshen(mappings.read(row.mapping))]


def _swept(tx: Transaction, row: Any) -> datetime | None:
    """Since when all that the source has of anybody is here; None while it was not read as a whole."""
    wanted = {stream.name for stream in mappings.read(row.mapping).stream if stream.find}
    rows = tx.all("SELECT stream, swept_at FROM source_stream WHERE source = :name", name=row.name)
    ends = [each.swept_at for each in rows if each.stream in wanted and each.swept_at is not None]
    return min(ends) if len(ends) == len(wanted) and ends else None


def _is_fresh(at: datetime | None) -> bool:
    return at is not None and at > now() - FRESH


def _claim(tx: Transaction, name: str, customer: int) -> bool:
    """Of several processes one asks."""
    return bool(
        tx.run(
            "INSERT INTO source_asked (source, customer_id, asked_at, words) VALUES (:name, :id, :now, '')"
            " ON CONFLICT (source, customer_id) DO UPDATE SET asked_at = excluded.asked_at"
            " WHERE source_asked.asked_at < :before",
            name=name,
            id=customer,
            now=tx.now,
            before=tx.now - FRESH,
        )
    )


def _answered(tx: Transaction, name: str, customer: int, words: str) -> None:
    tx.run(
        "UPDATE source_asked SET words = :words, answered_at = CASE WHEN :words = '' THEN :now ELSE answered_at END"
        " WHERE source = :name AND customer_id = :id",
        words=words[:500],
        now=tx.now,
        name=name,
        id=customer,
    )


def _person(tx: Transaction, customer: int) -> Person:
    ids: dict[str, list[str]] = {}
    for row in tx.all(
        "SELECT source, external_id FROM customer_source WHERE customer_id = :id ORDER BY id", id=customer
    ):
        if not row.external_id.startswith("order:"):
            ids.setdefault(row.source, []).append(row.external_id)
    contacts = tx.all(
        "SELECT kind, address FROM contact WHERE customer_id = :id AND kind IN ('email', 'phone') AND relay = :no"
        " ORDER BY seen_at DESC",
        id=customer,
        no=False,
    )
    return Person(
        ids,
        [row.address for row in contacts if row.kind == "email"],
        [row.address for row in contacts if row.kind == "phone"],
    )


def _standing(tx: Transaction, customer: int, asking: frozenset[str]) -> list[Freshness]:
    asked = {row.source: row for row in tx.all("SELECT * FROM source_asked WHERE customer_id = :id", id=customer)}
    seen = tx.all("SELECT source, seen_at FROM customer_source WHERE customer_id = :id ORDER BY seen_at", id=customer)
    known = {row.source: row.seen_at for row in seen}
    found = []
    for row in _sources(tx):
        mine = asked.get(row.name)
        times = [_swept(tx, row), mine.answered_at if mine else None]
        at = max((each for each in times if each is not None), default=None)
        words = mine.words if mine is not None else ""
        title = mappings.read(row.mapping).title or row.name
        state: State = "failed" if words else "fresh" if at and at > now() - FRESH else "old"
        if row.name in asking:
            state = "asking"
        found.append(Freshness(source=row.name, title=title, at=at or known.get(row.name), state=state, words=words))
    return found
