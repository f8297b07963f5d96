"""Tags: the words that agents put on tickets, as admins keep them."""

from __future__ import annotations

import re
import unicodedata

import msgspec

from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged

COLOR = "#64748b"


class TagView(msgspec.Struct, frozen=True, kw_only=True):
    """A tag. `tickets` is how many carry it; None where nobody asked."""

    id: int
    name: str
    color: str
    tickets: int | None = None


def all(tx: Transaction, *, counted: bool = False) -> list[TagView]:
    """Every tag by name."""
    count = "(SELECT count(*) FROM ticket_tag WHERE tag_id = tag.id)" if counted else "NULL"
    rows = tx.all(f"SELECT id, name, color, {count} AS tickets FROM tag ORDER BY name")
    return [TagView(id=row.id, name=row.name, color=row.color, tickets=row.tickets) for row in rows]


def view(tx: Transaction, id: int) -> TagView:
    """One tag. Raises `NotFound`."""
    row = tx.first("SELECT id, name, color FROM tag WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no such tag.")
    return TagView(id=row.id, name=row.name, color=row.color)


def add(tx: Transaction, agent: AgentView, name: str, color: str = COLOR) -> TagView:
    """A new tag. Raises `Conflict` when there is one of this name."""
    require(agent, "lead")
    name, color = _checked(tx, name, color, 0)
    id = tx.insert("tag", name=name, color=color)
    tx.record(DeskChanged(what="tag", id=id), by=agent.actor)
    return view(tx, id)


def edit(tx: Transaction, agent: AgentView, id: int, name: str, color: str) -> TagView:
    """Another name or colour, on every ticket that carries it."""
    require(agent, "lead")
    view(tx, id)
    name, color = _checked(tx, name, color, id)
    tx.run("UPDATE tag SET name = :name, color = :color WHERE id = :id", id=id, name=name, color=color)
    tx.record(DeskChanged(what="tag", id=id), by=agent.actor)
    return view(tx, id)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Take a tag off every ticket and forget it."""
    require(agent, "lead")
    view(tx, id)
    tx.run("DELETE FROM ticket_tag WHERE tag_id = :id", id=id)
    tx.run("DELETE FROM tag WHERE id = :id", id=id)
    tx.record(DeskChanged(what="tag", id=id), by=agent.actor)


def _checked(tx: Transaction, name: str, color: str, id: int) -> tuple[str, str]:
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not 0 < len(name) <= 50:
        raise Invalid("Some fields need another look.", fields={"name": "is too long" if name else "is missing"})
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise Invalid("Some fields need another look.", fields={"color": "must be a colour like #1f5fbf"})
    other = tx.value("SELECT id FROM tag WHERE name = :name AND id <> :id", name=name, id=id)
    if other is not None:
        raise Conflict("There is a tag of this name already.", current=view(tx, other))
    return name, color.lower()
