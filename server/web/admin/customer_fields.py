"""The page of what this shop keeps of its customers beside what every customer has."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from server.customers import attributes
from server.customers.attributes import AttributeView
from server.errors import DeskError
from server.web.admin.frame import agent, database, done, page, tried, typed

ADDRESS = "/admin/customer-fields"
KINDS = ("text", "number", "boolean", "date", "choice")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.get(ADDRESS, index), web.post(ADDRESS, add), web.post(f"{ADDRESS}/{{name}}", change)]


async def index(request: web.Request) -> web.Response:
    """Every field, each to be changed in place."""
    await agent(request, "lead")
    return await _index(request)


async def add(request: web.Request) -> web.StreamResponse:
    """A new field."""
    lead, data = await agent(request, "lead"), await typed(request)
    field = _field(data.get("name", "").strip(), data)
    made, error = await tried(database(request).write(attributes.put, lead, field))
    return await _index(request, error=error, draft=field) if made is None else done(ADDRESS, "added")


async def change(request: web.Request) -> web.StreamResponse:
    """Other words, choices or another place; or remove it."""
    lead, data, name = await agent(request, "lead"), await typed(request), request.match_info["name"]
    if data.get("do") == "remove":
        await database(request).write(attributes.remove, lead, name)
        return done(ADDRESS, "removed")
    field = _field(name, data)
    saved, error = await tried(database(request).write(attributes.put, lead, field))
    return await _index(request, error=error, at=field) if saved is None else done(ADDRESS, "saved")


def _field(name: str, data: Any) -> AttributeView:
    position, kind = data.get("position", ""), data.get("kind", "text")
    return AttributeView(
        name=name,
        kind=kind if kind in KINDS else "text",
        label_ja=data.get("label_ja", "").strip(),
        label_en=data.get("label_en", "").strip(),
        choices=[line.strip() for line in data.get("choices", "").splitlines() if line.strip()],
        position=int(position) if position.isascii() and position.isdecimal() and len(position) < 6 else 0,
    )


async def _index(
    request: web.Request,
    *,
    error: DeskError | None = None,
    at: AttributeView | None = None,
    draft: AttributeView | None = None,
) -> web.Response:
    """`at` is the standing field that the error is about, as it was typed; `draft` the new one."""
    found = await database(request).read(attributes.all)
    return await page(
        request, "fields.html", error=error, at=at, draft=draft, fields=found, address=ADDRESS, of="customer"
    )
