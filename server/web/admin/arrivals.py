"""The pages of arrivals: what could not be filed and why, its raw bytes as harmless text, and trying it again."""

from __future__ import annotations

import time
from typing import Any

import orjson
from aiohttp import web

from channels.contract import Raw
from server import accounts
from server.errors import DeskError, Unavailable
from server.inbox import queries
from server.web.admin.frame import agent, database, done, number, page, tried, typed
from server.web.doors import DOORS

SHOWN_BYTES = 64 * 1024
RETRY_SECONDS = 30
READABLE = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
CONTROLS = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)} | {127: 0x2421}
"""Control characters as the pictures that Unicode has of them."""


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/arrivals", index),
        web.post("/admin/arrivals", retry_all),
        web.get("/admin/arrivals/{id}", show),
        web.post("/admin/arrivals/{id}", retry),
        web.get("/admin/arrivals/{id}/raw", download),
    ]


async def index(request: web.Request) -> web.Response:
    """What is in quarantine, newest first; or everything that came."""
    await agent(request, "lead")
    state = "quarantined" if request.query.get("state") != "all" else None
    found = await database(request).read(queries.arrivals, state=state, after=request.query.get("after"))
    return await page(
        request,
        "arrivals.html",
        arrivals=found,
        state=state,
        names=await _names(request),
        filed=_count(request, "filed"),
        left=_count(request, "left"),
    )


async def retry_all(request: web.Request) -> web.StreamResponse:
    """Try everything in quarantine again, oldest last, for as long as a person waits."""
    await agent(request)
    until = time.monotonic() + RETRY_SECONDS
    filed = left = 0
    after: str | None = None
    while time.monotonic() < until:
        found = await database(request).read(queries.arrivals, state="quarantined", after=after)
        for arrival in found.items:
            settled = await _settled(request, arrival.id)
            filed, left = filed + settled, left + (not settled)
            if time.monotonic() > until:
                break
        after = found.next
        if after is None:
            break
    return done("/admin/arrivals", "retried", filed=filed, left=left)


async def show(request: web.Request) -> web.Response:
    """One arrival."""
    await agent(request, "lead")
    return await _show(request)


async def retry(request: web.Request) -> web.StreamResponse:
    """Try it again."""
    await agent(request)
    await typed(request)
    settled, error = await tried(_settled(request, number(request)))
    if error is not None:
        return await _show(request, error=error)
    return done(f"/admin/arrivals/{number(request)}", "filed" if settled else "still")


async def download(request: web.Request) -> web.StreamResponse:
    """The bytes exactly as they came."""
    await agent(request, "lead")
    id = number(request)
    raw = await _raw(request, id)
    headers = {
        "Content-Disposition": f'attachment; filename="arrival-{id}.{await _suffix(request, id)}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Type": "application/octet-stream",
    }
    return web.FileResponse(raw.path, headers=headers) if raw.path else web.Response(body=raw.bytes(), headers=headers)


# ------------------------------------------------------------------------------------------------------- parts


async def _settled(request: web.Request, id: int) -> bool:
    """Whether it could be filed now."""
    desk: Any = request.app[DOORS].desk
    if desk is None or not hasattr(desk, "retry"):
        raise Unavailable("The desk cannot do this just now. Please try again.")
    accepted = await desk.retry(id)
    return not accepted.quarantined


async def _show(request: web.Request, *, error: DeskError | None = None) -> web.Response:
    id = number(request)
    arrival = await database(request).read(queries.arrival, id)
    raw = await _raw(request, id)
    return await page(
        request,
        "arrival.html",
        error=error,
        arrival=arrival,
        account=(await _names(request)).get(arrival.account, ""),
        envelope=orjson.dumps(arrival.envelope, option=READABLE).decode() if arrival.envelope else "",
        text=harmless(raw),
        cut=raw.size > SHOWN_BYTES,
    )


def harmless(raw: Raw) -> str:
    """The beginning of the bytes as text: what is no UTF-8 as �, what would move a terminal's cursor as a picture."""
    view = raw.view()
    beginning = bytes(view[:SHOWN_BYTES])
    return beginning.decode("utf-8", "replace").replace("\r\n", "\n").translate(CONTROLS)


async def _raw(request: web.Request, id: int) -> Raw:
    original = await database(request).read(lambda tx: queries.original(tx, arrival_id=id))
    return original.raw(request.app[DOORS].files)


async def _suffix(request: web.Request, id: int) -> str:
    arrival = await database(request).read(queries.arrival, id)
    return {"message/rfc822": "eml", "application/json": "json"}.get(arrival.media_type.partition(";")[0], "bin")


async def _names(request: web.Request) -> dict[int, str]:
    found = await database(request).read(accounts.all, request.app[DOORS].keys, removed=True)
    return {account.id: account.name for account in found}


def _count(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None
