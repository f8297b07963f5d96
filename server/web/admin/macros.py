"""The page of shared macros: texts and changes that every agent has under a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web
from msgspec import UNSET

from channels.contract import DrawsRich
from server import agents
from server.agents import AgentView
from server.errors import Invalid
from server.tickets import macros
from server.tickets.macros import Actions, Besides
from server.web import wrong
from server.web.admin import besides
from server.web.admin.frame import agent, chosen, database, typed
from server.web.admin.listed import Listed
from server.web.doors import DOORS, Doors
from server.web.drawing import check_drawing
from server.web.pages import asset_url, language_of

STATUSES = ("open", "active", "waiting", "done", "none_needed")
FIELDS = ("name", "text", "status", "priority", "assignee", "team", "tags", "ask_rating")
PRIORITIES = ("low", "normal", "high", "urgent")


async def _add(doors: Doors, lead: AgentView, data: Any) -> Any:
    along = besides.typed(data)
    check_drawing(doors.channels, along.rich, along.choices)
    name, text = data.get("name", ""), _text(data)
    return await doors.database.write(macros.add, lead, name, text, _actions(data), besides=along, shared=True)


async def _edit(doors: Doors, lead: AgentView, id: int, data: Any) -> Any:
    along = besides.typed(data)
    check_drawing(doors.channels, along.rich, along.choices)
    name, text = data.get("name", ""), _text(data)
    return await doors.database.write(macros.edit, lead, id, name, text, _actions(data), besides=along)


def _text(data: Any) -> str:
    return str(data.get("text", "")).replace("\r\n", "\n")


def _actions(data: Any) -> Actions:
    """What was chosen; an empty choice leaves the ticket as it is."""
    wanted: dict[str, Any] = {}
    if data.get("status") in STATUSES:
        wanted["status"] = data["status"]
    if data.get("priority") in PRIORITIES:
        wanted["priority"] = data["priority"]
    if data.get("assignee") in ("me", "nobody"):
        wanted["assignee"] = "me" if data["assignee"] == "me" else None
    elif (who := chosen(data.get("assignee"))) is not None:
        wanted["assignee"] = who
    if data.get("team") == "none":
        wanted["team"] = None
    elif (team := chosen(data.get("team"))) is not None:
        wanted["team"] = team
    if tags := [tag for tag in data.get("tags", "").replace("、", ",").split(",") if tag.strip()]:
        wanted["tags"] = tags
    if data.get("ask_rating"):
        wanted["ask_rating"] = True
    return Actions(**wanted)


def _choice(value: Any, nobody: str) -> str:
    """An action as the value of its select."""
    return "" if value is UNSET else nobody if value is None else str(value)


async def _context(request: web.Request) -> Mapping[str, Any]:
    store = database(request)
    typed = await request.post() if request.method == "POST" else None
    at = request.match_info.get("id")
    return {
        "fresh": dict.fromkeys(FIELDS, "") | dict(typed) if typed is not None and at is None else None,
        "items": [
            {
                "id": macro.id,
                "name": macro.name,
                "text": macro.text,
                "status": _choice(macro.actions.status, ""),
                "priority": _choice(macro.actions.priority, ""),
                "assignee": _choice(macro.actions.assignee, "nobody"),
                "team": _choice(macro.actions.team, "none"),
                "tags": "" if macro.actions.tags is UNSET else ", ".join(macro.actions.tags),
                "ask_rating": "1" if macro.actions.ask_rating else "",
                **besides.shown(macro),
                **({"ask_rating": ""} | dict(typed) if typed is not None and at == str(macro.id) else {}),
            }
            for macro in await store.read(macros.shared)
        ],
        "slots": macros.SLOTS,
        "script": "admin-macros",
        "built": partial(asset_url, request.app[DOORS]),
        "agent_choices": [(one.id, one.name) for one in await store.read(agents.all_agents) if one.active],
        "team_choices": [(team.id, team.name) for team in await store.read(agents.teams)],
    }


async def _preview(request: web.Request) -> web.Response:
    """What LINE would show of what was typed so far, and what it would not take; the page asks while somebody types."""
    await agent(request, "lead")
    data, doors = await typed(request), request.app[DOORS]
    messages: list[Mapping[str, Any]] = []
    words = ""
    try:
        along = besides.typed(data)
        check_drawing(doors.channels, along.rich, along.choices)
        for channel in doors.channels.values():
            if isinstance(channel, DrawsRich) and (along.rich or along.choices):
                messages = _with_text(_text(data), along, channel.draw(along.rich, along.choices))
    except Invalid as error:
        words = " ".join(
            wrong.said(language_of(request), each) for each in error.fields.values() if each != "is missing"
        )
    line = doors.desk.accounts("line") if doors.desk is not None else ()
    return web.json_response({"messages": messages, "account": line[0].id if line else None, "wrong": words})


def _with_text(text: str, along: Besides, drawn: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The text goes first; answers to tap hang on it where there is no card."""
    if not text.strip():
        return list(drawn)
    said: dict[str, Any] = {"type": "text", "text": text.strip()}
    return [said, *drawn] if along.rich else [said | {"quickReply": drawn[-1]["quickReply"]}]


def routes() -> list[web.RouteDef]:
    """The list, and its picture of LINE."""
    listed = Listed("macros", _add, _edit, macros.remove, _context).routes()
    return [web.post("/admin/macros/preview", _preview), *listed]
