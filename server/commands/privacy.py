"""Commands about people's rights."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

from server import agents
from server.agents import DESK
from server.app import Parts, assemble
from server.commands.output import say, show
from server.commands.upkeep import needs
from server.customers.rights import audit, requests, rules
from server.customers.rights.audit import AuditFilter
from server.customers.rights.requests import KINDS, RequestKind
from server.errors import Invalid, NotFound
from server.privacy import disclosure, erasing, foreseeing, retention
from server.privacy.disclosure import Choices
from server.settings import Settings


def _parts(settings: Settings) -> Parts:
    parts = assemble(settings)
    needs(parts)
    return parts


def disclose(settings: Settings, customer: int, archive: Path, *, notes: bool, looks: bool) -> None:
    """The ZIP appears whole or not at all."""
    parts, choices = _parts(settings), Choices(notes=notes, looks=looks)
    story = parts.database.write_now(disclosure.begin, DESK, customer, choices)
    unfinished = archive.with_name(archive.name + ".part")
    size = 0
    try:
        with unfinished.open("wb") as file:
            for piece in disclosure.archive(parts.database, parts.files, story, choices):
                size += file.write(piece)
        unfinished.replace(archive)
    finally:
        unfinished.unlink(missing_ok=True)
    say(f"{archive}: customer {story.who.id}, {len(story.tickets)} tickets, {size} bytes")


def listed(settings: Settings, state: str, as_json: bool) -> None:
    """The log."""
    found = _parts(settings).database.read_now(requests.all, state=state)
    columns = ("id", "kind", "customer", "customer_name", "state", "received_at", "due_at", "run_at", "late")
    show(found, as_json=as_json, columns=columns)


def note(
    settings: Settings, kind: str, customer: int, identity: str, received_by: str, words: str, as_json: bool
) -> None:
    """One more."""
    if kind not in KINDS:
        raise Invalid(fields={"kind": f"one of {', '.join(KINDS)}"})
    made = _parts(settings).database.write_now(
        lambda tx: requests.note(
            tx,
            DESK,
            cast(RequestKind, kind),
            customer=customer,
            identity=identity,
            received_by=received_by,
            note=words,
        )
    )
    if as_json:
        show(made, as_json=True)
    else:
        say(f"Request {made.id} was written down; it must be answered by {made.due_at:%Y-%m-%d}.")


def preview(settings: Settings, customer: int, as_json: bool) -> None:
    """What goes and what stays."""
    found = _parts(settings).database.read_now(foreseeing.preview, customer)
    if as_json:
        show(found, as_json=True)
        return
    say(f"Customer {found.customer} {found.name}")
    show(found.goes, as_json=False, columns=("what", "many"), title="Goes")
    show(found.stays, as_json=False, columns=("what", "many", "reason", "until"), title="Stays, without saying whose")
    if found.backups:
        show(found.backups, as_json=False, columns=("path", "at"), title="Backups that still hold it")
    say(f"Decided now, it would be done on {found.run_at:%Y-%m-%d}.")


def erase(settings: Settings, request: int, confirm: str) -> None:
    """The decision."""
    decided = _parts(settings).database.write_now(erasing.decide, DESK, request, confirm)
    say(f"Customer {decided.customer} will be erased on {decided.run_at:%Y-%m-%d %H:%M} UTC.")


def call_off(settings: Settings, request: int) -> None:
    """Not after all."""
    _parts(settings).database.write_now(erasing.call_off, DESK, request)
    say(f"Request {request} is open again; nothing was erased.")


def run(settings: Settings, as_json: bool) -> None:
    """All that is due."""
    parts = _parts(settings)

    async def go() -> dict[str, int]:
        try:
            due = await parts.database.read(erasing.due)
            for request in due:
                await parts.keeper.erase(request)
            return {"erasures": len(due), **await parts.keeper.retain()}
        finally:
            await parts.database.close()

    done = asyncio.run(go())
    if as_json:
        show(done, as_json=True)
    else:
        say("\n".join(f"{what}: {many}" for what, many in done.items()))


def rules_now(settings: Settings, as_json: bool) -> None:
    """Counted now."""
    found = _parts(settings).database.read_now(
        lambda tx: [retention.preview(tx, rule) for rule in rules.read(tx).retention]
    )
    show(found, as_json=as_json, columns=("kind", "channel", "days", "on", "many", "messages", "oldest"))


def audited(settings: Settings, customer: int, agent: str, what: str, limit: int, as_json: bool) -> None:
    """The log, newest first."""
    parts = _parts(settings)
    who = parts.database.read_now(agents.by_email, agent) if agent else None
    if agent and who is None:
        raise NotFound("There is no agent {email}.", email=agent)
    wanted = AuditFilter(what=what, agent=who.id if who is not None else None, customer=customer or None)
    found = parts.database.read_now(audit.search, wanted, limit=limit)
    columns = ("last_at", "what", "agent_name", "customer", "customer_name", "times", "address", "through")
    show(found.items, as_json=as_json, columns=columns)
