"""The page of shared saved views: lists with a name that everybody sees."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from server import accounts, agents
from server.errors import DeskError
from server.tickets import saved_views, tags
from server.web.admin.frame import agent, database, done, number, page, tried, typed
from server.web.doors import DOORS


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/views", index),
        web.post("/admin/views", add),
        web.post("/admin/views/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """Every shared view, each to be changed in place."""
    await agent(request, "lead")
    return await _index(request)


async def add(request: web.Request) -> web.StreamResponse:
    """A new shared view."""
    lead, data = await agent(request, "lead"), await typed(request)
    made, error = await tried(
        database(request).write(saved_views.add, lead, data.get("name", ""), _filter(data), shared=True)
    )
    return await _index(request, error=error, at=0) if made is None else done("/admin/views", "added")


async def change(request: web.Request) -> web.StreamResponse:
    """Another name, filter or place; or remove it."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    if data.get("do") == "remove":
        await database(request).write(saved_views.remove, lead, id)
        return done("/admin/views", "removed")
    before = await database(request).read(saved_views.view, id)
    kept = {name: value for name, value in before.filter.items() if name not in CHOSEN}
    saved, error = await tried(
        database(request).write(saved_views.edit, lead, id, data.get("name", ""), {**kept, **_filter(data)})
    )
    return await _index(request, error=error, at=id) if saved is None else done("/admin/views", "saved")


CHOSEN = ("view", "status", "team", "tag", "account", "priority")


def _filter(data: Any) -> dict[str, Any]:
    """What was chosen; several states may be ticked."""
    return {name: data.getall(name) if name == "status" else data.get(name) for name in CHOSEN if data.get(name)}


async def _index(request: web.Request, *, error: DeskError | None = None, at: int | None = None) -> web.Response:
    store = database(request)
    reachable = await store.read(accounts.all, request.app[DOORS].keys)
    return await page(
        request,
        "views.html",
        error=error,
        at=at,
        views=await store.read(saved_views.shared),
        team_choices=[(team.id, team.name) for team in await store.read(agents.teams)],
        tag_choices=[(tag.name, tag.name) for tag in await store.read(tags.all)],
        account_choices=[(account.id, account.name) for account in reachable],
    )
