"""The page of the FAQ's categories: what each is called before customers, and in which order they stand."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from server.errors import DeskError
from server.faq.views import LANGUAGES
from server.help import actions, queries
from server.help.views import CategoryWords
from server.web.admin.frame import agent, database, done, nested, number, page, tried, typed
from server.web.doors import DOORS

LONGEST = {"name": 100, "description": 300}


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/categories", index),
        web.post("/admin/categories", save),
        web.post("/admin/categories/{id}/move", move),
        web.post("/admin/categories/{id}/forget", forget),
    ]


async def index(request: web.Request) -> web.Response:
    """Every category, each to be changed in place."""
    await agent(request, "lead")
    return await _index(request)


async def save(request: web.Request) -> web.StreamResponse:
    """What a category is called; a new one too."""
    lead, data = await agent(request, "lead"), await typed(request)
    key, told = data.get("key", ""), nested(data)
    words = {
        lang: CategoryWords(**{part: str(_part(told, lang).get(part, ""))[:most] for part, most in LONGEST.items()})
        for lang in LANGUAGES
    }
    saved, error = await tried(database(request).write(actions.name_category, lead, key, words))
    if saved is None:
        return await _index(request, error=error, at=key)
    return _done(request, "saved")


async def move(request: web.Request) -> web.StreamResponse:
    """One place up or down."""
    lead, data = await agent(request, "lead"), await typed(request)
    by = -1 if data.get("to") == "up" else 1
    await database(request).write(actions.move_category, lead, number(request), by)
    return _done(request, "saved")


async def forget(request: web.Request) -> web.StreamResponse:
    """Its words go, the articles keep it."""
    lead = await agent(request, "lead")
    await database(request).write(actions.forget_category, lead, number(request))
    return _done(request, "removed")


def _part(told: dict[str, Any], lang: str) -> dict[str, Any]:
    part = told.get(lang)
    return part if isinstance(part, dict) else {}


def _done(request: web.Request, what: str) -> web.Response:
    if (help := request.app[DOORS].help) is not None:
        help.changed()
    return done("/admin/categories", what)


async def _index(request: web.Request, *, error: DeskError | None = None, at: str | None = None) -> web.Response:
    """`at` is the key of the category that the error is about."""
    categories = await database(request).read(queries.categories)
    return await page(request, "categories.html", error=error, at=at, categories=categories, languages=LANGUAGES)
