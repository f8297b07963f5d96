"""Which tickets a list shows: fixed views, saved ones and single conditions, as SQL with keyset cursors."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from server.agents import AgentView
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.tickets.life import LIVE, STATUSES
from server.tickets.rows import several
from server.tickets.views import Priority, Status

Sort = Literal["waiting", "recent", "oldest"]
EVERY = "ticket t"
MOST_OF_FEW = 10_000
RARE = 2_000
FIXED_VIEWS = ("mine", "unassigned", "all", "open", "waiting", "done", "none_needed", "snoozed", "spam", "mentions")


class TicketFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Conditions that must all hold. `view` is a fixed view's name or "view:ID"."""

    view: str = "all"
    status: tuple[Status, ...] = ()
    assignee: tuple[int, ...] = ()
    team: tuple[int, ...] = ()
    tag: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    account: tuple[int, ...] = ()
    priority: tuple[Priority, ...] = ()
    customer: int | None = None


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the sort value and the number of its last row."""

    value: datetime
    number: int


# The column that orders, and whether the first page begins with the largest.
SORTS: dict[Sort, tuple[str, bool]] = {
    "waiting": ("waiting_since", False),
    "oldest": ("updated_at", False),
    "recent": ("updated_at", True),
}


def parse_cursor(text: str | None) -> Cursor | None:
    """A cursor out of its opaque text. Raises `Invalid`."""
    if not text:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError) as error:
        raise Invalid(fields={"after": "not a cursor of this list"}) from error


def write_cursor(cursor: Cursor) -> str:
    """The opaque text of a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


class Conditions(NamedTuple):
    """The WHERE of a list, apart from the statuses: each status is a stretch of an index of its own."""

    where: list[str]
    values: dict[str, Any]
    statuses: tuple[Status, ...]
    source: str = EVERY
    """Where the tickets are taken from: all of them, or the few that a view is about."""


def conditions(tx: Transaction, agent: AgentView, wanted: TicketFilter) -> Conditions:
    """A filter as SQL. Raises `NotFound` for a view that is not there."""
    if wanted.view.startswith("view:"):
        where, values, statuses, source = _saved(tx, agent, wanted.view)
    else:
        fixed, statuses, source = _fixed(wanted.view, agent)
        where = ["t.merged_into IS NULL", "t.spam = :spam", *fixed]
        values = {"spam": wanted.view == "spam"}
    if wanted.status:
        statuses = tuple(status for status in statuses if status in wanted.status)
    if wanted.priority:
        where.append(f"t.priority IN ({_words(wanted.priority)})")
    if wanted.assignee:
        where.append(_ids("t.assignee_id", wanted.assignee))
    if wanted.team:
        where.append(_ids("t.team_id", wanted.team))
    if wanted.account:
        where.append(f"t.account_id IN ({several(wanted.account)})")
    if wanted.customer is not None:
        where.append("t.customer_id = :customer")
        values["customer"] = wanted.customer
        source = _few(f"SELECT * FROM ticket WHERE customer_id = {int(wanted.customer)}")
    elif wanted.tag and source == EVERY and (carriers := _rare(tx, wanted.tag[0])) is not None:
        source = _few(f"SELECT * FROM ticket WHERE number IN ({carriers})")
    for place, name in enumerate(wanted.channel):
        values[f"channel{place}"] = name
    if wanted.channel:
        where.append("t.channel IN (" + ", ".join(f":channel{place}" for place in range(len(wanted.channel))) + ")")
    for place, name in enumerate(wanted.tag):
        values[f"tag{place}"] = name
        where.append(
            "EXISTS (SELECT 1 FROM ticket_tag tt JOIN tag ON tag.id = tt.tag_id"
            f" WHERE tt.ticket_number = t.number AND tag.name = :tag{place})"
        )
    return Conditions(where, values, statuses, source)


def _rare(tx: Transaction, tag: str) -> str | None:
    """The tickets with a tag, when they are so few that fetching them beats walking the list past all others."""
    carriers = "SELECT ticket_number FROM ticket_tag WHERE tag_id = {id}".format(
        id=int(tx.value("SELECT id FROM tag WHERE name = :name", name=tag) or 0)
    )
    many = tx.value(f"SELECT count(*) FROM ({carriers} LIMIT {RARE + 1}) AS found")
    return carriers if many <= RARE else None


def _few(query: str) -> str:
    """A view of few tickets: they are fetched first. The limit keeps planners from walking the lists instead."""
    return f"({query} LIMIT {MOST_OF_FEW}) t"


def _fixed(view: str, agent: AgentView) -> tuple[list[str], tuple[Status, ...], str]:
    match view:
        case "all" | "spam":
            return [], STATUSES, EVERY
        case "open":
            return [], ("open", "active"), EVERY
        case "mine":
            return [f"t.assignee_id = {int(agent.id)}"], LIVE, EVERY
        case "unassigned":
            return ["t.assignee_id IS NULL"], ("open", "active"), EVERY
        case "waiting":
            return [], ("waiting",), EVERY
        case "done":
            return [], ("done",), EVERY
        case "none_needed":
            return [], ("none_needed",), EVERY
        case "snoozed":
            return [], STATUSES, _few("SELECT * FROM ticket WHERE snoozed_until IS NOT NULL")
        case "mentions":
            named = f"SELECT ticket_number FROM mention WHERE agent_id = {int(agent.id)}"
            return [], LIVE, _few(f"SELECT * FROM ticket WHERE number IN ({named})")
    raise NotFound("There is no view {name}.", name=view)


def _saved(tx: Transaction, agent: AgentView, name: str) -> Conditions:
    id_text = name.removeprefix("view:")
    row = (
        tx.first(
            "SELECT filter FROM saved_view WHERE id = :id AND (agent_id IS NULL OR agent_id = :agent)",
            id=int(id_text),
            agent=agent.id,
        )
        if id_text.isdecimal() and len(id_text) < 10
        else None
    )
    if row is None:
        raise NotFound("There is no view {name}.", name=name)
    saved = msgspec.convert(row.filter, TicketFilter)
    if saved.view.startswith("view:"):
        raise Invalid("A saved view cannot be built on another saved view.")
    return conditions(tx, agent, saved)


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)  # literals of a checked type, never free text


def _ids(column: str, ids: tuple[int, ...]) -> str:
    """0 stands for nobody."""
    wanted = [one for one in ids if one]
    parts = [f"{column} IN ({several(wanted)})"] if wanted else []
    if 0 in ids:
        parts.append(f"{column} IS NULL")
    return "(" + " OR ".join(parts) + ")"
