"""The page of two customers side by side: what each field would be, and making them one."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from server.customers.identity import merging
from server.errors import Conflict, DeskError
from server.web.admin.customers import address
from server.web.admin.frame import agent, chosen, database, done, number, page, tried, typed

ADDRESS = "/admin/customers/{id}/merge"


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.get(ADDRESS, compare), web.post(ADDRESS, merge)]


async def compare(request: web.Request) -> web.Response:
    """Both of them, field by field."""
    await agent(request, "agent")
    return await _page(request, chosen(request.query.get("gone")) or 0)


async def merge(request: web.Request) -> web.StreamResponse:
    """Make them one, as they were shown."""
    writer, data, id = await agent(request, "agent"), await typed(request), number(request)
    gone = chosen(data.get("gone")) or 0
    choices: dict[str, Any] = {name: data[name] for name in merging.GROUPS if data.get(name) in ("kept", "gone")}
    versions = (chosen(data.get("version")) or 0, chosen(data.get("gone_version")) or 0)
    merged, error = await tried(
        database(request).write(
            merging.merge, writer, id, gone, choices=choices, versions=versions, reason=data.get("reason", "")[:2000]
        )
    )
    return await _page(request, gone, error) if merged is None else done(address(id), "saved")


async def _page(request: web.Request, gone: int, error: DeskError | None = None) -> web.Response:
    try:
        seen = await database(request).read(merging.preview, number(request), gone)
    except Conflict:  # one of them was merged meanwhile: the page of the other says so
        raise web.HTTPSeeOther(address(number(request))) from None
    return await page(request, "customer_merge.html", error=error, seen=seen)
