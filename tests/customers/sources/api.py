"""An API of another system: orders in several kinds of pages, with keys, limits, failures and tokens."""

from __future__ import annotations

import base64
import copy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
SIZE = 10


class Api:
    """What the API holds and how it behaves; `asked` are the requests that came."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.asked: list[web.Request] = []
        self.refuse: Callable[[web.Request], web.Response | None] = lambda request: None
        self.before_answer: Callable[[int], None] = lambda count: None
        self.tokens = 0
        self.refresh = "refresh-1"
        self.url = ""

    def fill(self, count: int, first: int = 1, at: datetime = BEGAN) -> None:
        """So many orders, several of one moment."""
        for id in range(first, first + count):
            self.orders.append(
                {"id": id, "number": f"A-{id}", "created_at": "2026-11-01T09:00:00+09:00", "total": "1100.00",
                 "updated_at": (at + timedelta(seconds=id // 4)).isoformat(), "customer": {"id": 7, "email": None}}
            )  # fmt: skip

    def change(self, id: int, at: datetime, **values: Any) -> None:
        """An order that changed, which moves it to the end."""
        order = next(each for each in self.orders if each["id"] == id)
        order.update(values, updated_at=at.isoformat())
        self.orders.sort(key=lambda each: (each["updated_at"], each["id"]))

    def _found(self, request: web.Request) -> list[dict[str, Any]]:
        since = request.query.get("since")
        moment = datetime.fromisoformat(since) if since else None
        return [each for each in self.orders if moment is None or datetime.fromisoformat(each["updated_at"]) >= moment]

    async def by_page(self, request: web.Request) -> web.Response:
        """`page` counts from 1."""
        place = (int(request.query["page"]) - 1) * SIZE
        return self._answer(request, {"orders": self._found(request)[place : place + SIZE]})

    async def by_offset(self, request: web.Request) -> web.Response:
        """`start` counts records."""
        place = int(request.query["start"])
        return self._answer(request, {"orders": self._found(request)[place : place + int(request.query["count"])]})

    async def by_cursor(self, request: web.Request) -> web.Response:
        """An opaque text, in the query or in a body."""
        body = await request.json() if request.method == "POST" else {}
        cursor = request.query.get("after") or (body.get("variables") or {}).get("after")
        place = int(base64.b64decode(cursor)) if cursor else 0
        found = self._found(request)
        after = base64.b64encode(str(place + SIZE).encode()).decode()
        page = {"more": place + SIZE < len(found), "end": after}
        return self._answer(request, {"data": {"orders": found[place : place + SIZE], "page": page}})

    async def by_link(self, request: web.Request) -> web.Response:
        """The Link header, whose address has all it needs."""
        place = int(request.query.get("place", 0))
        found = self._found(request)
        answer = self._answer(request, found[place : place + SIZE])
        if place + SIZE < len(found):
            answer.headers["Link"] = f'<{self.url}/link?place={place + SIZE}>; rel="next", <{self.url}>; rel="first"'
        return answer

    async def by_next(self, request: web.Request) -> web.Response:
        """A URL in the body."""
        place = int(request.query.get("place", 0))
        found = self._found(request)
        more = f"/next?place={place + SIZE}" if place + SIZE < len(found) else None
        return self._answer(request, {"results": found[place : place + SIZE], "links": {"next": more}})

    async def of_customer(self, request: web.Request) -> web.Response:
        """One customer's."""
        id = int(request.match_info["customer"])
        return self._answer(request, {"orders": [each for each in self.orders if each["customer"]["id"] == id]})

    async def token(self, request: web.Request) -> web.Response:
        """OAuth 2: a token; a refresh token is good for once."""
        form = await request.post()
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != self.refresh:
                return web.json_response({"error": "invalid_grant"}, status=400)
            self.refresh = f"refresh-{self.tokens + 2}"
        self.tokens += 1
        return web.json_response(
            {"access_token": f"token-{self.tokens}", "expires_in": 3600, "refresh_token": self.refresh}
        )

    def _answer(self, request: web.Request, body: Any) -> web.Response:
        self.asked.append(request)
        body = copy.deepcopy(body)
        self.before_answer(len(self.asked))
        return self.refuse(request) or web.json_response(body)


@asynccontextmanager
async def serving() -> AsyncIterator[Api]:
    """One, listening."""
    api = Api()
    app = web.Application()
    for path, handler in {
        "page": api.by_page, "offset": api.by_offset, "cursor": api.by_cursor, "link": api.by_link, "next": api.by_next,
        "customers/{customer}/orders": api.of_customer,
    }.items():  # fmt: skip
        app.router.add_get(f"/{path}", handler)
    app.router.add_post("/cursor", api.by_cursor)
    app.router.add_post("/token", api.token)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield api
    finally:
        await runner.cleanup()
