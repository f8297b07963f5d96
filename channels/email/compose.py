"""In charge of writing a letter down as MIME: headers, bodies, files, as lines that can be sent piece by piece.

The serialiser is our own and small, because the standard library's keeps every attachment in memory in its encoded
form and folds Japanese headers inside characters. What it writes: RFC 5322, RFC 2045-2047, RFC 2183, RFC 2231.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import format_datetime

from channels.contract import Attachment, OutboundMessage, Undeliverable
from channels.email import body, headers
from channels.email.addresses import (
    BadAddress,
    message_id,
    needs_utf8,
    normal,
    reply_address,
    smtp_form,
    thread_reference,
)
from channels.email.settings import MailSettings, settings_of

PIECE = 57 * 4096  # base64 lines hold 57 bytes; a piece is a whole number of lines
MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
REFERENCES = 30  # the first and the last ones: enough for every mail program, short enough for every relay

Lines = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be sent: the envelope, and `chunks()`, which gives the bytes any number of times.

    `recipients` maps each address in its SMTP form to the one the desk knows. Every chunk ends with CRLF. `utf8`
    tells that only a server with SMTPUTF8 can take it (RFC 6531).
    """

    message_id: str
    sender: str
    recipients: Mapping[str, str]
    utf8: bool
    chunks: Lines


def compose(message: OutboundMessage, mark: str = "") -> Letter:
    """The mail for a message; `mark` is the desk's own sign, by which it knows its mail when it comes back.

    The same message gives the same bytes at each try. Raises `Undeliverable` for an address that cannot be one.
    """
    settings = settings_of(message.account)
    try:
        sender = smtp_form(message.account.address)
        to = [(party.name, smtp_form(party.address)) for party in message.to]
        cc = [(party.name, smtp_form(party.address)) for party in message.cc]
        answers = smtp_form(reply_address(message.account, message.token))
    except BadAddress as error:
        raise Undeliverable(str(error), code="5.1.3") from error
    recipients = {smtp_form(party.address): normal(party.address) for party in (*message.to, *message.cc)}
    if not recipients:
        raise Undeliverable("The letter has no recipient.", code="5.1.0")
    head = b"".join(_head(message, settings, mark, (sender, answers), to, cc))
    part = _whole(message, settings)

    def chunks() -> Iterator[bytes]:
        yield head
        yield from part()

    return Letter(
        message_id=message_id(message.account, message.key),
        sender=sender,
        recipients=recipients,
        utf8=any(needs_utf8(address) for address in (sender, answers, *recipients)),
        chunks=chunks,
    )


def _head(
    message: OutboundMessage,
    settings: MailSettings,
    mark: str,
    ours: tuple[str, str],
    to: list[tuple[str, str]],
    cc: list[tuple[str, str]],
) -> Iterator[bytes]:
    charset = settings.charset
    sender, answers = ours
    name = message.sender_name or settings.from_name
    yield headers.text_header("Date", format_datetime(message.created_at.astimezone(settings.time_zone)))
    yield headers.address_header("From", [(name, sender)], charset)
    yield headers.address_header("To", to, charset) if to else b"To: undisclosed-recipients:;\r\n"
    if cc:
        yield headers.address_header("Cc", cc, charset)
    if answers != sender:
        yield headers.address_header("Reply-To", [(name, answers)], charset)
    yield headers.text_header("Subject", message.subject, charset)
    yield headers.ids_header("Message-ID", [message_id(message.account, message.key)])
    parent = _id(message.in_reply_to or "")
    if parent:
        yield headers.ids_header("In-Reply-To", [parent])
    references = [one for one in map(_id, (*message.references, parent)) if one]
    if message.token:
        references.insert(0, thread_reference(message.account, message.token))
    if len(references) > REFERENCES:
        references = references[:2] + references[-REFERENCES + 2 :]
    if references:
        yield headers.ids_header("References", dict.fromkeys(references))
    if message.automatic:
        # RFC 3834 §5, and Exchange's own way to say the same
        yield b"Auto-Submitted: " + (b"auto-replied" if message.in_reply_to else b"auto-generated") + b"\r\n"
        yield b"X-Auto-Response-Suppress: All\r\n"
    url = message.unsubscribe_url or ""
    if re.fullmatch(r"(?:https?|mailto):[!-;=?-~]{1,900}", url):
        yield f"List-Unsubscribe: <{url}>\r\n".encode()
        if url.startswith("https:"):
            yield b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"  # RFC 8058 §3.1
    if mark:
        yield headers.text_header("X-Madoguchi-Desk", mark)
    if re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", message.language):
        yield f"Content-Language: {message.language}\r\n".encode()
    yield b"MIME-Version: 1.0\r\n"


