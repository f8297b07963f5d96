"""Who is calling: the session cookie or the token of a request, found once and kept for a moment.

What is kept is forgotten as soon as the change feed says that an agent, session or token changed, so that a
revocation holds from the very next request; the time limit is for changes that other processes make.

A browser sends its cookie with requests that other sites made it send. `same_site` tells them by Sec-Fetch-Site and
Origin, without tokens in forms (https://words.filippo.io/csrf/).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from server.agents import Caller, sessions, tokens
from server.database import Database
from server.errors import Forbidden, Unauthenticated
from server.events import Change
from server.web.doors import DOORS, Doors, address_of

log = logging.getLogger(__name__)

CALLER = web.RequestKey("caller", Caller)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEPT_SECONDS = 10.0
MOST_KEPT = 5_000


class Callers:
    """Finds callers by their secrets."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._generation = 0
        self._touched: dict[str, float] = {}
        self._running: set[asyncio.Future[Any]] = set()

    def hear(self, changes: Sequence[Change]) -> None:
        """The change feed: look everybody up anew when anything about agents changed."""
        if any(is_about_callers(change) for change in changes):
            self.forget()

    def forget(self) -> None:
        """Look everybody up anew from now on."""
        self._kept.clear()
        self._generation += 1

    async def by_session(self, secret: str) -> Caller | None:
        """Who a cookie belongs to."""
        return await self._find(sessions.hash_secret(secret), sessions.find)

    async def by_token(self, secret: str) -> Caller | None:
        """Whom a token acts as."""
        return await self._find(tokens.hash_token(secret), tokens.find)

    async def _find(self, secret_hash: str, query: Any) -> Caller | None:
        kept = self._kept.get(secret_hash)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        generation = self._generation
        caller: Caller | None = await self._database.read(query, secret_hash)
        if caller is None:
            self._kept.pop(secret_hash, None)
            return None
        if generation == self._generation:
            self._kept[secret_hash] = (time.monotonic() + KEPT_SECONDS, caller)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        if caller.stale:
            self._touch(secret_hash, caller)
        return caller

    def _touch(self, secret_hash: str, caller: Caller) -> None:
        """Have it written down that the secret is in use; nobody waits for it, and once a minute is enough."""
        if self._touched.get(secret_hash, 0.0) > time.monotonic():
            return
        if len(self._touched) > MOST_KEPT:
            self._touched.clear()
        self._touched[secret_hash] = time.monotonic() + 60
        if caller.token is not None:
            future: asyncio.Future[Any] = self._database.write(tokens.touch, caller.token)
        else:
            future = self._database.write(sessions.touch, secret_hash)
        self._running.add(future)
        future.add_done_callback(self._touched_down)

    def _touched_down(self, future: asyncio.Future[Any]) -> None:
        self._running.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            log.warning("It could not be written down that a session or token is in use: %s", error)


def is_about_callers(change: Change) -> bool:
    """Whether it may change who somebody is or what they may do."""
    return change.kind == "desk.changed" and change.data.get("what") in ("agent", "team", "session", "token")


CALLERS = web.AppKey("callers", Callers)


def cookie_name(doors: Doors) -> str:
    """`__Host-` binds the cookie to this very host, which browsers grant over https only."""
    return "__Host-madoguchi" if doors.secure else "madoguchi_session"


def set_cookie(response: web.StreamResponse, doors: Doors, secret: str) -> None:
    """Hand a browser its session."""
    response.set_cookie(
        cookie_name(doors),
        secret,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        path="/",
        secure=doors.secure,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: web.StreamResponse, doors: Doors) -> None:
    """Take a browser's session back."""
    response.del_cookie(cookie_name(doors), path="/", secure=doors.secure, httponly=True, samesite="Lax")


async def caller_of(request: web.Request) -> Caller:
    """Who is calling. Raises `Unauthenticated`, or `Forbidden` for a cookie that another site made a browser send."""
    caller = request.get(CALLER)
    if caller is None:
        caller = await find_caller(request)
        if caller is None:
            raise Unauthenticated()
        request[CALLER] = caller
    return caller


async def find_caller(request: web.Request) -> Caller | None:
    """The same, or None when nobody is signed in. A token, if there is one, goes before the cookie."""
    doors, callers = request.app[DOORS], request.app[CALLERS]
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await callers.by_token(secret.strip())
    cookie = request.cookies.get(cookie_name(doors))
    if not cookie:
        return None
    if request.method not in SAFE:
        same_site(request)
    return await callers.by_session(cookie)


def same_site(request: web.Request) -> None:
    """Raises `Forbidden` for a request that another site made the browser send."""
    doors = request.app[DOORS]
    if not is_same_site(request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin"), request.host, doors):
        raise Forbidden("Another site sent this request.")


def is_same_site(site: str | None, origin: str | None, host: str, doors: Doors) -> bool:
    """Whether a request comes from our own pages, or from no browser at all (which says neither)."""
    if origin is not None and origin == doors.origin:
        return True
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or urlsplit(origin).netloc == host


def browser_of(request: web.Request) -> str:
    """What the browser calls itself, for the list of sessions."""
    return request.headers.get("User-Agent", "")[:200]


def remote_of(request: web.Request) -> str:
    """The client's address."""
    return address_of(request, request.app[DOORS].proxies)
