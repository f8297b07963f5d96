"""The page of shared macros: texts and changes that every agent has under a key."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from msgspec import UNSET

from server import agents
from server.errors import DeskError
from server.tickets import macros
from server.tickets.macros import Actions
from server.web.admin.frame import agent, chosen, database, done, number, page, tried, typed

STATUSES = ("open", "active", "waiting", "done", "none_needed")
PRIORITIES = ("low", "normal", "high", "urgent")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/macros", index),
        web.post("/admin/macros", add),
        web.post("/admin/macros/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """Every shared macro, each to be changed in place."""
    await agent(request, "lead")
    return await _index(request)


async def add(request: web.Request) -> web.StreamResponse:
    """A new shared macro."""
    lead, data = await agent(request, "lead"), await typed(request)
    made, error = await tried(
        database(request).write(macros.add, lead, data.get("name", ""), _text(data), _actions(data), shared=True)
    )
    return await _index(request, error=error, at=0) if made is None else done("/admin/macros", "added")


async def change(request: web.Request) -> web.StreamResponse:
    """Another name, text or effect; or remove it."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    if data.get("do") == "remove":
        await database(request).write(macros.remove, lead, id)
        return done("/admin/macros", "removed")
    saved, error = await tried(
        database(request).write(macros.edit, lead, id, data.get("name", ""), _text(data), _actions(data))
    )
    return await _index(request, error=error, at=id) if saved is None else done("/admin/macros", "saved")


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
    return Actions(**wanted)


def _choice(value: Any, nobody: str) -> str:
    """An action as the value of its select."""
    return "" if value is UNSET else nobody if value is None else str(value)


async def _index(request: web.Request, *, error: DeskError | None = None, at: int | None = None) -> web.Response:
    store = database(request)
    found = await store.read(macros.shared)
    return await page(
        request,
        "macros.html",
        error=error,
        at=at,
        macros=[
            {
                "id": macro.id,
                "name": macro.name,
                "text": macro.text,
                "status": _choice(macro.actions.status, ""),
                "priority": _choice(macro.actions.priority, ""),
                "assignee": _choice(macro.actions.assignee, "nobody"),
                "team": _choice(macro.actions.team, "none"),
                "tags": "" if macro.actions.tags is UNSET else ", ".join(macro.actions.tags),
            }
            for macro in found
        ],
        slots=macros.SLOTS,
        agent_choices=[(one.id, one.name) for one in await store.read(agents.all_agents) if one.active],
        team_choices=[(team.id, team.name) for team in await store.read(agents.teams)],
    )
