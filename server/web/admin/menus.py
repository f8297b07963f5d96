"""The page of an account's menu: put there from two files, and taken away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from channels.contract import Account, HasMenu
from server import accounts
from server.errors import DeskError, Invalid, NotFound
from server.web.admin.frame import agent, database, done, number, page
from server.web.doors import DOORS

LARGEST = 2_000_000


def routes() -> list[web.RouteDef]:
    """Both of them."""
    return [web.get("/admin/accounts/{id}/menu", show), web.post("/admin/accounts/{id}/menu", change)]


async def show(request: web.Request) -> web.Response:
    """What everybody sees now, and the two files for another."""
    await agent(request)
    return await _page(request)


async def change(request: web.Request) -> web.StreamResponse:
    """Put a menu there, or take it away."""
    await agent(request)
    account, channel = await _account(request)
    data = await request.post()
    try:
        if data.get("do") == "remove":
            await channel.take_menu_away(account)
            return done(f"/admin/accounts/{account.id}/menu", "removed")
        definition, picture = _file(data, "definition"), _file(data, "picture")
        await channel.put_menu(account, _defined(definition), picture)
    except ValueError as error:
        return await _page(request, error=Invalid("{said}", said=str(error)))
    except Invalid as error:
        return await _page(request, error=error)
    return done(f"/admin/accounts/{account.id}/menu", "saved")


def _defined(definition: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(definition)
    except ValueError as error:
        raise Invalid(fields={"definition": "is no JSON"}) from error
    if not isinstance(found, dict):
        raise Invalid(fields={"definition": "is no JSON"})
    return found


def _file(data: Any, name: str) -> bytes:
    file = data.get(name)
    if not isinstance(file, web.FileField):
        raise Invalid(fields={name: "is missing"})
    read = file.file.read(LARGEST + 1)
    if not read or len(read) > LARGEST:
        raise Invalid(fields={name: "is too long" if read else "is missing"})
    return bytes(read)


async def _account(request: web.Request) -> tuple[Account, HasMenu]:
    doors = request.app[DOORS]
    account = await database(request).read(accounts.contract, doors.keys, number(request))
    channel = doors.channels.get(account.kind)
    if not isinstance(channel, HasMenu):
        raise NotFound("This account has no menu.")
    return account, channel


async def _page(request: web.Request, *, error: DeskError | None = None) -> web.Response:
    account, channel = await _account(request)
    found: Sequence[Mapping[str, Any]] = []
    trouble = ""
    try:
        found = await channel.menus(account)
    except ValueError as said:
        trouble = str(said)
    return await page(request, "menu.html", error=error, account=account, menus=found, trouble=trouble)
