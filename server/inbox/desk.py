"""The desk as channels see it: the one way in, their accounts, and what they may remember."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import traceback
from base64 import b32encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from channels.contract import (
    OFFERS,
    Accepted,
    Account,
    Arrival,
    Attachment,
    Channel,
    DeliveryReport,
    Health,
    InboundMessage,
    LinksContacts,
    MarksRead,
    Noticed,
    Present,
    Reader,
    ReadsAtOnce,
    ShownConversation,
    ShownMessage,
    Spool,
    TooLarge,
)
from server import accounts, tickets
from server.accounts import Keys, desk_settings, records
from server.agents import availability
from server.customers.orders import queries as orders
from server.database import Database
from server.delivery import Attached
from server.errors import Conflict, NotFound, Unavailable
from server.files import Files, Stored
from server.flows.greeting import Greeting, greetings
from server.inbox import filing, proofs, published, queries
from server.inbox.errands import Errands
from server.inbox.filing import Kept, Said
from server.inbox.presence import Presence
from server.inbox.reader import AccountReader
from server.tickets import conversations, onward

log = logging.getLogger(__name__)

IN_THE_ROW = 64 * 1024
"""Arrivals up to this size, in bytes, are kept in their row; larger ones are files."""
LONGEST_ERROR = 4_000
READERS = 4
"""More than processors: some of them wait for the disk to have a file."""

Found = TypeVar("Found")
Allow = Callable[[str, int, float], float]
"""Bucket, how many, in how many seconds: 0.0 when allowed, else the seconds to wait."""


class InboxDesk:
    """`channels.contract.Desk` over the real database.

    Reading happens in worker threads: `channel.read` is pure, and its attachments are decoded and stored there too,
    before the transaction that names them.
    """

    def __init__(
        self,
        database: Database,
        files: Files,
        channels: Mapping[str, Channel],
        keys: Keys,
        *,
        public_url: str,
        secret: bytes,
        max_bytes: int,
        allow: Allow,
    ) -> None:
        self._database = database
        self._files = files
        self._channels = channels
        self._at_once = {
            kind: channel.reads_at_once for kind, channel in channels.items() if isinstance(channel, ReadsAtOnce)
        }
        self._keys = keys
        self._public_url = public_url.rstrip("/")
        self._secret = secret
        self._max_bytes = max_bytes
        self._allow = allow
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader-of-arrivals")
        self._accounts: dict[str, tuple[Account, ...]] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self.helping: Callable[[Account], Awaitable[bool]] | None = None
        """Who knows whether articles are offered on an account: given by the composition."""
        self.presence = Presence()
        self.errands = Errands(database, files, channels, self)
        self._answering: Mapping[int, frozenset[int]] = {}
        self._greetings: Mapping[int, Greeting] = {}
        self._reading = asyncio.Lock()
        """One look at a time: an older one that takes longer would stay, as if nothing had changed since."""

    # ------------------------------------------------------------------------------------------- the way in

    @property
    def public_url(self) -> str:
        """Where the desk is seen from outside."""
        return self._public_url

    async def accept(self, arrival: Arrival) -> Accepted:
        """File an arrival: returning means that it is on disk, raising that it must be offered again.

        What cannot be read or filed is kept in quarantine, which is safe as well. Raises `Unavailable` when the
        database cannot take it, `OSError` when the disk is full, `TooLarge` past the desk's limit.
        """
        if arrival.raw.size > self._max_bytes:
            raise TooLarge(f"more than {self._max_bytes} bytes")
        if self._reads_at_once(arrival):
            kept, said, trouble = self._prepare(arrival)
        else:
            loop = asyncio.get_running_loop()
            kept, said, trouble = await loop.run_in_executor(self._threads, self._prepare, arrival)
        if trouble is None:
            try:
                accepted = await self._database.write(filing.file, kept, said)
                if any(map(_to_fetch, said)):
                    self.errands.kick()
                return accepted
            except Unavailable:
                raise
            except Exception as error:
                log.exception("Arrival %s of account %d could not be filed", arrival.external_id, arrival.account.id)
                trouble = ("filing", error)
        reason, cause = trouble
        return await self._database.write(filing.quarantine, kept, reason, _words(cause))

    def _reads_at_once(self, arrival: Arrival) -> bool:
        return arrival.raw.size <= IN_THE_ROW and arrival.media_type in self._at_once.get(arrival.account.kind, ())

    async def retry(self, arrival_id: int) -> Accepted:
        """Read and file a quarantined arrival again. Raises `NotFound`; `Conflict` when it is filed already."""
        found = await self._database.read(queries.arrival, arrival_id)
        if found.state == "filed":
            raise Conflict("This arrival is filed already.", current=found)
        original = await self._database.read(lambda tx: queries.original(tx, arrival_id=arrival_id))
        account = await self.account(found.account)
        arrival = Arrival(
            account, found.external_id, original.raw(self._files), found.media_type, found.received_at, found.envelope
        )
        try:
            said = await asyncio.get_running_loop().run_in_executor(self._threads, self._read, arrival)
            return await self._database.write(filing.release, arrival_id, said)
        except (Unavailable, OSError):
            raise
        except Exception as error:
            log.exception("Arrival %d still cannot be filed", arrival_id)
            return await self._database.write(filing.still_broken, arrival_id, type(error).__name__, _words(error))

    def spool(self) -> AbstractAsyncContextManager[Spool]:
        """A file to receive something large into."""
        return self._files.spool(self._max_bytes)

    def _prepare(self, arrival: Arrival) -> tuple[Kept, list[Said], tuple[str, BaseException] | None]:
        """In a worker thread: the bytes to keep, and what they say. Raises `OSError` when the disk is full."""
        large = arrival.raw.size > IN_THE_ROW
        kept = Kept(
            arrival.account.id,
            arrival.external_id,
            arrival.media_type,
            arrival.raw.size,
            None if large else arrival.raw.bytes(),
            self._files.keep_file(arrival.raw).digest if large else None,
            arrival.envelope,
            arrival.received_at,
        )
        try:
            return kept, self._read(arrival), None
        except OSError:
            raise
        except Exception as error:
            log.exception("Arrival %s of account %d could not be read", arrival.external_id, arrival.account.id)
            return kept, [], (type(error).__name__, error)

    def _read(self, arrival: Arrival) -> list[Said]:
        channel = self._channels.get(arrival.account.kind)
        if channel is None:
            raise LookupError(f"no channel of the kind {arrival.account.kind} is installed")
        said = []
        for inbound in channel.read(arrival):
            message = inbound.message if isinstance(inbound, DeliveryReport) else inbound
            files = message.attachments if isinstance(message, InboundMessage) else ()
            stored = self._files.keep_all([file.chunks() for file in files]) if files else ()
            said.append(Said(inbound, tuple(map(_attached, files, stored))))
        return said

    # ------------------------------------------------------------------------------------------- accounts

    async def load_accounts(self) -> None:
        """Read the accounts anew and tell the channels whose accounts changed."""
        async with self._reading:
            self._greetings = await self._database.read(greetings)
            found = await self._database.read(accounts.reachable, self._keys)
            by_kind: dict[str, tuple[Account, ...]] = {}
            for account in found:
                by_kind[account.kind] = (*by_kind.get(account.kind, ()), account)
            before, self._accounts = self._accounts, by_kind
        for kind in before.keys() | by_kind.keys():
            if before.get(kind) != by_kind.get(kind) and kind in self._changed:
                self._changed.pop(kind).set()

    def accounts(self, kind: str) -> Sequence[Account]:
        """The enabled accounts of a kind, as they are now."""
        return self._accounts.get(kind, ())

    async def accounts_changed(self, kind: str) -> Sequence[Account]:
        """Wait until accounts of this kind changed; gives the new ones."""
        await self._changed.setdefault(kind, asyncio.Event()).wait()
        return self.accounts(kind)

    async def account(self, account_id: int) -> Account:
        """Any account by its id, also a disabled one: its letters still leave. Raises `NotFound`."""
        if (found := self._open_account(account_id)) is not None:
            return found
        return await self._database.read(accounts.contract, self._keys, account_id)

    async def recall(self, account: Account, name: str) -> Any:
        """What was remembered under this name for the account, or None."""
        return await self._database.read(accounts.recall, account.id, name)

    async def remember(self, account: Account, name: str, value: Any) -> None:
        """Keep a small JSON value for the account."""
        await self._database.write(accounts.remember, account.id, name, value)

    async def keep(self, account: Account, shelf: str, key: str, value: Any, *, until: datetime | None = None) -> None:
        """Keep one of many JSON values; None takes it away."""
        await self._database.write(records.keep, account.id, shelf, key, value, until)

    async def look_up(self, account: Account, shelf: str, key: str) -> Any:
        """What is kept under this key, or None."""
        return await self._database.read(records.look_up, account.id, shelf, key)

    async def load_attendance(self) -> bool:
        """Read anew who is at the desk. Whether that changed."""
        async with self._reading:
            before, self._answering = self._answering, await self._database.read(availability.answering)
            return before != self._answering

    def attended(self, team: int | None = None) -> bool:
        """Whether somebody who answers is at the desk now, or somebody of a team."""
        return any(team is None or team in teams for teams in self._answering.values())

    async def report(self, account: Account, health: Health) -> None:
        """Keep how the account's way in is doing."""
        await self._database.write(accounts.report, account.id, health)

    # ------------------------------------------------------------------------------------------- what is shown

    async def conversation(
        self,
        account: Account,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> ShownConversation:
        """What the customer may see of a conversation: what came after a seq, before one, or the newest."""
        return await self._database.read(
            conversations.shown, account.id, conversation, after=after, before=before, limit=limit
        )

    def opening(self, account: Account, language: str) -> ShownMessage | None:
        """What is said to whoever opens an empty conversation."""
        greeting = self._greetings.get(account.id)
        text, choices = greeting.said(language) if greeting is not None else ("", ())
        return ShownMessage(0, "desk", text, datetime.now(UTC), choices=choices, spoken=True) if text else None

    async def load_greetings(self) -> None:
        """Read anew which flows greet where."""
        async with self._reading:
            self._greetings = await self._database.read(greetings)

    async def look_through(self, account: Account, look: Callable[[Reader], Found]) -> Found:
        """Several looks in one read, in a worker thread."""
        return await self._database.read(lambda tx: look(AccountReader(tx, account.id)))

    async def file(self, account: Account, conversation: str, file: int) -> Attachment | None:
        """A file of a message that `conversation` shows."""
        try:
            found = await self._database.read(conversations.shown_file, account.id, conversation, file)
        except NotFound:
            return None
        return Attachment(found.filename, found.content_type, found.size, lambda: self._files.chunks(found.digest))

    async def publish(self, account: Account, name: str, file: Attachment) -> str:
        """A lasting public address of a file, which nobody can guess."""
        stored = await asyncio.to_thread(self._files.keep, file.chunks())
        secret = self.sign("published", f"{account.id}:{name}")
        found = published.Published(stored.digest, file.filename, file.content_type)
        await self._database.write(published.publish, account.id, secret, found)
        return f"{self._public_url}/p/{secret}/{quote(file.filename, safe='')}"

    async def confirm(self, account: Account, address: str, code: str, language: str) -> bool:
        """Mail somebody a code with which they show that the address is theirs."""
        return await self._database.write(proofs.mail_code, address, code, language)

    async def buyer(self, address: str, number: str) -> int | None:
        """The customer with this mail address who made an order of this number."""
        return await self._database.read(orders.buyer, number, address)

    async def shop(self, language: str) -> str:
        """The shop's name."""
        settings = await self._database.read(desk_settings.read)
        return settings.shop(language)

    async def place_of(self, ticket: int) -> tuple[Account, str] | None:
        """Where a ticket's customer talks with us."""
        found = await self._database.read(conversations.place_of, ticket)
        account = None if found is None else self._open_account(found[0])
        return None if found is None or account is None else (account, found[1])

    def _open_account(self, id: int) -> Account | None:
        return next((one for some in self._accounts.values() for one in some if one.id == id), None)

    async def helps(self, account: Account) -> bool:
        """Whether the shop's articles are offered to those who write here."""
        return self.helping is not None and await self.helping(account)

    def elsewhere(self) -> Account | None:
        """The account on which customers of other channels are offered to go on."""
        kinds = [kind for kind, channel in self._channels.items() if isinstance(channel, LinksContacts)]
        return next((one for kind in kinds for one in self.accounts(kind) if one.settings.get(OFFERS)), None)

    async def way_on(self, account: Account, conversation: str) -> str:
        """A page on which the customer of a conversation goes on there."""
        there = self.elsewhere()
        channel = self._channels[there.kind] if there is not None else None
        customer = await self._database.read(onward.talker, account.id, conversation)
        if there is None or customer is None or not isinstance(channel, LinksContacts):
            return ""
        return channel.go_page(there.id, customer, datetime.now(UTC))

    async def invite(self, account: Account, customer: int, issued: datetime) -> str | None:
        """A code that works once, by which whoever shows it at the account becomes this customer."""
        return await self._database.write(proofs.invite_once, account.id, account.kind, customer, issued)

    async def tell_read(self, message_id: int) -> None:
        """An agent has read up to a message: tell its sender, where the network can."""
        found = await self._database.write(tickets.take_read_handle, message_id)
        if found is None:
            return
        account = await self.account(found[0])
        channel = self._channels.get(account.kind)
        if isinstance(channel, MarksRead):
            await channel.mark_read(account, found[1])

    def show(self, present: Present) -> None:
        """Tell the agents that a customer came, moves, types or went."""
        self.presence.show(present)

    # ------------------------------------------------------------------------------------------- small favours

    def allow(self, bucket: str, *, limit: int, per: timedelta) -> float:
        """Rate limit: 0.0 when allowed (and counted), else the seconds to wait."""
        return self._allow(bucket, limit, per.total_seconds())

    def sign(self, purpose: str, text: str) -> str:
        """A short URL-safe signature: HMAC-SHA256 over purpose and text, 130 bits of it."""
        digest = hmac.digest(self._secret, f"{purpose}\0{text}".encode(), hashlib.sha256)
        return b32encode(digest).decode().lower()[:26]

    async def close(self) -> None:
        """Let the reading threads end."""
        self._threads.shutdown(wait=True)


def _attached(file: Attachment, stored: Stored) -> Attached:
    return Attached(file.filename, file.content_type, stored.size, stored.digest, file.inline, file.content_id)


def _to_fetch(said: Said) -> bool:
    inbound = said.inbound
    return isinstance(inbound, Noticed) or (isinstance(inbound, InboundMessage) and bool(inbound.pending))


def _words(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-LONGEST_ERROR:]
