"""Files of articles, for whoever was sent their address with an answer."""

from __future__ import annotations

from aiohttp import web

from server.errors import NotFound
from server.faq import files
from server.web.doors import DOORS
from server.web.help.files import handed_out


async def fetch(request: web.Request) -> web.StreamResponse:
    """The file, also when its article has another one by now: what was sent stays what it was."""
    doors = request.app[DOORS]
    file = doors.file_links.opened(request.match_info["token"]) if doors.file_links is not None else None
    if file is None:
        raise NotFound("There is no such file.")
    found, digest = await doors.database.read(files.by_number, file)
    answer = handed_out(doors.files, digest, found.name, found.content_type, "private, max-age=3600")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


routes = [web.get("/article-files/{token}/{name}", fetch)]
