"""The door at which LINE hands over events: signed, stored before it is answered, each event by itself.

https://developers.line.biz/en/docs/messaging-api/receiving-messages/
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from channels.contract import Accepted, Account, Arrival, Desk, Raw
from channels.line.reading import EVENT, line_of
from channels.line.waiting import Waiting

log = logging.getLogger(__name__)

LARGEST = 2_000_000
BROKEN = "application/vnd.line.webhook+json"


class _Source(msgspec.Struct):
    type: str = "user"
    userId: str = ""
    groupId: str = ""
    roomId: str = ""


class _Head(msgspec.Struct):
    """What of an event is needed before anybody reads it."""

    webhookEventId: str = ""
    type: str = ""
    timestamp: int = 0
    source: _Source | None = None


class _Body(msgspec.Struct):
    events: list[msgspec.Raw] = []
    destination: str = ""


_body = msgspec.json.Decoder(_Body)
_head = msgspec.json.Decoder(_Head)


def signature(secret: str, body: bytes) -> str:
    """The `X-Line-Signature` that this body must have."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


class Webhook:
    """`POST /line/webhook/{account}`."""

    def __init__(self, desk: Desk, waiting: Waiting) -> None:
        self._desk = desk
        self._waiting = waiting

    async def receive(self, request: web.Request) -> web.Response:
        """200 only when every event is stored; else LINE offers all of them again, and those stored are known."""
        account = self._account(request.match_info["account"])
        if account is None:
            raise web.HTTPNotFound
        if (request.content_length or 0) > LARGEST:
            raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
        body = await request.read()
        given = request.headers.get("X-Line-Signature", "")
        right = signature(account.secrets.get("channel_secret", ""), body)
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode()):
            raise web.HTTPUnauthorized(text="The signature is not right.")
        arrivals = self._arrivals(account, body)
        done = await asyncio.gather(*(self._desk.accept(one) for one in arrivals), return_exceptions=True)
        lost = [one for one in done if isinstance(one, BaseException)]
        for accepted in done:
            if isinstance(accepted, Accepted):
                self._waiting.heard(accepted.ticket)
        if lost:
            log.warning("%d of %d events of LINE's could not be stored: %r", len(lost), len(done), lost[0])
            return web.Response(status=503, text="not stored")
        return web.Response(text="OK")

    def _account(self, id: str) -> Account | None:
        return next((one for one in self._desk.accounts("line") if str(one.id) == id), None)

    def _arrivals(self, account: Account, body: bytes) -> list[Arrival]:
        """One arrival for each event, in the order in which they happened. A body that is no webhook is kept whole."""
        now = datetime.now(UTC)
        try:
            events = [(bytes(raw), _head.decode(raw)) for raw in _body.decode(body).events]
        except msgspec.MsgspecError:
            digest = hashlib.sha256(body).hexdigest()
            return [Arrival(account, digest, Raw(body), BROKEN, now)]
        found: list[Arrival] = []
        for raw, head in sorted(events, key=lambda one: one[1].timestamp):
            source = msgspec.to_builtins(head.source) if head.source is not None else {}
            envelope = {"type": head.type, "line": line_of(source)}
            name = head.webhookEventId or hashlib.sha256(raw).hexdigest()
            found.append(Arrival(account, name, Raw(raw), EVENT, now, envelope))
        return found
