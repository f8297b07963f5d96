"""What admins decide about people's data: deadlines, the waiting period of erasures, keeping of books, retention."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.agents import AgentView, require
from server.customers.rights import audit
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged

NAME = "privacy"
Kind = Literal["arrivals", "spam", "closed", "files", "visitors", "audit"]
Days = Annotated[int, Meta(ge=1, le=36_500)]


class RetentionRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After so many days it goes. `channel` is a kind of account (email, line …); empty for every channel.

    `arrivals`: what came, as it came. `spam`: words and files of tickets filed as spam. `closed`: those of tickets
    that were closed. `files`: their files alone. `visitors`: chats of visitors who never said who they are. `audit`:
    entries of the audit log. A ticket's days count from its last change.
    """

    kind: Kind
    days: Days
    channel: Annotated[str, Meta(max_length=40)] = ""
    on: bool = False


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it, each at its default until somebody decides. Days are calendar days."""

    disclosure_days: Days = 14
    correction_days: Days = 14
    stop_days: Days = 14
    erasure_days: Days = 30
    remind_days: Annotated[int, Meta(ge=0, le=60)] = 3
    waiting_days: Annotated[int, Meta(ge=0, le=365)] = 7
    books_years: Annotated[int, Meta(ge=0, le=100)] = 10
    hour: Annotated[int, Meta(ge=0, le=23)] = 3
    retention: Annotated[list[RetentionRule], Meta(max_length=50)] = []

    def days(self, kind: str) -> int:
        """Within how many days a request of a kind must be answered."""
        found: int = getattr(self, f"{kind}_days")
        return found


def read(tx: Transaction) -> Rules:
    """The rules as they stand."""
    kept = tx.first("SELECT value FROM desk_setting WHERE name = :name", name=NAME)
    return msgspec.convert(kept.value, Rules) if kept is not None else Rules()


def decide(tx: Transaction, agent: AgentView, changes: dict[str, Any]) -> Rules:
    """Decide some; the others stay. Raises `Invalid` naming what cannot be."""
    require(agent, "admin")
    before = read(tx)
    try:
        after = msgspec.convert({**msgspec.to_builtins(before), **changes}, Rules)
    except msgspec.ValidationError as error:
        raise Invalid("These rules cannot be: {reason}", reason=str(error)) from error
    places = [(rule.kind, rule.channel) for rule in after.retention]
    if len(set(places)) < len(places):
        raise Invalid("There are two rules for the same kind and channel.")
    if any(rule.kind == "audit" and rule.channel for rule in after.retention):
        raise Invalid("The audit log is of all channels together.")
    tx.run(
        "INSERT INTO desk_setting (name, value, updated_at) VALUES (:name, :value, :now)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        name=NAME,
        value=dump(after),
        now=tx.now,
    )
    if before != after:
        changed = [name for name in Rules.__struct_fields__ if getattr(before, name) != getattr(after, name)]
        audit.write(
            tx, agent, "retention", detail={"decided": {n: msgspec.to_builtins(getattr(after, n)) for n in changed}}
        )
        tx.record(DeskChanged(what="privacy"), by=agent.actor)
    return after
