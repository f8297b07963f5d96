"""Handing out what is made while it is read: an archive that a thread writes and the network takes piece by piece."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from aiohttp import web

from server.agents import AgentView
from server.privacy import disclosure
from server.privacy.disclosure import Choices
from server.web.callers import caller_of, remote_of
from server.web.doors import DOORS

log = logging.getLogger(__name__)


async def give_archive(request: web.Request, agent: AgentView, customer: int, choices: Choices) -> web.StreamResponse:
    """Everything of a customer as a ZIP, for whoever may have it; the next piece is made when the last one left."""
    doors = request.app[DOORS]
    caller = await caller_of(request)
    through = f"token:{caller.token}" if caller.token is not None else "browser"
    story = await doors.database.write(
        disclosure.begin, agent, customer, choices, address=remote_of(request), through=through
    )
    answer = web.StreamResponse(
        headers={
            "Content-Disposition": f'attachment; filename="{disclosure.filename(story)}"',
            "Cache-Control": "no-store",
        }
    )
    answer.content_type = "application/zip"
    await answer.prepare(request)
    pieces = disclosure.archive(doors.database, doors.files, story, choices)
    try:
        while (piece := await asyncio.to_thread(_next, pieces)) is not None:
            await answer.write(piece)
        await answer.write_eof()
    except ConnectionResetError:
        log.info("whoever asked for %s went away", disclosure.filename(story))
    return answer


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
