"""Requests to an HTTP API: who asks (basic, bearer, header, query, OAuth 2), how often, and what failures mean."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import aiohttp
import orjson
from yarl import URL

from channels import guard
from server.customers.sources.mapping import Auth, Http
from server.customers.sources.reach.pages import Failed, Later

LONGEST_WAIT = 20.0
"""In seconds: a longer Retry-After ends the pull for now; it goes on at that place later."""
TRIES = 3
MOST_HOPS = 3
MOST_WORDS = 300
EARLY = 30.0
"""In seconds: how long before its end a token is not used any more."""
SPENT = "refresh_token"
"""Under which name a refresh token that came back is kept among a source's secrets."""

KeepSecret = Callable[[str, str], Awaitable[None]]


class Answer(NamedTuple):
    """What came back, as JSON; where the next page is by its Link header; and the time there."""

    body: Any
    link: str
    at: datetime | None


class Token(NamedTuple):
    """An access token, and until when by this machine's monotonic clock."""

    text: str
    until: float


@dataclass(slots=True)
class Line:
    """What all who ask one source share in a process: its token, when it may be asked next, and who fetches a token."""

    token: Token | None = None
    next: float = 0.0
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


class Asker:
    """Asks one API. `line` outlives it, so that a look beside a ticket needs no new token, and keeps to the limit."""

    def __init__(self, http: Http, *, allow: Sequence[str], line: Line, keep_secret: KeepSecret) -> None:
        self._http = http
        self._allow = allow
        self._line = line
        self._keep_secret = keep_secret
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        query: Mapping[str, Any] | None = None,
        headers: Any = None,
        body: Any = None,
    ) -> Answer:
        """One answer. `url` is whole or below the base. Raises `Failed`, or `Later`."""
        target = self._target(url)
        refreshed = False
        for attempt in range(TRIES):
            response, raw = await self._once(target, method, query, headers, body)
            status = response.status
            if status == 401 and self._line.token is not None and not refreshed:
                self._line.token, refreshed = None, True
                continue
            if status in (429, 503) or (status >= 500 and attempt < TRIES - 1):
                wait = _retry_after(response)
                if wait is None:
                    wait = 1.0 * 2**attempt if status != 429 else 5.0 * 2**attempt
                if wait > LONGEST_WAIT or attempt == TRIES - 1:
                    raise Later(
                        "The source asks to wait {seconds} seconds (status {status}).",
                        timedelta(seconds=max(wait, 1.0)), seconds=int(wait), status=status,
                    )  # fmt: skip
                await asyncio.sleep(wait)
                continue
            if status in (401, 403):
                raise Failed(
                    "The source refuses access ({status}): {reason}", status=response.status, reason=_words(raw)
                )
            if status >= 300:
                raise Failed("The source answers {status}: {reason}", status=response.status, reason=_words(raw))
            return Answer(_json(raw), _next_link(response), _date(response))
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _target(self, url: str) -> URL:
        base = URL(self._http.base)
        if not base.is_absolute():
            raise Failed("The base {base} is no URL.", base=self._http.base)
        target = (
            URL(url)
            if url.startswith(("http://", "https://"))
            else URL(self._http.base.rstrip("/") + url, encoded=True)
        )
        if target.origin() != base.origin():
            raise Failed("The source leads to another host, {host}, and is not followed there.", host=target.host or "")
        return target

    async def _once(
        self, target: URL, method: str, query: Mapping[str, Any] | None, headers: Any, body: Any
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        asked = {name: _text(value) for name, value in (query or {}).items()}
        sent = {"Accept": "application/json", **self._http.headers, **(headers or {})}
        await self._sign(sent, asked)
        for _ in range(MOST_HOPS):
            await self._wait()
            try:
                async with self._open().request(
                    method, target.update_query(asked) if asked else target, headers=sent,
                    data=orjson.dumps(body) if body is not None else None, allow_redirects=False,
                ) as response:  # fmt: skip
                    limit = self._http.limits.megabytes * 1_000_000
                    raw = await guard.read_bounded(response, limit + 1)
            except guard.Refused as error:
                raise Failed("The source may not be reached: {reason}", reason=str(error)) from error
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                words = str(error) or type(error).__name__
                raise Failed("The source cannot be reached: {reason}", reason=words[:MOST_WORDS]) from error
            if len(raw) > limit:
                raise Failed("The answer is larger than {megabytes} MB.", megabytes=self._http.limits.megabytes)
            location = response.headers.get("Location", "")
            if response.status not in (301, 302, 303, 307, 308) or not location or method != "GET":
                return response, raw
            target, asked = self._target(str(target.join(URL(location)))), {}
        raise Failed("The source redirects again and again.")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = guard.guarded_session(self._allow, seconds=self._http.limits.timeout)
            self._session.headers["User-Agent"] = "madoguchi"
            self._session.headers["Content-Type"] = "application/json"
        return self._session

    async def _wait(self) -> None:
        """Not more often than the mapping allows."""
        now = time.monotonic()
        at = max(now, self._line.next)
        self._line.next = at + 1 / self._http.limits.per_second
        if at > now:
            await asyncio.sleep(at - now)

    # ------------------------------------------------------------------------------------------------ who asks

    async def _sign(self, headers: dict[str, str], query: dict[str, str]) -> None:
        auth = self._http.auth
        match auth.kind:
            case "basic":
                headers["Authorization"] = _basic(auth.user, auth.password)
            case "bearer":
                headers["Authorization"] = f"{auth.scheme} {auth.token}"
            case "header":
                headers[auth.name] = auth.value
            case "query":
                query[auth.name] = auth.value
            case "client_credentials" | "refresh_token":
                headers["Authorization"] = f"{auth.scheme} {await self._token(auth)}"

    async def _token(self, auth: Auth) -> str:
        async with self._line.fetching:  # a refresh token may be good for once
            held = self._line.token
            if held is None or held.until <= time.monotonic():
                held = self._line.token = await self._fetched(auth)
            return held.text

    async def _fetched(self, auth: Auth) -> Token:
        fields = {"grant_type": auth.kind, **auth.extra}
        if auth.kind == "refresh_token":
            fields["refresh_token"] = auth.refresh_token
        if auth.scope:
            fields["scope"] = auth.scope
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if auth.send == "basic":
            headers["Authorization"] = _basic(auth.client_id, auth.client_secret)
        else:
            fields |= {"client_id": auth.client_id, "client_secret": auth.client_secret}
        try:
            async with self._open().post(
                auth.token_url, data=aiohttp.FormData(fields)(), headers=headers, allow_redirects=False
            ) as response:
                raw = await guard.read_bounded(response, 1_000_000)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Failed("No token could be fetched: {reason}", reason=str(error)[:MOST_WORDS]) from error
        found = _json(raw) if response.status < 300 else {}
        if not isinstance(found, dict) or not found.get("access_token"):
            raise Failed("No token was given ({status}): {reason}", status=response.status, reason=_words(raw))
        lasts = float(found.get("expires_in") or 3600)
        token = Token(str(found["access_token"]), time.monotonic() + max(lasts - EARLY, lasts / 2))
        if (renewed := found.get("refresh_token")) and renewed != auth.refresh_token:
            await self._keep_secret(SPENT, str(renewed))
        return token


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw) if raw.strip() else None
    except orjson.JSONDecodeError:
        raise Failed("The answer is not JSON: {reason}", reason=_words(raw)) from None


def _words(raw: bytes) -> str:
    return " ".join(raw[:2000].decode("utf-8", "replace").split())[:MOST_WORDS]


def _next_link(response: aiohttp.ClientResponse) -> str:
    found = response.links.get("next")
    return str(found["url"]) if found is not None and "url" in found else ""


def _date(response: aiohttp.ClientResponse) -> datetime | None:
    return _moment(response.headers.get("Date", ""))


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Seconds, or a date (RFC 9110 §10.2.3)."""
    text = response.headers.get("Retry-After", "").strip()
    try:
        return max(0.0, float(text))
    except ValueError:
        moment = _moment(text)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment is not None else None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
