"""Commands about accounts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from channels.contract import Check, TestsAccount
from server import accounts
from server.accounts import AccountDraft
from server.agents import DESK
from server.app import Parts, assemble
from server.commands.output import console, say, show
from server.commands.trying import tried
from server.commands.upkeep import needs
from server.errors import Invalid
from server.settings import Settings


def add(settings: Settings, kind: str, address: str, name: str, lines: list[str], as_json: bool) -> None:
    """Add an account from `name=value` lines; a value that begins with @ is read from that file."""
    parts = assemble(settings)
    needs(parts)
    draft = AccountDraft(kind=kind, name=name, address=address, settings=dict(_pair(line) for line in lines if line))
    view = parts.database.write_now(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
    if as_json:
        show(view, as_json=True)
    else:
        say(f"Account {view.id} was added. Try it: madoguchi account test {view.id}")


def _pair(line: str) -> tuple[str, Any]:
    name, equals, value = line.partition("=")
    if not equals:
        raise Invalid("Settings are written name=value, not {line}.", line=line)
    if value.startswith("@"):
        try:
            with open(value[1:], encoding="utf-8") as file:
                value = file.read()
        except OSError as error:
            raise Invalid(fields={name: str(error)}) from error
    return name.strip(), value


def listed(settings: Settings, as_json: bool) -> None:
    """Every account."""
    parts = assemble(settings)
    needs(parts)
    found = parts.database.read_now(accounts.all, parts.keys)
    show(found, as_json=as_json, columns=("id", "kind", "name", "address", "enabled", "quarantined"))


def test(settings: Settings, id: int, as_json: bool) -> int:
    """Try an account; the exit status."""
    parts = assemble(settings)
    needs(parts)
    checks = asyncio.run(_try(parts, id))
    if as_json:
        sys.stdout.write(msgspec.json.encode(checks).decode() + "\n")
    for check in () if as_json else checks:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
        console.print(f"{mark} {check.name}" + (f": {check.words}" if check.words else ""), highlight=False)
    return 0 if all(check.ok for check in checks) else 1


async def _try(parts: Parts, id: int) -> Sequence[Check]:
    account = await parts.desk.account(id)
    channel = parts.channels.get(account.kind)
    if channel is None:
        return [Check(account.kind, False, "no channel of this kind is installed")]
    if not isinstance(channel, TestsAccount):
        return [Check(account.kind, True, "there is nothing to connect to")]
    return await tried(parts, channel, account)


def remove(settings: Settings, id: int) -> None:
    """Take an account out of use."""
    parts = assemble(settings)
    needs(parts)
    parts.database.write_now(accounts.remove, DESK, id, keys=parts.keys)
    say(f"Account {id} is out of use.")
