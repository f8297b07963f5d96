"""One's own account as pages that work without scripts: name, language, mails, password, browsers, tokens."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from aiohttp import web

from server import agents
from server.accounts import desk_settings
from server.agents import AgentView, Caller, Scope, may, preferences, sessions, tokens
from server.database import Transaction
from server.errors import DeskError, Forbidden, Invalid
from server.lessons import reporting
from server.lessons.views import ReportChange
from server.web import pages, sign_in
from server.web.admin import wording
from server.web.browsers import short_name
from server.web.callers import drop_cookie
from server.web.doors import DOORS

routes = web.RouteTableDef()
HERE = "/account"


@routes.get(HERE)
async def show(request: web.Request) -> web.StreamResponse:
    """The page."""
    return await _page(request, await pages.signed_in(request))


@routes.post(HERE)
async def save(request: web.Request) -> web.StreamResponse:
    """Name, language and signature."""
    caller, form = await pages.signed_in(request), await sign_in.typed(request)
    try:
        await request.app[DOORS].database.write(
            agents.edit_self,
            caller.agent,
            name=form.get("name", "")[:100],
            language="en" if form.get("language") == "en" else "ja",
            signature=form.get("signature", "").replace("\r\n", "\n")[:5_000],
        )
    except Invalid as error:
        return await _page(request, caller, error)
    raise web.HTTPSeeOther(f"{HERE}?done=saved")


@routes.post(f"{HERE}/mails")
async def mails(request: web.Request) -> web.StreamResponse:
    """Which mails of the desk one wants."""
    caller, form = await pages.signed_in(request), await sign_in.typed(request)
    review, weekly = form.get("review") == "on", form.get("weekly") == "on"
    await request.app[DOORS].database.write(_want, caller.agent, review, weekly)
    raise web.HTTPSeeOther(f"{HERE}?done=saved")


@routes.post(f"{HERE}/password")
async def password(request: web.Request) -> web.StreamResponse:
    """A new password; the other browsers are signed out."""
    caller, form = await pages.signed_in(request), await sign_in.typed(request)
    try:
        if form.get("password") != form.get("again"):
            raise Invalid(fields={"again": "is not the same"})
        await sign_in.change_password(request, caller, form.get("current", "")[:200], form.get("password", ""))
    except Invalid as error:
        return await _page(request, caller, error)
    raise web.HTTPSeeOther(f"{HERE}?done=password")


@routes.post(f"{HERE}/sessions/{{session}}")
async def end_session(request: web.Request) -> web.StreamResponse:
    """Sign one browser out, or with `all` every one."""
    caller, which = await pages.signed_in(request), request.match_info["session"]
    database = request.app[DOORS].database
    if which == "all":
        await database.write(sessions.end_all, caller.agent, caller.agent.id)
        response = web.Response(status=303, headers={"Location": "/sign-in"})
        drop_cookie(response, request.app[DOORS])
        return response
    await database.write(sessions.end, caller.agent, which)
    raise web.HTTPSeeOther(f"{HERE}?done=session")


@routes.post(f"{HERE}/tokens")
async def make_token(request: web.Request) -> web.StreamResponse:
    """A new token; its secret is on this page and never again."""
    caller, form = await pages.signed_in(request), await sign_in.typed(request)
    scope = form.get("scope", "read")
    try:
        if scope not in tokens.INCLUDED:
            raise Invalid(fields={"scope": "is not one of the choices"})
        wanted = sign_in.scopes_within(caller, [cast(Scope, scope)])
        made = await request.app[DOORS].database.write(tokens.make, caller.agent, form.get("name", "")[:100], wanted)
    except (Invalid, Forbidden) as error:
        return await _page(request, caller, error)
    return await _page(request, caller, made=made)


@routes.post(f"{HERE}/tokens/{{number:[0-9]{{1,9}}}}")
async def revoke_token(request: web.Request) -> web.StreamResponse:
    """Close a token for ever."""
    caller = await pages.signed_in(request)
    await request.app[DOORS].database.write(tokens.revoke, caller.agent, int(request.match_info["number"]))
    raise web.HTTPSeeOther(f"{HERE}?done=token")


def _want(tx: Transaction, agent: AgentView, review: bool, weekly: bool) -> None:
    preferences.mails(tx, agent, review_mails=review)
    if may(agent, "lead") and reporting.read(tx, agent).mine != weekly:
        reporting.write(tx, agent, ReportChange(mine=weekly))


def _mails(tx: Transaction, agent: AgentView) -> dict[str, bool]:
    """Which mails somebody gets, of those that they may get."""
    wanted = {"review": preferences.read(tx, agent).review_mails}
    return {**wanted, "weekly": reporting.read(tx, agent).mine} if may(agent, "lead") else wanted


async def _page(
    request: web.Request, caller: Caller, error: DeskError | None = None, made: Any = None
) -> web.StreamResponse:
    database = request.app[DOORS].database
    settings = await database.read(desk_settings.read)
    context = {
        "me": await database.read(agents.view, caller.agent.id),
        "sessions": await database.read(sessions.mine, caller.agent, caller.session),
        "tokens": await database.read(tokens.mine, caller.agent),
        "mails": await database.read(_mails, caller.agent),
        "made": made,
        "when": partial(wording.when, language=pages.language_of(request), zone=settings.zone),
        "short_name": short_name,
        "done": request.query.get("done", ""),
        "words": str(error) if error is not None and not isinstance(error, Invalid) else "",
        "fields": error.fields if isinstance(error, Invalid) else {},
    }
    return pages.render(request, "sign-in/account.html", context, status=error.status if error is not None else 200)
