"""A help centre's own host shows the help centre and nothing else of the desk."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from server.errors import NotFound
from server.help.shelf import Centre
from server.web.doors import DOORS

OPEN = ("/help/", "/robots.txt", "/sitemap.xml")


def own_centre(request: web.Request) -> Centre | None:
    """The centre whose own host was asked; None at the desk's host, and at any other."""
    help = request.app[DOORS].help
    # A name with a dot at its end is the same name (RFC 1034, section 3.1).
    host = request.host.rpartition("@")[2].partition(":")[0].rstrip(".").lower()
    return help.at_domain(host) if help is not None else None


@web.middleware
async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
    """Console, pages of admins and the API answer at the desk's host only."""
    if own_centre(request) is None:
        return await handler(request)  # type: ignore[no-any-return]
    if request.path in ("/", "/help"):
        raise web.HTTPFound("/help/")
    if not request.path.startswith(OPEN):
        raise NotFound()
    return await handler(request)  # type: ignore[no-any-return]
