"""In charge of joining the email channel's parts: the doors in, the reading, the way out, and an account's test."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from aiohttp import web

from channels.contract import Account, Arrival, Check, Desk, Field, Inbound, OutboundMessage, Receipt
from channels.email import checks
from channels.email.compose import compose
from channels.email.hook import Hook
from channels.email.incoming import inbound
from channels.email.listener import Hall, listen
from channels.email.mailbox import Mailboxes
from channels.email.oauth import Tokens
from channels.email.settings import FIELDS
from channels.email.smtp import Relays

log = logging.getLogger(__name__)

PATIENCE = timedelta(hours=1)


class EmailChannel:
    """Mail: IMAP, SMTP, LMTP and an HTTP hook in, SMTP out.

    `smtp` and `lmtp` are the (host, port) at which the process listens for mail, None for no listener; port 0 takes
    a free one, found in `listening` afterwards. `max_bytes` is the largest mail taken by any way in. `tls` checks
    other servers' certificates (None: the system's authorities), `server_tls` is our own for STARTTLS at the listener.
    `pause` is how many seconds a mailbox waits after its first failure; the waits double up to five minutes.
    """

    kind: ClassVar[str] = "email"
    label: ClassVar[str] = "Email"
    fields: ClassVar[Sequence[Field]] = FIELDS
    undo_seconds: ClassVar[int] = 10

    def __init__(
        self,
        *,
        smtp: tuple[str, int] | None = None,
        lmtp: tuple[str, int] | None = None,
        hostname: str = "localhost",
        max_bytes: int = 50_000_000,
        tls: ssl.SSLContext | None = None,
        server_tls: ssl.SSLContext | None = None,
        pause: float = 2.0,
    ) -> None:
        self.listening: dict[str, tuple[str, int]] = {}
        self._where = {"smtp": smtp, "lmtp": lmtp}
        self._hostname = hostname
        self._max_bytes = max_bytes
        self._tls = tls
        self._server_tls = server_tls
        self._pause = pause
        self._tokens = Tokens()
        self._relays = Relays(self._tokens, tls)
        self._mark = ""

    def meet(self, desk: Desk) -> None:
        """Take the sign by which our own mail is known when it comes back, and a place to remember tokens."""
        self._mark = desk.sign("mail-loop", "desk")
        self._tokens.desk = desk

    def unable(self, settings: Mapping[str, Any]) -> str:
        """Mail leaves by SMTP alone."""
        return "" if str(settings.get("smtp_host") or "").strip() else checks.NO_SMTP

    def attach(self, app: web.Application, desk: Desk) -> None:
        """Open the doors when the app starts, close them when it ends."""
        self.meet(desk)
        Hook(desk, max_bytes=self._max_bytes).attach(app)

        async def listeners(_: web.Application) -> AsyncIterator[None]:
            # aiosmtpd writes every address and command into its log at level INFO
            logging.getLogger("mail.log").setLevel(logging.WARNING)
            hall = Hall(desk, max_bytes=self._max_bytes, hostname=self._hostname, tls=self._server_tls)
            servers: list[asyncio.Server] = []
            for name, where in self._where.items():
                if where is not None:
                    server = await listen(hall, where, lmtp=name == "lmtp")
                    servers.append(server)
                    self.listening[name] = server.sockets[0].getsockname()[:2]
                    log.info("listening", extra={"protocol": name, "port": self.listening[name][1]})
            yield
            for server in servers:
                server.close()
            hall.hang_up()
            self.listening.clear()

        async def mailboxes(_: web.Application) -> AsyncIterator[None]:
            boxes = Mailboxes(desk, self._tokens, self._tls, pause=self._pause)
            task = asyncio.create_task(boxes.run())
            yield
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        async def relays(_: web.Application) -> AsyncIterator[None]:
            yield
            await self.close()

        app.cleanup_ctx.extend([relays, listeners, mailboxes])

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """The mail as a message, or as the reports of the letters it says were not delivered."""
        return inbound(arrival, self._mark)

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """Write the letter down and hand it to the account's SMTP server.

        For an hour a recipient who is told "later" holds the letter back for all; then the others get it.
        """
        letter = compose(message, self._mark)
        patient = datetime.now(UTC) - message.created_at < PATIENCE
        return await self._relays.send(message.account, letter, patient=patient)

    async def close(self) -> None:
        """Hang up at the SMTP servers; an attached channel does so by itself."""
        await self._relays.close()

    async def test(self, account: Account) -> Sequence[Check]:
        """Sign in at the IMAP and the SMTP server as the account would, and say what is wrong.

        A command of the same desk (`madoguchi doctor`) asks at the doors that the desk's own process holds open.
        """
        doors = self.listening or {name: where for name, where in self._where.items() if where is not None}
        return await checks.test(account, self._tokens, self._relays, self._tls, doors)
