"""Signing in and out, and whoever is signed in: their own account, browsers and tokens."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from server import agents
from server.agents import (
    AgentView,
    Language,
    NewTokenView,
    Scope,
    SessionView,
    TokenView,
    availability,
    consoles,
    passwords,
    preferences,
    sessions,
    tokens,
)
from server.agents.availability import AvailabilityView, State
from server.agents.consoles import ConsoleView
from server.agents.preferences import Preferences
from server.tickets.unread import unread
from server.web import sign_in as door
from server.web.call import Call
from server.web.callers import drop_cookie, same_site
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()
Password = Annotated[str, Meta(max_length=passwords.LONGEST)]


class SignIn(Form, frozen=True, kw_only=True):
    """An agent's address and password."""

    email: Annotated[str, Meta(max_length=320)]
    password: Password


class Me(Form, frozen=True, kw_only=True):
    """What is an agent's own to change."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    signature: Annotated[str, Meta(max_length=5_000)] | UnsetType = UNSET


class Console(Form, frozen=True, kw_only=True):
    """What a console keeps of itself."""

    body: dict[str, Any]


class Chosen(Form, frozen=True, kw_only=True):
    """`online` follows one's consoles; `away` and `offline` hold until something else is chosen."""

    state: State


class PreferencesForm(Preferences, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one likes to be told of what happens, all of it."""


class NewPassword(Form, frozen=True, kw_only=True):
    """The password to come, and the present one as a proof."""

    current: Password
    password: Annotated[str, Meta(min_length=passwords.SHORTEST, max_length=passwords.LONGEST)]


class NewToken(Form, frozen=True, kw_only=True):
    """A program's name, and what it may do."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=3)]


@api.post("/session", "Sign in", status=200, scope=None, conflicts=False, idempotent=False)
async def sign_in(call: Call, form: SignIn) -> AgentView:
    """Sets the session cookie. Programs use a token instead."""
    response = web.Response(content_type="application/json")
    agent = await door.by_password(call.request, response, form.email, form.password)
    response.body = msgspec.json.encode(agent)
    return response  # type: ignore[return-value]  # the answer with its cookie


@api.delete("/session", "Sign out", scope=None)
async def sign_out(call: Call) -> None:
    """Ends this browser's session; nothing happens when nobody is signed in."""
    if call.caller is not None and call.caller.session is not None:
        same_site(call.request)
        await call.write(sessions.end, call.caller.session)
    response = web.Response(status=204)
    drop_cookie(response, call.doors)
    return response  # type: ignore[return-value]  # the answer that takes the cookie back


@api.get("/me", "Who is signed in")
async def me(call: Call) -> AgentView:
    """The agent that the cookie or token stands for."""
    return call.agent


@api.patch("/me", "Change one's own account")
async def change_me(call: Call, form: Me) -> AgentView:
    """Name, language and signature."""
    return await call.write(agents.edit_self, name=form.name, language=form.language, signature=form.signature)


@api.get("/me/desk", "How one's console stands")
async def my_desk(call: Call) -> ConsoleView:
    """Which tickets are open and how; the same on every device."""
    return await call.read(consoles.read, call.agent)


@api.put("/me/desk", "Keep how one's console stands")
async def keep_my_desk(call: Call, form: Console) -> ConsoleView:
    """The console's own JSON, at most 64 kB; one's other devices hear of it (`desk.changed`, `console`)."""
    return await call.write(consoles.keep, form.body)


@api.get("/me/preferences", "How one is told of what happens")
async def my_preferences(call: Call) -> Preferences:
    """The same on every device; whether a browser may show notifications is its own affair."""
    return await call.read(preferences.read, call.agent)


@api.put("/me/preferences", "Say how one is told of what happens")
async def keep_my_preferences(call: Call, form: PreferencesForm) -> Preferences:
    """All of it; what is left out is as everybody has it at first. One's other devices hear of it."""
    return await call.write(preferences.keep, form)


@api.get("/me/unread", "Which tickets call for one")
async def my_unread(call: Call) -> list[int]:
    """The numbers of one's own tickets with words of the customer that one has not read: at most 100, newest first."""
    return await call.read(unread, call.agent)


@api.get("/me/availability", "Whether one is at the desk")
async def my_availability(call: Call) -> AvailabilityView:
    """As everybody sees it."""
    return await call.read(availability.of, call.agent)


@api.put("/me/availability", "Say that one is away, or here")
async def choose_availability(call: Call, form: Chosen) -> AvailabilityView:
    """Everybody hears of it (`agent.availability`)."""
    return await call.write(availability.choose, form.state)


@api.put("/me/password", "Change one's own password")
async def change_password(call: Call, form: NewPassword) -> None:
    """Every other session ends. Asks for the present password, unless there is none."""
    await door.change_password(call.request, call.caller, form.current, form.password)


@api.get("/me/sessions", "One's own signed-in browsers")
async def my_sessions(call: Call) -> list[SessionView]:
    """Last used first."""
    return await call.read(sessions.mine, call.agent, call.caller.session if call.caller else None)


@api.delete("/me/sessions", "Sign out everywhere")
async def end_sessions(call: Call) -> None:
    """Ends every session of this agent, this one too."""
    await call.write(sessions.end_all, call.agent.id)


@api.delete("/me/sessions/{session}", "Sign one browser out")
async def end_session(call: Call, session: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]) -> None:
    """By the id in the list."""
    await call.write(sessions.end, session)


@api.get("/tokens", "One's own API tokens")
async def my_tokens(call: Call) -> list[TokenView]:
    """Those that still open doors, newest first."""
    return await call.read(tokens.mine, call.agent)


@api.post("/tokens", "Make an API token", idempotent=False)
async def make_token(call: Call, form: NewToken) -> NewTokenView:
    """The secret is in this answer and nowhere else, so no repeat can show it again: this POST takes no key."""
    assert call.caller is not None
    scopes = door.scopes_within(call.caller, list(form.scopes))
    return await call.write(tokens.make, form.name, scopes)


@api.delete("/tokens/{token}", "Revoke an API token")
async def revoke_token(call: Call, token: Number) -> None:
    """From the next request on it opens nothing; an admin may revoke anybody's."""
    await call.write(tokens.revoke, token)
