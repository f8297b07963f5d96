"""Messages as they came: the HTML of a mail in a page that can do nothing, and the raw original."""

from __future__ import annotations

import re
from html import escape
from typing import Literal
from urllib.parse import quote, unquote

from aiohttp import web

from server import inbox, tickets
from server.tickets import attachments
from server.tickets.attachments import FileRecord
from server.tickets.views import MessageView
from server.web import signed
from server.web.api.files import disposition
from server.web.call import Call
from server.web.endpoints import PREFIX, Api, Number
from server.web.reading import Query

api = Api()

POLICY = (
    "default-src 'none'; img-src 'self' data:{remote}; style-src 'unsafe-inline'; font-src 'none'; form-action 'none';"
    " base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><base target="_blank">
<style>
html {{ color-scheme: light; background: #fff; color: #1f2328 }}
body {{ margin: 0; font: 15px/1.7 system-ui, "Hiragino Sans", "Noto Sans JP", sans-serif; overflow-wrap: anywhere }}
img {{ max-width: 100%; height: auto }} table {{ max-width: 100% }} pre {{ white-space: pre-wrap }}
</style></head><body>{html}</body></html>
"""
_CID = re.compile(r"""(?<=["'(])cid:([^"')]+)""", re.IGNORECASE)


class HtmlQuery(Query, frozen=True, kw_only=True):
    """`images=1` shows pictures from elsewhere, which tells their owners that the mail was read."""

    images: Literal["0", "1"] = "0"


@api.get("/messages/{message}", "One message")
async def view(call: Call, message: Number) -> MessageView:
    """By id."""
    return await call.read(tickets.message, message)


@api.get("/messages/{message}/html", "A message's HTML as a page", media=("text/html",))
async def html(call: Call, message: Number, query: HtmlQuery) -> web.StreamResponse:
    """For a sandboxed frame: no script, no form, no pictures from elsewhere unless asked for."""
    inner = await call.read(tickets.message_html, message)
    files = await call.read(attachments.inline_files, message)
    response = web.Response(
        text=PAGE.format(html=_with_pictures(call, inner, files)), content_type="text/html", charset="utf-8"
    )
    response.headers["Content-Security-Policy"] = POLICY.format(remote=" https: http:" if query.images == "1" else "")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@api.get("/messages/{message}/original", "The raw original of a message", media=("application/octet-stream",))
async def original(call: Call, message: Number) -> web.StreamResponse:
    """Byte for byte as it came: a mail as message/rfc822, others in their network's own form."""
    found = await call.read(inbox.original, message_id=message)
    raw = found.raw(call.doors.files)
    response: web.StreamResponse = web.FileResponse(raw.path) if raw.path else web.Response(body=raw.bytes())
    mail = found.media_type == "message/rfc822"
    response.content_type = "application/octet-stream"
    response.headers["X-Original-Type"] = found.media_type
    response.headers["Content-Disposition"] = disposition("attachment", f"{message}.{'eml' if mail else 'bin'}")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _with_pictures(call: Call, html: str, files: dict[str, FileRecord]) -> str:
    """`cid:` addresses as addresses of ours, which carry a key: a sandboxed frame sends no cookie."""

    def address(found: re.Match[str]) -> str:
        file = files.get(unquote(found[1]).strip("<>"))
        if file is None:
            return found[0]
        key = signed.key_for(call.doors.secret, f"file:{file.id}")
        return escape(f"{PREFIX}/files/{file.id}/{quote(file.filename, safe='')}?key={quote(key)}")

    return _CID.sub(address, html)
