"""The pages of the people who work at the desk: invite by a link, change, make inactive, sign out everywhere."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from aiohttp import web

from server import agents
from server.agents import AgentChanges, AgentView, availability
from server.agents.pictures import Picture
from server.database import Transaction
from server.errors import DeskError
from server.web.admin.frame import agent, database, done, ids, number, page, tried, typed
from server.web.api.pictures import store
from server.web.doors import DOORS

INVITATION_LIVES = timedelta(days=3)


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/agents", index),
        web.post("/admin/agents", invite),
        web.get("/admin/agents/{id}", show),
        web.post("/admin/agents/{id}", change),
        web.post("/admin/agents/{id}/picture", picture),
    ]


async def index(request: web.Request) -> web.Response:
    """Everybody, and a form to invite somebody."""
    await agent(request)
    return await _index(request)


async def invite(request: web.Request) -> web.Response:
    """Add somebody; their sign-in link is shown this once."""
    admin, data = await agent(request), await typed(request)
    made, error = await tried(database(request).write(_invited, admin, data))
    if made is None:
        return await _index(request, error=error, draft=data)
    return await _index(request, invited=made[0], link=_address(request, made[1]))


async def show(request: web.Request) -> web.Response:
    """One agent."""
    await agent(request)
    return await _show(request)


async def change(request: web.Request) -> web.StreamResponse:
    """Save, make inactive or active, make a new sign-in link, or sign out everywhere."""
    admin, data, id = await agent(request), await typed(request), number(request)
    match data.get("do"):
        case "link":
            link = await database(request).write(_reset, admin, id)
            return await _show(request, link=_address(request, link))
        case "sign-out":
            await database(request).write(agents.sessions.end_all, admin, id)
            return done(f"/admin/agents/{id}", "signed-out")
        case "deactivate" | "activate" as what:
            changes = AgentChanges(active=what == "activate")
        case _:
            changes = _changes(data)
    saved, error = await tried(database(request).write(agents.edit, admin, id, changes))
    if saved is None:
        return await _show(request, error=error, draft=data)
    return done(f"/admin/agents/{id}", "saved")


async def picture(request: web.Request) -> web.StreamResponse:
    """Give an agent a picture, or take it away."""
    admin, data, id = await agent(request), await request.post(), number(request)
    sent = data.get("picture")
    given: Picture | None = None
    if data.get("do") != "remove":
        content = await asyncio.to_thread(sent.file.read) if isinstance(sent, web.FileField) else b""
        stored, error = await tried(asyncio.to_thread(store, request.app[DOORS].files, content))
        if stored is None:
            return await _show(request, error=error)
        given = Picture(stored.digest)
    await database(request).write(agents.set_picture, admin, id, given)
    return done(f"/admin/agents/{id}", "saved")


# ------------------------------------------------------------------------------------------------------- parts


def _invited(tx: Transaction, admin: AgentView, data: Any) -> tuple[AgentView, str]:
    made = agents.add(
        tx,
        admin,
        email=data.get("email", ""),
        name=data.get("name", ""),
        role=_role(data),
        language="en" if data.get("language") == "en" else "ja",
        teams=ids(data, "teams"),
    )
    return made, agents.sessions.make_link(tx, admin, made.id, lives=INVITATION_LIVES)


def _reset(tx: Transaction, admin: AgentView, id: int) -> str:
    """A new link for somebody who cannot get in any more: the old password is of no use from now on."""
    agents.set_password(tx, admin, id, "")
    return agents.sessions.make_link(tx, admin, id, lives=INVITATION_LIVES)


def _role(data: Any) -> Any:
    role = data.get("role")
    return role if role in ("viewer", "agent", "lead", "admin") else "agent"


def _changes(data: Any) -> AgentChanges:
    return AgentChanges(
        email=data.get("email", ""),
        name=data.get("name", ""),
        role=_role(data),
        language="en" if data.get("language") == "en" else "ja",
        teams=ids(data, "teams"),
    )


def _address(request: web.Request, link: str) -> str:
    return f"{request.app[DOORS].public_url}/sign-in/link/{link}"


async def _index(
    request: web.Request, *, error: DeskError | None = None, draft: Any = None, **context: Any
) -> web.Response:
    everybody = await database(request).read(agents.all_agents)
    context.setdefault("link", None)
    return await page(
        request,
        "agents.html",
        error=error,
        everybody=sorted(everybody, key=lambda each: not each.active),
        states={one.agent: one.state for one in await database(request).read(availability.everybody)},
        teams=await database(request).read(agents.teams),
        draft=draft or {},
        draft_teams=ids(draft, "teams") if draft else [],
        **context,
    )


async def _show(
    request: web.Request, *, error: DeskError | None = None, draft: Any = None, link: str | None = None
) -> web.Response:
    one = await database(request).read(agents.view, number(request))
    teams = await database(request).read(agents.teams)
    return await page(request, "agent.html", error=error, one=one, teams=teams, draft=draft, link=link)
