"""The `api-data` host: what people sent, and the pictures of rich menus."""

from __future__ import annotations

from aiohttp import web

from channels.line.rules import Refusal
from channels.line.simulator.contents import Content
from channels.line.simulator.doors.bodies import empty
from channels.line.simulator.refusals import NOT_FOUND
from channels.line.simulator.simulator import Simulator


def add(app: web.Application, simulator: Simulator) -> None:
    """Add the doors."""

    def found(request: web.Request) -> Content:
        kept = simulator.contents.get(request.match_info["messageId"])
        if kept is None:
            raise Refusal(404, NOT_FOUND)
        kept.check_there(simulator.clock(), simulator.content_lives)
        return kept

    async def content(request: web.Request) -> web.Response:
        kept = found(request)
        state = kept.state()
        if state == "failed":
            raise Refusal(404, NOT_FOUND)
        if state == "processing":
            return web.Response(status=202)
        return web.Response(body=kept.data, content_type=kept.mime)

    async def preview(request: web.Request) -> web.Response:
        kept = found(request)
        if kept.preview is None:
            raise Refusal(404, NOT_FOUND)
        if kept.state() == "processing":
            return web.Response(status=202)
        return web.Response(body=kept.preview, content_type=kept.preview_mime)

    async def transcoding(request: web.Request) -> web.Response:
        return web.json_response({"status": found(request).state()})

    async def get_picture(request: web.Request) -> web.Response:
        menu = simulator.menus.get(request.match_info["richMenuId"])
        if menu.picture is None:
            raise Refusal(404, NOT_FOUND)
        return web.Response(body=menu.picture, content_type=menu.mime)

    async def set_picture(request: web.Request) -> web.Response:
        simulator.menus.upload(request.match_info["richMenuId"], await request.read(), request.content_type)
        simulator.touch()
        return empty()

    base = "/v2/bot/message/{messageId}/content"
    app.router.add_get(base, content, allow_head=False)
    app.router.add_get(f"{base}/preview", preview, allow_head=False)
    app.router.add_get(f"{base}/transcoding", transcoding, allow_head=False)
    app.router.add_get("/v2/bot/richmenu/{richMenuId}/content", get_picture, allow_head=False)
    app.router.add_post("/v2/bot/richmenu/{richMenuId}/content", set_picture)
