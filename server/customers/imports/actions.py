"""What people do with imports: bring a file, say what its columns are, try it, take it in, stop, take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.customers import attributes
from server.customers.imports import fields, plans, queries
from server.customers.imports.fields import What
from server.customers.imports.plans import Plan
from server.customers.imports.views import WORKING, ImportView
from server.customers.readers import read_text
from server.customers.rights import audit
from server.customers.sheets import Form, rows, sniff
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid
from server.events import DeskChanged
from server.files import Stored

ROLE = queries.ROLE
LOOKED_AT = 10
"""Rows among which the one with the column names is looked for."""
PREVIEWED = 20
MOST_COLUMNS = 500
KEEP_FILES = timedelta(days=30)
"""How long a file stays here after the last thing that was done with it: it is full of people's data."""
KEEP_JOURNALS = timedelta(days=90)
"""How long an import can be taken back."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A file at first sight: how it is read, its column names, and its first rows."""

    form: Form
    headers: list[str]
    rows: list[list[str]]


def look(path: Path, *, sheet: str = "", header: int = 0) -> Look:
    """Look at a file, or at another sheet or row of headers of it. Raises `Invalid` for what is no table."""
    form = sniff(path)
    if sheet and sheet in form.sheets:
        form = msgspec.structs.replace(form, sheet=sheet)
    first: list[tuple[int, list[Any]]] = []
    for number, cells in rows(path, form):
        first.append((number, cells))
        if len(first) >= LOOKED_AT + PREVIEWED + header:
            break
    if not first:
        raise Invalid(fields={"file": "has no rows"})
    place = next((place for place, (number, _) in enumerate(first) if number >= header), 0) if header else _heads(first)
    number, names = first[place]
    found = _named(names, max(len(cells) for _, cells in first[place:]))
    shown = [[read_text(cell) for cell in cells] for _, cells in first[place + 1 : place + 1 + PREVIEWED]]
    return Look(form=msgspec.structs.replace(form, header=number), headers=found, rows=shown)


def _heads(first: Sequence[tuple[int, list[Any]]]) -> int:
    """Where the column names are: in the first row of those that have the most names that are known."""
    weights = [fields.weight(cells) for _, cells in first[:LOOKED_AT]]
    return weights.index(max(weights))


def _named(cells: Sequence[Any], width: int) -> list[str]:
    """A name for each column; columns without one get a letter as in a spreadsheet, and none comes twice."""
    if width > MOST_COLUMNS:
        raise Invalid(fields={"file": "has more than 500 columns"})
    found: list[str] = []
    for place in range(width):
        name = " ".join(read_text(cells[place]).split())[:100] if place < len(cells) else ""
        name = name or f"({_letters(place)})"
        found.append(f"{name} ({_letters(place)})" if name in found else name)
    return found


def _letters(place: int) -> str:
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(65 + place % 26)


def take(tx: Transaction, agent: AgentView, name: str, stored: Stored, look: Look) -> ImportView:
    """A file that came. Its plan is what was decided for the last file with these headers, or what they speak for."""
    require(agent, ROLE)
    own = attributes.all(tx)
    remembered = tx.first("SELECT plan FROM import_memory WHERE headers = :headers", headers=plans.digest(look.headers))
    plan = plans.read(remembered.plan) if remembered is not None else plans.proposed(look.headers, own)
    id = tx.insert(
        "customer_import",
        name=name[:300] or "?",
        digest=stored.digest,
        size=stored.size,
        form=dump(look.form),
        headers=dump(look.headers),
        plan=dump(plan),
        state="new",
        position=0,
        share=0.0,
        counts=dump({}),
        trial=dump({}),
        words="",
        by_whom=agent.actor,
        worker="",
        forgotten=False,
        created_at=tx.now,
    )
    tx.record(DeskChanged(what="import", id=id), by=agent.actor)
    return queries.view(tx, id)


def reread(tx: Transaction, agent: AgentView, id: int, look: Look, what: What | None = None) -> ImportView:
    """Another sheet or row of headers was chosen, or that the file is of the other kind: guess anew."""
    _idle(tx, agent, id, ("new", "tried"))
    plan = plans.proposed(look.headers, attributes.all(tx), what)
    shape = {"form": dump(look.form), "headers": dump(look.headers), "plan": dump(plan)}
    _set(tx, id, {**shape, "state": "new", "trial": dump({})})
    return queries.view(tx, id)


def decide(tx: Transaction, agent: AgentView, id: int, plan: Plan) -> ImportView:
    """What becomes of a file; remembered for the next one with these headers. Raises `Invalid` or `Conflict`."""
    view = _idle(tx, agent, id, ("new", "tried"))
    plans.check(plan, view.headers, attributes.all(tx))
    tx.run("UPDATE customer_import SET plan = :plan WHERE id = :id", plan=dump(plan), id=id)
    tx.run(
        "INSERT INTO import_memory (headers, plan, used_at) VALUES (:headers, :plan, :now)"
        " ON CONFLICT (headers) DO UPDATE SET plan = excluded.plan, used_at = excluded.used_at",
        headers=plans.digest(view.headers),
        plan=dump(plan),
        now=tx.now,
    )
    return queries.view(tx, id)


