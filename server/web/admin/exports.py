"""The page of exports: customers and orders as files for Excel, and which characters would not fit."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from server.accounts import desk_settings
from server.customers import exports, segments
from server.customers.exports import Choice
from server.customers.sheets.writing import MEDIA, stand_in
from server.errors import DeskError, Invalid
from server.web.admin.frame import agent, chosen, database, page
from server.web.pages import language_of


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.get("/admin/exports", index), web.get("/admin/exports/file", download)]


async def index(request: web.Request) -> web.Response:
    """What can be exported; with `check`, the characters that CP932 does not have."""
    lead = await agent(request, "lead")
    store, language = database(request), language_of(request)
    choice, error, strange = Choice(), None, None
    try:
        choice = _choice(request.query)
        if "check" in request.query:
            begun = await store.write(exports.begin, lead, choice, language)
            zone = (await store.read(desk_settings.read)).zone
            strange = await exports.checked(store, choice, begun, language, zone)
    except DeskError as wrong:
        error = wrong
    return await page(
        request,
        "exports.html",
        error=error,
        choice=choice,
        segments=await store.read(segments.all, counted=False),
        strange=None
        if strange is None
        else [(char, f"U+{ord(char):04X}", stand_in(char), n) for char, n in strange.most_common()],
        query=request.query_string.replace("check=1", ""),
    )


async def download(request: web.Request) -> web.StreamResponse:
    """The file, written as it is read."""
    lead = await agent(request, "lead")
    store, language = database(request), language_of(request)
    choice = _choice(request.query)
    begun = await store.write(exports.begin, lead, choice, language)
    zone = (await store.read(desk_settings.read)).zone
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(choice.name)}", "Cache-Control": "no-store"}
    answer = web.StreamResponse(headers=headers)
    answer.content_type = MEDIA[choice.format]
    if choice.format != "xlsx":
        answer.charset = "shift_jis" if choice.encoding == "cp932" else "utf-8"
    await answer.prepare(request)
    async for piece in exports.pieces(store, choice, begun, language, zone):
        await answer.write(piece)
    await answer.write_eof()
    return answer


def _choice(query: Any) -> Choice:
    """What the address asks for. Raises `Invalid`."""
    given: dict[str, Any] = {name: query[name] for name in ("what", "format", "encoding") if query.get(name)}
    try:
        return msgspec.convert(
            {**given, "segment": chosen(query.get("segment")), "search": query.get("search", "").strip()[:200]}, Choice
        )
    except msgspec.ValidationError as error:
        raise Invalid("A field has a value that is none of its choices.") from error
