"""A dry run: the first records of a source read by a mapping, learned, and everything rolled back again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.customers.sources import learning, watching
from server.customers.sources.learning import Item
from server.customers.sources.mapping import Mapping, Stream
from server.customers.sources.reach import House, open_reader
from server.customers.sources.reach.asking import SPENT
from server.customers.sources.views import Tried, TriedRecord
from server.customers.store import batch
from server.database import Database, Transaction
from server.errors import DeskError

MOST = 200


class _Undone(Exception):
    """Carries a result out of a unit that must leave nothing behind."""

    def __init__(self, result: list[TriedRecord]) -> None:
        super().__init__("a dry run")
        self.result = result


async def dry_run(
    database: Database,
    agent: AgentView,
    mapping: Mapping,
    given: Table[str, str],
    house: House,
    *,
    name: str,
    most: int = 20,
) -> Tried:
    """What would become of the first records of each stream. A stream that cannot be read says why in `words`."""
    require(agent, "admin")

    async def keep_secret(secret: str, value: str) -> None:
        spent[secret] = value

    spent: dict[str, str] = {}
    reader = open_reader(mapping, given, house, key=f"try/{name}/{id(mapping)}", keep_secret=keep_secret)
    found: dict[str, Sequence[Any]] = {}
    words: dict[str, str] = {}
    try:
        for stream in (each for each in mapping.stream if each.pulled):
            try:
                page = await reader.page(stream, await reader.begin(stream, None, whole=True))
                if page.shape:
                    watching.missing(stream, page.shape)
                found[stream.name] = page.records[: min(most, MOST)]
            except DeskError as error:
                words[stream.name] = str(error)
    finally:
        await reader.close()
    if SPENT in spent:
        words["refresh_token"] = "The source gave a new refresh token, and the one that was tried is spent."
    return await judged(database, mapping, found, name=name, words=words)


async def judged(
    database: Database,
    mapping: Mapping,
    found: Table[str, Sequence[Any]],
    *,
    name: str,
    words: dict[str, str] | None = None,
) -> Tried:
    """What would become of these records, by stream."""
    records: list[TriedRecord] = []
    for stream in mapping.stream:
        told = found.get(stream.name)
        if told:
            items, left_out = await asyncio.to_thread(learning.read, mapping, name, stream, told)
            records += [_left_out(stream)] * left_out
            try:
                await database.write(_tell, stream, items)
            except _Undone as undone:
                records += undone.result
    return Tried(counts=dict(Counter(each.outcome for each in records)), records=records, words=words or {})


def _tell(tx: Transaction, stream: Stream, items: Sequence[Item]) -> None:
    _, tell = batch.KINDS[stream.fact]
    made: list[TriedRecord] = []
    for row, item in enumerate(items, 1):
        troubles, outcome = item.troubles, "refused"
        if item.fact is not None:
            try:
                outcome = tell(tx, item.fact).outcome
            except DeskError as error:
                troubles = learning.refused(error, stream.name)
        made.append(
            TriedRecord(
                stream=stream.name,
                row=row,
                record=item.id,
                outcome=outcome,  # type: ignore[arg-type]  # one of the store's outcomes
                troubles=troubles,
                fact=msgspec.to_builtins(item.fact) if item.fact is not None else item.payload,
            )
        )
    raise _Undone(made)


def _left_out(stream: Stream) -> TriedRecord:
    return TriedRecord(stream=stream.name, row=0, record="", outcome="left_out")
