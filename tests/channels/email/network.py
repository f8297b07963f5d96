"""The other side of the wire: a running channel, a scriptable SMTP server, and SMTP spoken by hand."""

from __future__ import annotations

import asyncio
import base64
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from channels.contract import Account, OutboundMessage, Party
from channels.email.channel import EmailChannel
from tests.channels.desk import FakeDesk


@dataclass
class Running:
    """A channel attached to a desk, its doors open; `url` is where its routes are served."""

    channel: EmailChannel
    desk: FakeDesk
    url: str

    @property
    def smtp(self) -> tuple[str, int]:
        """Where the SMTP listener is."""
        return self.channel.listening["smtp"]

    @property
    def lmtp(self) -> tuple[str, int]:
        """Where the LMTP listener is."""
        return self.channel.listening["lmtp"]


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """The app on a free port; gives its URL."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(desk: FakeDesk, **options: Any) -> AsyncIterator[Running]:
    """The email channel at work for a desk, with an SMTP and an LMTP listener."""
    channel = EmailChannel(smtp=("127.0.0.1", 0), lmtp=("127.0.0.1", 0), **options)
    app = web.Application()
    channel.attach(app, desk)
    async with serving(app) as url:
        yield Running(channel, desk, url)


# ------------------------------------------------------------------------------------------ a receiving server


@dataclass
class Got:
    """A mail the server took."""

    sender: str
    recipients: list[str]
    content: bytes
    session: int
    user: str | None


@dataclass
class MailServer:
    """What the receiving server took and how it shall behave.

    `answers` maps a verb ("MAIL", "DATA") or a recipient to the line it answers instead of 250; a list is used up
    one by one. `connections` counts the callers.
    """

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answers: dict[str, str | list[str]] = field(default_factory=dict)
    connections: int = 0
    hang_up_at: str = ""
    users: dict[str, str] = field(default_factory=dict)
    xoauth2: dict[str, str] = field(default_factory=dict)

    def answer(self, name: str) -> str | None:
        """The line scripted for this, if any."""
        scripted = self.answers.get(name)
        if isinstance(scripted, list):
            return scripted.pop(0) if scripted else None
        return scripted

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """Sender."""
        if self.hang_up_at == "MAIL":
            self.hang_up_at = ""
            assert server.transport is not None
            server.transport.close()
        if line := self.answer("MAIL"):
            return line
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """Recipient."""
        if line := self.answer(address):
            return line
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Content."""
        if self.hang_up_at == "DATA":
            self.hang_up_at = ""
            assert server.transport is not None
            server.transport.close()
            return "250 never heard"
        if line := self.answer("DATA"):
            return line
        assert isinstance(envelope.original_content, bytes)
        user = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else session.auth_data
        self.got.append(
            Got(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content, id(session), user)
        )
        return "250 2.0.0 queued as 1"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Passwords from `users`."""
        right = isinstance(data, LoginPassword) and self.users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=right, handled=False, auth_data=data if right else None)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """Tokens from `xoauth2`."""
        text = base64.b64decode(args[1]).decode()
        user, token = text.split("\x01")[0][5:], text.split("\x01")[1].removeprefix("auth=Bearer ")
        right = self.xoauth2.get(user) == token
        return AuthResult(success=right, handled=False, auth_data=user if right else None)


@asynccontextmanager
async def mail_server(
    given: MailServer | None = None, *, size: int = 50_000_000, tls: Any = None, utf8: bool = True
) -> AsyncIterator[MailServer]:
    """A receiving SMTP server on a free port, or on the one that `given` names."""
    script = given or MailServer()

    class Server(SMTP):
        line_length_limit = 10_000_000

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            if self._original_transport is None:
                script.connections += 1
            super().connection_made(transport)

    def factory() -> Server:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # aiosmtpd warns of passwords without TLS, which is what we want here
            return Server(
                script,
                data_size_limit=size,
                enable_SMTPUTF8=utf8,
                hostname="relay.test",
                tls_context=tls,
                authenticator=script.authenticate,
                auth_required=bool(script.users or script.xoauth2),
                auth_require_tls=tls is not None,
                loop=asyncio.get_running_loop(),
            )

    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", script.port)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()


# --------------------------------------------------------------------------------------------- SMTP by hand


class Caller:
    """An SMTP client that says exactly what a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def call(cls, where: tuple[str, int]) -> Caller:
        """Connect; the greeting is still to be read."""
        return cls(*await asyncio.open_connection(*where))

    async def answer(self) -> str:
        """The next answer, its lines joined."""
        lines = []
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 60)).decode()
            lines.append(line.rstrip())
            if len(line) < 4 or line[3] != "-":
                return "\n".join(lines)

    async def say(self, text: str | bytes) -> str:
        """Send a line, give the answer."""
        self.writer.write((text.encode() if isinstance(text, str) else text) + b"\r\n")
        await self.writer.drain()
        return await self.answer()

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()


async def send(where: tuple[str, int], raw: bytes, *recipients: str, sender: str = "taro@example.jp") -> str:
    """Send a mail to a listener; gives the last answer."""
    caller = await Caller.call(where)
    try:
        await caller.answer()
        await caller.say("EHLO client.test")
        await caller.say(f"MAIL FROM:<{sender}>")
        for recipient in recipients:
            said = await caller.say(f"RCPT TO:<{recipient}>")
            if not said.startswith("250"):
                return said
        said = await caller.say("DATA")
        if not said.startswith("354"):
            return said
        doubled = raw.replace(b"\n.", b"\n..")
        return await caller.say((b"." + doubled if doubled.startswith(b".") else doubled) + b"\r\n.")
    finally:
        await caller.close()


def account(number: int = 1, address: str = "support@shop.example", **settings: Any) -> Account:
    """A mail account; settings whose field is a secret go there."""
    secret = {"imap_password", "smtp_password", "hook_secret", "oauth_client_secret", "oauth_refresh_token"}
    return Account(
        id=number,
        kind="email",
        name="ショップ窓口",
        address=address,
        settings={"incoming": "smtp", **{name: value for name, value in settings.items() if name not in secret}},
        secrets={name: value for name, value in settings.items() if name in secret},
    )


def through(server: MailServer, **settings: Any) -> Account:
    """An account that sends by this server."""
    return account(smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none", **settings)


def letter(where: Account, *to: str, **values: Any) -> OutboundMessage:
    """A letter with defaults for what a test does not care about."""
    fields: dict[str, Any] = {
        "key": "letter-1",
        "text": "お世話になっております。",
        "subject": "ご注文について",
        "created_at": datetime.now(UTC),
        **values,
    }
    recipients = tuple(Party("email", address) for address in to or ("taro@example.jp",))
    return OutboundMessage(account=where, to=recipients, **fields)
