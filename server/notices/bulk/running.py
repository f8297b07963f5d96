"""The mailer: lists the recipients of bulk letters and sends them, in the background, and goes on after a kill."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol

import msgspec

from server.customers.sheets import Form, Reading
from server.customers.sheets import rows as sheet_rows
from server.database import Database
from server.database import now as present
from server.errors import Invalid, Unavailable
from server.files import Files
from server.notices.bulk import listing, rows, sending
from server.notices.bulk.choosing import AT_ONCE
from server.notices.bulk.views import BulkContent

log = logging.getLogger(__name__)

LOOK = 5.0
"""In seconds: how late something may begin that another process was asked for."""
PAUSE = 2.0
"""In seconds: how long the mailer waits when the database is not there."""


class Caps(Protocol):
    """What accounts may still send this month."""

    left: dict[int, int]

    async def look(self) -> None:
        """Ask their networks, where they count."""


class Mailer:
    """The composition runs `run` as a task, and kicks when a bulk letter was decided on."""

    def __init__(self, database: Database, files: Files, caps: Caps, *, public_url: str) -> None:
        self._database = database
        self._files = files
        self._caps = caps
        self._public_url = public_url
        self._kicked = asyncio.Event()
        self._me = secrets.token_hex(8)

    def kick(self) -> None:
        """Something was asked for, let go or stopped."""
        self._kicked.set()

    async def run(self) -> None:
        """Work until cancelled."""
        with contextlib.suppress(Unavailable):
            await self._database.write(listing.pick_up)
        while True:
            self._kicked.clear()
            sleep = PAUSE
            try:
                sleep = await self.step()
            except Unavailable as error:
                log.warning("Bulk letters cannot be looked at now: %s", error)
            except Exception:
                log.exception("The mailer stumbled; it goes on")
            if sleep <= 0:
                continue
            try:
                async with asyncio.timeout(sleep):
                    await self._kicked.wait()
            except TimeoutError:
                continue

    async def step(self) -> float:
        """Do what is to be done first; how long there is nothing to do then, in seconds."""
        if await self._database.read(listing.waiting) is not None:
            await self._caps.look()
            row = await self._database.write(listing.claim, self._me)
            if row is not None:
                await self._list(row)
                return 0.0
        due = await self._database.read(sending.next_due)
        if due is None:
            return LOOK
        seconds: float = (due - present()).total_seconds()
        if seconds > 0:
            return min(seconds, LOOK)
        await self._caps.look()
        found = await self._database.write(sending.send_some, self._public_url, self._caps.left)
        return 0.0 if found is not None else LOOK

    async def _list(self, row: Any) -> None:
        mark = (row.id, self._me, row.version)
        try:
            if row.position < 0:
                while not await self._database.write(listing.clear, *mark):
                    pass
            content = msgspec.convert(row.content, BulkContent)
            if content.choice.by == "file":
                await self._read(row, content, mark)
            else:
                while not await self._database.write(listing.choose, *mark, self._caps.left):
                    pass
            await self._database.write(listing.end, *mark)
        except listing.Lost:
            log.info("The recipients of bulk letter %d are listed anew, or elsewhere", row.id)
        except (Invalid, OSError) as error:
            await self._broken(mark, str(error))
        except Unavailable:
            raise
        except Exception as error:
            log.exception("The recipients of bulk letter %d cannot be listed", row.id)
            await self._broken(mark, f"{type(error).__name__}: {error}"[:500])

    async def _broken(self, mark: tuple[int, str, int], why: str) -> None:
        try:
            await self._database.write(listing.end, *mark, why)
        except listing.Lost:
            log.info("The recipients of bulk letter %d are listed anew, or elsewhere", mark[0])

    async def _read(self, row: Any, content: BulkContent, mark: tuple[int, str, int]) -> None:
        if not row.digest:
            raise Invalid("The file is no longer here.")
        reading = Reading()
        form = msgspec.convert(row.form, Form)
        found = sheet_rows(self._files.path(row.digest), form, reading)
        named = _named(found, form.header, max(row.position, 0), row.headers, content)
        while some := await asyncio.to_thread(_next, named):
            await self._database.write(listing.read, *mark, some, reading.share, self._caps.left)


def _named(
    found: Iterator[tuple[int, list[Any]]], header: int, after: int, headers: list[str], content: BulkContent
) -> Iterator[rows.Named]:
    for number, cells in found:
        if number > max(header, after):
            yield rows.read(number, cells, headers, content.choice.columns)


def _next(named: Iterator[rows.Named]) -> list[rows.Named]:
    return list(islice(named, AT_ONCE))
