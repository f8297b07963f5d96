"""The page of tags."""

from __future__ import annotations

from aiohttp import web

from server.errors import DeskError
from server.tickets import tags
from server.web.admin.frame import agent, database, done, number, page, tried, typed


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/tags", index),
        web.post("/admin/tags", add),
        web.post("/admin/tags/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """Every tag, each to be changed in place."""
    await agent(request, "lead")
    return await _index(request)


async def add(request: web.Request) -> web.StreamResponse:
    """A new tag."""
    lead, data = await agent(request, "lead"), await typed(request)
    made, error = await tried(
        database(request).write(tags.add, lead, data.get("name", ""), data.get("color") or tags.COLOR)
    )
    return await _index(request, error=error, at=0) if made is None else done("/admin/tags", "added")


async def change(request: web.Request) -> web.StreamResponse:
    """Another name or colour; or remove it."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    if data.get("do") == "remove":
        await database(request).write(tags.remove, lead, id)
        return done("/admin/tags", "removed")
    saved, error = await tried(
        database(request).write(tags.edit, lead, id, data.get("name", ""), data.get("color") or tags.COLOR)
    )
    return await _index(request, error=error, at=id) if saved is None else done("/admin/tags", "saved")


async def _index(request: web.Request, *, error: DeskError | None = None, at: int | None = None) -> web.Response:
    found = await database(request).read(tags.all, counted=True)
    return await page(request, "tags.html", error=error, at=at, tags=found, color=tags.COLOR)
