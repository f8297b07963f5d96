"""What the records of a stream look like, remembered by version: a change on the other side is noticed.

A database declares its columns; of everything else the fields and types are seen in the records. A field that is
new and that no rule reads is noted and alarms nobody; one that went or is of another type waits for somebody's word.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any

import msgspec

from server.customers.sources.mapping import Stream
from server.customers.sources.mapping.records import needs, reads
from server.customers.sources.reach.marks import type_name
from server.customers.sources.reach.pages import Failed
from server.customers.sources.views import ShapeChange
from server.database import Transaction
from server.database.types import dump
from server.events import DeskChanged

ENOUGH = 20
"""So many records without a field, and it counts as gone."""
DEEPEST = 4
MOST_FIELDS = 600


def seen(records: Sequence[Any], shape: dict[str, str] | None = None) -> dict[str, str]:
    """The fields of records by path, each with its types (`number|text`); added to what was seen before."""
    found: dict[str, set[str]] = {path: set(types.split("|")) for path, types in (shape or {}).items()}
    for record in records:
        _look(record, "", 0, found)
    return {path: "|".join(sorted(types - {""})) for path, types in sorted(found.items())[:MOST_FIELDS]}


def note(
    tx: Transaction, source: str, stream: Stream, shape: Table[str, str], *, declared: bool, records: int
) -> list[ShapeChange]:
    """Compare with the last version, and keep a new one when something changed; what did."""
    if not shape:
        return []
    row = tx.first(
        "SELECT version, fields FROM source_shape WHERE source = :source AND stream = :stream"
        " ORDER BY version DESC LIMIT 1",
        source=source,
        stream=stream.name,
    )
    known: dict[str, str] = dict(row.fields) if row is not None else {}
    used = reads(stream)
    changes = _declared(known, shape, used) if declared else _observed(known, shape, used, records)
    if row is not None and not changes:
        return []
    quiet = row is None or all(each.what == "new" and not each.used for each in changes)
    tx.run(
        "INSERT INTO source_shape (source, stream, version, fields, changes, seen_at, accepted_by)"
        " VALUES (:source, :stream, :version, :fields, :changes, :now, :accepted)"
        " ON CONFLICT (source, stream, version) DO NOTHING",
        source=source,
        stream=stream.name,
        version=row.version + 1 if row is not None else 1,
        fields=dump(dict(shape) if declared else _together(known, shape, changes)),
        changes=dump([msgspec.to_builtins(each) for each in changes] if row is not None else []),
        now=tx.now,
        accepted="desk" if quiet else "",
    )
    if not quiet:
        tx.record(DeskChanged(what="source"), f"source:{source}")
    return changes if row is not None else []


def missing(stream: Stream, shape: Table[str, str]) -> None:
    """Raises `Failed` when a column that the mapping reads is not there: nothing must be learned without it."""
    made = {*stream.children, "rows"}
    gone = sorted(name for name in needs(stream) - shape.keys() - made)
    if gone:
        raise Failed(
            "{stream} has no column {names} any more, which the mapping reads.",
            stream=stream.table or stream.name,
            names=", ".join(gone),
        )


def held_up(tx: Transaction, source: str, stream: Stream) -> list[str]:
    """Fields that the mapping reads and that went, of which nobody has said that it is well."""
    used = needs(stream)
    rows = tx.all(
        "SELECT changes FROM source_shape WHERE source = :source AND stream = :stream AND accepted_by = ''",
        source=source,
        stream=stream.name,
    )
    return sorted({each["field"] for row in rows for each in row.changes if each["what"] == "gone"} & used)


def known_roots(tx: Transaction, source: str, stream: str) -> set[str]:
    """The fields that records had so far."""
    fields = tx.value(
        "SELECT fields FROM source_shape WHERE source = :source AND stream = :stream ORDER BY version DESC LIMIT 1",
        source=source,
        stream=stream,
    )
    return {_root(path) for path in fields or {}}


def went(stream: Stream, known: set[str], records: Sequence[Any]) -> list[str]:
    """Fields that the mapping reads, that were there before, and that not one of many records has."""
    if len(records) < ENOUGH:
        return []
    here = {str(name) for record in records if isinstance(record, dict) for name in record}
    return sorted((needs(stream) & known) - here)


def _declared(known: dict[str, str], shape: Table[str, str], used: frozenset[str]) -> list[ShapeChange]:
    changes = [
        ShapeChange(field=each, what="new", after=shape[each], used=each in used) for each in shape.keys() - known
    ]
    changes += [
        ShapeChange(field=each, what="gone", before=known[each], used=each in used) for each in known.keys() - shape
    ]
    changes += [
        ShapeChange(field=each, what="type", before=known[each], after=shape[each], used=each in used)
        for each in shape.keys() & known
        if shape[each] != known[each]
    ]
    return sorted(changes, key=lambda change: change.field)


def _observed(known: dict[str, str], shape: Table[str, str], used: frozenset[str], records: int) -> list[ShapeChange]:
    changes = [
        ShapeChange(field=each, what="new", after=shape[each], used=False) for each in shape.keys() - known.keys()
    ]
    for each in shape.keys() & known:
        before, after = set(known[each].split("|")) - {""}, set(shape[each].split("|")) - {""}
        if before and after - before:
            what = "|".join(sorted(after))
            changes.append(
                ShapeChange(field=each, what="type", before=known[each], after=what, used=_root(each) in used)
            )
    if records >= ENOUGH:
        gone = {root for each in known if (root := _root(each)) in used} - {_root(each) for each in shape}
        changes += [ShapeChange(field=each, what="gone", before=known.get(each, ""), used=True) for each in gone]
    return sorted(changes, key=lambda change: change.field)


def _together(known: dict[str, str], shape: Table[str, str], changes: list[ShapeChange]) -> dict[str, str]:
    """All that was ever seen, but for what is gone now."""
    gone = {each.field for each in changes if each.what == "gone"}
    both = {path: types for path, types in known.items() if _root(path) not in gone}
    for path, types in shape.items():
        both[path] = "|".join(sorted(({*both.get(path, "").split("|"), *types.split("|")}) - {""}))
    return dict(sorted(both.items())[:MOST_FIELDS])


def _root(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _look(value: Any, path: str, depth: int, found: dict[str, set[str]]) -> None:
    if isinstance(value, dict) and depth < DEEPEST:
        for name, each in value.items():
            below = f"{path}.{name}" if path else str(name)
            found.setdefault(below, set()).add(type_name(each))
            _look(each, below, depth + 1, found)
    elif isinstance(value, list) and depth < DEEPEST:
        for each in value[:20]:
            _look(each, f"{path}[*]", depth + 1, found)
