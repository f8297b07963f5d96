"""Agents' pictures: taken in, and handed out to anybody who knows their name, since customers see them too."""

from __future__ import annotations

import asyncio
import re

from aiohttp import web

from server import agents
from server.agents import AgentView, pictures
from server.agents.pictures import MEDIA_TYPE, MOST_BYTES, Picture
from server.errors import NotFound, TooLarge
from server.files import Files, Stored
from server.web.call import Call
from server.web.doors import DOORS
from server.web.endpoints import Api, Number
from server.web.reading import body

api = Api()
routes = web.RouteTableDef()
NAME = re.compile(r"([0-9a-f]{64})\.webp")


@api.put(
    "/agents/{agent}/picture",
    "Give an agent a picture",
    takes=("image/png", "image/jpeg", "image/webp", "image/gif"),
)
async def put(call: Call, agent: Number) -> AgentView:
    """One's own, or anybody's as an admin. The body is the picture, up to 10 MB; its middle square is kept, drawn anew
    at 256 by 256 pixels without what a camera wrote into it. Customers see it beside what the agent writes."""
    if agent != call.agent.id:
        agents.require(call.agent, "admin")
    if (call.request.content_length or 0) > MOST_BYTES:
        raise TooLarge("At most {limit} bytes are taken here.", limit=MOST_BYTES)
    content = await body(call.request)
    if len(content) > MOST_BYTES:
        raise TooLarge("At most {limit} bytes are taken here.", limit=MOST_BYTES)
    stored = await asyncio.to_thread(store, call.doors.files, content)
    return await call.write(agents.set_picture, agent, Picture(stored.digest))


@api.delete("/agents/{agent}/picture", "Take an agent's picture away")
async def remove(call: Call, agent: Number) -> AgentView:
    """One's own, or anybody's as an admin; their initials stand there again."""
    return await call.write(agents.set_picture, agent, None)


def store(files: Files, content: bytes) -> Stored:
    """Draw a picture and keep it, in a worker thread. Raises `Invalid`."""
    return files.keep(iter([pictures.drawn(content)]))


@routes.get("/pictures/{name}")
async def show(request: web.Request) -> web.StreamResponse:
    """A picture by its digest. Browsers keep it: another picture has another name."""
    doors = request.app[DOORS]
    named = NAME.fullmatch(request.match_info["name"])
    if named is None:
        raise NotFound()
    found = await doors.database.read(pictures.find, named[1])
    path = doors.files.path(found.digest)
    if not path.is_file():
        raise NotFound()
    response = web.FileResponse(path)
    response.content_type = MEDIA_TYPE
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
