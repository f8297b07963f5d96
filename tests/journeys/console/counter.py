"""A whole desk for the console's journeys: the real application on a socket, with a mail network of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import web
from aiosmtpd.controller import Controller

from channels.contract import Accepted, Arrival, Raw
from server import accounts, agents
from server.accounts import AccountDraft
from server.agents import DESK, AgentView, Language, Role, sessions
from server.app import Parts, assemble, build
from server.settings import Settings
from tests.ports import free_port

SECRET = "a secret of the console's journeys, long enough"


class PostOffice:
    """The SMTP server that letters leave by: keeps them, or refuses with `says`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.says = ""
        self.came = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """aiosmtpd's hook."""
        if self.says:
            return self.says
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self._loop.call_soon_threadsafe(self.came.set)  # aiosmtpd has a thread of its own
        return "250 OK"


class Counter:
    """A running desk: people who work there, and customers who write to it."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.office = PostOffice()
        self.relay = Controller(self.office, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
        self.relay.start()
        port = port or free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.settings = Settings(  # type: ignore[call-arg]  # `_env_file` is pydantic's own
            secret=SECRET,
            database=f"sqlite:///{folder / 'desk.db'}",
            files=folder / "files",
            port=port,
            public_url=self.base,
            source_folders=str(folder),
            _env_file=None,
        )
        self.parts: Parts
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Start the application; what was kept before is there again."""
        self.parts = assemble(self.settings)
        self._runner = web.AppRunner(build(self.parts), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.settings.port).start()

    async def close(self) -> None:
        """Stop the application; consoles are left alone."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def hire(self, name: str, role: Role = "agent", language: Language = "ja", **more: Any) -> AgentView:
        """Somebody new."""
        email = f"{uuid4().hex[:8]}@shop.example"
        return await self.parts.database.write(
            agents.add, DESK, email=email, name=name, role=role, language=language, **more
        )

    async def cookie(self, agent: AgentView) -> dict[str, str]:
        """A session of somebody's, as Playwright takes cookies."""
        secret = sessions.new_secret()
        await self.parts.database.write(sessions.begin, agent.id, secret)
        return {"name": "madoguchi_session", "value": secret, "url": self.base}

    async def account(self, kind: str, name: str, address: str, **settings: Any) -> int:
        """A place at which the desk is reached."""
        draft = AccountDraft(kind=kind, name=name, address=address, settings=settings)
        parts = self.parts
        made = await parts.database.write(accounts.add, DESK, draft, channels=parts.channels, keys=parts.keys)
        await parts.desk.load_accounts()
        return made.id

    async def mail(
        self,
        text: str,
        *,
        subject: str = "商品について",
        sender: str = "hanako@mail.example",
        name: str = "山田 花子",
        html: str = "",
        files: tuple[tuple[str, str, bytes], ...] = (),
        **headers: str,
    ) -> Accepted:
        """A mail that comes in at the first mailbox. `headers` have underscores for hyphens."""
        (account, *_) = self.parts.desk.accounts("email")
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"] = f'"{name}" <{sender}>'
        mail["To"] = account.address
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{uuid4().hex}@mail.example>"
        mail["Date"] = format_datetime(datetime.now(UTC))
        for header, value in headers.items():
            mail[header.replace("_", "-")] = value
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        for filename, media, content in files:
            kind, _, subtype = media.partition("/")
            mail.add_attachment(content, maintype=kind, subtype=subtype, filename=filename)
        arrival = Arrival(account, uuid4().hex, Raw(mail.as_bytes()), "message/rfc822", datetime.now(UTC))
        return await self.parts.desk.accept(arrival)

    async def first_id(self, number: int) -> str:
        """The Message-ID of a ticket's first mail."""
        found: str = await self.parts.database.read(
            lambda tx: tx.value("SELECT external_id FROM message WHERE ticket_number = :n ORDER BY seq", n=number)
        )
        return found

    async def ticket(self, text: str, **said: Any) -> int:
        """A ticket that a mail began."""
        number = (await self.mail(text, **said)).ticket
        assert number is not None
        return number

    async def sent(self, count: int = 1, seconds: float = 60.0) -> list[EmailMessage]:
        """The mails that left, once there are this many."""
        async with asyncio.timeout(seconds):
            while len(self.office.mails) < count:
                self.office.came.clear()
                await self.office.came.wait()
        return self.office.mails


@asynccontextmanager
async def open_counter(folder: Path, *, port: int = 0, undo_seconds: int = 0) -> AsyncIterator[Counter]:
    """Open the desk on a free port (or this one), with a mailbox and a telephone."""
    counter = Counter(folder, port)
    try:
        await counter.open()
        await counter.account(
            "email",
            "サポート",
            "support@shop.example",
            incoming="smtp",
            smtp_host="127.0.0.1",
            smtp_port=counter.relay.port,
            smtp_security="none",
            undo_seconds=undo_seconds,
        )
        await counter.account("phone", "代表電話", "03-1234-5678")
        yield counter
    finally:
        await counter.close()
        counter.relay.stop()
