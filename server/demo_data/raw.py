"""In charge of the raw bytes that the demo's customers sent: mails in the charsets people use, forms, phone notes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from email.charset import Charset
from email.header import Header
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from html import escape
from urllib.parse import urlencode

import msgspec

from server.demo_data.stories import Story, Turn


def mail(story: Story, turn: Turn, at: datetime, *, to: str, message_id: str, references: Sequence[str] = ()) -> bytes:
    """A customer's mail as their program would send it."""
    body: MIMENonMultipart | MIMEMultipart = _text(story, turn)
    if story.picture:
        picture = MIMEImage(photo(), "png", name="湯呑み.png")
        picture.add_header("Content-Disposition", "attachment", filename="湯呑み.png")
        body = _parts("mixed", [body, picture])
    elif story.html:
        rich = "<br>".join(escape(line) for line in turn.text.splitlines())
        page = f'<html><body><div style="font-family:sans-serif">{rich}</div></body></html>'
        body = MIMEText(page, "html", "utf-8")
    again = bool(references)
    body["From"] = formataddr((story.customer.name, story.customer.email))
    body["To"] = to
    body["Subject"] = Header(f"Re: {story.subject}" if again else story.subject, "utf-8").encode()
    body["Date"] = format_datetime(at)
    body["Message-ID"] = message_id
    if again:
        body["References"] = " ".join(references)
        body["In-Reply-To"] = references[-1]
    for header, value in story.headers.items():
        body[header] = value
    return body.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _text(story: Story, turn: Turn) -> MIMENonMultipart:
    """The text in the story's charset, encoded by hand: Python's own JIS knows neither ① nor ㈱, as mailers do."""
    made = MIMENonMultipart("text", "plain", charset=story.charset)
    if story.charset == "utf-8":
        charset = Charset("utf-8")
        made.set_payload(turn.text, charset)
        return made
    codec = "cp932" if story.charset == "shift_jis" else story.charset
    data = jis(turn.text) if story.charset == "iso-2022-jp" else turn.text.encode(codec)
    made["Content-Transfer-Encoding"] = "8bit" if story.charset == "shift_jis" else "7bit"
    made.set_payload(data.decode("ascii", "surrogateescape"))
    return made


def jis(text: str) -> bytes:
    """ISO-2022-JP as mailers on Windows write it, with NEC's and IBM's characters (CP50221)."""
    out, double = bytearray(), False
    for character in text:
        pair = b"" if character.isascii() else character.encode("cp932")
        if bool(pair) != double:
            out += b"\x1b$B" if pair else b"\x1b(B"
            double = bool(pair)
        out += _row(pair) if pair else character.encode("ascii")
    return bytes(out) + (b"\x1b(B" if double else b"")


def _row(pair: bytes) -> bytes:
    """A double byte of Shift_JIS as the same character's two bytes of JIS X 0208; IBM's rows go to NEC's."""
    lead, trail = pair
    if lead >= 0xFA:
        lead, trail = NEC_FOR_IBM[bytes(pair)]
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + 0x21
    if trail >= 0x9F:
        return bytes((row + 1, trail - 0x7E))
    return bytes((row, trail - (0x20 if trail > 0x7F else 0x1F)))


NEC_FOR_IBM = {"髙".encode("cp932"): (0xEE, 0xE0)}
"""The few of IBM's characters that the stories use, at NEC's places."""


def _parts(kind: str, parts: Iterable[MIMENonMultipart | MIMEMultipart]) -> MIMEMultipart:
    made = MIMEMultipart(kind)
    for part in parts:
        made.attach(part)
    return made


def form(story: Story, turn: Turn) -> bytes:
    """A form as a browser posts it."""
    customer = story.customer
    answers = {
        "name": customer.name,
        "kana": customer.kana,
        "email": customer.email,
        "phone": customer.phone,
        "topic": "other",
        "message": turn.text,
        "consent": "yes",
        **story.form,
    }
    return urlencode({name: value for name, value in answers.items() if value}).encode()


def call(story: Story, turn: Turn, agent: int, at: datetime) -> bytes:
    """A call that an agent wrote down."""
    note = {
        "text": turn.text,
        "agent_id": agent,
        "number": story.customer.phone or "090-8765-4321",
        "name": story.customer.name,
        "subject": story.subject,
        "started_at": at,
        "callback_at": at + timedelta(hours=4),
    }
    return msgspec.json.encode(note)


def photo(width: int = 320, height: int = 240) -> bytes:
    """A small picture of a cup with a chipped rim, as PNG (RFC 2083)."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = 90 < y < 200 and abs(x - 160) < 70 - (y - 90) * 0.18
            chipped = (x - 205) ** 2 + (y - 90) ** 2 < 260
            wall = 214 - (abs(x - 130) // 3)
            rows += bytes((wall, wall, wall - 8)) if inside and not chipped else bytes((118, 96 + y // 8, 78))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")
