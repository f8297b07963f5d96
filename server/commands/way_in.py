"""Commands about arrivals."""

from __future__ import annotations

import asyncio

from channels.contract import Accepted
from server.app import Parts, assemble
from server.commands.output import say, show
from server.commands.upkeep import needs
from server.errors import DeskError, Invalid
from server.inbox import arrivals
from server.settings import Settings


def listed(settings: Settings, state: str, limit: int, as_json: bool) -> None:
    """Arrivals, newest first."""
    if state not in ("quarantined", "filed", "all"):
        raise Invalid(fields={"state": "quarantined, filed or all"})
    parts = assemble(settings)
    needs(parts)
    page = parts.database.read_now(arrivals, state=None if state == "all" else state, limit=limit)
    show(
        page.items,
        as_json=as_json,
        columns=("id", "account", "media_type", "size", "state", "reason", "tries", "ticket", "received_at"),
    )


def retry(settings: Settings, ids: list[int], as_json: bool) -> int:
    """Try again; the exit status."""
    parts = assemble(settings)
    needs(parts)
    done = asyncio.run(_retry(parts, ids))
    if as_json:
        show([accepted for accepted, _ in done], as_json=True)
    for accepted, words in () if as_json else done:
        where = f"ticket #{accepted.ticket}" if accepted.ticket else "filed"
        say(f"{accepted.arrival_id}: {words or ('still in quarantine' if accepted.quarantined else where)}")
    return 1 if any(accepted.quarantined or words for accepted, words in done) else 0


async def _retry(parts: Parts, ids: list[int]) -> list[tuple[Accepted, str]]:
    try:
        chosen = ids or [
            one.id for one in (await parts.database.read(arrivals, state="quarantined", limit=100_000)).items
        ]
        done: list[tuple[Accepted, str]] = []
        for one in chosen:
            try:
                done.append((await parts.desk.retry(one), ""))
            except DeskError as error:
                done.append((Accepted(one), str(error)))
        return done
    finally:
        await parts.desk.close()
        await parts.database.close()
