"""The pages of forms: an editor whose rows are added, removed and moved with or without JavaScript, and snippets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from channels.contract import Channel
from channels.wording import say
from server import accounts, agents, shops
from server.accounts import AccountDraft, AccountView
from server.accounts.typed import StartsWith
from server.agents import AgentView
from server.database import Transaction
from server.errors import Conflict, DeskError, NotFound
from server.tickets import tags
from server.web.admin import form_editor
from server.web.admin.frame import agent, chosen, database, done, nested, number, page, tried, typed
from server.web.admin.snippets import plain_html
from server.web.doors import DOORS
from server.web.pages import language_of

KIND = "form"


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/forms", index),
        web.get("/admin/forms/new", new),
        web.post("/admin/forms/new", change),
        web.get("/admin/forms/{id}", show),
        web.post("/admin/forms/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """Every form."""
    await agent(request)
    doors = request.app[DOORS]
    found = [view for view in await doors.database.read(accounts.all, doors.keys) if view.kind == KIND]
    return await page(request, "forms.html", forms=found, public_url=doors.public_url, words=form_editor.words)


async def new(request: web.Request) -> web.Response:
    """A form as a shop would begin with."""
    await agent(request)
    channel = _channel(request)
    settings = channel.starter() if isinstance(channel, StartsWith) else {"fields": [form_editor.NEW_FIELD]}
    return await _editor(request, settings, name="")


async def show(request: web.Request) -> web.Response:
    """One form."""
    await agent(request)
    view = await _view(request)
    assert view is not None
    return await _editor(request, view.settings, name=view.name, view=view)


async def change(request: web.Request) -> web.StreamResponse:
    """Save it, arrange its fields, let it rest or remove it."""
    admin, doors, view = await agent(request), request.app[DOORS], await _view(request)
    given = await typed(request)
    data = nested(given)
    act, name = str(data.get("do", "save")), str(data.get("name", ""))
    settings = form_editor.settings_of(data, given.getall("tag", []))
    if view is not None and act in ("remove", "enable", "disable"):
        return await _standing(request, view, act)
    settings["fields"], unfolded = form_editor.arranged(settings["fields"], act)
    if unfolded is not None:
        version = chosen(data.get("version"))
        return await _editor(
            request, settings, name=name, of_shop=data.get("shop"), view=view, unfolded=unfolded, dirty=True,
            version=version,
        )  # fmt: skip
    draft = AccountDraft(
        kind=KIND,
        name=name,
        address=settings.get("slug", ""),
        settings=settings,
        enabled=view.enabled if view else True,
        team=settings.get("team_id") if isinstance(settings.get("team_id"), int) else None,
        shop=data.get("shop"),
        version=chosen(data.get("version")),
    )
    saved, error = await tried(doors.database.write(_save, admin, view, draft, doors.channels, doors.keys))
    if saved is None:
        version = error.current.version if isinstance(error, Conflict) else draft.version
        return await _editor(
            request, settings, name=name, of_shop=draft.shop, view=view, error=error, dirty=True, version=version
        )
    return done(f"/admin/forms/{saved.id}", "saved" if view else "added")


# ------------------------------------------------------------------------------------------------------- parts


def _save(
    tx: Transaction,
    admin: AgentView,
    view: AccountView | None,
    draft: AccountDraft,
    channels: Mapping[str, Channel],
    keys: accounts.Keys,
) -> AccountView:
    if view is None:
        return accounts.add(tx, admin, draft, channels=channels, keys=keys)
    return shops.edit_account(tx, admin, view.id, draft, channels=channels, keys=keys)


async def _standing(request: web.Request, view: AccountView, act: str) -> web.StreamResponse:
    admin, doors = await agent(request), request.app[DOORS]
    if act == "remove":
        await doors.database.write(accounts.remove, admin, view.id, keys=doors.keys)
        return done("/admin/forms", "removed")
    await doors.database.write(accounts.enable, admin, view.id, act == "enable", keys=doors.keys)
    return done(f"/admin/forms/{view.id}", f"{act}d")


async def _editor(
    request: web.Request,
    settings: dict[str, Any],
    *,
    name: str,
    of_shop: str | None = None,
    view: AccountView | None = None,
    error: DeskError | None = None,
    unfolded: int | None = None,
    dirty: bool = False,
    version: int | None = None,
) -> web.Response:
    store, language = database(request), language_of(request)
    return await page(
        request,
        "form.html",
        error=error,
        settings=settings,
        name=name,
        of_shop=of_shop if of_shop is not None or view is None else view.shop,
        shops=await store.read(accounts.shops),
        view=view,
        unfolded=unfolded,
        dirty=dirty,
        version=version or (view.version if view else None),
        overtaken=isinstance(error, Conflict),
        types=form_editor.TYPES,
        roles=form_editor.ROLES,
        translated=lambda pairs: [(key, say(language, text)) for key, text in pairs],
        plain_html=partial(plain_html, language=language),
        words=form_editor.words,
        options_text=form_editor.options_text,
        by_row=_by_row,
        team_choices=[(team.id, team.name) for team in await store.read(agents.teams)],
        tag_names=[tag.name for tag in await store.read(tags.all)],
        public_url=request.app[DOORS].public_url,
    )


def _by_row(problems: dict[str, str], name: str) -> list[str]:
    """What is wrong with one field, by the paths `fields.NAME` and `fields.NAME.label`."""
    own = re.compile(rf"fields\.{re.escape(name or '?')}(\.|$)")
    return [f"{own.sub('', path)} {words}".strip() for path, words in problems.items() if own.match(path)]


def _channel(request: web.Request) -> Channel:
    channel = request.app[DOORS].channels.get(KIND)
    if channel is None:
        raise NotFound("There is no channel of this kind.")
    return channel


async def _view(request: web.Request) -> AccountView | None:
    """The form in the address; None for the new one. Raises `NotFound`."""
    _channel(request)
    if "id" not in request.match_info:
        return None
    return await database(request).read(_form, request.app[DOORS].keys, number(request))


def _form(tx: Transaction, keys: accounts.Keys, id: int) -> AccountView:
    view = accounts.view(tx, keys, id)
    if view.kind != KIND or view.removed_at is not None:
        raise NotFound("There is no such form.")
    return view
