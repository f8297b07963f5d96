"""In charge of the SMTP and LMTP doors: 250 is said only after the desk has the mail on disk.

aiosmtpd keeps a whole DATA in memory and refuses lines over 1,001 bytes. Here DATA goes to the desk's spool piece by
piece, so a connection costs at most a few hundred kB whatever is sent, and a long line is just bytes.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from channels.contract import Account, Arrival, Desk, Raw, Spool, TooLarge
from channels.email.addresses import belongs, own, split
from channels.email.fingerprint import Fingerprint
from channels.email.settings import settings_of

log = logging.getLogger(__name__)

KIND = "email"
PIECE = 64 * 1024
MOST_RECIPIENTS = 100  # RFC 5321 §4.5.3.1.8: a server takes at least a hundred
MOST_CONNECTIONS = 200
IDLE_SECONDS = 300.0  # RFC 5321 §4.5.3.2.7
MAIL_SECONDS = 1800.0
END = b"\r\n.\r\n"

DELIVERED = "250 2.0.0 Stored"
UNKNOWN = "550 5.1.1 No such mailbox here"
TOO_LARGE = "552 5.3.4 Message too large"
TOO_MANY = "452 4.5.3 Too many recipients"
NOT_NOW = "451 4.3.0 Cannot be stored now, please try again"
BUSY = b"421 4.3.2 Too many connections, please try again\r\n"


class Door(SMTP):
    """One connection. `lmtp` greets with LHLO and answers once per recipient (RFC 2033 §4.2)."""

    line_length_limit = PIECE
    turned_away = False

    def __init__(self, hall: Hall, *, lmtp: bool) -> None:
        super().__init__(
            hall,
            data_size_limit=hall.max_bytes,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname=hall.hostname,
            ident="Madoguchi",
            tls_context=hall.tls,
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self.hall = hall
        self.lmtp = lmtp
        self._entered: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Turn a caller away when the hall is full."""
        if self._original_transport is None and not self.hall.enter(transport):
            assert isinstance(transport, asyncio.WriteTransport)
            self.turned_away = True
            transport.write(BUSY)
            transport.close()
            return
        if self._original_transport is None:
            self._entered = transport  # after STARTTLS there is another, over this one
        super().connection_made(transport)

    @property
    def reader(self) -> asyncio.StreamReader:
        """What the caller sends."""
        return self._reader

    def connection_lost(self, error: Exception | None) -> None:
        """Leave the hall."""
        if self.turned_away:
            return
        self.hall.leave(self._entered)
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The caller stopped sending."""
        return False if self.turned_away else super().eof_received()

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:
        """LMTP's greeting (RFC 2033 §4.1)."""
        if not self.lmtp:
            await self.push("500 5.5.1 This is SMTP, say EHLO")
            return
        await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        """Not spoken in LMTP."""
        if self.lmtp:
            await self.push("500 5.5.1 This is LMTP, say LHLO")
            return
        await super().smtp_HELO(hostname)

    async def smtp_EHLO(self, hostname: str) -> None:
        """Not spoken in LMTP."""
        if self.lmtp:
            await self.push("500 5.5.1 This is LMTP, say LHLO")
            return
        await super().smtp_EHLO(hostname)

    async def smtp_DATA(self, arg: str | None) -> None:
        """Receive a mail into the spool and answer when the desk has it."""
        assert self.envelope is not None
        assert self.session is not None
        if not self.session.host_name:
            await self.push("503 5.5.1 Say hello first")
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Need RCPT first")
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no argument")
            return
        recipients: list[str] = list(self.envelope.rcpt_tos)
        self._reset_timeout(MAIL_SECONDS)
        try:
            answers = await self.hall.receive(self)
        except (asyncio.CancelledError, ConnectionError):
            self._writer.close()
            raise
        self._reset_timeout()
        self.envelope = self._create_envelope()
        if not answers:
            await self.push(NOT_NOW)
        elif self.lmtp:
            for recipient in recipients:
                await self.push(answers[recipient])
        else:
            # One answer for all: anything but "stored" makes the sender offer the mail to all of them again, and
            # the desk knows a repeat when it sees one.
            refused = [answer for answer in answers.values() if answer != DELIVERED]
            await self.push(min(refused) if refused else DELIVERED)


