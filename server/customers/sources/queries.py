"""Looking at sources: how they are doing, what failed, what changed there, what differs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.customers.sources import mapping as mappings
from server.customers.sources.actions import Seals, row_of
from server.customers.sources.mapping import Mapping, Trouble
from server.customers.sources.views import (
    ComparisonView,
    DifferenceView,
    FailurePage,
    FailureView,
    ParameterView,
    PeriodView,
    ShapeChange,
    ShapeView,
    SourceView,
    StreamView,
)
from server.database import Transaction
from server.errors import DeskError, Invalid, NotFound

MOST = 200


def all(tx: Transaction, agent: AgentView, *, keys: Seals) -> list[SourceView]:
    """Every source, by name."""
    require(agent, "admin")
    return [_view(tx, row, keys) for row in tx.all("SELECT * FROM source ORDER BY name")]


def view(tx: Transaction, agent: AgentView, name: str, *, keys: Seals) -> SourceView:
    """One source. Raises `NotFound`."""
    require(agent, "admin")
    return _view(tx, row_of(tx, name), keys)


def ailing(tx: Transaction) -> list[tuple[str, str]]:
    """Each source with what is wrong with it in one line, empty when nothing is: for the doctor."""
    found = []
    for row in tx.all("SELECT * FROM source ORDER BY name"):
        failures = _count(tx, "source_failure", row.name, "state = 'open'")
        changes = _count(tx, "source_shape", row.name, "accepted_by = '' AND version > 1")
        words = [
            f"the last {row.failures} pulls broke off: {row.words}" if row.failures else "",
            f"{failures} records could not be read: `madoguchi sources failures {row.name}`" if failures else "",
            f"{changes} changes of its schema that nobody has looked at" if changes else "",
            f"{differing} records differ" if (differing := _differing(tx, row.name)) else "",
            f"not pulled since {row.pulled_at:%Y-%m-%d %H:%M}" if _is_late(row, tx) else "",
        ]
        found.append((row.name, "; ".join(each for each in words if each) if row.enabled else ""))
    return found


def waiting(tx: Transaction) -> int:
    """How many records could not be read, and changed schemas nobody has looked at."""
    return int(
        tx.value(
            "SELECT (SELECT count(*) FROM source_failure WHERE state = 'open')"
            " + (SELECT count(*) FROM source_shape WHERE accepted_by = '' AND version > 1)"
        )
    )


def failures(
    tx: Transaction,
    agent: AgentView,
    name: str,
    *,
    state: str = "open",
    stream: str = "",
    before: int | None = None,
    limit: int = 50,
) -> FailurePage:
    """Records that could not be read, the latest first found first."""
    require(agent, "admin")
    row_of(tx, name)
    if state not in ("open", "ignored", "all"):
        raise Invalid(fields={"state": "is open, ignored or all"})
    limit = max(1, min(limit, MOST))
    rows = tx.all(
        "SELECT * FROM source_failure WHERE source = :name AND (state = :state OR :state = 'all')"
        " AND (stream = :stream OR :stream = '') AND id < :before ORDER BY id DESC LIMIT :limit",
        name=name,
        state=state,
        stream=stream,
        before=before or 9_007_199_254_740_991,
        limit=limit + 1,
    )
    items = [failure_view(row) for row in rows[:limit]]
    return FailurePage(items=items, next=str(items[-1].id) if len(rows) > limit else None)


def failure(tx: Transaction, agent: AgentView, id: int) -> FailureView:
    """One of them. Raises `NotFound`."""
    require(agent, "admin")
    row = tx.first("SELECT * FROM source_failure WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no failure {id}.", id=id)
    return failure_view(row)


def failure_view(row: Any) -> FailureView:
    """From a row."""
    return FailureView(
        troubles=msgspec.convert(row.troubles, list[Trouble]),
        **{name: getattr(row, name) for name in ("id", "source", "stream", "record", "state", "times")},
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        payload=row.payload,
    )


def shapes(tx: Transaction, agent: AgentView, name: str) -> list[ShapeView]:
    """Versions of what the streams' records look like, the newest first."""
    require(agent, "admin")
    row_of(tx, name)
    rows = tx.all("SELECT * FROM source_shape WHERE source = :name ORDER BY id DESC LIMIT :most", name=name, most=MOST)
    return [
        ShapeView(
            **{each: getattr(row, each) for each in ("id", "source", "stream", "version", "seen_at", "accepted_by")},
            fields=row.fields,
            changes=msgspec.convert(row.changes, list[ShapeChange]),
        )
        for row in rows
    ]


