"""The page of blocked senders."""

from __future__ import annotations

from aiohttp import web

from server import agents
from server.customers import blocks
from server.errors import DeskError
from server.web.admin.frame import agent, database, done, number, page, tried, typed


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/blocks", index),
        web.post("/admin/blocks", add),
        web.post("/admin/blocks/{id}", remove),
    ]


async def index(request: web.Request) -> web.Response:
    """The block list, newest first."""
    await agent(request, "lead")
    return await _index(request)


async def add(request: web.Request) -> web.StreamResponse:
    """Block a sender."""
    lead, data = await agent(request, "lead"), await typed(request)
    kind, address = data.get("kind", "email"), data.get("address", "")
    made, error = await tried(database(request).write(blocks.add, lead, kind, address))
    if made is None:
        return await _index(request, error=error, kind=kind, address=address)
    return done("/admin/blocks", "blocked")


async def remove(request: web.Request) -> web.StreamResponse:
    """Let a sender write again."""
    await database(request).write(blocks.remove, await agent(request, "lead"), number(request))
    return done("/admin/blocks", "unblocked")


async def _index(
    request: web.Request, *, error: DeskError | None = None, kind: str = "email", address: str = ""
) -> web.Response:
    found = await database(request).read(blocks.page, after=request.query.get("after"))
    names = {each.id: each.name for each in await database(request).read(agents.all_agents)}
    return await page(
        request, "blocks.html", error=error, blocks=found, names=names, kind=kind, address=address, kinds=blocks.KINDS
    )