def _id(identifier: str) -> str:
    """A Message-ID without brackets; nothing for the name we gave to a mail that came without one."""
    bare = identifier.strip().strip("<>")
    return "" if bare.startswith("sha256:") else bare


# ---------------------------------------------------------------------------------------------------- parts


def _whole(message: OutboundMessage, settings: MailSettings) -> Lines:
    markup = body.html_of(message, settings)
    shown: list[Attachment] = []
    for index, attachment in enumerate(message.attachments):
        if attachment.inline and attachment.content_id and f"cid:{attachment.content_id}" in markup:
            shown.append(message.attachments[index])
    files = [attachment for attachment in message.attachments if not any(attachment is one for one in shown)]

    rich = _text("html", markup, settings.charset)
    if shown:
        rich = _multipart("related", message.key, [rich, *(_file(one, inline=True) for one in shown)])
    whole = _multipart(
        "alternative", message.key, [_text("plain", body.text_of(message, settings), settings.charset), rich]
    )
    if files:
        whole = _multipart("mixed", message.key, [whole, *(_file(one, inline=False) for one in files)])
    return whole


def _multipart(subtype: str, key: str, parts: Iterable[Lines]) -> Lines:
    # "=_" stands in no quoted-printable and no base64 text (RFC 2045 §6.7), so no body can hold a boundary
    boundary = "=_" + hashlib.sha256(f"{subtype} {key}".encode()).hexdigest()[:32]

    def lines() -> Iterator[bytes]:
        yield f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
        for part in parts:
            yield f"--{boundary}\r\n".encode()
            yield from part()
        yield f"--{boundary}--\r\n".encode()

    parts = list(parts)
    return lines


def _text(subtype: str, text: str, charset: str) -> Lines:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    data, charset = headers.encode(text, charset)
    narrow = all(len(line) <= 900 for line in data.split(b"\n"))
    if narrow and (charset == "iso-2022-jp" or data.isascii()) and b"\0" not in data:
        encoding, written = "7bit", data.replace(b"\n", b"\r\n")
    elif charset == "utf-8" and sum(byte > 126 for byte in data) * 6 < len(data):
        encoding, written = "quoted-printable", quopri.encodestring(data).replace(b"\n", b"\r\n")
    else:
        encoding, written = "base64", base64.encodebytes(data.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
    if not written.endswith(b"\r\n"):
        written += b"=\r\n" if encoding == "quoted-printable" else b"\r\n"
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"

    def lines() -> Iterator[bytes]:
        yield head.encode()
        yield written

    return lines


def _file(attachment: Attachment, *, inline: bool) -> Lines:
    kind = attachment.content_type.strip().lower()
    if not MEDIA_TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"  # RFC 2046 §5.2.1: message/rfc822 may not be base64
    name, filename = headers.file_parameters(attachment.filename)

    def lines() -> Iterator[bytes]:
        yield f"Content-Type: {kind}{name}\r\nContent-Transfer-Encoding: base64\r\n".encode()
        if inline:
            yield f"Content-ID: <{headers.clean(attachment.content_id or '').strip('<>')}>\r\n".encode()
        yield f"Content-Disposition: {'inline' if inline else 'attachment'}{filename}\r\n\r\n".encode()
        rest = b""
        for chunk in attachment.chunks():
            rest += chunk
            whole = len(rest) // PIECE * PIECE
            for start in range(0, whole, PIECE):
                yield base64.encodebytes(rest[start : start + PIECE]).replace(b"\n", b"\r\n")
            rest = rest[whole:]
        yield base64.encodebytes(rest).replace(b"\n", b"\r\n") or b"\r\n"

    return lines
