"""Errands: what is fetched from a network after a message was filed (files, profiles), as rows, so that none is lost.

One loop per process. An errand is booked before its network is called; one that a dying process dropped is run again
when its lease is over (on SQLite at the next start).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import mimetypes
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from channels.contract import (
    Account,
    Channel,
    ContactChanged,
    FetchesContent,
    KnowsProfile,
    TooLarge,
    TryLater,
    Undeliverable,
)
from server import customers
from server.customers.profiles import Picture
from server.database import Database, Transaction, now
from server.errors import DeskError, NotFound, Unavailable
from server.events import MessageChanged
from server.files import Files, Stored

log = logging.getLogger(__name__)

AT_ONCE = 6
LONGEST_SLEEP = 5.0
LEASE = timedelta(minutes=10)
"""How long an errand may take before it counts as dropped."""
WAITS = tuple(timedelta(seconds=seconds) for seconds in (2, 4, 8, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600))
"""Between tries: seconds while a network prepares a file, hours when it is ill; eleven hours in all."""


class Addresses(Protocol):
    """Where accounts are found by id, enabled or not."""

    async def account(self, account_id: int) -> Account:
        """Raises `NotFound`, or `Locked` when its secrets cannot be read."""


class Errands:
    """Runs errands until it is stopped."""

    def __init__(self, database: Database, files: Files, channels: Mapping[str, Channel], addresses: Addresses) -> None:
        self._database = database
        self._files = files
        self._channels = channels
        self._addresses = addresses
        self._kicked = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def kick(self) -> None:
        """There is a new one: look at once."""
        self._kicked.set()

    async def run(self) -> None:
        """Run what is due, for ever; what is under way when this is cancelled is run again later."""
        with contextlib.suppress(Unavailable):
            await self._database.write(pick_up)
        try:
            while True:
                self._kicked.clear()
                try:
                    sleep = await self._run_what_is_due()
                except DeskError as error:
                    log.warning("Errands cannot be run now: %s", error)
                    sleep = LONGEST_SLEEP
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(sleep):
                        await self._kicked.wait()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _run_what_is_due(self) -> float:
        due = await self._database.read(next_due)
        if due is None:
            return LONGEST_SLEEP
        seconds: float = (due - now()).total_seconds()
        if seconds > 0:
            return min(seconds, LONGEST_SLEEP)
        free = AT_ONCE - len(self._running)
        booked = await self._database.write(book, free) if free > 0 else []
        for errand in booked:
            task = asyncio.create_task(self._run(errand), name=f"errand {errand.id}")
            self._running.add(task)
            task.add_done_callback(self._done)
        return 0.0 if booked else LONGEST_SLEEP

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("An errand broke down; it is run again later", exc_info=error)
        self.kick()

    async def _run(self, errand: Any) -> None:
        try:
            account = await self._addresses.account(errand.account_id)
            channel = self._channels.get(account.kind)
            async with asyncio.timeout(LEASE.total_seconds() - 30):
                if errand.what == "file" and isinstance(channel, FetchesContent):
                    await self._fetch(errand, account, channel)
                elif errand.what == "profile" and isinstance(channel, KnowsProfile):
                    await self._ask(errand, account, channel)
                else:
                    raise Undeliverable(f"no channel of the kind {account.kind} fetches this")
        except (Undeliverable, NotFound) as error:
            await self._database.write(failed, errand.id, str(error))
        except TooLarge:
            await self._database.write(failed, errand.id, "The file is larger than this desk takes.")
        except TryLater as error:
            await self._database.write(later, errand.id, error.words, error.after)
        except (TimeoutError, OSError) as error:
            await self._database.write(later, errand.id, f"{type(error).__name__}: {error}", None)

    async def _fetch(self, errand: Any, account: Account, channel: FetchesContent) -> None:
        async with self._files.spool(channel.largest(account)) as spool:
            content_type = await channel.fetch(account, errand.ref, spool)
            stored = await asyncio.to_thread(spool.settle)
            await self._database.write(arrived, errand.id, stored, content_type)

    async def _ask(self, errand: Any, account: Account, channel: KnowsProfile) -> None:
        changed = await channel.profile(account, errand.ref)
        picture = None
        if changed.picture is not None:
            stored = await asyncio.to_thread(self._files.keep, changed.picture.chunks())
            picture = Picture(stored.digest, changed.picture.content_type)
        await self._database.write(told, errand.id, changed, picture)


def send(
    tx: Transaction, account_id: int, what: str, ref: str, *, file: int | None = None, contact: int | None = None
) -> None:
    """Have something fetched; the same thing is under way only once."""
    tx.run(
        "INSERT INTO errand (account_id, what, ref, attachment_id, contact_id, tries, next_at, words, created_at)"
        " VALUES (:account, :what, :ref, :file, :contact, 0, :now, '', :now) ON CONFLICT DO NOTHING",
        account=account_id, what=what, ref=ref, file=file, contact=contact, now=tx.now,
    )  # fmt: skip


def next_due(tx: Transaction) -> Any:
    """When the next errand's time comes; None when there is none."""
    return tx.value("SELECT next_at FROM errand ORDER BY next_at LIMIT 1")


