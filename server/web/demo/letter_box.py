"""In charge of the letters of a demo: an SMTP server that sends nothing on, and what a customer would answer."""

from __future__ import annotations

import asyncio
import email.policy
import smtplib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from functools import cached_property
from typing import Any

from aiosmtpd.smtp import SMTP

from server.database import now

MOST_KEPT = 500
SMTP_SECONDS = 10


@dataclass(frozen=True)
class Caught:
    """One mail that left the desk, exactly as it left."""

    id: int
    raw: bytes
    mail_from: str
    rcpt_to: Sequence[str]
    at: datetime

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed mail."""
        return message_from_bytes(self.raw, policy=email.policy.default)

    def header(self, name: str) -> str:
        """A header's text, empty when there is none."""
        return str(self.message.get(name, ""))

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Every header, in their order."""
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        """The plain part."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part; empty when there is none."""
        return self._part("html")

    @property
    def attachments(self) -> list[str]:
        """The names of the files in it."""
        return [part.get_filename() or part.get_content_type() for part in self.message.iter_attachments()]

    def _part(self, kind: str) -> str:
        body = self.message.get_body(preferencelist=(kind,))
        return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""

    def answer(self, text: str) -> EmailMessage:
        """What the customer's mail program would make of an answer to it: threaded, with the letter quoted."""
        made = EmailMessage(policy=email.policy.SMTP)
        made["From"] = self.header("To") or self.rcpt_to[0]
        made["To"] = self.header("Reply-To") or self.header("From")
        subject = self.header("Subject")
        made["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
        made["Date"] = format_datetime(now())
        made["Message-ID"] = make_msgid(domain=self.rcpt_to[0].rpartition("@")[2])
        if before := self.header("Message-ID"):
            made["In-Reply-To"] = before
            made["References"] = f"{self.header('References')} {before}".strip()
        quoted = "\n".join(f"> {line}" for line in self.text.rstrip().splitlines())
        made.set_content(f"{text.rstrip()}\n\n{self.at:%Y/%m/%d %H:%M}, {self.header('From')}:\n{quoted}\n")
        return made


class LetterBox:
    """The demo's outgoing mail, newest last; an aiosmtpd handler."""

    def __init__(self) -> None:
        self._caught: deque[Caught] = deque(maxlen=MOST_KEPT)
        self._last = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep a mail."""
        self.keep(bytes(envelope.original_content or envelope.content), envelope.mail_from or "", envelope.rcpt_tos)
        return "250 2.0.0 Kept for the demo, and sent to nobody"

    def keep(self, raw: bytes, mail_from: str, rcpt_to: Sequence[str]) -> Caught:
        """The same for whoever catches mail in another way."""
        self._last += 1
        caught = Caught(self._last, raw, mail_from, tuple(rcpt_to), now())
        self._caught.append(caught)
        return caught

    def newest(self) -> list[Caught]:
        """What was caught, newest first."""
        return list(reversed(self._caught))

    def find(self, id: int) -> Caught | None:
        """One letter."""
        return next((caught for caught in self._caught if caught.id == id), None)


@asynccontextmanager
async def catching(box: LetterBox, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """An SMTP server that puts everything into the box; gives its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, hostname="letters.demo", enable_SMTPUTF8=True, loop=loop), host, port
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def post(message: EmailMessage, host: str, port: int) -> None:
    """Bring a customer's mail to the desk's own listener by SMTP. Raises `OSError` or `smtplib.SMTPException`."""

    def send() -> None:
        with smtplib.SMTP(host, port, timeout=SMTP_SECONDS) as smtp:
            smtp.send_message(message, parseaddr(str(message["From"]))[1], [parseaddr(str(message["To"]))[1]])

    await asyncio.to_thread(send)
