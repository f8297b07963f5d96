"""The panel's page for an iframe of the site's own, the loader under its lasting address, and the small unread poll."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from channels.compression import compressed, takes_gzip
from channels.contract import Account, Desk
from channels.pages import templates
from channels.webchat import forms
from channels.webchat.files import answer, refused
from channels.webchat.forms import Refusal
from channels.webchat.site import Site
from channels.webchat.sites import Sites
from channels.webchat.visitors import Visitors
from channels.wording import LANGUAGES, choose

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "widgets" / "dist"
LOADER_SECONDS = 3600


class Pages:
    """`/chat/loader.js`, `/chat/panel/{site}` and `/chat/unread`."""

    def __init__(self, desk: Desk, sites: Sites, built: Path = BUILT) -> None:
        self._desk = desk
        self._sites = sites
        self._visitors = Visitors(desk)
        self._built = built
        self._templates = templates("webchat")

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/chat/loader.js", self.loader),
            web.get("/chat/panel/{site}", self.panel),
            web.get("/chat/unread", self.unread),
            web.options("/chat/unread", self.may_ask),
        ]

    async def loader(self, request: web.Request) -> web.Response:
        """The launcher's script: the same bytes for every site, so that browsers and proxies keep it."""
        gzip = takes_gzip(request)
        body = await asyncio.to_thread(self._asset_bytes, "chat-loader.js", gzip)
        if body is None and gzip:
            gzip, body = False, await asyncio.to_thread(self._asset_bytes, "chat-loader.js", False)
        if body is None:
            return web.Response(status=404, text="// not built", content_type="text/javascript", charset="utf-8")
        response = web.Response(body=body, content_type="text/javascript", charset="utf-8")
        compressed(response, gzip=gzip)
        name = hashlib.sha256(body).hexdigest()[:16]
        response.etag = name
        response.headers.update(
            {
                "Cache-Control": f"public, max-age={LOADER_SECONDS}, stale-while-revalidate=86400",
                "Cross-Origin-Resource-Policy": "cross-origin",
                "Access-Control-Allow-Origin": "*",
                "Timing-Allow-Origin": "*",
                "X-Content-Type-Options": "nosniff",
            }
        )
        if request.if_none_match and any(tag.value == name for tag in request.if_none_match):
            response.set_status(304)
            response.body = None
            response.headers.popall("Content-Encoding", None)
        return response

    async def panel(self, request: web.Request) -> web.Response:
        """The document of the panel's iframe, with all that it needs before the first word."""
        try:
            account, site = self._sites.find(request.match_info["site"])
        except Refusal:
            raise web.HTTPNotFound from None
        asked = request.query.get("lang", "")
        language = asked if asked in LANGUAGES else choose(request.headers.get("Accept-Language"))
        helps = await self._desk.helps(account)
        settings = orjson.dumps(self._settings(account, site, language) | {"faq": helps}).decode()
        html = self._templates.get_template("panel.html").render(
            language=language,
            title=site.title.get(language, ""),
            # A JSON block is data and needs no leave to run; `<` is written so that it cannot end the block.
            settings=settings.replace("<", "\\u003c"),
            script=await asyncio.to_thread(self._asset, "chat-panel.js"),
            style=await asyncio.to_thread(self._asset, "chat-panel.css"),
        )
        response = web.Response(text=html, content_type="text/html", charset="utf-8")
        response.headers.update(self._headers(site))
        return response

    def _settings(self, account: Account, site: Site, language: str) -> dict[str, Any]:
        return {
            "protocol": forms.PROTOCOL,
            "site": site.slug,
            "name": account.name,
            "language": language,
            "sites": site.sites,
            "color": site.color,
            "title": site.title,
            "greeting": site.greeting,
            "away": site.away,
            "title_flash": site.title_flash,
            "prechat": [{"name": one.name, "label": one.label, "required": one.required} for one in site.prechat],
            "consent": site.consent,
            "file": {"bytes": site.file_bytes, "types": site.file_types},
            "socket": {"path": "/chat/socket.io", "namespace": "/widget"},
        }

    def _headers(self, site: Site) -> dict[str, str]:
        desk = self._desk.public_url
        rules = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data: blob:",
            "media-src": "'self' blob:",
            "connect-src": f"'self' {desk.replace('http', 'ws', 1)}",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": " ".join(["'self'", *site.sites]),
            "require-trusted-types-for": "'script'",
        }
        return {
            "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in rules.items()),
            "Cache-Control": "private, no-cache",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            # So that a page which isolates itself (COEP require-corp) can still frame the panel.
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cross-Origin-Opener-Policy": "unsafe-none",
            "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
        }

    async def unread(self, request: web.Request) -> web.Response:
        """How much a known visitor has not seen, for the number on the launcher."""
        try:
            account, site = self._sites.find(request.query.get("site", ""))
            origin = request.headers.get("Origin", "")
            if origin and not self._sites.may(site, origin):
                raise Refusal("forbidden")
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                raise Refusal("unknown_token")
            known = await self._visitors.peek(account, site, token.strip())
            book = await self._visitors.book(account, known.owner)
            found = await self._desk.conversation(account, book.current if book else "", limit=1)
        except Refusal as refusal:
            return self._shared(request, refused(request, refusal))
        last = found.messages[-1].seq if found.messages else None
        body = {"unread": found.unread, "open": found.open and found.ticket is not None, "seq": last}
        return self._shared(request, answer(200, body))

    async def may_ask(self, request: web.Request) -> web.Response:
        """The browser's question before the poll (CORS): whether the page may send the visitor's token."""
        return self._shared(request, web.Response(status=204))

    def _shared(self, request: web.Request, response: web.Response) -> web.Response:
        origin = request.headers.get("Origin", "")
        response.headers["Vary"] = "Origin"
        if origin and self._sites.embeds(origin, request.host):
            response.headers.update(
                {
                    "Access-Control-Allow-Origin": origin,
                    "Access-Control-Allow-Headers": "Authorization",
                    "Access-Control-Allow-Methods": "GET",
                    "Access-Control-Max-Age": "7200",
                    "Cross-Origin-Resource-Policy": "cross-origin",
                }
            )
        return response

    def _asset(self, name: str) -> str | None:
        """The lasting address of a built file; None where the browser code was not built."""
        try:
            manifest = orjson.loads((self._built / "manifest.json").read_bytes())
            return f"/assets/{manifest[name]}"
        except (OSError, orjson.JSONDecodeError, KeyError):
            return None

    def _asset_bytes(self, name: str, gzip: bool) -> bytes | None:
        address = self._asset(name)
        if address is None:
            return None
        try:
            return (self._built / (address.rpartition("/")[2] + (".gz" if gzip else ""))).read_bytes()
        except OSError:  # built anew at this very moment
            return None
