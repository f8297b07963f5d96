"""Addresses that are not written to by themselves."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from server import customers
from server.agents import AgentView, require
from server.customers import entries
from server.database import Transaction
from server.errors import NotFound
from server.events import DeskChanged
from server.notices.views import View

MOST = 1000
LIKE = re.compile("[!%_]")


class SuppressionView(View, frozen=True, kw_only=True):
    """An address, what is not written to it (all, or advertising), and why: bounce, complaint, opt_out or agent."""

    id: int
    kind: str
    address: str
    purpose: str
    reason: str
    words: str
    created_at: datetime


def newest(tx: Transaction, piece: str = "") -> list[SuppressionView]:
    """The newest thousand, of those that a piece stands in."""
    rows = tx.all(
        "SELECT * FROM suppression WHERE address LIKE :like ESCAPE '!' ORDER BY id DESC LIMIT :most",
        like=f"%{LIKE.sub(lambda found: '!' + found[0], piece.strip().lower())}%",
        most=MOST,
    )
    return [_view(row) for row in rows]


def put(
    tx: Transaction, agent: AgentView, kind: str, address: str, *, purpose: str = "all", words: str = ""
) -> SuppressionView:
    """An agent says so; what was said before stays. Raises `Invalid` for what is no address."""
    require(agent, "lead")
    address = entries.address(kind, address)
    add(tx, kind, address, "agent", purpose=purpose, words=words)
    row = tx.one(
        "SELECT * FROM suppression WHERE kind = :kind AND address = :address AND purpose = :purpose",
        kind=kind,
        address=address,
        purpose=purpose,
    )
    tx.record(DeskChanged(what="suppression", id=row.id), agent.actor)
    return _view(row)


def add(tx: Transaction, kind: str, address: str, reason: str, *, purpose: str = "all", words: str = "") -> None:
    """From now on nothing (or no advertising) goes there by itself."""
    tx.run(
        "INSERT INTO suppression (kind, address, purpose, reason, words, created_at)"
        " VALUES (:kind, :address, :purpose, :reason, :words, :now) ON CONFLICT (kind, address, purpose) DO NOTHING",
        kind=kind,
        address=address.strip().lower() if kind == "email" else address.strip(),
        purpose=purpose,
        reason=reason,
        words=words,
        now=tx.now,
    )


def forgive(tx: Transaction, kind: str, address: str) -> None:
    """Its owner wants advertising again; what came back or was complained of stays."""
    tx.run(
        "DELETE FROM suppression WHERE kind = :kind AND address = :address AND purpose = 'advertising'"
        " AND reason = 'opt_out'",
        kind=kind,
        address=address.strip().lower() if kind == "email" else address.strip(),
    )


def lift(tx: Transaction, agent: AgentView, id: int) -> None:
    """It may be written to again, and counts as one that arrives if it was known as one that does not. Raises
    `NotFound`."""
    require(agent, "lead")
    row = tx.first("DELETE FROM suppression WHERE id = :id RETURNING kind, address, purpose", id=id)
    if row is None:
        raise NotFound("There is no suppressed address {id}.", id=id)
    if row.kind == "email" and row.purpose == "all":
        customers.reachable(tx, "email", row.address)
    tx.record(DeskChanged(what="suppression", id=id), agent.actor)


def _view(row: Any) -> SuppressionView:
    return SuppressionView(**{name: getattr(row, name) for name in SuppressionView.__struct_fields__})
