"""The API channel's door: `POST /channels/api/{account}/messages`, with the account's key."""

from __future__ import annotations

import asyncio
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import orjson
from aiohttp import web

from channels.api.messages import Posted, external_id, open_body
from channels.contract import Account, Arrival, Desk, Raw, Spool, TooLarge
from channels.multipart import BodyError
from channels.origin import ClientAddress

PER_MINUTE = 600
# Wrong keys from one address in a minute before it has to wait: guessing must not be worth it.
WRONG_KEYS = 30
MINUTE = timedelta(minutes=1)
WHOLE_SECONDS = 1800


class Door:
    """Receives what programs post."""

    def __init__(self, desk: Desk, client_address: ClientAddress) -> None:
        self._desk = desk
        self._client_address = client_address

    async def post(self, request: web.Request) -> web.Response:
        """202 with the arrival's number once the desk has it; anything else means: post it again."""
        account = self._account(request)
        if account is None:
            return self._unknown(request)
        limit = int(account.settings.get("per_minute") or PER_MINUTE)
        wait = self._desk.allow(f"api:{account.id}", limit=limit, per=MINUTE)
        response = await self._receive(request, account) if not wait else _busy("Too many messages.", wait)
        response.headers["RateLimit-Policy"] = f'"messages";q={limit};w=60'
        if wait:
            response.headers["RateLimit"] = f'"messages";r=0;t={int(wait) + 1}'
        return response

    async def _receive(self, request: web.Request, account: Account) -> web.Response:
        async with self._desk.spool() as spool:
            try:
                await _drain(request, spool)
                raw = await spool.raw()
            except TooLarge as error:
                return problem(413, "The message is too large.", str(error))
            except (ConnectionError, TimeoutError, aiohttp.ClientError, web.RequestPayloadError):
                return problem(400, "The message did not arrive as a whole.")
            except OSError:
                return _busy("There is no room for the message now.", 60, status=503)
            header = request.headers.get("Content-Type", "")
            try:
                posted, _ = await asyncio.to_thread(open_body, raw.view(), header)
            except msgspec.ValidationError as error:
                return problem(422, "The message is not of the form agreed.", str(error))
            except BodyError as error:
                return problem(400, "The message cannot be read.", str(error))
            return await self._file(request, account, posted, raw)

    async def _file(self, request: web.Request, account: Account, posted: Posted, raw: Raw) -> web.Response:
        header, now = request.headers.get("Content-Type", ""), datetime.now(UTC)
        envelope = {"remote": self._client_address(request), "user_agent": request.headers.get("User-Agent", "")[:500]}
        arrival = Arrival(account, external_id(posted, raw.view()), raw, header, now, envelope)
        try:
            accepted = await self._desk.accept(arrival)
        except Exception:  # whatever went wrong inside, the program must know to come again
            request.app.logger.exception("a posted message could not be filed")
            return _busy("The message could not be filed now.", 30, status=503)
        body = {"arrival": accepted.arrival_id, "ticket": accepted.ticket, "repeated": accepted.repeated}
        return _json(202, body, "application/json")

    def _account(self, request: web.Request) -> Account | None:
        """The account of this name, if the request carries its key."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        name = request.match_info["account"]
        named = (one for one in self._desk.accounts("api") if name in (one.settings.get("slug"), str(one.id)))
        account = next(named, None)
        key = account.secrets.get("key", "") if account else ""
        # An unknown account takes as long as a wrong key, and is answered in the same words.
        fits = hmac.compare_digest(key.encode(), given.strip().encode("utf-8", "replace"))
        return account if fits and key and scheme.lower() == "bearer" else None

    def _unknown(self, request: web.Request) -> web.Response:
        wait = self._desk.allow(f"api:keys:{self._client_address(request)}", limit=WRONG_KEYS, per=MINUTE)
        if wait:
            return _busy("Too many wrong keys.", wait)
        response = problem(401, "This account and key do not fit together.")
        response.headers["WWW-Authenticate"] = 'Bearer realm="madoguchi"'
        return response


async def _drain(request: web.Request, spool: Spool) -> None:
    async with asyncio.timeout(WHOLE_SECONDS):
        while chunk := await request.content.readany():
            await spool.write(chunk)


def problem(status: int, title: str, detail: str = "") -> web.Response:
    """An error as RFC 9457 has it."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    return _json(status, body | ({"detail": detail} if detail else {}), "application/problem+json")


def _busy(title: str, wait: float, *, status: int = 429) -> web.Response:
    response = problem(status, title)
    response.headers["Retry-After"] = str(int(wait) + 1)
    return response


def _json(status: int, body: dict[str, Any], kind: str) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type=kind, headers={"Cache-Control": "no-store"}
    )
