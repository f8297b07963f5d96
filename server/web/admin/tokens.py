"""The page of API tokens: an admin's own, made and revoked; the secret is shown this once."""

from __future__ import annotations

from aiohttp import web

from server import agents
from server.agents import NewTokenView, Scope
from server.errors import DeskError
from server.web.admin.frame import agent, database, done, number, page, tried, typed

SCOPES: tuple[Scope, ...] = ("read", "write", "admin")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/tokens", index),
        web.post("/admin/tokens", make),
        web.post("/admin/tokens/{id}", revoke),
    ]


async def index(request: web.Request) -> web.Response:
    """The tokens of whoever looks."""
    await agent(request)
    return await _index(request)


async def make(request: web.Request) -> web.Response:
    """A new token."""
    admin, data = await agent(request), await typed(request)
    scopes: list[Scope] = [scope for scope in SCOPES if scope in data.getall("scopes", [])]
    made, error = await tried(database(request).write(agents.tokens.make, admin, data.get("name", ""), scopes))
    return await _index(request, error=error, made=made, name="" if made else data.get("name", ""))


async def revoke(request: web.Request) -> web.StreamResponse:
    """Close a token for ever."""
    await database(request).write(agents.tokens.revoke, await agent(request), number(request))
    return done("/admin/tokens", "revoked")


async def _index(
    request: web.Request, *, error: DeskError | None = None, made: NewTokenView | None = None, name: str = ""
) -> web.Response:
    found = await database(request).read(agents.tokens.mine, await agent(request))
    return await page(request, "tokens.html", error=error, tokens=found, made=made, name=name, scopes=SCOPES)
