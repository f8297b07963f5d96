"""Commands about LINE's official accounts: rich menus, and pages that link people."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from channels.contract import Account
from channels.line import LineChannel
from channels.line.menus import BadMenu
from server.app import Parts, assemble
from server.commands.output import say
from server.commands.upkeep import needs
from server.errors import Invalid
from server.settings import Settings

T = TypeVar("T")


def put_menu(settings: Settings, id: int, definition: Path, picture: Path) -> None:
    """Show everybody a rich menu, made of a definition and its picture."""
    try:
        defined: dict[str, Any] = json.loads(definition.read_text(encoding="utf-8"))
        image = picture.read_bytes()
    except (OSError, ValueError) as error:
        raise Invalid("The menu cannot be read: {error}", error=str(error)) from error
    made = _run(settings, id, lambda channel, account: channel.put_menu(account, defined, image))
    say(f"Everybody sees the menu {made} now.")


def take_menu_away(settings: Settings, id: int) -> None:
    """Show nobody a rich menu any more."""
    _run(settings, id, lambda channel, account: channel.take_menu_away(account))
    say("Nobody sees a menu any more.")


def menus(settings: Settings, id: int, as_json: bool) -> None:
    """The rich menus that LINE knows."""
    found = _run(settings, id, lambda channel, account: channel.menus(account))
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    for menu in () if as_json else found:
        say(f"{menu['richMenuId']}  {menu['name']}  ({len(menu['areas'])} areas)")


def _run(settings: Settings, id: int, work: Callable[[LineChannel, Account], Awaitable[T]]) -> T:
    parts = assemble(settings)
    needs(parts)
    try:
        return asyncio.run(_with(parts, id, work))
    except BadMenu as error:
        raise Invalid(str(error)) from error


async def _with(parts: Parts, id: int, work: Callable[[LineChannel, Account], Awaitable[T]]) -> T:
    account = await parts.desk.account(id)
    channel = parts.channels.get(account.kind)
    if not isinstance(channel, LineChannel):
        raise Invalid("Account {id} is not one of LINE's.", id=id)
    channel.prepare(parts.desk)
    try:
        return await work(channel, account)
    finally:
        await channel.close()
        await parts.desk.close()
        await parts.database.close()
