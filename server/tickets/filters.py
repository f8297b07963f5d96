"""Which tickets a list shows: fixed views, saved ones and single conditions, and the cursors of its pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from server.agents import AgentView
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.tickets.life import LIVE, PRIORITIES, STATUSES
from server.tickets.rows import several
from server.tickets.views import Priority, Status

Sort = Literal["waiting", "recent", "oldest"]
FIXED_VIEWS = (
    "mine", "unassigned", "all", "open", "waiting", "done", "none_needed", "snoozed", "spam", "mentions", "undelivered",
)  # fmt: skip


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


Column = Literal["assignee_id", "team_id", "account_id", "priority_rank"]


class Few(NamedTuple):
    """A condition that picks its tickets one by one: they can be fetched first when they are few."""

    numbers: str
    """A query of their numbers, as `picked`."""
    condition: str
    """The same, asked of one ticket `t`."""


class Conditions(NamedTuple):
    """The WHERE of a list by kinds, so that the list can choose where to read: every kind must hold."""

    statuses: tuple[Status, ...]
    """Each is a stretch of an index of its own."""
    spam: bool
    columns: dict[Column, frozenset[int]]
    """What a column may be; 0 stands for nobody. Each column begins an index."""
    few: tuple[Few, ...]

    @property
    def where(self) -> list[str]:
        """All but the statuses, for who has the tickets already."""
        held = [one_of(column, values) for column, values in self.columns.items()]
        return ["t.merged_into IS NULL", "t.spam = :spam", *held, *(one.condition for one in self.few)]

    @property
    def values(self) -> dict[str, Any]:
        """The values that `where` names."""
        return {"spam": self.spam}

    def also(self, column: Column, values: Iterable[int]) -> Conditions:
        """These conditions and one more: a column asked for twice must be both."""
        before = self.columns.get(column)
        wanted = frozenset(values)
        return self._replace(columns={**self.columns, column: wanted if before is None else before & wanted})


def one_of(column: Column, values: Iterable[int]) -> str:
    """A condition on a column. It is asked of an expression, so that no planner chooses its index for it."""
    wanted = sorted(value for value in values if value or column == "priority_rank")
    parts = [f"t.{column} + 0 IN ({several(wanted)})"] if wanted else []
    if 0 in values and column != "priority_rank":
        parts.append(f"t.{column} + 0 IS NULL")
    return "(" + (" OR ".join(parts) or "1 = 0") + ")"


def conditions(tx: Transaction, agent: AgentView, wanted: TicketFilter) -> Conditions:
    """A filter by kinds of conditions. Raises `NotFound` for a view that is not there."""
    held = _saved(tx, agent, wanted.view) if wanted.view.startswith("view:") else _fixed(wanted.view, agent)
    if wanted.status:
        held = held._replace(statuses=tuple(status for status in held.statuses if status in wanted.status))
    if wanted.priority:
        held = held.also("priority_rank", (PRIORITIES.index(one) for one in wanted.priority))
    if wanted.assignee:
        held = held.also("assignee_id", wanted.assignee)
    if wanted.team:
        held = held.also("team_id", wanted.team)
    if wanted.account:
        held = held.also("account_id", (one for one in wanted.account if one))
    if wanted.channel:
        kinds = {f"kind{place}": kind for place, kind in enumerate(wanted.channel)}
        places = ", ".join(f":{name}" for name in kinds)
        accounts = tx.all(f"SELECT id FROM channel_account WHERE kind IN ({places})", **kinds)
        held = held.also("account_id", (account.id for account in accounts))
    few = held.few
    if wanted.customer is not None:
        customer = int(wanted.customer)
        few += (
            Few(
                f"SELECT number AS picked FROM ticket WHERE customer_id = {customer}", f"t.customer_id + 0 = {customer}"
            ),
        )
    for name in wanted.tag:
        tag = int(tx.value("SELECT id FROM tag WHERE name = :name", name=name) or 0)
        few += (_listed("ticket_tag", f"tag_id = {tag}"),)
    return held._replace(few=few)


def _listed(table: str, mine: str) -> Few:
    """The tickets that a table of pairs lists."""
    return Few(
        f"SELECT ticket_number AS picked FROM {table} WHERE {mine}",
        f"EXISTS (SELECT 1 FROM {table} WHERE {table}.{mine} AND {table}.ticket_number = t.number)",
    )


def _fixed(view: str, agent: AgentView) -> Conditions:
    every = Conditions(STATUSES, view == "spam", {}, ())
    match view:
        case "all" | "spam":
            return every
        case "open":
            return every._replace(statuses=("open", "active"))
        case "mine":
            return every._replace(statuses=LIVE).also("assignee_id", [agent.id])
        case "unassigned":
            return every._replace(statuses=("open", "active")).also("assignee_id", [0])
        case "waiting" | "done" | "none_needed":
            return every._replace(statuses=(view,))
        case "snoozed":
            snoozed = "snoozed_until IS NOT NULL"
            return every._replace(few=(Few(f"SELECT number AS picked FROM ticket WHERE {snoozed}", f"t.{snoozed}"),))
        case "undelivered":
            return every._replace(few=(Few("SELECT number AS picked FROM ticket WHERE undelivered", "t.undelivered"),))
        case "mentions":
            return every._replace(statuses=LIVE, few=(_listed("mention", f"agent_id = {int(agent.id)}"),))
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
