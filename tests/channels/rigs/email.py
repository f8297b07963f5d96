"""The rig of the email channel: in over SMTP, out to a scriptable SMTP server."""

from __future__ import annotations

import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.policy import default
from typing import Literal

from channels.contract import OutboundMessage
from channels.email.channel import EmailChannel
from tests.channels.desk import FakeDesk
from tests.channels.email.network import MailServer, Running, letter, mail_server, running, send, through
from tests.channels.rigs import Sent

DELIVERS = True


@dataclass
class EmailRig:
    """An account behind the listener that sends by a relay of the test's own."""

    here: Running
    relay: MailServer

    takes_any_bytes = True

    @property
    def channel(self) -> EmailChannel:
        return self.here.channel

    @property
    def desk(self) -> FakeDesk:
        return self.here.desk

    async def offer(self, text: str, name: str) -> bool:
        head = f"From: =?utf-8?Q?=E5=A4=AA=E9=83=8E?= <taro@example.jp>\r\nMessage-ID: <{name}@example.jp>\r\n"
        head += "To: support@shop.example\r\nSubject: hello\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        raw = (head + text.replace("\n", "\r\n")).encode("utf-8", "surrogatepass")
        return (await send(self.here.smtp, raw, "support@shop.example")).startswith("250")

    def letter(self, text: str, key: str) -> OutboundMessage:
        return letter(through(self.relay), text=text, key=key)

    def network(self, does: Literal["take", "later", "never"]) -> None:
        line = {"take": None, "later": "451 4.3.0 come again", "never": "550 5.1.1 unknown"}[does]
        self.relay.answers = {"taro@example.jp": line} if line else {}

    def sent(self) -> list[Sent]:
        sent = []
        for got in self.relay.got:
            mail = email.message_from_bytes(got.content, policy=default)
            plain = mail.get_body(("plain",))
            assert plain is not None
            sent.append(Sent(str(mail["Message-ID"]), plain.get_content().replace("\r\n", "\n")))
        return sent


@asynccontextmanager
async def rig() -> AsyncIterator[EmailRig]:
    """The channel and both its networks."""
    async with mail_server() as relay:
        desk = FakeDesk(through(relay))
        async with running(desk) as here:
            yield EmailRig(here, relay)
