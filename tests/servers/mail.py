"""The mail that goes to and from desks."""

from __future__ import annotations

import secrets
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from tests.channels.email.network import Got, MailServer
from tests.desks import until

SUPPORT = "support@shop.example"
TARO = "taro@customer.example"


def a_mail(
    text: str,
    *,
    sender: str = f"田中 太郎 <{TARO}>",
    to: str = SUPPORT,
    subject: str = "ご注文について",
    **headers: str,
) -> bytes:
    """A mail as a customer's program writes it; headers by name, `_` for `-`."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = "Sat, 21 Nov 2026 10:00:00 +0900"
    mail["Message-ID"] = f"<{headers.pop('id', secrets.token_hex(8))}@customer.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def an_answer(letter: EmailMessage, text: str, *, to: str | None = None, **headers: str) -> bytes:
    """The customer's answer to a letter, as mail programs make it: to its Reply-To, with its References."""
    known = f"{letter['References'] or ''} {letter['Message-ID']}".strip()
    return a_mail(
        text,
        to=to or str(letter["Reply-To"] or letter["From"]),
        subject=f"Re: {letter['Subject']}",
        In_Reply_To=str(letter["Message-ID"]),
        References=known,
        **headers,
    )


def read_mail(got: Got) -> EmailMessage:
    """A mail that the relay took, read by the standard library."""
    return BytesParser(policy=policy.default).parsebytes(got.content)  # type: ignore[return-value]


def words_of(mail: EmailMessage) -> str:
    """Its plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def address_of(header: Any) -> str:
    """The one address in a header."""
    return str(header.addresses[0].addr_spec)


async def sent(relay: MailServer, many: int, seconds: float = 60.0) -> list[EmailMessage]:
    """Wait until the relay has so many mails; all of them, in the order they came."""
    await until(lambda: len(relay.got) >= many, seconds)
    assert len(relay.got) == many, [one.recipients for one in relay.got]
    return [read_mail(got) for got in relay.got]
