"""The agent console's page, and the built browser code that all pages use."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

from server.errors import NotFound
from server.web import pages
from server.web.doors import DOORS

routes = web.RouteTableDef()

NAMED_BY_CONTENT = re.compile(r"-[0-9A-Z]{8}\.[a-z0-9.]+$")
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".map": "application/json",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
}


@routes.get("/")
async def front(request: web.Request) -> web.StreamResponse:
    """Whoever comes by the front door works here."""
    raise web.HTTPSeeOther("/console")


@routes.get("/favicon.ico")
async def icon(request: web.Request) -> web.StreamResponse:
    """Where browsers look for it unasked."""
    raise web.HTTPMovedPermanently(pages.asset_url(request.app[DOORS], "icon.svg"))


@routes.get("/console")
@routes.get("/console/{place:.*}")
async def console(request: web.Request) -> web.StreamResponse:
    """The shell; everything in it comes over the JSON API. Places inside it are its own affair."""
    await pages.signed_in(request)
    return pages.render(request, "console.html")


@routes.get("/assets/{name}")
async def asset(request: web.Request) -> web.StreamResponse:
    """A built file. Its name holds its content's name, so that browsers keep it for ever."""
    doors = request.app[DOORS]
    path = _found(request.match_info["name"], doors.assets, doors.templates / "layout")
    response = web.FileResponse(path)
    response.content_type = TYPES[path.suffix]
    if path.suffix in (".js", ".css", ".svg", ".json", ".map", ".webmanifest"):
        response.charset = "utf-8"
    named = NAMED_BY_CONTENT.search(path.name) is not None
    kept = named or request.query.get("v") == pages.content_name(path, path.stat().st_mtime_ns)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Vary"] = "Accept-Encoding"  # aiohttp hands out `NAME.gz` to whoever takes it
    return response


def _found(name: str, *folders: Path) -> Path:
    for folder in folders:
        path = folder / name
        if path.parent == folder and path.suffix in TYPES and path.is_file():
            return path
    raise NotFound()
