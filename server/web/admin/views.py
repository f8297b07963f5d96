"""The page of shared saved views: lists with a name that everybody sees."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from aiohttp import web

from server import accounts, agents
from server.agents import AgentView
from server.tickets import saved_views, tags
from server.web.admin.frame import database
from server.web.admin.listed import Listed
from server.web.doors import DOORS, Doors

CHOSEN = ("view", "status", "team", "tag", "account", "priority")


def _add(doors: Doors, lead: AgentView, data: Any) -> Awaitable[Any]:
    return doors.database.write(saved_views.add, lead, data.get("name", ""), _filter(data), shared=True)


async def _edit(doors: Doors, lead: AgentView, id: int, data: Any) -> Any:
    before = await doors.database.read(saved_views.view, id)
    kept = {name: value for name, value in before.filter.items() if name not in CHOSEN}
    return await doors.database.write(saved_views.edit, lead, id, data.get("name", ""), {**kept, **_filter(data)})


def _filter(data: Any) -> dict[str, Any]:
    """What was chosen; several states may be ticked."""
    return {name: data.getall(name) if name == "status" else data.get(name) for name in CHOSEN if data.get(name)}


async def _context(request: web.Request) -> Mapping[str, Any]:
    store = database(request)
    reachable = await store.read(accounts.all, request.app[DOORS].keys)
    return {
        "items": await store.read(saved_views.shared),
        "team_choices": [(team.id, team.name) for team in await store.read(agents.teams)],
        "tag_choices": [(tag.name, tag.name) for tag in await store.read(tags.all)],
        "account_choices": [(account.id, account.name) for account in reachable],
    }


routes = Listed("views", _add, _edit, saved_views.remove, _context).routes
