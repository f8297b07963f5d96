"""The page on which an admin chooses what reads the FAQ's articles and messages."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.errors import DeskError
from server.faq import engine_choice
from server.faq.engine_choice import EngineChange, EngineChoice
from server.web.admin.frame import agent, database, done, page, tried, typed
from server.web.doors import DOORS

ADDRESS = "/admin/faq-engine"


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.get(ADDRESS, show), web.post(ADDRESS, choose)]


async def show(request: web.Request) -> web.Response:
    """What is chosen and how it is."""
    await agent(request)
    return await _show(request, await database(request).read(engine_choice.read))


async def choose(request: web.Request) -> web.StreamResponse:
    """Choose; a key that is not typed stays."""
    admin, data, doors = await agent(request), await typed(request), request.app[DOORS]
    kind = data.get("kind", "")
    change = EngineChange(
        kind=kind if kind in ("e5", "endpoint") else "use",
        url=data.get("url", "")[:500],
        model=data.get("model", "")[:200],
        key="" if data.get("forget") == "on" else data.get("key", "")[:500] or None,
    )
    kept, error = await tried(doors.database.write(engine_choice.write, admin, change, doors.keys))
    if kept is None:
        before = await database(request).read(engine_choice.read)
        typed_in = EngineChoice(kind=change.kind, url=change.url, model=change.model, has_key=before.has_key)
        return await _show(request, typed_in, error=error)
    if doors.faq is not None:
        doors.faq.engine_changed()
    return done(ADDRESS, "saved")


async def _show(request: web.Request, choice: EngineChoice, *, error: DeskError | None = None) -> web.Response:
    faq = request.app[DOORS].faq
    state = msgspec.to_builtins(await faq.engine()) if faq is not None else None
    return await page(request, "faq_engine.html", error=error, choice=choice, state=state)
