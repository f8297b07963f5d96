"""Parting what was merged: each gets back what was theirs, and what came since through a contact of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.agents import AgentView, require
from server.customers import belongings, queries, value
from server.customers.identity import merging
from server.customers.store import settling
from server.customers.views import CustomerView
from server.database import Transaction
from server.errors import Conflict, NotFound


def part(tx: Transaction, agent: AgentView, merge_id: int) -> CustomerView:
    """Undo a merge; the customer who is their own again. Raises `Conflict` when a later merge must be undone first."""
    require(agent, "agent")
    row = tx.first(
        "SELECT * FROM customer_merge WHERE id = :id" + (" FOR UPDATE" if tx.dialect == "postgresql" else ""),
        id=merge_id,
    )
    if row is None:
        raise NotFound("There is no such merge.")
    if row.undone_at is not None:
        raise Conflict("These two were parted already.", current=queries.view(tx, row.gone_id))
    kept, gone = merging.locked(tx, row.kept_id, row.gone_id)
    if kept.merged_into is not None:
        raise Conflict("First part customer {id}, into whom both went later.", id=kept.merged_into)
    moved: dict[str, list[int]] = row.moved
    tickets = _give_back(tx, kept.id, gone.id, moved)
    merging.set_fields(tx, kept.id, _restored(kept, row.before, row.after))
    tx.run("UPDATE customer SET merged_into = NULL WHERE id = :id", id=gone.id)
    for each in (kept.id, gone.id):
        settling.settle(tx, each, by=agent.actor, what="parted")
        value.refresh(tx, each)
    merging.show_tickets(tx, tickets, kept.id, gone.id, agent.actor)
    tx.run(
        "UPDATE customer_merge SET undone_at = :now, undone_by = :by WHERE id = :id",
        now=tx.now,
        by=agent.actor,
        id=merge_id,
    )
    return queries.view(tx, gone.id)


def _restored(kept: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they were before the merge, except those that somebody changed since."""
    hand = {name.partition(".")[0] for name in set(kept.kept or ()) - set(before["kept"])}
    fields = {
        name: before[name]
        for name in merging.FIELDS
        if getattr(kept, name) == after[name] or (name not in hand and name not in ("note", "blocked", "kept"))
    }
    if "kept" not in fields:
        brought = set(after["kept"]) - set(before["kept"])
        fields["kept"] = sorted(set(kept.kept) - (brought & fields.keys()))
    for name in merging.JOINED[3:]:
        if name in fields:
            fields[name] = bool(fields[name])
    return fields


def _give_back(tx: Transaction, kept: int, gone: int, moved: Mapping[str, list[int]]) -> list[int]:
    """Everything that went over, and what came since through it; the tickets among it."""
    by_name = {f"{each.table}.{each.column}": each for each in belongings.tables()}
    tickets: list[int] = []
    for name, ids in moved.items():
        each = by_name[name]
        rows = _move(tx, each, kept, gone, f"{each.key} IN ({merging.listed(ids)})")
        tickets += rows if each.table == "ticket" else []
    through = {
        "ticket.customer_id": ("contact_id", moved.get("contact.customer_id", [])),
        "customer_address.customer_id": ("source_id", moved.get("customer_source.customer_id", [])),
        **{
            f"{table}.customer_id": ("through_id", moved.get("customer_source.customer_id", []))
            for table in ("orders", "subscription", "interaction")
        },
    }
    for name, (column, ids) in through.items():
        if ids:
            rows = _move(tx, by_name[name], kept, gone, f"{column} IN ({merging.listed(ids)})")
            tickets += rows if name.startswith("ticket.") else []
    return sorted(set(tickets))


def _move(tx: Transaction, each: belongings.Belonging, kept: int, gone: int, where: str) -> list[int]:
    rows = tx.all(
        f"UPDATE {each.table} SET {each.column} = :gone WHERE {each.column} = :kept AND {where}"
        f" RETURNING {each.key} AS key",
        kept=kept,
        gone=gone,
    )
    return [row.key for row in rows]
