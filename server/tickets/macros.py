"""Macros: a text with variables and changes to a ticket, kept under a name; an agent's own or shared by all."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from channels.contract import Choice, Rich
from server.accounts import desk_settings
from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Forbidden, Invalid, NotFound
from server.events import DeskChanged
from server.tickets import queries
from server.tickets.editing import MOST_TAGS, TicketEdit
from server.tickets.views import Priority, Status

SLOTS = ("customer", "number", "agent", "shop", "today")
"""What a text may speak of, in braces: `{customer}` is the name with 様 in Japanese."""

LONGEST = 20_000
_SLOT = re.compile(r"\{(" + "|".join(SLOTS) + r")\}")


class Actions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a macro changes. `assignee` may be "me", whoever uses it; `tags` are added to those that stand; `ask_rating`
    asks the customer of a chat how it was."""

    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assignee: int | Literal["me"] | UnsetType | None = UNSET
    team: int | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    ask_rating: bool = False


class Besides(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What goes along with the text, where the customer's network draws it; elsewhere its words are added."""

    rich: Rich | None = None
    choices: tuple[Choice, ...] = ()


NOTHING = Besides()


class MacroView(msgspec.Struct, frozen=True, kw_only=True):
    """A macro. `agent` is whose it is; None when it is shared."""

    id: int
    name: str
    text: str
    actions: Actions
    agent: int | None
    position: int
    rich: Rich | None = None
    choices: tuple[Choice, ...] = ()


class MacroUse(msgspec.Struct, frozen=True, kw_only=True):
    """A macro as it reads on one ticket: the text with its variables filled in, the edit that it stands for, and
    whether its customer, who can be asked, is asked for a rating."""

    text: str
    actions: TicketEdit
    ask_rating: bool = False
    rich: Rich | None = None
    choices: tuple[Choice, ...] = ()


def all(tx: Transaction, agent: AgentView) -> list[MacroView]:
    """The shared macros, then this agent's own."""
    rows = tx.all(
        "SELECT * FROM macro WHERE agent_id IS NULL OR agent_id = :me"
        " ORDER BY CASE WHEN agent_id IS NULL THEN 0 ELSE 1 END, position, id",
        me=agent.id,
    )
    return [_view(row) for row in rows]


def shared(tx: Transaction) -> list[MacroView]:
    """The macros that everybody has."""
    return [_view(row) for row in tx.all("SELECT * FROM macro WHERE agent_id IS NULL ORDER BY position, id")]


def view(tx: Transaction, id: int) -> MacroView:
    """One macro, whoever's it is. Raises `NotFound`."""
    row = tx.first("SELECT * FROM macro WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no such macro.")
    return _view(row)


def use(tx: Transaction, agent: AgentView, number: int, id: int) -> MacroUse:
    """What a macro says and does on a ticket; nothing is changed. Agents and teams that are gone are left out.
    Raises `NotFound`."""
    macro = view(tx, id)
    if macro.agent not in (None, agent.id):
        raise NotFound("There is no such macro.")
    ticket = queries.view(tx, agent, number)
    settings = desk_settings.read(tx)
    name = ticket.customer.name.strip()
    today = tx.now.astimezone(settings.zone)
    japanese = ticket.language == "ja"
    words = {
        "customer": f"{name} 様" if japanese and name and not name.endswith(("様", "御中", "さん")) else name,
        "number": str(number),
        "agent": agent.name,
        "shop": settings.shop(ticket.language),
        "today": f"{today:%Y年}{today.month}月{today.day}日" if japanese else f"{today:%B} {today.day}, {today:%Y}",
    }
    said: Besides = msgspec.convert(
        _filled(msgspec.to_builtins(Besides(rich=macro.rich, choices=macro.choices)), words), Besides
    )
    return MacroUse(
        text=_fill(macro.text, words),
        actions=_edit(tx, agent, macro.actions, ticket.tags),
        ask_rating=macro.actions.ask_rating and ticket.chat,
        rich=said.rich,
        choices=said.choices,
    )


def add(
    tx: Transaction,
    agent: AgentView,
    name: str,
    text: str = "",
    actions: Actions | None = None,
    *,
    besides: Besides = NOTHING,
    shared: bool = False,
    position: int = 0,
) -> MacroView:
    """A new macro; a shared one is a lead's to make."""
    require(agent, "lead" if shared else "agent")
    id = tx.insert(
        "macro",
        agent_id=None if shared else agent.id,
        position=position,
        **_checked(tx, name, text, actions or Actions(), besides),
    )
    tx.record(DeskChanged(what="macro", id=id), by=agent.actor)
    return view(tx, id)


def edit(
    tx: Transaction,
    agent: AgentView,
    id: int,
    name: str,
    text: str,
    actions: Actions,
    position: int | None = None,
    *,
    besides: Besides = NOTHING,
) -> MacroView:
    """Another name, text, actions, place, or other things beside the text."""
    before = _mine(tx, agent, id)
    tx.run(
        "UPDATE macro SET name = :name, text = :text, actions = :actions, besides = :besides, position = :position"
        " WHERE id = :id",
        id=id,
        position=before.position if position is None else position,
        **_checked(tx, name, text, actions, besides),
    )
    tx.record(DeskChanged(what="macro", id=id), by=agent.actor)
    return view(tx, id)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Forget a macro; the tickets that it was used on are not touched."""
    _mine(tx, agent, id)
    tx.run("DELETE FROM macro WHERE id = :id", id=id)
    tx.record(DeskChanged(what="macro", id=id), by=agent.actor)


def _mine(tx: Transaction, agent: AgentView, id: int) -> MacroView:
    """A macro that this agent may change."""
    found = view(tx, id)
    if found.agent is None:
        require(agent, "lead")
    elif found.agent != agent.id:
        raise Forbidden("This macro is another agent's own.")
    return found


def _checked(tx: Transaction, name: str, text: str, actions: Actions, besides: Besides) -> dict[str, Any]:
    """The columns to write. Raises `Invalid`, also for a macro that says and does nothing."""
    name = " ".join(name.split())
    problems = {}
    if not 0 < len(name) <= 60:
        problems["name"] = "is too long" if name else "is missing"
    tags = [] if actions.tags is UNSET else list(dict.fromkeys(tag.strip() for tag in actions.tags if tag.strip()))
    if len(tags) > MOST_TAGS or any(len(tag) > 60 for tag in tags):
        problems["actions.tags"] = f"at most {MOST_TAGS} tags of at most 60 characters"
    if isinstance(actions.assignee, int) and not _stands(tx, "agent", actions.assignee, " AND active"):
        problems["actions.assignee"] = "is not one of the choices"
    if isinstance(actions.team, int) and not _stands(tx, "team", actions.team):
        problems["actions.team"] = "is not one of the choices"
    kept = msgspec.to_builtins(actions) | {"tags": tags}
    if not tags:
        del kept["tags"]
    if len(text) > LONGEST:
        problems["text"] = "is too long"
    elif not text.strip() and not kept and besides == NOTHING:
        problems["text"] = "is missing"
    if besides.choices and besides.rich is None and not text.strip():
        problems.setdefault("text", "is missing")
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return {"name": name, "text": text, "actions": dump(kept), "besides": dump(msgspec.to_builtins(besides))}


def _fill(text: str, words: dict[str, str]) -> str:
    return _SLOT.sub(lambda slot: words[slot[1]], text)


def _filled(value: Any, words: dict[str, str]) -> Any:
    """The same with the variables of every text in it filled in."""
    match value:
        case str():
            return _fill(value, words)
        case list() | tuple():
            return [_filled(each, words) for each in value]
        case dict():
            return {name: _filled(each, words) for name, each in value.items()}
    return value


def _edit(tx: Transaction, agent: AgentView, actions: Actions, tags: list[str]) -> TicketEdit:
    edit = TicketEdit(status=actions.status, priority=actions.priority)
    who = agent.id if actions.assignee == "me" else actions.assignee
    if who is None or (isinstance(who, int) and _stands(tx, "agent", who, " AND active")):
        edit.assignee = who
    if actions.team is None or (isinstance(actions.team, int) and _stands(tx, "team", actions.team)):
        edit.team = actions.team
    if actions.tags is not UNSET:
        edit.tags = list(dict.fromkeys([*tags, *actions.tags]))
    return edit


def _stands(tx: Transaction, table: str, id: int, more: str = "") -> bool:
    return bool(tx.value(f"SELECT 1 FROM {table} WHERE id = :id{more}", id=id))


def _view(row: Any) -> MacroView:
    besides = msgspec.convert(row.besides, Besides)
    return MacroView(
        id=row.id,
        name=row.name,
        text=row.text,
        actions=msgspec.convert(row.actions, Actions),
        agent=row.agent_id,
        position=row.position,
        rich=besides.rich,
        choices=besides.choices,
    )
