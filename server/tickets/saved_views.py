"""Saved views: lists with a name, an agent's own or shared by all; the filter is what `GET /tickets` takes."""

from __future__ import annotations

from typing import Any

import msgspec

from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Forbidden, Invalid, NotFound
from server.events import DeskChanged
from server.tickets import lists
from server.tickets.filters import FIXED_VIEWS, TicketFilter

MOST_COUNTED = 99
LISTS = ("status", "assignee", "team", "tag", "channel", "account", "priority")


class SavedViewView(msgspec.Struct, frozen=True, kw_only=True):
    """A saved view. `agent` is whose it is; None when it is shared."""

    id: int
    name: str
    agent: int | None
    filter: dict[str, Any]
    position: int


class SavedCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many tickets stand in a saved view; `more` says that there are, or may be, more than were counted."""

    view: int
    tickets: int
    more: bool


def all(tx: Transaction, agent: AgentView) -> list[SavedViewView]:
    """The shared views, then this agent's own."""
    rows = tx.all(
        "SELECT * FROM saved_view WHERE agent_id IS NULL OR agent_id = :me"
        " ORDER BY CASE WHEN agent_id IS NULL THEN 0 ELSE 1 END, position, id",
        me=agent.id,
    )
    return [_view(row) for row in rows]


def counts(tx: Transaction, agent: AgentView) -> list[SavedCount]:
    """How many tickets stand in each view that this agent has, counted no further than `MOST_COUNTED`."""
    found = []
    for view in all(tx, agent):
        wanted = msgspec.convert(view.filter, TicketFilter)
        count, more = lists.many(tx, agent, wanted, MOST_COUNTED)
        found.append(SavedCount(view=view.id, tickets=count, more=more))
    return found


def shared(tx: Transaction) -> list[SavedViewView]:
    """The views that everybody sees."""
    return [_view(row) for row in tx.all("SELECT * FROM saved_view WHERE agent_id IS NULL ORDER BY position, id")]


def view(tx: Transaction, id: int) -> SavedViewView:
    """One saved view, whoever's it is. Raises `NotFound`."""
    row = tx.first("SELECT * FROM saved_view WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no such view.")
    return _view(row)


def add(
    tx: Transaction, agent: AgentView, name: str, filter: dict[str, Any], *, shared: bool = False, position: int = 0
) -> SavedViewView:
    """A new view; a shared one is a lead's to make."""
    require(agent, "lead" if shared else "viewer")
    id = tx.insert(
        "saved_view",
        agent_id=None if shared else agent.id,
        name=_named(name),
        filter=dump(_checked(filter)),
        position=position,
    )
    tx.record(DeskChanged(what="view", id=id), by=agent.actor)
    return view(tx, id)


def edit(
    tx: Transaction, agent: AgentView, id: int, name: str, filter: dict[str, Any], position: int | None = None
) -> SavedViewView:
    """Another name, filter or place."""
    before = _mine(tx, agent, id)
    tx.run(
        "UPDATE saved_view SET name = :name, filter = :filter, position = :position WHERE id = :id",
        id=id,
        name=_named(name),
        filter=dump(_checked(filter)),
        position=before.position if position is None else position,
    )
    tx.record(DeskChanged(what="view", id=id), by=agent.actor)
    return view(tx, id)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Forget a view; the tickets in it are not touched."""
    _mine(tx, agent, id)
    tx.run("DELETE FROM saved_view WHERE id = :id", id=id)
    tx.record(DeskChanged(what="view", id=id), by=agent.actor)


def _mine(tx: Transaction, agent: AgentView, id: int) -> SavedViewView:
    """A view that this agent may change. Another's own view is not even seen."""
    found = view(tx, id)
    if found.agent is None:
        require(agent, "lead")
    elif found.agent != agent.id:
        raise Forbidden("This view is another agent's own.")
    return found


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 60:
        raise Invalid("Some fields need another look.", fields={"name": "is too long" if name else "is missing"})
    return name


def _checked(filter: dict[str, Any]) -> dict[str, Any]:
    """A filter as lists take it; one value stands for a list of one. Raises `Invalid` for what lists do not know."""
    given = {name: value for name, value in filter.items() if value not in (None, "", [])}
    for name in LISTS:
        if isinstance(given.get(name), str):
            given[name] = [part for part in given[name].split(",") if part]
        elif name in given and not isinstance(given[name], list):
            given[name] = [given[name]]
    problems = {f"filter.{name}": "is no criterion of a list" for name in given.keys() - _criteria()}
    if given.get("view", "all") not in FIXED_VIEWS:
        problems["filter.view"] = "is not one of the choices"
    if len(dump(given)) > 4000:
        problems["filter"] = "is too long"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    try:
        wanted = msgspec.convert(given, TicketFilter, strict=False)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$.")
        raise Invalid(fields={f"filter.{path.rstrip('`')}".rstrip("."): words.replace("`", "")}) from error
    kept: dict[str, Any] = msgspec.to_builtins(wanted)
    return kept


def _criteria() -> set[str]:
    return set(TicketFilter.__struct_fields__)


def _view(row: Any) -> SavedViewView:
    return SavedViewView(id=row.id, name=row.name, agent=row.agent_id, filter=row.filter, position=row.position)
