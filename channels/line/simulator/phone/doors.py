"""The phone page's doors, which a demo opens on its own application under `/line`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from aiohttp import BodyPartReader, web

from channels.line.simulator import pictures
from channels.line.simulator.phone import doing, views
from channels.line.simulator.simulator import Simulator
from channels.pages import templates
from channels.wording import LANGUAGES, choose

_ROOT = Path(__file__).parents[4]
BUILT = _ROOT / "widgets" / "dist"
_WAIT = 25.0
_FILE_BYTES = 20 * 2**20
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https: http:;"
    " media-src 'self' blob: https: http:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)


def setup(app: web.Application, simulator: Simulator, *, built: Path = BUILT) -> None:
    """Add the page and its doors. For demos only: whoever reaches it is everybody at once."""
    phone = _Phone(simulator, built)
    app.add_routes(
        [
            web.get("/line", phone.page),
            web.get("/line/state", phone.state),
            web.post("/line/do", phone.do),
            web.post("/line/files", phone.files),
            web.get("/line/content/{id}", phone.content),
            web.get("/line/content/{id}/preview", phone.preview),
            web.get("/line/faces/{id}", phone.face),
            web.get("/line/menus/{id}", phone.menu),
        ]
    )


class _Phone:
    def __init__(self, simulator: Simulator, built: Path) -> None:
        self._line = simulator
        self._built = built
        self._templates = templates("demo")

    async def page(self, request: web.Request) -> web.Response:
        """The page itself; what is on it comes from `/line/state`."""
        asked = request.query.get("lang", "")
        language = asked if asked in LANGUAGES else choose(request.headers.get("Accept-Language"))
        manifest = await asyncio.to_thread(self._manifest)
        html = self._templates.get_template("line.html").render(
            language=language,
            shop=self._line.account.name,
            script=manifest.get("line-phone.js"),
            style=manifest.get("line-phone.css"),
        )
        headers = {"Content-Security-Policy": _POLICY, "Permissions-Policy": "geolocation=(self)"}
        return web.Response(text=html, content_type="text/html", headers=headers)

    def _manifest(self) -> dict[str, str]:
        path = self._built / "manifest.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    async def state(self, request: web.Request) -> web.Response:
        """What is on the screens, once it is newer than what the page has, or after a while."""
        after = request.query.get("after", "-1")
        if not after.lstrip("-").isdigit():
            raise web.HTTPBadRequest
        await self._line.changed(int(after), _WAIT)
        return web.json_response(views.state(self._line))

    async def do(self, request: web.Request) -> web.Response:
        """Something that a person does."""
        _same_site(request)
        try:
            said = await request.json()
            doing.do(self._line, said)
        except (ValueError, TypeError, doing.Misunderstood):
            raise web.HTTPBadRequest from None
        return web.Response(status=204)

    async def files(self, request: web.Request) -> web.Response:
        """Pictures, films, voices and files that a person sends."""
        _same_site(request)
        found: list[tuple[str, str, bytes]] = []
        size = 0
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.filename:
                data = await part.read()
                size += len(data)
                if size > _FILE_BYTES:
                    raise web.HTTPRequestEntityTooLarge(max_size=_FILE_BYTES, actual_size=size)
                found.append((part.filename, part.headers.get("Content-Type", ""), bytes(data)))
        try:
            doing.send(self._line, request.query.get("as", ""), request.query.get("chat", ""), found)
        except doing.Misunderstood:
            raise web.HTTPBadRequest from None
        return web.Response(status=204)

    async def content(self, request: web.Request) -> web.Response:
        """What a person sent, as their own phone has it."""
        kept = self._line.contents.get(request.match_info["id"])
        if kept is None or kept.withdrawn:
            raise web.HTTPNotFound
        return _bytes(kept.data, kept.mime)

    async def preview(self, request: web.Request) -> web.Response:
        """The same, small."""
        kept = self._line.contents.get(request.match_info["id"])
        if kept is None or kept.withdrawn or kept.preview is None:
            raise web.HTTPNotFound
        return _bytes(kept.preview, kept.preview_mime)

    async def face(self, request: web.Request) -> web.Response:
        """A person's, a group's or the account's picture."""
        name = request.match_info["id"]
        person = self._line.find_person(name)
        data = person.picture if person is not None else pictures.face(name)
        return _bytes(data, "image/png")

    async def menu(self, request: web.Request) -> web.Response:
        """A rich menu's picture."""
        menu = self._line.menus.menus.get(request.match_info["id"])
        if menu is None or menu.picture is None:
            raise web.HTTPNotFound
        return _bytes(menu.picture, menu.mime)


def _bytes(data: bytes, mime: str) -> web.Response:
    """Bytes that somebody uploaded: looked at, and never run."""
    shown = (
        mime if mime.startswith(("image/", "video/", "audio/")) and "svg" not in mime else "application/octet-stream"
    )
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=3600",
    }
    return web.Response(body=data, content_type=shown, headers=headers)


def _same_site(request: web.Request) -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise web.HTTPForbidden
