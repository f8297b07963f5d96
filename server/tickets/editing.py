"""Changing what a ticket is: status, priority, who has it, tags, fields, snooze, spam; one or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, DeskError, Invalid
from server.events import TicketChanged, TicketWoke
from server.tickets import fields, lines, queries
from server.tickets.ledger import lock, put_tags
from server.tickets.life import follow, rank
from server.tickets.views import Priority, Status, TicketView

MOST_AT_ONCE = 500
MOST_TAGS = 30


class TicketEdit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is to change; what is left out stays. None empties. `fields` are merged into those that stand."""

    subject: str | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assignee: int | UnsetType | None = UNSET
    team: int | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    fields: dict[str, Any] | UnsetType = UNSET
    snoozed_until: datetime | UnsetType | None = UNSET
    due_at: datetime | UnsetType | None = UNSET
    spam: bool | UnsetType = UNSET

    def wanted(self) -> dict[str, Any]:
        """The properties that were named."""
        return {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not UNSET}


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that a bulk change could not touch, and why."""

    number: int
    reason: str


class BulkView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bulk change."""

    changed: list[int]
    refused: list[Refused]


def edit(
    tx: Transaction, agent: AgentView, number: int, changes: TicketEdit, *, version: int | None = None
) -> TicketView:
    """Change a ticket. With a `version` that is no longer the newest: changes to what nobody else touched go
    through, the others raise `Conflict` with the ticket as it stands, and nothing is overwritten."""
    require(agent, "agent")
    ticket = lock(tx, number)
    if ticket.merged_into is not None:
        raise Conflict("Ticket #{number} was merged into #{into}.", number=number, into=ticket.merged_into)
    wanted = changes.wanted()
    if version is not None and version < ticket.version:
        _refuse_overwriting(tx, agent, number, wanted, version)
    with tx.acting(agent.actor):
        columns = _columns(tx, ticket, wanted)
        if columns:
            columns["updated_at"] = tx.now
            places = ", ".join(f"{name} = :{name}" for name in columns)
            tx.run(
                f"UPDATE ticket SET {places}, version = version + 1, edited = :edited WHERE number = :of",
                **columns,
                edited=dump({**ticket.edited, **dict.fromkeys(wanted, ticket.version + 1)}),
                of=number,
            )
            lines.follow(tx, ticket, columns)
    return queries.view(tx, agent, number)


def bulk(tx: Transaction, agent: AgentView, numbers: Sequence[int], changes: TicketEdit) -> BulkView:
    """The same change to many tickets; those that cannot be changed are told, the others are changed."""
    require(agent, "agent")
    if len(numbers) > MOST_AT_ONCE:
        raise Invalid(fields={"numbers": f"at most {MOST_AT_ONCE} at once"})
    changed: list[int] = []
    refused: list[Refused] = []
    for number in dict.fromkeys(numbers):
        try:
            edit(tx, agent, number, changes)
        except DeskError as error:
            refused.append(Refused(number=number, reason=str(error)))
        else:
            changed.append(number)
    return BulkView(changed=changed, refused=refused)


def wake(tx: Transaction, limit: int = 200) -> list[int]:
    """Snoozes that are over: the tickets stand open again. Their numbers."""
    skip = "" if tx.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
    due = tx.all(
        f"SELECT * FROM ticket WHERE snoozed_until <= :now ORDER BY snoozed_until LIMIT :limit{skip}",
        now=tx.now,
        limit=limit,
    )
    for ticket in due:
        status = follow(ticket.status, "woke")
        tx.run(
            "UPDATE ticket SET snoozed_until = NULL, status = :status, version = version + 1, updated_at = :now"
            " WHERE number = :number",
            status=status,
            now=tx.now,
            number=ticket.number,
        )
        tx.record(TicketWoke(ticket=ticket.number))
        if status != ticket.status:
            _tell(tx, ticket, "status", ticket.status, status)
    return [ticket.number for ticket in due]


def next_wake(tx: Transaction) -> datetime | None:
    """When the next snooze ends."""
    row = tx.first("SELECT snoozed_until FROM ticket WHERE snoozed_until IS NOT NULL ORDER BY snoozed_until LIMIT 1")
    return row.snoozed_until if row else None


