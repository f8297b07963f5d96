"""Addresses in notices whose clicks are counted: on to where they lead."""

from __future__ import annotations

from aiohttp import web

from server.notices import links
from server.web.buckets import BUCKETS, Policy
from server.web.callers import remote_of
from server.web.doors import DOORS

KNOCKS = Policy("notice links", 120, 60.0)


async def go(request: web.Request) -> web.Response:
    """Only to addresses that stood in a notice of ours."""
    request.app[BUCKETS].take(KNOCKS, remote_of(request)).require()
    url = await request.app[DOORS].database.write(links.follow, request.match_info["token"])
    headers = {
        "Location": url,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return web.Response(status=302, headers={"Location": url, **headers})


routes = [web.get(links.PATH + "{token}", go, allow_head=False)]
