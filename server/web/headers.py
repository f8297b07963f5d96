"""The headers that keep browsers careful, on every answer that did not set its own; and the access log."""

from __future__ import annotations

import logging
import time
from typing import Any

from aiohttp import web

from server.web.callers import CALLER
from server.web.doors import DOORS

access = logging.getLogger("madoguchi.access")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
    " media-src 'self' blob:; connect-src 'self' {sockets}; frame-src 'self' blob:; manifest-src 'self';"
    " worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For our own pages: nothing inline, nothing from elsewhere, in nobody's frame. Pages that are made to be embedded
(a form, the chat's panel) set a policy of their own."""

CHATTER = ("/socket.io", "/chat/socket.io", "/assets/", "/healthz")
"""Where so much is asked that it is logged for those who search a fault only."""
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """aiohttp's `on_response_prepare`: add what is missing."""
    headers = response.headers
    doors = request.app.get(DOORS)
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    if doors is not None and doors.secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.content_type == "text/html" and doors is not None:
        sockets = doors.origin.replace("http", "ws", 1)
        headers.setdefault("Content-Security-Policy", POLICY.format(sockets=sockets))
    if "Cache-Control" not in headers and response.status != 101:
        headers["Cache-Control"] = "no-store"


@web.middleware
async def log_access(request: web.Request, handler: Any) -> web.StreamResponse:
    """One line a request: never a query, a body or a header, and of addresses that hold a secret only their shape."""
    began = time.perf_counter()
    status = 499
    try:
        response: web.StreamResponse = await handler(request)
        status = response.status
        return response
    except web.HTTPException as raised:
        status = raised.status
        raise
    finally:
        resource = request.match_info.route.resource
        secret = "secret" in request.match_info or "token" in request.match_info
        access.log(
            logging.DEBUG if request.path.startswith(CHATTER) else logging.INFO,
            "%s %s %d %.1fms %s",
            request.method,
            resource.canonical if secret and resource is not None else request.rel_url.raw_path,
            status,
            (time.perf_counter() - began) * 1000,
            caller.agent.actor if (caller := request.get(CALLER)) is not None else "-",
        )
