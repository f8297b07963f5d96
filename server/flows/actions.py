"""Writing flows: a draft is changed, published as a version, switched on and off, brought back as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged
from server.flows import queries
from server.flows.steps import Scenario, read, ways_of
from server.flows.views import FlowView

LARGEST = 200_000
"""Of a flow's content as JSON, in bytes."""
LONGEST_NAME = 100
DEEPEST = 20
"""Lists of steps within each other."""


def add(tx: Transaction, agent: AgentView, name: str, content: Scenario) -> FlowView:
    """A new flow; it leads nobody yet."""
    require(agent, "lead")
    id = tx.insert(
        "flow", name=_name(name), content=_kept(content), edit=1, live_version=None, accounts="[]", enabled=False,
        removed_at=None, created_at=tx.now, updated_at=tx.now,
    )  # fmt: skip
    return _told(tx, agent, id)


def change(
    tx: Transaction,
    agent: AgentView,
    id: int,
    *,
    name: str | None = None,
    content: Scenario | None = None,
    accounts: Sequence[int] | None = None,
    edit: int | None = None,
) -> FlowView:
    """Other words, another tree, other accounts. Customers are led by what is live until this is published; accounts
    change at once. Raises `Conflict` when somebody else changed it since `edit`."""
    require(agent, "lead")
    before = _locked(tx, id)
    if edit is not None and edit != before.edit:
        raise Conflict("Somebody else changed this flow meanwhile.", current=queries.flow(tx, id))
    columns: dict[str, Any] = {}
    if name is not None:
        columns["name"] = _name(name)
    if content is not None:
        columns["content"] = _kept(content)
    if accounts is not None:
        columns["accounts"] = dump(_accounts(tx, accounts))
    if columns:
        places = ", ".join(f"{column} = :{column}" for column in columns)
        tx.run(f"UPDATE flow SET {places}, edit = edit + 1, updated_at = :now WHERE id = :id",
               **columns, now=tx.now, id=id)  # fmt: skip
    return _told(tx, agent, id)


def publish(tx: Transaction, agent: AgentView, id: int, edit: int | None = None) -> FlowView:
    """What is written becomes the next version, which leads whoever begins from now on. Raises `Invalid` with what is
    wrong with it."""
    require(agent, "lead")
    before = _locked(tx, id)
    if edit is not None and edit != before.edit:
        raise Conflict("Somebody else changed this flow meanwhile.", current=queries.flow(tx, id))
    view = queries.flow(tx, id)
    if view.problems:
        raise Invalid(
            "This flow cannot be published yet.",
            fields={".".join(filter(None, (one.step, one.where))) or "flow": one.words for one in view.problems},
        )
    if not view.changed:
        return view
    version = (tx.value("SELECT max(version) FROM flow_version WHERE flow_id = :id", id=id) or 0) + 1
    tx.insert(
        "flow_version", flow_id=id, version=version, content=dump(view.content), note="", by_whom=agent.actor,
        created_at=tx.now,
    )  # fmt: skip
    tx.run("UPDATE flow SET live_version = :version, updated_at = :now WHERE id = :id", version=version, now=tx.now,
           id=id)  # fmt: skip
    return _told(tx, agent, id)


def bring_back(tx: Transaction, agent: AgentView, id: int, version: int) -> FlowView:
    """What is being written becomes as a version was; what is live stays until it is published. Raises `NotFound`."""
    return change(tx, agent, id, content=queries.version(tx, id, version))


def enable(tx: Transaction, agent: AgentView, id: int, on: bool) -> FlowView:
    """Let it lead, or no longer begin; whoever is being led is led to the end. Raises `Conflict` while nothing is
    published."""
    require(agent, "lead")
    before = _locked(tx, id)
    if on and before.live_version is None:
        raise Conflict("Publish the flow first.")
    if on and not queries.any_leading(tx):
        newest = tx.value("SELECT max(seq) FROM change") or 0
        tx.run("INSERT INTO flow_desk (id, seen) VALUES (1, :seen) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
               seen=newest)  # fmt: skip
    tx.run("UPDATE flow SET enabled = :on, updated_at = :now WHERE id = :id", on=on, now=tx.now, id=id)
    return _told(tx, agent, id)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """It leads nobody any more; whoever was being led comes to a person with what they said."""
    require(agent, "lead")
    _locked(tx, id)
    tx.run("UPDATE flow SET removed_at = :now, enabled = :no WHERE id = :id", now=tx.now, no=False, id=id)
    tx.run("UPDATE flow_run SET due_at = :now WHERE flow_id = :id AND state = 'on'", now=tx.now, id=id)
    tx.record(DeskChanged(what="flow", id=id), by=agent.actor)


def copy(tx: Transaction, agent: AgentView, id: int, name: str) -> FlowView:
    """Another flow with the same steps, that leads nobody yet."""
    return add(tx, agent, name, read(queries.row(tx, id).content))


def _locked(tx: Transaction, id: int) -> Any:
    # The update takes the row's lock, so that two editors come one after the other on PostgreSQL too.
    if not tx.run("UPDATE flow SET edit = edit WHERE id = :id AND removed_at IS NULL", id=id):
        raise NotFound("There is no such flow.")
    return queries.row(tx, id)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(fields={"name": "is missing" if not name else "is too long"})
    return name


def _kept(content: Scenario) -> str:
    if _too_deep(content):
        raise Invalid("This flow is too large.")
    text = dump(content)
    if len(text.encode()) > LARGEST:
        raise Invalid("This flow is too large.")
    return text


def _too_deep(content: Scenario) -> bool:
    lists, depth = [content.steps], 0
    while lists:
        lists = [inner for steps in lists for step in steps for _, inner in ways_of(step) if inner]
        depth += 1
        if depth > DEEPEST:
            return True
    return False


def _accounts(tx: Transaction, accounts: Sequence[int]) -> list[int]:
    kinds = ", ".join(f"'{kind}'" for kind in queries.KINDS)
    able = {row.id for row in tx.all(f"SELECT id FROM channel_account WHERE kind IN ({kinds}) AND removed_at IS NULL")}
    wanted = sorted(set(accounts))
    if not set(wanted) <= able:
        raise Invalid(fields={"accounts": "is not one of the choices"})
    return wanted


def _told(tx: Transaction, agent: AgentView, id: int) -> FlowView:
    tx.record(DeskChanged(what="flow", id=id), by=agent.actor)
    return queries.flow(tx, id)


def plain(content: Scenario) -> Any:
    """A scenario as plain data, to be edited."""
    return msgspec.to_builtins(content)
