"""Files that a network shows its customers: by lasting addresses that nobody can guess, without signing in."""

from __future__ import annotations

from aiohttp import web

from server.errors import NotFound
from server.inbox import published
from server.web.api.files import SANDBOX, disposition
from server.web.doors import DOORS

SHOWN = ("image/", "video/", "audio/")


async def hand_out(request: web.Request) -> web.StreamResponse:
    """A file in its own type where it is a picture, a film or a voice, else as a download; in parts if asked so."""
    doors = request.app[DOORS]
    name = request.match_info["name"]
    if not (name.isascii() and name.isalnum() and len(name) < 64):
        raise NotFound("There is no such file.")
    found = await doors.database.read(published.published, name)
    path = doors.files.path(found.digest)
    if not path.is_file():
        raise NotFound("The file is no longer in the store.")
    show = found.content_type.startswith(SHOWN) and "svg" not in found.content_type
    response = web.FileResponse(path)
    response.content_type = found.content_type if show else "application/octet-stream"
    response.headers["Content-Disposition"] = disposition("inline" if show else "attachment", found.filename)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


routes = [web.get("/p/{name}/{filename}", hand_out)]
