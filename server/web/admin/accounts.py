"""The pages of channel accounts: their health, their settings drawn from the channel's fields, a connection test."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import orjson
from aiohttp import web

from channels.contract import Check, Field, HasMenu, JudgesSending, RotatesSecrets, StandsOnPages, TestsAccount
from server import accounts, agents, shops
from server.accounts import AccountDraft, AccountView
from server.database import Transaction
from server.errors import Conflict, DeskError, NotFound
from server.web.admin.frame import agent, chosen, database, done, nested, number, page, tried, typed
from server.web.doors import DOORS

TEST_SECONDS = 40
EDITORS = {"form": "/admin/forms"}
"""Kinds whose settings have a page of their own."""
LATER = ("Sign-in with Google or Microsoft", "Trust", "What customers see", "Spam", "Rate limit")
"""Sections that are folded while they stand as usual."""


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/accounts", index),
        web.get("/admin/accounts/new", choose),
        web.get("/admin/accounts/new/{kind}", new),
        web.post("/admin/accounts/new/{kind}", add),
        web.get("/admin/accounts/{id}", show),
        web.post("/admin/accounts/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """Every account and how it is doing."""
    await agent(request)
    doors = request.app[DOORS]
    found = await doors.database.read(accounts.all, doors.keys)
    return await page(
        request, "accounts.html", accounts=found, channels=doors.channels, editors=EDITORS,
        unable={view.id: words for view in found if (words := _unable(request, view))},
    )  # fmt: skip


async def choose(request: web.Request) -> web.Response:
    """Which kind of account to add."""
    await agent(request)
    return await page(request, "account_kinds.html", channels=request.app[DOORS].channels, editors=EDITORS)


async def new(request: web.Request) -> web.Response:
    """An empty account."""
    await agent(request)
    kind = _kind(request)
    if kind in EDITORS:
        raise web.HTTPSeeOther(f"{EDITORS[kind]}/new")
    return await _form(request, AccountDraft(kind=kind, name="", address=""))


async def add(request: web.Request) -> web.StreamResponse:
    """Add it, or test it first."""
    admin, doors = await agent(request), request.app[DOORS]
    data = await typed(request)
    draft = _draft(_kind(request), data)
    if data.get("do") == "test":
        return await _tested(request, draft, None)
    view, error = await tried(
        doors.database.write(accounts.add, admin, draft, channels=doors.channels, keys=doors.keys)
    )
    if view is None:
        return await _form(request, draft, error=error)
    return done(f"/admin/accounts/{view.id}", "added")


async def show(request: web.Request) -> web.Response:
    """One account."""
    await agent(request)
    view = await _view(request)
    if view.kind in EDITORS:
        raise web.HTTPSeeOther(f"{EDITORS[view.kind]}/{view.id}")
    return await _form(request, draft_of(view), view)


async def change(request: web.Request) -> web.StreamResponse:
    """Save it, test it, let it rest or work, or remove it."""
    admin, doors = await agent(request), request.app[DOORS]
    view, data = await _view(request), await typed(request)
    match data.get("do"):
        case "remove":
            await doors.database.write(accounts.remove, admin, view.id, keys=doors.keys)
            return done("/admin/accounts", "removed")
        case "rotate":
            rotated, error = await tried(
                doors.database.write(
                    accounts.renew_secret,
                    admin,
                    view.id,
                    data.get("field", ""),
                    channels=doors.channels,
                    keys=doors.keys,
                )
            )
            if rotated is None:
                return await _form(request, draft_of(view), view, error=error)
            return await _form(request, draft_of(rotated[0]), rotated[0], fresh={data["field"]: rotated[1]})
        case "enable" | "disable" as what:
            await doors.database.write(accounts.enable, admin, view.id, what == "enable", keys=doors.keys)
            return done(f"/admin/accounts/{view.id}", f"{what}d")
    draft = _draft(view.kind, data)
    draft = msgspec.structs.replace(draft, enabled=view.enabled, settings=_hidden(request, view) | draft.settings)
    if data.get("do") == "test":
        return await _tested(request, draft, view)
    saved, error = await tried(
        doors.database.write(shops.edit_account, admin, view.id, draft, channels=doors.channels, keys=doors.keys)
    )
    if saved is None:
        return await _form(request, draft, view, error=error)
    return done(f"/admin/accounts/{view.id}", "saved")


# ------------------------------------------------------------------------------------------------------- parts


async def _tested(request: web.Request, draft: AccountDraft, view: AccountView | None) -> web.Response:
    """The same page with what the test found; nothing is saved."""
    doors = request.app[DOORS]
    try:
        before = None
        if view is not None and not view.locked:
            before = await doors.database.read(accounts.contract, doors.keys, view.id)
        checks = await run_checks(request, accounts.drafted(draft, before, doors.channels))
    except DeskError as error:
        return await _form(request, draft, view, error=error)
    return await _form(request, draft, view, checks=checks)


async def run_checks(request: web.Request, account: Any) -> Sequence[Check]:
    """What the account's channel says of it, within `TEST_SECONDS`."""
    channel = request.app[DOORS].channels[account.kind]
    if not isinstance(channel, TestsAccount):
        return []
    try:
        async with asyncio.timeout(TEST_SECONDS):
            return await channel.test(account)
    except TimeoutError:
        return [Check("time", False, "The test took too long. Is the server's name right, and is its port open?")]