def start(tx: Transaction, agent: AgentView, id: int, *, trial: bool = False) -> ImportView:
    """Try a file, or take it in; a cancelled or failed one goes on where it stopped. The desk works on it by itself."""
    view = _idle(tx, agent, id, ("new", "tried") if trial else ("new", "tried", "cancelled", "failed"))
    plans.check(view.plan, view.headers, attributes.all(tx))
    if not view.digest:
        raise Conflict("The file is no longer here.")
    tx.run("DELETE FROM import_problem WHERE import_id = :id AND trial = :yes", id=id, yes=True)
    afresh = {"position": 0, "share": 0.0, "counts": dump({})}
    changes: dict[str, Any] = {
        "state": "trying" if trial else "running",
        "words": "",
        "worker": "",
        "leased_until": None,
    }
    if trial:
        changes |= afresh | {"trial": dump({})}
    elif view.started_at is None:
        changes |= afresh | {"started_at": tx.now}
    _set(tx, id, changes)
    if not trial:
        audit.write(tx, agent, "import", detail={"import": id, "file": view.name, "did": "start"})
    tx.record(DeskChanged(what="import_tried" if trial else "import_started", id=id), by=agent.actor)
    return queries.view(tx, id)


def cancel(tx: Transaction, agent: AgentView, id: int) -> ImportView:
    """Stop after the rows that are under way; what was taken in stays, and can be taken back. Raises `Conflict`."""
    require(agent, ROLE)
    view = queries.view(tx, id)
    if view.state not in ("trying", "running"):
        raise Conflict("Nothing is under way.", current=view)
    state = "new" if view.state == "trying" else "cancelled"
    _set(tx, id, {"state": state, "worker": "", "leased_until": None, "finished_at": tx.now})
    tx.record(DeskChanged(what="import_cancelled", id=id), by=agent.actor)
    return queries.view(tx, id)


def undo(tx: Transaction, agent: AgentView, id: int) -> ImportView:
    """Take everything back that this import did, as far as nobody changed it since. Raises `Conflict`."""
    view = _idle(tx, agent, id, ("done", "cancelled", "failed"))
    if not view.can_undo:
        raise Conflict("There is nothing to take back.", current=view)
    total = tx.value("SELECT count(*) FROM import_entry WHERE import_id = :id", id=id)
    _set(tx, id, {"state": "undoing", "share": 0.0, "worker": "", "leased_until": None, "position": total, "words": ""})
    audit.write(tx, agent, "import", detail={"import": id, "file": view.name, "did": "undo"})
    tx.record(DeskChanged(what="import_undone", id=id), by=agent.actor)
    return queries.view(tx, id)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Forget a file that was never taken in, or the file and the journal of one that was: it cannot be taken back."""
    view = _idle(tx, agent, id, ("new", "tried", "done", "cancelled", "failed", "undone"))
    tx.run("DELETE FROM import_problem WHERE import_id = :id", id=id)
    tx.run("DELETE FROM import_entry WHERE import_id = :id", id=id)
    if view.started_at is None:
        tx.run("DELETE FROM customer_import WHERE id = :id", id=id)
    else:
        tx.run("UPDATE customer_import SET digest = '', forgotten = :yes WHERE id = :id", yes=True, id=id)
    tx.record(DeskChanged(what="import_removed", id=id), by=agent.actor)


def sweep(tx: Transaction) -> None:
    """Files and journals that were kept long enough are let go; unfinished ones with them."""
    old, older = tx.now - KEEP_FILES, tx.now - KEEP_JOURNALS
    idle = "state NOT IN ('trying', 'running', 'undoing') AND COALESCE(finished_at, started_at, created_at) < :before"
    tx.run(f"UPDATE customer_import SET digest = '' WHERE digest <> '' AND {idle}", before=old)
    for table in ("import_entry", "import_problem"):
        tx.run(f"DELETE FROM {table} WHERE import_id IN (SELECT id FROM customer_import WHERE {idle})", before=older)
    tx.run(f"UPDATE customer_import SET forgotten = :yes WHERE {idle}", yes=True, before=older)
    tx.run(f"DELETE FROM customer_import WHERE started_at IS NULL AND {idle}", before=older)


def _set(tx: Transaction, id: int, changes: Mapping[str, Any]) -> None:
    places = ", ".join(f"{name} = :{name}" for name in changes)
    tx.run(f"UPDATE customer_import SET {places} WHERE id = :id", **changes, id=id)


def _idle(tx: Transaction, agent: AgentView, id: int, states: Sequence[str]) -> ImportView:
    require(agent, ROLE)
    view = queries.view(tx, id)
    if view.state not in states:
        words = "It is under way: cancel it first." if view.state in WORKING else "This is over."
        raise Conflict(words, current=view)
    return view
