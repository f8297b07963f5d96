"""In charge of fetching an account's IMAP mailbox: every mail once, in order, for ever, whatever happens to the line.

Progress is a cursor of UIDs per folder, never the flag Seen, which other programs set. The cursor moves on only after
`Desk.accept` returned. A mail that cannot be filed waits by itself and stops no other; when several in a row cannot,
it is the desk that is unwell, and the mailbox waits.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from channels.contract import Account, Arrival, Desk, Health, Raw, TooLarge, TryLater
from channels.email.cursor import LONGEST_WAIT, Cursor, first_day
from channels.email.fingerprint import Fingerprint, fingerprint
from channels.email.imap import PIECE, Folder, Imap, ImapTrouble, Lost, Outline, Refused, SignInRefused
from channels.email.oauth import Tokens
from channels.email.settings import MailSettings, settings_of

log = logging.getLogger(__name__)

KIND = "email"
BATCH = 50
BATCH_BYTES = 2_000_000
IN_A_ROW = 3
LONGEST_PAUSE = 300.0
QUIET = 30.0
SOON = 0.5


class DeskUnwell(Exception):
    """Several mails in a row could not be filed."""


class Mailbox:
    """One account's mailbox. `pause` is the first wait after a failure in seconds; waits double up to five minutes."""

    def __init__(
        self, account: Account, desk: Desk, tokens: Tokens, tls: ssl.SSLContext | None, *, pause: float = 2.0
    ) -> None:
        self.account = account
        self._settings = settings_of(account)
        self._desk = desk
        self._tokens = tokens
        self._tls = tls
        self._pause = pause
        self._failures = 0
        self._quiet = 0
        self._last_fetched: datetime | None = None
        self._backlog: dict[str, int] = {}
        self._cursors: dict[str, Cursor] = {}
        self._reported: tuple[float, Health | None] = (0.0, None)

    async def run(self) -> None:
        """Fetch until cancelled; never raises for anything else."""
        while True:
            words = ""
            slow = 1.0
            try:
                await self._connection()
            except SignInRefused as error:
                self._tokens.forget(self.account)
                # Providers lock an account after too many wrong passwords.
                words, slow = f"The server refuses the sign-in. {error.words}", 10.0
            except ImapTrouble as error:
                words = error.words
            except TryLater as error:
                words = error.words
            except DeskUnwell as error:
                words = str(error)
            except Exception as error:
                log.exception("mailbox failed", extra={"account": self.account.id})
                words = f"Something unexpected happened. {type(error).__name__}"
            self._failures += 1
            log.warning("mailbox pauses", extra={"account": self.account.id, "reason": words})
            await self._report(ok=False, words=words)
            wait = min(self._pause * slow * 2 ** min(self._failures - 1, 12), LONGEST_PAUSE * slow)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))

    async def _connection(self) -> None:
        settings = self._settings
        token = await self._tokens.token(self.account) if settings.oauth_provider != "none" else None
        box = await Imap.open(settings, token, self._tls)
        try:
            while True:
                for name in settings.imap_folders:
                    await self._round(box, name)
                self._failures = 0
                self._last_fetched = datetime.now(UTC)
                await self._report_round()
                await self._wait(box)
        finally:
            box.close()

    async def _wait(self, box: Imap) -> None:
        """Until there is news in the first folder, or it is time for another round.

        Mail seldom comes alone, and what arrives between our search and the server's IDLE some servers announce to
        nobody. So the first looks after a mail follow each other quickly, then each after twice the time.
        """
        seconds = min([self._settings.imap_poll_seconds, SOON * 2 ** min(self._quiet, 12), *self._soonest()])
        self._quiet += 1
        if box.can_idle:
            first = self._settings.imap_folders[0]
            if len(self._settings.imap_folders) > 1:
                await box.select(first, readonly=self._readonly)
            await box.idle(seconds)
        else:
            await asyncio.sleep(seconds)

    @property
    def _readonly(self) -> bool:
        return self._settings.imap_after == "none"

    # -------------------------------------------------------------------------------------------- one folder

    async def _round(self, box: Imap, name: str) -> None:
        folder = await box.select(name, readonly=self._readonly)
        cursor = await self._cursor(box, name, folder)
        self._cursors[name] = cursor
        started = datetime.now(UTC)
        present = await box.uids_from(cursor.look_from)
        wanted = cursor.to_fetch(present, time.time())
        if self._settings.imap_after == "move" and (stayed := sorted(cursor.filed.intersection(present))):
            await self._afterwards(box, stayed)
        if wanted:
            self._quiet = 0
        before = cursor.kept()
        try:
            for start in range(0, len(wanted), BATCH):
                self._backlog[name] = len(wanted) - start
                if start:
                    await self._report(ok=True)
                    await self._desk.remember(self.account, _memory(name), cursor.kept())
                await self._batch(box, name, cursor, wanted[start : start + BATCH])
        except BaseException:
            if cursor.kept() != before:
                await self._desk.remember(self.account, _memory(name), cursor.kept())
            raise
        self._backlog[name] = 0
        stale = cursor.through is None or (started - cursor.through).total_seconds() > 600
        cursor.through = started
        if wanted or stale:
            await self._desk.remember(self.account, _memory(name), cursor.kept())

    async def _cursor(self, box: Imap, name: str, folder: Folder) -> Cursor:
        cursor = Cursor.of(await self._desk.recall(self.account, _memory(name)))
        if cursor is not None and cursor.validity == folder.validity:
            return cursor
        if cursor is not None:
            log.warning("folder was renumbered, reading it again", extra={"account": self.account.id})
        if cursor is None and self._settings.imap_import_days <= 0:
            floor = folder.uid_next
        else:
            day = first_day(cursor, self._settings.imap_import_days, datetime.now(UTC))
            floor = min(await box.uids_since(day), default=folder.uid_next)
        # Remembered at once: what comes from now on counts as new even if the first round fails.
        through = cursor.through if cursor else datetime.now(UTC)
        fresh = Cursor(validity=folder.validity, floor=floor, next=floor, through=through)
        await self._desk.remember(self.account, _memory(name), fresh.kept())
        return fresh

    async def _batch(self, box: Imap, name: str, cursor: Cursor, uids: Sequence[int]) -> None:
        """Fetch and file some mails: small ones together in one command, large ones each in pieces."""
        outlines = {one.uid: one for one in await box.outlines(uids)}
        for uid in uids:
            if uid not in outlines:
                cursor.file(uid)  # deleted by somebody meanwhile
        filed: list[int] = []
        failed_in_a_row = 0
        try:
            for group in _groups(list(outlines.values())):
                small = await self._small(box, group) if len(group) > 1 or group[0].size < PIECE else {}
                for outline in group:
                    words = await self._file(box, name, cursor, outline, small.get(outline.uid))
                    if not words:
                        cursor.file(outline.uid)
                        filed.append(outline.uid)
                        failed_in_a_row = 0
                        continue
                    failed_in_a_row += 1
                    if failed_in_a_row >= IN_A_ROW:
                        raise DeskUnwell(words)
        finally:
            if filed:
                await self._afterwards(box, filed)

    async def _small(self, box: Imap, group: Sequence[Outline]) -> dict[int, bytes]:
        try:
            pieces = await box.piece([one.uid for one in group])
        except Refused:
            return {}  # one mail the server cannot give spoils the command for all: then each by itself
        return {uid: data for uid, (data, more) in pieces.items() if not more}

    async def _file(self, box: Imap, name: str, cursor: Cursor, outline: Outline, data: bytes | None) -> str:
        """Hand one mail to the desk. Gives words when it could not be filed, and puts it on the waiting list."""
        now = datetime.now(UTC)
        envelope = {"via": "imap", "folder": name, "uid": outline.uid, "uidvalidity": cursor.validity}
        received_at = min(outline.received_at, now) if outline.received_at and outline.received_at.tzinfo else now

        async def accept(raw: Raw, external_id: str) -> None:
            await self._desk.accept(Arrival(self.account, external_id, raw, "message/rfc822", received_at, envelope))

        base = self._pause
        try:
            if data is not None and (data or not outline.size):
                await accept(Raw(data=data), fingerprint(data))
                return ""
            async with self._desk.spool() as spool:
                digest = Fingerprint()
                start, more = 0, True
                while more:
                    pieces = await box.piece([outline.uid], start)
                    if outline.uid not in pieces:
                        if start == 0:
                            return ""  # deleted by somebody meanwhile
                        raise Refused("the mail ended before its end")
                    piece, more = pieces[outline.uid]
                    digest.update(piece)
                    await spool.write(piece)
                    start += len(piece)
                if start == 0 and outline.size:
                    raise Refused("it is said to have a size, and comes empty")
                await accept(await spool.raw(), digest.name)
            return ""
        except (Lost, SignInRefused):
            raise
        except TooLarge:
            words, base = f"A mail is larger than the desk takes. {outline.size // 1_000_000} MB", LONGEST_WAIT
        except Refused as error:
            words = f"The server does not give a mail. {error.words}"
        except Exception as error:
            words = f"A mail could not be filed and will be tried again. {type(error).__name__}"
        log.warning("mail waits", extra={"account": self.account.id, "uid": outline.uid, "reason": words})
        cursor.postpone(outline.uid, words, time.time(), base)
        return words

    async def _afterwards(self, box: Imap, uids: Sequence[int]) -> None:
        """What the admin wants to be done with filed mail; that it fails costs no mail."""
        try:
            if self._settings.imap_after == "seen":
                await box.mark_seen(uids)
            elif self._settings.imap_after == "move":
                await box.move(uids, self._settings.imap_move_to)
        except Refused as error:
            log.warning("filed mail stays", extra={"account": self.account.id, "reason": error.words})

    # ------------------------------------------------------------------------------------------------ health

    def _soonest(self) -> list[float]:
        now = time.time()
        return [max(one.due - now, 0.05) for cursor in self._cursors.values() for one in cursor.waiting.values()]

    async def _report_round(self) -> None:
        waiting = [one for cursor in self._cursors.values() for one in cursor.waiting.values()]
        await self._report(ok=not waiting, words=waiting[0].words if waiting else "")

    async def _report(self, *, ok: bool, words: str = "") -> None:
        waiting = sum(len(cursor.waiting) for cursor in self._cursors.values())
        health = Health(ok, words, self._last_fetched, waiting + sum(self._backlog.values()))
        if replace(health, last_fetched=None) == self._reported[1] and time.monotonic() < self._reported[0] + QUIET:
            return  # nothing new but the minute: not worth a write on each round
        try:
            await self._desk.report(self.account, health)
            self._reported = (time.monotonic(), replace(health, last_fetched=None))
        except Exception as error:
            log.warning("health was not reported", extra={"account": self.account.id, "reason": type(error).__name__})