class Hall:
    """What all connections share: the desk, the limits, who is inside. Also aiosmtpd's handler."""

    def __init__(
        self,
        desk: Desk,
        *,
        max_bytes: int,
        hostname: str,
        tls: ssl.SSLContext | None = None,
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        self.desk = desk
        self.max_bytes = max_bytes
        self.hostname = hostname
        self.tls = tls
        self.most_connections = most_connections
        self._inside: set[asyncio.BaseTransport] = set()

    def enter(self, transport: asyncio.BaseTransport) -> bool:
        """Whether there is room for one more."""
        if len(self._inside) >= self.most_connections:
            log.warning("listener is full", extra={"connections": len(self._inside)})
            return False
        self._inside.add(transport)
        return True

    def leave(self, transport: asyncio.BaseTransport | None) -> None:
        """A connection ended."""
        if transport is not None:
            self._inside.discard(transport)

    def hang_up(self) -> None:
        """End all connections; what was not answered is offered again."""
        for transport in list(self._inside):
            transport.close()

    def account_for(self, address: str) -> Account | None:
        """Whose mail this is: an exact address goes before a plus address, that before a pattern or a whole domain."""
        local, domain = split(address)

        def distance(account: Account) -> int:
            ours = own(account)
            return 0 if f"{local}@{domain}" in ours else 1 if f"{local.partition('+')[0]}@{domain}" in ours else 2

        takers = [
            account
            for account in self.desk.accounts(KIND)
            if settings_of(account).incoming == "smtp" and belongs(account, address)
        ]
        return min(takers, key=distance, default=None)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient who has a mailbox here."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        if self.account_for(address) is None:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """What nobody foresaw is our fault: the sender shall come again."""
        log.exception("listener failed", exc_info=error)
        return NOT_NOW

    # --------------------------------------------------------------------------------------------- one mail

    async def receive(self, door: Door) -> Mapping[str, str]:
        """Receive DATA and file it for each account addressed.

        Gives the answer for each recipient; nothing at all where there was not even room to begin.
        """
        assert door.envelope is not None
        recipients: list[str] = list(door.envelope.rcpt_tos)
        async with AsyncExitStack() as stack:
            try:
                spool = await stack.enter_async_context(self.desk.spool())
            except OSError as error:
                log.error("no room for a mail", extra={"reason": str(error)})
                return {}
            digest = Fingerprint()
            if trouble := await self._take_in(door, spool, digest):
                return dict.fromkeys(recipients, trouble)
            try:
                raw = await spool.raw()
            except OSError as error:
                log.error("mail cannot be spooled", extra={"reason": str(error)})
                return dict.fromkeys(recipients, NOT_NOW)
            return await self._share_out(door, digest.name, raw)

    async def _take_in(self, door: Door, spool: Spool, digest: Fingerprint) -> str:
        """Write the body to the spool; gives the answer if that failed, else nothing."""
        # The body ends with CRLF.CRLF; with this CRLF in front an empty body does so as well.
        door.reader.feed_data(b"\r\n")
        await door.push("354 End data with <CR><LF>.<CR><LF>")
        trouble, size, last, dots = "", 0, False, _Dots()
        while not last:
            piece, last = await _piece(door.reader)
            data = dots.undouble(piece, last)
            size += len(data)
            if size > self.max_bytes:
                trouble = TOO_LARGE
            if trouble:
                continue  # RFC 5321 §4.2.5: the answer comes after the data, so read on and forget
            digest.update(data)
            try:
                await spool.write(data)
            except TooLarge:
                trouble = TOO_LARGE
            except OSError as error:
                log.error("mail cannot be spooled", extra={"reason": str(error)})
                trouble = NOT_NOW
        return trouble

    async def _share_out(self, door: Door, external_id: str, raw: Raw) -> Mapping[str, str]:
        """File the mail once for each account that was addressed."""
        assert door.envelope is not None
        assert door.session is not None
        owners: dict[int, Account] = {}
        shares: dict[int, list[str]] = {}
        answers: dict[str, str] = dict.fromkeys(door.envelope.rcpt_tos, UNKNOWN)
        for recipient in answers:
            if account := self.account_for(recipient):
                owners[account.id] = account
                shares.setdefault(account.id, []).append(recipient)
        for number, account in owners.items():
            envelope = {
                "via": "lmtp" if door.lmtp else "smtp",
                "mail_from": (door.envelope.mail_from or "").strip("<>"),
                "rcpt_tos": shares[number],
                "peer": str(door.session.peer[0]) if door.session.peer else "",
                "helo": door.session.host_name or "",
            }
            arrival = Arrival(account, external_id, raw, "message/rfc822", datetime.now(UTC), envelope)
            answers.update(dict.fromkeys(shares[number], await self._file(arrival)))
        return answers

    async def _file(self, arrival: Arrival) -> str:
        try:
            await self.desk.accept(arrival)
        except TooLarge:
            return TOO_LARGE
        except Exception as error:
            log.warning("mail was not filed", extra={"account": arrival.account.id, "reason": type(error).__name__})
            return NOT_NOW
        return DELIVERED


class _Dots:
    """Takes the first dot from lines that begin with one (RFC 5321 §4.5.2), wherever the pieces were cut."""

    def __init__(self) -> None:
        self._held = b""
        self._first = True

    def undouble(self, piece: bytes, last: bool) -> bytes:
        data = self._held + piece
        self._held = b""
        if not last:
            keep = 2 if data.endswith(b"\r\n") else 1 if data.endswith(b"\r") else 0
            if keep:
                data, self._held = data[:-keep], data[-keep:]
        data = data.replace(b"\r\n.", b"\r\n")
        if self._first and len(data) >= 2:
            data, self._first = data[2:], False  # the CRLF we put in front ourselves
        return data


async def _piece(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """The next piece of a body with its leading CRLF, and whether it is the last (then without the final dot)."""
    try:
        return (await reader.readuntil(END))[: -len(END) + 2], True
    except asyncio.LimitOverrunError as error:
        return await reader.read(error.consumed), False
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("the sender hung up inside a mail") from error


async def listen(hall: Hall, where: tuple[str, int], *, lmtp: bool = False) -> asyncio.Server:
    """Open the door at (host, port); port 0 takes a free one."""
    host, port = where
    return await asyncio.get_running_loop().create_server(lambda: Door(hall, lmtp=lmtp), host, port)
