"""The page of custom fields: what this shop keeps of its tickets beside what every ticket has."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from server.errors import DeskError
from server.tickets import fields
from server.tickets.fields import CustomFieldView
from server.web.admin.frame import agent, database, done, page, tried, typed


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/fields", index),
        web.post("/admin/fields", add),
        web.post("/admin/fields/{name}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """Every field, each to be changed in place."""
    await agent(request, "lead")
    return await _index(request)


async def add(request: web.Request) -> web.StreamResponse:
    """A new field."""
    lead, data = await agent(request, "lead"), await typed(request)
    field = _field(data.get("name", "").strip(), data)
    made, error = await tried(database(request).write(fields.add, lead, field))
    return await _index(request, error=error, draft=field) if made is None else done("/admin/fields", "added")


async def change(request: web.Request) -> web.StreamResponse:
    """Other words, choices or another place; or remove it."""
    lead, data, name = await agent(request, "lead"), await typed(request), request.match_info["name"]
    if data.get("do") == "remove":
        await database(request).write(fields.remove, lead, name)
        return done("/admin/fields", "removed")
    field = _field(name, data)
    saved, error = await tried(database(request).write(fields.edit, lead, field))
    return await _index(request, error=error, at=field) if saved is None else done("/admin/fields", "saved")


def _field(name: str, data: Any) -> CustomFieldView:
    position = data.get("position", "")
    return CustomFieldView(
        name=name,
        kind=data.get("kind", "text"),
        label_ja=data.get("label_ja", ""),
        label_en=data.get("label_en", ""),
        choices=data.get("choices", "").splitlines(),
        position=int(position) if position.isascii() and position.isdecimal() and len(position) < 6 else 0,
    )


async def _index(
    request: web.Request,
    *,
    error: DeskError | None = None,
    at: CustomFieldView | None = None,
    draft: CustomFieldView | None = None,
) -> web.Response:
    """`at` is the standing field that the error is about, as it was typed; `draft` the new one."""
    found = await database(request).read(fields.all)
    return await page(request, "fields.html", error=error, at=at, draft=draft, fields=found)