def _refuse_overwriting(tx: Transaction, agent: AgentView, number: int, wanted: dict[str, Any], version: int) -> None:
    """A property counts as touched when its newest edit came after the version that the writer saw."""
    edited: dict[str, int] = tx.one("SELECT edited FROM ticket WHERE number = :number", number=number).edited
    touched = [name for name in wanted if edited.get(name, 0) > version]
    if touched:
        raise Conflict(
            "Somebody changed {what} in between.",
            what=", ".join(touched),
            current=queries.view(tx, agent, number),
        )


def _columns(tx: Transaction, ticket: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """The columns to write, once everything wanted was found right; records what changes."""
    columns: dict[str, Any] = {}
    for name, value in wanted.items():
        match name:
            case "subject":
                if not value.strip() or len(value) > 1000:
                    raise Invalid(fields={"subject": "from 1 to 1000 characters"})
                _change(tx, ticket, columns, "subject", "subject", value.strip())
            case "status":
                _change(tx, ticket, columns, "status", "status", value)
                if value in ("open", "active") and ticket.status not in ("open", "active"):
                    columns["waiting_since"] = tx.now
                if value != "waiting" and ticket.snoozed_until is not None and "snoozed_until" not in wanted:
                    _change(tx, ticket, columns, "snoozed_until", "snoozed_until", None)
            case "priority":
                _change(tx, ticket, columns, "priority", "priority", value)
                columns["priority_rank"] = rank(value)
            case "assignee":
                _check_exists(tx, "agent", "assignee", value, " AND active")
                if _change(tx, ticket, columns, "assignee", "assignee_id", value) and value is not None:
                    _take_up(tx, ticket, columns, wanted)
            case "team":
                _check_exists(tx, "team", "team", value)
                _change(tx, ticket, columns, "team", "team_id", value)
            case "tags":
                if _retag(tx, ticket, value):
                    columns["updated_at"] = tx.now
            case "fields":
                merged = {**ticket.fields, **fields.check_values(tx, value)}
                if _change(tx, ticket, columns, "fields", "fields", {k: v for k, v in merged.items() if v is not None}):
                    columns["fields"] = dump(columns["fields"])
            case "snoozed_until":
                if value is not None and value <= tx.now:
                    raise Invalid(fields={"snoozed_until": "is in the past"})
                snoozed = _change(tx, ticket, columns, "snoozed_until", "snoozed_until", value) and value is not None
                if snoozed and "status" not in wanted:
                    _change(tx, ticket, columns, "status", "status", "waiting")
            case "due_at":
                _change(tx, ticket, columns, "due_at", "due_at", value)
            case "spam":
                _change(tx, ticket, columns, "spam", "spam", value)
    return columns


def _change(tx: Transaction, ticket: Any, columns: dict[str, Any], name: str, column: str, value: Any) -> bool:
    before = getattr(ticket, column)
    if isinstance(value, bool):
        before = bool(before)
    if before == value:
        return False
    columns[column] = value
    _tell(tx, ticket, name, before, value)
    return True


def _tell(tx: Transaction, ticket: Any, name: str, before: Any, after: Any) -> None:
    tx.record(TicketChanged(ticket=ticket.number, field=name, before=before, after=after))


def _take_up(tx: Transaction, ticket: Any, columns: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Whoever is given an open ticket is at it."""
    if "status" in wanted or "status" in columns:
        return
    status = follow(ticket.status, "assigned")
    _change(tx, ticket, columns, "status", "status", status)


def _check_exists(tx: Transaction, table: str, name: str, value: int | None, more: str = "") -> None:
    if value is not None and not tx.value(f"SELECT 1 FROM {table} WHERE id = :id{more}", id=value):
        raise Invalid(fields={name: "is not one of the choices"})


def _retag(tx: Transaction, ticket: Any, names: list[str]) -> bool:
    wanted = sorted({name.strip() for name in names if name.strip()})
    if len(wanted) > MOST_TAGS or any(len(name) > 60 for name in wanted):
        raise Invalid(fields={"tags": f"at most {MOST_TAGS} tags of at most 60 characters"})
    before = queries.tags(tx, ticket.number)
    if sorted(before) == wanted:
        return False
    tx.run("DELETE FROM ticket_tag WHERE ticket_number = :number", number=ticket.number)
    put_tags(tx, ticket.number, wanted)
    _tell(tx, ticket, "tags", before, wanted)
    return True
