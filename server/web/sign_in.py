"""Signing in: by password or one-click link, at a bounded rate, telling nobody who works here.

The answer to a wrong password is the same, in words and in time, whether the address is an agent's or not.
"""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl

from aiohttp import web

from server import agents
from server.agents import AgentView, Caller, Scope, passwords, sessions
from server.errors import Forbidden, Invalid, NotFound, Unauthenticated
from server.web import pages
from server.web.buckets import BUCKETS, Policy
from server.web.callers import (
    browser_of,
    caller_of,
    cookie_name,
    drop_cookie,
    find_caller,
    remote_of,
    same_site,
    set_cookie,
)
from server.web.doors import DOORS
from server.web.reading import body

PER_ADDRESS = Policy("sign-in", 30, 300.0)
PER_ACCOUNT = Policy("sign-in-account", 10, 300.0)
PER_PROOF = Policy("password-proof", 10, 300.0)
WRONG = "The address or the password is wrong."

routes = web.RouteTableDef()


async def by_password(request: web.Request, response: web.StreamResponse, email: str, password: str) -> AgentView:
    """Sign in and hand `response` the cookie. Raises `Unauthenticated`, `TooMany` or `Forbidden`."""
    same_site(request)
    doors, buckets = request.app[DOORS], request.app[BUCKETS]
    address, account = remote_of(request), hashlib.sha256(email.strip().lower().encode()).hexdigest()
    buckets.take(PER_ADDRESS, address).require()
    buckets.take(PER_ACCOUNT, account).require()
    known = await doors.database.read(agents.credentials, email)
    if not await passwords.verify(known.password_hash if known else None, password) or known is None:
        raise Unauthenticated(WRONG)
    secret = sessions.new_secret()
    agent = await doors.database.write(
        sessions.begin,
        known.agent,
        secret,
        address=address,
        browser=browser_of(request),
        instead_of=_present(request),
        password_hash=known.password_hash,
    )
    buckets.forgive(PER_ACCOUNT, account)
    set_cookie(response, doors, secret)
    return agent


async def change_password(request: web.Request, caller: Caller | None, current: str, password: str) -> None:
    """Keep a new password, after a proof of the present one, and end every other session.

    Raises `Invalid` with fields, `TooMany`, or `Forbidden` for a program's token.
    """
    if caller is None or caller.session is None:
        raise Forbidden("A password is changed by whoever is signed in, not by a program.")
    passwords.check_words(password)
    database = request.app[DOORS].database
    request.app[BUCKETS].take(PER_PROOF, caller.agent.actor).require()
    known = await database.read(agents.credentials_of, caller.agent)
    if known.password_hash and not await passwords.verify(known.password_hash, current):
        raise Invalid(fields={"current": "is not your present password"})
    fresh = await passwords.hash_password(password)
    await database.write(agents.set_password, caller.agent, caller.agent.id, fresh, keep=caller.session)


async def prove(request: web.Request, caller: Caller, password: str) -> None:
    """That whoever is signed in is still who they are, before what cannot be undone. Somebody without a password and a
    program's token prove nothing more than they have. Raises `Invalid` with fields, or `TooMany`."""
    if caller.session is None:
        return
    request.app[BUCKETS].take(PER_PROOF, caller.agent.actor).require()
    known = await request.app[DOORS].database.read(agents.credentials_of, caller.agent)
    if known.password_hash and not await passwords.verify(known.password_hash, password[: passwords.LONGEST]):
        raise Invalid(fields={"password": "is not your present password"})


def scopes_within(caller: Caller, wanted: list[Scope]) -> list[Scope]:
    """A token cannot make one that may more than itself. Raises `Forbidden`."""
    if not set(wanted) <= caller.scopes:
        raise Forbidden("A token cannot make one that may more than itself.")
    return wanted


@routes.get("/sign-in")
async def show(request: web.Request) -> web.StreamResponse:
    """The page; whoever is signed in goes on."""
    onward = pages.back_to(request.query.get("next"))
    if await find_caller(request) is not None:
        raise web.HTTPSeeOther(onward)
    return pages.render(request, "sign-in/page.html", {"onward": onward, "email": "", "problem": None})


@routes.post("/sign-in")
async def submit(request: web.Request) -> web.StreamResponse:
    """The form of that page."""
    form = await typed(request)
    onward = pages.back_to(form.get("next"))
    response = web.Response(status=303, headers={"Location": onward})
    try:
        await by_password(request, response, form.get("email", ""), form.get("password", "")[: passwords.LONGEST])
    except Unauthenticated as error:
        context = {"onward": onward, "email": form.get("email", ""), "problem": error.words}
        return pages.render(request, "sign-in/page.html", context, status=401)
    return response


@routes.get("/sign-in/link/{secret}")
async def show_link(request: web.Request) -> web.StreamResponse:
    """A button, since mail scanners open links; the demo's links, which no mail carries, sign in at once."""
    if request.app[DOORS].demo:
        return await use_link(request)
    return pages.render(request, "sign-in/link.html")


@routes.post("/sign-in/link/{secret}")
async def use_link(request: web.Request) -> web.StreamResponse:
    """Use the link up."""
    if request.method == "POST":
        same_site(request)
    doors, secret = request.app[DOORS], sessions.new_secret()
    request.app[BUCKETS].take(PER_ADDRESS, remote_of(request)).require()
    response = web.Response(status=303, headers={"Location": pages.back_to(request.query.get("next"))})
    try:
        await doors.database.write(
            sessions.use_link,
            request.match_info["secret"],
            secret,
            address=remote_of(request),
            browser=browser_of(request),
        )
    except Unauthenticated as error:
        return pages.render(
            request, "sign-in/page.html", {"onward": "/console", "email": "", "problem": error.words}, status=401
        )
    set_cookie(response, doors, secret)
    return response


@routes.post("/sign-out")
async def sign_out(request: web.Request) -> web.StreamResponse:
    """End this browser's session."""
    caller = await find_caller(request)
    if caller is not None and caller.session is not None:
        same_site(request)
        await end_quietly(request, caller.session)
    response = web.Response(status=303, headers={"Location": "/sign-in"})
    drop_cookie(response, request.app[DOORS])
    return response


async def end_quietly(request: web.Request, session: str) -> None:
    """End a session that may have ended already."""
    caller = await caller_of(request)
    try:
        await request.app[DOORS].database.write(sessions.end, caller.agent, session)
    except NotFound:
        return


def _present(request: web.Request) -> str | None:
    """The session that the browser has now, which a new one replaces."""
    cookie = request.cookies.get(cookie_name(request.app[DOORS]))
    return sessions.hash_secret(cookie) if cookie else None


async def typed(request: web.Request) -> dict[str, str]:
    """The few fields of a small form. Raises `TooLarge` for one that cannot be ours."""
    data = await body(request, limit=20_000)
    fields = parse_qsl(data.decode(errors="replace"), keep_blank_values=True, max_num_fields=50)
    return {name: value for name, value in fields if "\0" not in value}
