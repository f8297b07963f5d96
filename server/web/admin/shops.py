"""The page of shops or brands: what belongs to each, and the place to rename one with all of it."""

from __future__ import annotations

from aiohttp import web

from server import shops
from server.errors import DeskError
from server.web.admin.frame import agent, database, done, page, tried, typed


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.get("/admin/shops", index), web.post("/admin/shops", rename)]


async def index(request: web.Request) -> web.Response:
    """Every shop, each to be renamed in place."""
    await agent(request)
    return await _index(request)


async def rename(request: web.Request) -> web.StreamResponse:
    """Another name, for all that belongs to the shop."""
    admin, data = await agent(request), await typed(request)
    shop, name = data.get("shop", ""), data.get("name", "")
    renamed, error = await tried(database(request).write(shops.rename, admin, shop, name))
    if renamed is None:
        return await _index(request, error=error, at=shop, name=name)
    return done("/admin/shops", "saved")


async def _index(request: web.Request, *, error: DeskError | None = None, at: str = "", name: str = "") -> web.Response:
    """`at` is the shop that the error is about, `name` what was typed for it."""
    found = await database(request).read(shops.all)
    return await page(request, "shops.html", error=error, at=at, name=name, shops=found)