async def _form(
    request: web.Request,
    draft: AccountDraft,
    view: AccountView | None = None,
    *,
    error: DeskError | None = None,
    checks: Sequence[Check] | None = None,
    fresh: dict[str, str] | None = None,
) -> web.Response:
    """`fresh` are secrets that were just made, by field: shown this once."""
    channel = request.app[DOORS].channels[draft.kind]
    overtaken: AccountView | None = error.current if isinstance(error, Conflict) else None
    return await page(
        request,
        "account.html",
        error=error,
        draft=draft,
        view=view,
        version=overtaken.version if overtaken else draft.version,
        theirs=theirs(draft, overtaken, channel.fields) if overtaken else [],
        unable=_unable(request, view) if view is not None else "",
        channel=channel,
        has_menu=isinstance(channel, HasMenu),
        sections=sections([field for field in channel.fields if not field.hidden]),
        value=lambda field: shown(field, draft.settings),
        folded=lambda fields, problems: _folded(fields, problems, draft, view),
        tests=isinstance(channel, TestsAccount),
        checks=checks,
        fresh=fresh or {},
        rotates=channel.rotates if isinstance(channel, RotatesSecrets) else {},
        embedding=channel.embedding(draft.settings, request.app[DOORS].public_url)
        if isinstance(channel, StandsOnPages) and view is not None
        else None,
        team_choices=[(team.id, team.name) for team in await database(request).read(agents.teams)],
        shops=await database(request).read(accounts.shops),
    )


async def _view(request: web.Request) -> AccountView:
    return await database(request).read(_standing, request.app[DOORS].keys, number(request))


def _standing(tx: Transaction, keys: accounts.Keys, id: int) -> AccountView:
    view = accounts.view(tx, keys, id)
    if view.removed_at is not None:
        raise NotFound("This account was removed.")
    return view


def _unable(request: web.Request, view: AccountView) -> str:
    """Why the account cannot send, where it should be able to."""
    channel = request.app[DOORS].channels.get(view.kind)
    return channel.unable(view.settings) if view.enabled and isinstance(channel, JudgesSending) else ""


def theirs(draft: AccountDraft, stands: AccountView, fields: Sequence[Field]) -> list[tuple[str, str]]:
    """What stands now where it is not what was typed: each label with its value. Secrets are not told."""
    pairs = [("Name", draft.name, stands.name), ("Address", draft.address.strip().lower(), stands.address.lower())]
    for field in fields:
        if field.kind != "secret":
            typed, standing = (str(shown(field, settings)).strip() for settings in (draft.settings, stands.settings))
            pairs.append((field.label, typed.replace("\r\n", "\n"), standing))
    return [(label, standing) for label, typed, standing in pairs if typed != standing]


def _hidden(request: web.Request, view: AccountView) -> dict[str, Any]:
    """The settings that the page does not show stay as they are."""
    names = {field.name for field in request.app[DOORS].channels[view.kind].fields if field.hidden}
    return {name: value for name, value in view.settings.items() if name in names}


def _kind(request: web.Request) -> str:
    kind = request.match_info["kind"]
    if kind not in request.app[DOORS].channels:
        raise NotFound("There is no channel of this kind.")
    return kind


def _draft(kind: str, data: Any) -> AccountDraft:
    """What was typed. A box that is not ticked is not sent at all, so booleans are named beside it."""
    settings = nested({name.removeprefix("s."): value for name, value in data.items() if name.startswith("s.")})
    for name in data.getall("boolean", []):
        settings.setdefault(name, False)
    return AccountDraft(
        kind=kind,
        name=data.get("name", ""),
        address=data.get("address", ""),
        settings=settings,
        team=chosen(data.get("team")),
        shop=data.get("shop"),
        forget=tuple(data.getall("forget", [])),
        version=chosen(data.get("version")),
    )


def draft_of(view: AccountView) -> AccountDraft:
    """A standing account as it would be typed."""
    return AccountDraft(
        kind=view.kind,
        name=view.name,
        address=view.address,
        settings=view.settings,
        enabled=view.enabled,
        team=view.team,
        shop=view.shop,
        version=view.version,
    )


def sections(fields: Sequence[Field]) -> list[tuple[str, list[Field]]]:
    """The fields by section, in the order in which the channel names them."""
    found: dict[str, list[Field]] = {}
    for field in fields:
        found.setdefault(field.section, []).append(field)
    return list(found.items())


def _folded(fields: Sequence[Field], problems: Any, draft: AccountDraft, view: AccountView | None) -> bool:
    """Whether a section stands as usual, so that nobody need look at it: a later one, all values at their defaults."""
    set_secrets = view.secrets_set if view else ()
    return fields[0].section in LATER and not any(
        field.name in problems
        or field.required
        or field.name in set_secrets
        or shown(field, draft.settings) != shown(field, {})
        for field in fields
    )


def shown(field: Field, settings: dict[str, Any]) -> Any:
    """A setting as its input shows it."""
    value = settings.get(field.name, field.default)
    if field.kind == "boolean":
        return value in (True, "on", "1", "true")
    if field.kind == "json" and not isinstance(value, str):
        return "" if value is None else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    match field.kind:
        case "lines":
            return "\n".join(value) if isinstance(value, list) else value or ""
        case "words":
            return value if isinstance(value, dict) else {}
        case "questions":
            return list(value.values()) if isinstance(value, dict) else value or []
    return "" if value is None else value
