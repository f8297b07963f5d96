"""Receives a form's body onto disk, as much of it as may be right."""

from __future__ import annotations

import asyncio
from enum import Enum

import aiohttp
from aiohttp import web

from channels.contract import Spool, TooLarge

# A phone in a tunnel may pause; a body that stands still longer than this is not coming any more.
STALLED_SECONDS = 60
# And one that trickles for longer than this is somebody holding our files open.
WHOLE_SECONDS = 1800


class Cut(Enum):
    """Why a body is not here as a whole."""

    TOO_LARGE = "too large"
    NO_ROOM = "no room"
    GONE = "gone"


async def receive(request: web.Request, spool: Spool, limit: int) -> Cut | None:
    """Write the body to the spool. None when it is whole; what came before a cut is in the spool all the same."""
    size, until = 0, asyncio.get_running_loop().time() + WHOLE_SECONDS
    while True:
        left = until - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(STALLED_SECONDS, left)):
                chunk = await request.content.readany()
        except (ConnectionError, TimeoutError, aiohttp.ClientError, web.RequestPayloadError):
            return Cut.GONE
        if not chunk:
            return None
        size += len(chunk)
        if size > limit:
            return Cut.TOO_LARGE
        try:
            await spool.write(chunk)
        except TooLarge:
            return Cut.TOO_LARGE
        except OSError:
            return Cut.NO_ROOM