def comparisons(tx: Transaction, agent: AgentView, name: str, *, limit: int = 20) -> list[ComparisonView]:
    """Comparisons of both sides, the newest first."""
    require(agent, "admin")
    row_of(tx, name)
    rows = tx.all(
        "SELECT * FROM source_comparison WHERE source = :name ORDER BY id DESC LIMIT :limit", name=name, limit=limit
    )
    return [comparison_view(row) for row in rows]


def comparison_view(row: Any) -> ComparisonView:
    """From a row."""
    plain = ("id", "source", "stream", "at", "there", "here", "differing", "words")
    return ComparisonView(
        **{name: getattr(row, name) for name in plain},
        periods=msgspec.convert(row.periods, list[PeriodView]),
        differences=msgspec.convert(row.differences, list[DifferenceView]),
    )


def read_mapping(row: Any) -> Mapping:
    """A source's mapping, ready to be used."""
    return mappings.read(row.mapping)


def _view(tx: Transaction, row: Any, keys: Seals) -> SourceView:
    found = read_mapping(row)
    locked, held = False, {}
    try:
        held = keys.open(row.secrets) if row.secrets else {}
    except DeskError:
        locked = True
    rows = {each.stream: each for each in tx.all("SELECT * FROM source_stream WHERE source = :name", name=row.name)}
    counts: Counter[str] = Counter()
    for each in tx.all(
        "SELECT state, count(*) AS n FROM source_failure WHERE source = :name GROUP BY state", name=row.name
    ):
        counts[each.state] = each.n
    plain = ("name", "ready", "enabled", "every", "compare_every", "next_at", "tried_at", "pulled_at", "compared_at",
             "failures", "words", "version", "mapping")  # fmt: skip
    return SourceView(
        **{name: getattr(row, name) for name in plain},
        kind=found.kind,
        hook=f"/sources/{row.name}/hook" if found.hook is not None else "",
        title=found.title or row.name,
        locked=locked,
        parameters=[
            ParameterView(
                name=name, title=one.title or name, hint=one.hint, example=one.example, secret=one.secret,
                value="" if one.secret else row.given.get(name, ""),
                given=name in held if one.secret else bool(row.given.get(name)),
            )
            for name, one in found.parameters.items()
        ],
        streams=[_stream(each.name, each.fact, rows.get(each.name)) for each in found.stream],
        open_failures=counts["open"],
        ignored_failures=counts["ignored"],
        changes=_count(tx, "source_shape", row.name, "accepted_by = '' AND version > 1"),
        differing=_differing(tx, row.name),
    )  # fmt: skip


def _stream(name: str, fact: str, row: Any) -> StreamView:
    if row is None:
        return StreamView(name=name, fact=fact)
    return StreamView(
        name=name,
        fact=fact,
        records=row.records,
        learned=row.learned,
        read_at=row.read_at,
        swept_at=row.swept_at,
        under_way=row.sweep is not None,
    )


def _count(tx: Transaction, table: str, name: str, where: str) -> int:
    return int(tx.value(f"SELECT count(*) FROM {table} WHERE source = :name AND {where}", name=name))


def _differing(tx: Transaction, name: str) -> int:
    """How many records of the source's streams differed when they were compared last."""
    return int(
        tx.value(
            "SELECT COALESCE(sum(differing), 0) FROM source_comparison c WHERE source = :name AND id ="
            " (SELECT max(id) FROM source_comparison o WHERE o.source = c.source AND o.stream = c.stream)",
            name=name,
        )
    )


def _is_late(row: Any, tx: Transaction) -> bool:
    since = row.pulled_at or row.created_at
    late: bool = (tx.now - since).total_seconds() > max(row.every * 60 * 3, 3600) and row.pulled_at is not None
    return late