def pick_up(tx: Transaction) -> int:
    """At a start: what a killed process dropped need not wait. Only on SQLite, where one process runs errands."""
    return tx.run("UPDATE errand SET next_at = :now", now=tx.now) if tx.dialect == "sqlite" else 0


def book(tx: Transaction, limit: int) -> list[Any]:
    """Errands whose time has come, booked as under way."""
    skip = "" if tx.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
    due = tx.all(
        f"SELECT * FROM errand WHERE next_at <= :now ORDER BY next_at, id LIMIT :limit{skip}", now=tx.now, limit=limit
    )
    for errand in due:
        tx.run(
            "UPDATE errand SET tries = tries + 1, next_at = :lease WHERE id = :id", lease=tx.now + LEASE, id=errand.id
        )
    return due


def arrived(tx: Transaction, errand_id: int, stored: Stored, content_type: str) -> None:
    """A file is here: the message shows it."""
    errand = _end(tx, errand_id)
    if errand is None:
        return
    file = tx.one("SELECT * FROM attachment WHERE id = :id", id=errand.attachment_id)
    kind = content_type or file.content_type
    name = file.filename if "." in file.filename else file.filename + (mimetypes.guess_extension(kind) or "")
    tx.run(
        "UPDATE attachment SET digest = :digest, size = :size, content_type = :kind, filename = :name, state = 'here',"
        " words = '' WHERE id = :id",
        digest=stored.digest, size=stored.size, kind=kind, name=name, id=file.id,
    )  # fmt: skip
    _tell(tx, file.message_id)


def told(tx: Transaction, errand_id: int, changed: ContactChanged, picture: Picture | None) -> None:
    """A network said who somebody is."""
    errand = _end(tx, errand_id)
    if errand is not None and errand.contact_id is not None:
        customers.told(tx, errand.contact_id, changed, picture)


def later(tx: Transaction, errand_id: int, words: str, after: timedelta | None) -> None:
    """Not yet: wait as the network wishes, else longer each time; failed after the last try."""
    errand = tx.first("SELECT * FROM errand WHERE id = :id", id=errand_id)
    if errand is None:
        return
    if errand.tries > len(WAITS):
        failed(tx, errand_id, words)
        return
    wait = after if after is not None else WAITS[max(errand.tries, 1) - 1]
    tx.run(
        "UPDATE errand SET next_at = :at, words = :words WHERE id = :id",
        at=tx.now + wait,
        words=words[:500],
        id=errand_id,
    )


def failed(tx: Transaction, errand_id: int, words: str) -> None:
    """It will never come: the message says so."""
    errand = _end(tx, errand_id)
    if errand is None:
        return
    if errand.contact_id is not None:
        tx.run("UPDATE contact SET profile_at = :now WHERE id = :id", now=tx.now, id=errand.contact_id)
    if errand.attachment_id is not None:
        tx.run(
            "UPDATE attachment SET state = 'failed', words = :words WHERE id = :id",
            words=words[:500],
            id=errand.attachment_id,
        )
        _tell(tx, tx.value("SELECT message_id FROM attachment WHERE id = :id", id=errand.attachment_id))


def _end(tx: Transaction, errand_id: int) -> Any | None:
    errand = tx.first("SELECT * FROM errand WHERE id = :id", id=errand_id)
    tx.run("DELETE FROM errand WHERE id = :id", id=errand_id)
    return errand


def _tell(tx: Transaction, message_id: int) -> None:
    number = tx.value("SELECT ticket_number FROM message WHERE id = :id", id=message_id)
    tx.record(MessageChanged(ticket=number, message=message_id))
