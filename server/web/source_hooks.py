"""Where a source's own webhooks come in: `POST /sources/{name}/hook`, answered 200 once what it says is stored."""

from __future__ import annotations

import logging

import msgspec
from aiohttp import web

from server.customers.sources import hooks
from server.errors import Unauthenticated
from server.web import reading
from server.web.buckets import BUCKETS, Policy
from server.web.callers import remote_of
from server.web.doors import DOORS

log = logging.getLogger(__name__)

MOST_BYTES = 5_000_000
FORGED = Policy("source-hooks", 120, 60.0)
"""How often an address may be wrong about a signature."""


async def hear(request: web.Request) -> web.Response:
    """One webhook. 401 for a wrong signature, 404 for a source without any, 503: offer it again."""
    doors, name = request.app[DOORS], request.match_info["name"]
    body = await reading.body(request, limit=MOST_BYTES)
    try:
        heard = await hooks.hear(doors.database, doors.keys, name, request.headers, body)
    except Unauthenticated as error:
        log.warning("A webhook for the source %s was refused: %s", name, error)
        request.app[BUCKETS].take(FORGED, remote_of(request)).require()
        raise
    return web.Response(body=msgspec.json.encode(heard), content_type="application/json")


routes = [web.post("/sources/{name}/hook", hear)]