def _memory(folder: str) -> str:
    return f"imap:{folder}"


def _groups(outlines: Sequence[Outline]) -> list[list[Outline]]:
    """Neighbouring small mails together while they stay small, in order."""
    groups: list[list[Outline]] = []
    room = 0
    for one in outlines:
        small = one.size < PIECE
        if not groups or not small or one.size > room:
            groups.append([])
            room = BATCH_BYTES if small else 0
        groups[-1].append(one)
        room -= one.size
    return groups


class Mailboxes:
    """All mailboxes to be fetched, one task each, following what admins change."""

    def __init__(self, desk: Desk, tokens: Tokens, tls: ssl.SSLContext | None, *, pause: float = 2.0) -> None:
        self._desk = desk
        self._tokens = tokens
        self._tls = tls
        self._pause = pause
        self._running: dict[int, tuple[Account, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Until cancelled; then all connections are closed."""
        try:
            while True:
                await self._follow(self._desk.accounts(KIND))
                try:
                    async with asyncio.timeout(60):
                        await self._desk.accounts_changed(KIND)
                except TimeoutError:
                    pass  # looked at again all the same: a change in between cannot be missed for long
        finally:
            await self._follow([])

    async def _follow(self, accounts: Sequence[Account]) -> None:
        wanted = {one.id: one for one in accounts if _is_fetched(settings_of(one))}
        stopped = []
        for number, (account, task) in list(self._running.items()):
            if wanted.get(number) != account:
                task.cancel()
                stopped.append(task)
                del self._running[number]
        if stopped:
            await asyncio.gather(*stopped, return_exceptions=True)
        for number, account in wanted.items():
            if number not in self._running:
                box = Mailbox(account, self._desk, self._tokens, self._tls, pause=self._pause)
                self._running[number] = (account, asyncio.create_task(box.run(), name=f"mailbox {number}"))


def _is_fetched(settings: MailSettings) -> bool:
    return settings.incoming == "imap" and bool(settings.imap_host)
