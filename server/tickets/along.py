"""What changes together with a message of ours, as macros want it, and is put back when the message is taken back."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from server.agents import AgentView
from server.database import Transaction
from server.tickets import queries, ratings
from server.tickets.editing import TicketEdit, edit
from server.tickets.views import Priority, Status

_COLUMNS = {"priority": "priority", "assignee": "assignee_id", "team": "team_id"}


class Also(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What changes in the same unit as the message. `add_tags` join those that stand; with `ask_rating` the customer
    of a chat is asked how it was, unless they were asked already."""

    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assignee: int | UnsetType | None = UNSET
    team: int | UnsetType | None = UNSET
    add_tags: list[str] = []
    ask_rating: bool = False


def standing(tx: Transaction, ticket: Any, also: Also) -> dict[str, Any]:
    """What is about to change on a ticket: each property as it stands and as it will, and the tags that join."""
    told: dict[str, Any] = {}
    for name, column in _COLUMNS.items():
        before, after = getattr(ticket, column), getattr(also, name)
        if after is not UNSET and after != before:
            told[name] = [before, after]
    known = queries.tags(tx, ticket.number) if also.add_tags else []
    joining = [tag for tag in (name.strip() for name in also.add_tags) if tag and tag not in known]
    return told | ({"tags": joining} if joining else {})


def carry_along(tx: Transaction, agent: AgentView, number: int, also: Also) -> None:
    """Change what goes along with a message. Raises what `edit` raises."""
    changes = TicketEdit(status=also.status, priority=also.priority, assignee=also.assignee, team=also.team)
    if also.add_tags:
        changes.tags = [*queries.tags(tx, number), *also.add_tags]
    if changes.wanted():
        edit(tx, agent, number, changes)
    if also.ask_rating and not ratings.waits(tx, number):
        ratings.ask(tx, agent, number)


def put_back(tx: Transaction, agent: AgentView, ticket: Any, changed: dict[str, Any]) -> None:
    """Undo what `standing` told, where nobody has changed it since."""
    back = {
        name: changed[name][0]
        for name, column in _COLUMNS.items()
        if name in changed and getattr(ticket, column) == changed[name][1]
    }
    known, joined = queries.tags(tx, ticket.number), set(changed.get("tags", ()))
    if joined & set(known):
        back["tags"] = [tag for tag in known if tag not in joined]
    if back:
        edit(tx, agent, ticket.number, TicketEdit(**back))
