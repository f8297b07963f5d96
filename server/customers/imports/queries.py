"""What can be asked about imports."""

from __future__ import annotations

from typing import Any

import msgspec

from server.agents import AgentView, Role, require
from server.customers.imports import plans
from server.customers.imports.views import Counts, ImportView, KeptView, ProblemView
from server.customers.sheets import Form
from server.database import Transaction
from server.errors import NotFound

ROLE: Role = "lead"
MOST = 200


def one(tx: Transaction, agent: AgentView, id: int) -> ImportView:
    """An import. Raises `NotFound`."""
    require(agent, ROLE)
    return view(tx, id)


def view(tx: Transaction, id: int) -> ImportView:
    """An import, for whoever works on it. Raises `NotFound`."""
    row = tx.first("SELECT * FROM customer_import WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no such import.")
    return _view(row)


def all(tx: Transaction, agent: AgentView, *, limit: int = 50, before: int | None = None) -> list[ImportView]:
    """The imports, newest first."""
    require(agent, ROLE)
    rows = tx.all(
        "SELECT * FROM customer_import WHERE id < :before ORDER BY id DESC LIMIT :limit",
        before=before or 2**31,
        limit=min(limit, MOST),
    )
    return [_view(row) for row in rows]


def problems(
    tx: Transaction, agent: AgentView, id: int, *, trial: bool, limit: int = MOST, after: int = 0
) -> list[ProblemView]:
    """What was wrong, row by row; of the last dry run or of the import itself."""
    require(agent, ROLE)
    return [
        ProblemView(row=row.number, refused=bool(row.refused), reasons=row.reasons)
        for row in tx.all(
            "SELECT * FROM import_problem WHERE import_id = :id AND trial = :trial AND number > :after"
            " ORDER BY number LIMIT :limit",
            id=id,
            trial=trial,
            after=after,
            limit=limit,
        )
    ]


def kept(tx: Transaction, agent: AgentView, id: int, *, limit: int = MOST, after: int = 0) -> list[KeptView]:
    """What stayed when an import was taken back, by the rows of its file."""
    require(agent, ROLE)
    return [
        KeptView(row=row.number, kind=row.kind, subject=row.subject, why=row.kept)
        for row in tx.all(
            "SELECT * FROM import_entry WHERE import_id = :id AND kept <> '' AND id > :after ORDER BY id LIMIT :limit",
            id=id,
            after=after,
            limit=limit,
        )
    ]


def _view(row: Any) -> ImportView:
    return ImportView(
        **{name: getattr(row, name) for name in ("id", "name", "size", "state", "headers", "share", "words")},
        form=msgspec.convert(row.form, Form),
        plan=plans.read(row.plan),
        counts=msgspec.convert(row.counts, Counts),
        trial=msgspec.convert(row.trial, Counts),
        by=row.by_whom,
        digest=row.digest,
        can_undo=row.state in ("done", "cancelled", "failed") and row.started_at is not None and not row.forgotten,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
