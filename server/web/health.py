"""Whether the desk lives, for load balancers and supervisors: the database answers, or not."""

from __future__ import annotations

from aiohttp import web

from server.errors import Unavailable
from server.web.doors import DOORS
from server.web.feed import newest_seq

routes = web.RouteTableDef()


@routes.get("/healthz")
async def healthz(request: web.Request) -> web.Response:
    """200 when the database can be read, 503 when not. Says nothing else: anybody may ask."""
    try:
        await request.app[DOORS].database.read(newest_seq)
    except Unavailable:
        return web.json_response({"ok": False}, status=503)
    return web.json_response({"ok": True})
