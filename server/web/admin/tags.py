"""The page of tags."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from aiohttp import web

from server.agents import AgentView
from server.tickets import tags
from server.web.admin.frame import database
from server.web.admin.listed import Listed
from server.web.doors import Doors


def _add(doors: Doors, lead: AgentView, data: Any) -> Awaitable[Any]:
    return doors.database.write(tags.add, lead, data.get("name", ""), data.get("color") or tags.COLOR)


def _edit(doors: Doors, lead: AgentView, id: int, data: Any) -> Awaitable[Any]:
    return doors.database.write(tags.edit, lead, id, data.get("name", ""), data.get("color") or tags.COLOR)


async def _context(request: web.Request) -> Mapping[str, Any]:
    return {"items": await database(request).read(tags.all, counted=True), "color": tags.COLOR}


routes = Listed("tags", _add, _edit, tags.remove, _context).routes
