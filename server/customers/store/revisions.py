"""The greatest revision counts: rows that settle to the same state in whatever order facts arrive, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import msgspec

from server.customers.store import ahead
from server.database import Transaction

Outcome = Literal["new", "changed", "same", "stale"]
ASK = object()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HEARD = -(2**62)
"""Added to the revision of what is only heard of: it stands under everything that is told."""


class Put(NamedTuple):
    """What became of a row; `before` is the row as it stood, None for a new one. `more`: it says something new although
    what was told is not the newest."""

    id: int
    outcome: Outcome
    before: Any
    more: bool = False

    @property
    def counts(self) -> bool:
        """Whether the row says something new now."""
        return self.more or self.outcome in ("new", "changed")


class Present(int):
    """The revision of what was told without one: the moment it came."""


def number(revision: int | datetime | None, now: datetime) -> int:
    """A revision as a number; moments in microseconds. Without one it is the present."""
    if isinstance(revision, int):
        return revision
    moment = ((revision or now) - EPOCH) // timedelta(microseconds=1)
    return Present(moment) if revision is None else moment


def digest(fact: msgspec.Struct) -> str:
    """Tells two contents of the same revision apart, the same way everywhere."""
    return sha256(msgspec.json.encode(fact, order="sorted")).hexdigest()[:16]


def put(
    tx: Transaction,
    table: str,
    source: str,
    external_id: str,
    revision: int,
    mark: str,
    values: dict[str, Any],
    first: Mapping[str, Any] = MappingProxyType({}),
    held: Any = ASK,
) -> Put:
    """Write a row unless a greater revision of it stands. Of two contents of one revision the greater digest counts;
    told without any, the same content says nothing new. `first` are columns of a new row alone; `held` is
    the row where the caller has it already."""
    row = ahead.row(tx, table, source, external_id) if held is ASK else held
    if row is None:
        whole = {
            "source": source,
            "external_id": external_id,
            "revision": int(revision),
            "digest": mark,
            **values,
            **first,
        }
        made = tx.value(
            f"INSERT INTO {table} ({', '.join(whole)}) VALUES ({', '.join(f':{name}' for name in whole)})"
            " ON CONFLICT (source, external_id) DO NOTHING RETURNING id",
            **whole,
        )
        if made is not None:
            return Put(int(made), "new", None)
        row = ahead.row(tx, table, source, external_id)
    stands = (row.revision, row.digest)
    if (revision, mark) == stands:
        return Put(row.id, "same", row)
    if (revision, mark) < stands:
        return Put(row.id, "stale", row)
    if isinstance(revision, Present) and mark == row.digest and row.revision >= 0:
        tx.run(f"UPDATE {table} SET revision = :revision WHERE id = :id", revision=int(revision), id=row.id)
        return Put(row.id, "same", row)
    whole = {"revision": int(revision), "digest": mark, **values}
    places = ", ".join(f"{name} = :{name}" for name in whole)
    tx.run(f"UPDATE {table} SET {places} WHERE id = :id", id=row.id, **whole)
    return Put(row.id, "new" if row.revision < 0 <= revision else "changed", row)
