"""The page of teams: their names and who is in them."""

from __future__ import annotations

from aiohttp import web

from server import agents
from server.errors import DeskError
from server.web.admin.frame import agent, database, done, ids, number, page, tried, typed


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/teams", index),
        web.post("/admin/teams", add),
        web.post("/admin/teams/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """Every team, each to be changed in place."""
    await agent(request, "lead")
    return await _index(request)


async def add(request: web.Request) -> web.StreamResponse:
    """A new team."""
    lead, data = await agent(request, "lead"), await typed(request)
    name, members = data.get("name", ""), ids(data, "members")
    made, error = await tried(database(request).write(agents.add_team, lead, name, members))
    return await _index(request, error=error, at=0) if made is None else done("/admin/teams", "added")


async def change(request: web.Request) -> web.StreamResponse:
    """Another name or other members; or remove it."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    if data.get("do") == "remove":
        _, error = await tried(database(request).write(agents.remove_team, lead, id))
        return await _index(request, error=error, at=id) if error else done("/admin/teams", "removed")
    members = ids(data, "members")
    saved, error = await tried(
        database(request).write(agents.edit_team, lead, id, name=data.get("name", ""), members=members)
    )
    return await _index(request, error=error, at=id) if saved is None else done("/admin/teams", "saved")


async def _index(request: web.Request, *, error: DeskError | None = None, at: int | None = None) -> web.Response:
    """`at` is the team that the error is about; 0 the new one."""
    return await page(
        request,
        "teams.html",
        error=error,
        at=at,
        teams=await database(request).read(agents.teams),
        everybody=await database(request).read(agents.all_agents, active_only=True),
    )
