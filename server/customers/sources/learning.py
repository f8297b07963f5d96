"""From records to what the desk knows: facts are learned as if their system had told them, failures are kept.

A record that cannot become a fact hurts no other; it stands among the failures until it can.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from server.agents import AgentView, require
from server.customers.sources import mapping as mappings
from server.customers.sources.actions import row_of
from server.customers.sources.mapping import Made, Mapping, Stream, Trouble, Unmapped
from server.customers.store import batch
from server.customers.store.facts import Fact
from server.database import Database, Transaction
from server.database.types import dump
from server.errors import DeskError, Invalid, NotFound
from server.events import DeskChanged

AT_ONCE = batch.AT_ONCE


class Item(NamedTuple):
    """A record on its way: its id, itself, and the fact or what is wrong."""

    id: str
    payload: Any
    fact: Fact | None
    troubles: list[Trouble]


async def take(
    database: Database, mapping: Mapping, source: str, stream: Stream, records: Sequence[Any], *, first: int = 1
) -> Counter[str]:
    """Learn records of a stream, told by `source`; how many were new, changed, same, stale, refused or left out."""
    items, left_out = await asyncio.to_thread(read, mapping, source, stream, records, first)
    counts: Counter[str] = Counter(records=len(records))
    if left_out:
        counts["left_out"] = left_out
    for start in range(0, len(items), AT_ONCE):
        counts += await database.write(learn, source, stream.name, stream.fact, items[start : start + AT_ONCE])
    return counts


def read(
    mapping: Mapping, source: str, stream: Stream, records: Sequence[Any], first: int = 1
) -> tuple[list[Item], int]:
    """Records as facts or failures, and how many the stream does not tell of."""
    items: list[Item] = []
    left_out = 0
    for row, record in enumerate(records, first):
        if not mappings.wanted(stream, record, mapping):
            left_out += 1
            continue
        try:
            made: Made = mappings.make(mapping, stream, record, source=source, row=row)
            items.append(Item(made.id, record, made.fact, []))
        except Unmapped as error:
            items.append(Item(_key(stream, record, mapping), record, None, error.troubles))
    return items, left_out


def learn(tx: Transaction, source: str, stream: str, kind: str, items: Sequence[Item]) -> Counter[str]:
    """A stretch of records, each learned or kept as a failure."""
    _, tell = batch.KINDS[kind]
    counts: Counter[str] = Counter()
    failing = bool(tx.value("SELECT 1 FROM source_failure WHERE source = :s AND stream = :t", s=source, t=stream))
    for item in items:
        troubles = item.troubles
        if item.fact is not None:
            try:
                counts[tell(tx, item.fact).outcome] += 1
            except DeskError as error:
                troubles = refused(error, stream)
        if troubles:
            counts["refused"] += 1
            failing = True
            _keep(tx, source, stream, item, troubles)
        elif failing:
            tx.run(
                "DELETE FROM source_failure WHERE source = :source AND stream = :stream AND record = :record",
                source=source,
                stream=stream,
                record=item.id,
            )
    return counts


def retry(tx: Transaction, agent: AgentView, name: str, ids: Sequence[int] = ()) -> Counter[str]:
    """Read failed records again as they were kept, by the mapping as it is now: these, or all that are open."""
    require(agent, "admin")
    mapping = mappings.read(row_of(tx, name).mapping)
    rows = tx.all("SELECT * FROM source_failure WHERE source = :name ORDER BY id", name=name)
    chosen = [row for row in rows if (row.id in ids if ids else row.state == "open")]
    if ids and len(chosen) != len(set(ids)):
        raise NotFound("There is no failure {id}.", id=next(id for id in ids if id not in {row.id for row in chosen}))
    counts: Counter[str] = Counter()
    known = {each.name: each for each in mapping.stream}
    for row in chosen:
        stream = known.get(row.stream)
        if stream is None:
            tx.run("DELETE FROM source_failure WHERE id = :id", id=row.id)
            continue
        items, left_out = read(mapping, name, stream, [row.payload])
        if left_out:
            tx.run("DELETE FROM source_failure WHERE id = :id", id=row.id)
            counts["left_out"] += 1
            continue
        if items[0].id != row.record and not items[0].troubles:
            tx.run("DELETE FROM source_failure WHERE id = :id", id=row.id)
        counts += learn(tx, name, row.stream, stream.fact, [items[0]._replace(id=row.record)])
    tx.record(DeskChanged(what="source"), f"agent:{agent.id}")
    return counts


def _keep(tx: Transaction, source: str, stream: str, item: Item, troubles: list[Trouble]) -> None:
    tx.run(
        "INSERT INTO source_failure (source, stream, record, payload, troubles, state, times, first_seen, last_seen)"
        " VALUES (:source, :stream, :record, :payload, :troubles, 'open', 1, :now, :now)"
        " ON CONFLICT (source, stream, record) DO UPDATE SET payload = excluded.payload,"
        " troubles = excluded.troubles, times = source_failure.times + 1, last_seen = excluded.last_seen",
        source=source,
        stream=stream,
        record=item.id,
        payload=dump(_storable(item.payload)),
        troubles=dump([msgspec.to_builtins(each) for each in troubles]),
        now=tx.now,
    )


def refused(error: DeskError, stream: str) -> list[Trouble]:
    """What the store said, by the place in the mapping."""
    if isinstance(error, Invalid) and error.fields:
        return [Trouble(place=f"stream.{stream}.fields.{name}", words=words) for name, words in error.fields.items()]
    return [Trouble(place=f"stream.{stream}", words=str(error))]


def _key(stream: Stream, record: Any, mapping: Mapping) -> str:
    found = mappings.id_of(stream, record, mapping)
    return found[:200] or "#" + sha256(dump(_storable(record)).encode()).hexdigest()[:24]


def _storable(value: Any) -> Any:
    """A record as JSON and both databases take it: no NUL, no numbers that are none."""
    match value:
        case str():
            return value.replace("\x00", "")
        case dict():
            return {str(name).replace("\x00", ""): _storable(each) for name, each in value.items()}
        case list():
            return [_storable(each) for each in value]
        case float() if value != value or value in (float("inf"), float("-inf")):
            return str(value)
        case _:
            return value
