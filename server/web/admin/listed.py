"""In charge of pages that are one list of small things, each changed in place, a new one below: tags, views, macros."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from aiohttp import web

from server.agents import AgentView
from server.database import Transaction
from server.errors import DeskError
from server.web.admin.frame import agent, database, done, number, page, tried, typed
from server.web.doors import DOORS, Doors


class Listed(NamedTuple):
    """One such page. `noun` is its address and its template in `admin/listed/`; its things are a lead's to keep.

    `add` and `edit` are given what was typed, `context` what the page shows: `items`, the choices of
    their fields, and `fresh` for a new thing that begins with something.
    """

    noun: str
    add: Callable[[Doors, AgentView, Any], Awaitable[Any]]
    edit: Callable[[Doors, AgentView, int, Any], Awaitable[Any]]
    remove: Callable[[Transaction, AgentView, int], None]
    context: Callable[[web.Request], Awaitable[Mapping[str, Any]]]

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        address = f"/admin/{self.noun}"
        return [
            web.get(address, self._index),
            web.post(address, self._add),
            web.post(f"{address}/{{id}}", self._change),
        ]

    async def _index(self, request: web.Request) -> web.Response:
        await agent(request, "lead")
        return await self._page(request)

    async def _add(self, request: web.Request) -> web.StreamResponse:
        lead, data = await agent(request, "lead"), await typed(request)
        made, error = await tried(self.add(request.app[DOORS], lead, data))
        return await self._page(request, error, 0) if made is None else done(f"/admin/{self.noun}", "added")

    async def _change(self, request: web.Request) -> web.StreamResponse:
        lead, data, id = await agent(request, "lead"), await typed(request), number(request)
        if data.get("do") == "remove":
            await database(request).write(self.remove, lead, id)
            return done(f"/admin/{self.noun}", "removed")
        saved, error = await tried(self.edit(request.app[DOORS], lead, id, data))
        return await self._page(request, error, id) if saved is None else done(f"/admin/{self.noun}", "saved")

    async def _page(self, request: web.Request, error: DeskError | None = None, at: int | None = None) -> web.Response:
        """`at` is the thing that the error is about, 0 for the new one."""
        shown = await self.context(request)
        return await page(request, "listed.html", error=error, at=at, noun=self.noun, **shown)
