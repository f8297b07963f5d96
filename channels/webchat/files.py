"""Files both ways: a visitor's upload, streamed to disk under a grant for this one file, and signed addresses out.

A file is a message of its own: its bytes are the arrival. So it is kept before it is acknowledged, like every line.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import orjson
from aiohttp import web

from channels.contract import Account, Attachment, Desk, TooLarge
from channels.origin import ClientAddress
from channels.webchat import said, shown
from channels.webchat.forms import Refusal
from channels.webchat.rooms import Rooms
from channels.webchat.site import Site
from channels.webchat.sites import Sites
from channels.wording import choose

log = logging.getLogger(__name__)

LIVES = timedelta(minutes=10)
LONGEST_GRANT = 20_000
WHOLE_SECONDS = 1800
STATUS = {
    "invalid": 400,
    "bad_grant": 401,
    "unknown_token": 401,
    "forbidden": 403,
    "unknown_site": 404,
    "not_found": 404,
    "too_large": 413,
    "not_allowed": 415,
    "too_many": 429,
    "unavailable": 503,
}


class Grant(msgspec.Struct, frozen=True):
    """Leave to send one file."""

    account: int
    said: said.Said
    size: int
    until: datetime


class Grants:
    """Grants, signed by the desk's key: nothing of them is kept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def give(self, account: Account, line: said.Said, size: int) -> tuple[str, datetime]:
        """Leave to send a file of at most `size` bytes as this message, and until when."""
        until = datetime.now(UTC) + LIVES
        body = base64.urlsafe_b64encode(msgspec.json.encode(Grant(account.id, line, size, until))).decode()
        return f"{body}.{self._desk.sign('chat upload', body)}", until

    def open(self, given: str) -> Grant:
        """What was granted. Raises `Refusal` when it was not, or no longer is."""
        body, _, signature = given.partition(".")
        right = self._desk.sign("chat upload", body)
        if len(given) > LONGEST_GRANT or not hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
            raise Refusal("forbidden")
        try:
            grant = msgspec.json.decode(base64.urlsafe_b64decode(body), type=Grant)
        except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
            raise Refusal("forbidden") from error
        if grant.until < datetime.now(UTC):
            raise Refusal("forbidden", hint="the grant has expired: ask for another")
        return grant


class FileDoors:
    """`POST /chat/files` and `GET /chat/files/{id}/{key}/{name}`."""

    def __init__(self, desk: Desk, sites: Sites, rooms: Rooms, client_address: ClientAddress) -> None:
        self._desk = desk
        self._sites = sites
        self._rooms = rooms
        self._grants = Grants(desk)
        self._client_address = client_address

    def routes(self) -> list[web.RouteDef]:
        """Both."""
        return [
            web.post("/chat/files", self.upload),
            web.get("/chat/files/{id:[0-9]{1,18}}/{token}/{name}", self.download),
        ]

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file; answered as the event `send` is."""
        try:
            scheme, _, given = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                raise Refusal("forbidden", hint="Authorization: Bearer {grant}")
            grant = self._grants.open(given.strip())
            account, site = self._sites.of(grant.account)
            return answer(200, await self._take(request, account, site, grant))
        except Refusal as refusal:
            return refused(request, refusal)

    async def _take(self, request: web.Request, account: Account, site: Site, grant: Grant) -> dict[str, Any]:
        content_type = request.headers.get("Content-Type", "application/octet-stream")
        kind = content_type.partition(";")[0].strip().lower()
        if not site.takes(grant.said.file_name, kind):
            raise Refusal("not_allowed")
        most = min(grant.size, site.file_bytes)
        too_large = Refusal("too_large", most=f"{site.file_megabytes:g}")
        if request.content_length is not None and request.content_length > most:
            raise too_large
        async with self._desk.spool() as spool:
            size = 0
            try:
                async with asyncio.timeout(WHOLE_SECONDS):
                    while chunk := await request.content.readany():
                        size += len(chunk)
                        if size > most:
                            raise too_large
                        await spool.write(chunk)
                raw = await spool.raw()
            except TooLarge as error:
                raise too_large from error
            except (ConnectionError, TimeoutError, aiohttp.ClientError, web.RequestPayloadError) as error:
                raise Refusal("invalid", fields={"body": "did not arrive as a whole"}) from error
            except OSError as error:
                raise Refusal("unavailable", after=60.0) from error
            if size != grant.size:
                raise Refusal("invalid", fields={"size": "is not what was announced"})
            address = self._client_address(request)
            return await self._file(account, grant, said.file_arrival(account, grant.said, raw, kind, address))

    async def _file(self, account: Account, grant: Grant, arrival: Any) -> dict[str, Any]:
        talk = self._rooms.watched(account, grant.said.conversation)
        if talk is not None:
            talk.in_flight += 1
        try:
            accepted = await self._desk.accept(arrival)
        except Exception as error:  # whatever went wrong inside, the file must be offered again
            log.exception("A visitor's file could not be filed")
            raise Refusal("unavailable", after=5.0) from error
        finally:
            if talk is not None:
                talk.in_flight -= 1
        if talk is not None:
            self._rooms.landed(talk, accepted.ticket, accepted.message)
        told: dict[str, Any] = {
            "seq": accepted.message,
            "at": grant.said.at.isoformat(),
            "ticket": accepted.ticket,
            "conversation": grant.said.conversation,
        }
        if accepted.message is not None:
            found = await self._desk.conversation(account, grant.said.conversation, after=accepted.message - 1, limit=1)
            for one in found.messages:
                told["message"] = shown.message(
                    self._desk, account, grant.said.conversation, one, grant.said.who.language
                )
        return told

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file of a message. A picture is shown, anything else is saved, and nothing in it runs."""
        try:
            file_id = int(request.match_info["id"])
            opens = shown.opened(self._desk, file_id, request.match_info["token"])
            if opens is None:
                raise Refusal("forbidden")
            account, _ = self._sites.of(opens[0])
            file = await self._desk.file(account, opens[1], file_id)
            if file is None:
                raise Refusal("not_found")
        except Refusal as refusal:
            return refused(request, refusal)
        return await _stream(request, file)


async def _stream(request: web.Request, file: Attachment) -> web.StreamResponse:
    previewed = file.content_type in shown.PREVIEWED
    response = web.StreamResponse()
    response.content_type = file.content_type if previewed else "application/octet-stream"
    response.content_length = file.size
    place = "inline" if previewed else "attachment"
    response.headers.update(
        {
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(file.filename, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-site",
            "Cache-Control": "private, max-age=3600",
            "Referrer-Policy": "no-referrer",
        }
    )
    chunks = file.chunks()
    first = await asyncio.to_thread(next, chunks, b"")  # before the head is sent: the store may have lost it
    await response.prepare(request)
    while first:
        await response.write(first)
        first = await asyncio.to_thread(next, chunks, b"")
    await response.write_eof()
    return response


def answer(status: int, body: Any) -> web.Response:
    """JSON that nobody keeps."""
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def refused(request: web.Request, refusal: Refusal) -> web.Response:
    """A refusal over HTTP, in the same shape as over the socket."""
    response = answer(STATUS.get(refusal.code, 400), refusal.answer(choose(request.headers.get("Accept-Language"))))
    if refusal.after is not None:
        response.headers["Retry-After"] = str(int(refusal.after) + 1)
    return response
