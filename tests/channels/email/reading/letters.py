"""Builds raw mails for the tests of mail reading."""

import base64
import re
from pathlib import Path

HEADERS = {
    "From": "Taro <taro@example.jp>",
    "To": "support@desk.example",
    "Subject": "test",
    "Message-ID": "<m1@example.jp>",
    "MIME-Version": "1.0",
}


def mail(
    body: bytes | str = b"hello\n", *extra: str | bytes, without: tuple[str, ...] = (), **headers: str | bytes
) -> bytes:
    """A mail with usual headers; `headers` replace them (``_`` stands for ``-``), `extra` lines are added."""
    lines: list[bytes] = []
    fields: dict[str, str | bytes] = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    for name, value in fields.items():
        if name not in without:
            lines.append(name.encode() + b": " + as_bytes(value))
    lines += [as_bytes(line) for line in extra]
    return b"\r\n".join(lines) + b"\r\n\r\n" + as_bytes(body)


def as_bytes(value: str | bytes) -> bytes:
    """Text as UTF-8."""
    return value.encode() if isinstance(value, str) else value


def parts(*pieces: bytes | str, boundary: str = "BOUND", kind: str = "mixed", **headers: str | bytes) -> bytes:
    """A multipart mail; each piece has its own headers, a blank line and a body."""
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + as_bytes(piece) + b"\r\n" for piece in pieces)
    content_type = f'multipart/{kind}; boundary="{boundary}"'
    return mail(body + b"--" + boundary.encode() + b"--\r\n", **{"Content_Type": content_type, **headers})


def attached(disposition: str, content: bytes = b"%PDF-1.4 test", content_type: str = "application/pdf") -> bytes:
    """A part with a file in base64."""
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n"
    head += f"Content-Disposition: {disposition}\r\n\r\n"
    return head.encode() + base64.b64encode(content)


def word(text: str, charset: str = "utf-8", label: str | None = None) -> str:
    """A B-encoded word (RFC 2047)."""
    return f"=?{label or charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def jis_ms(text: str) -> bytes:
    """ISO-2022-JP as Outlook writes it, with NEC and IBM kanji, which no Python codec can write."""
    out = bytearray()
    wide = False
    for char in text:
        raw = char.encode("cp932")
        if len(raw) == 1:
            if wide:
                out += b"\x1b(B"
            wide = False
            out += raw
            continue
        if not wide:
            out += b"\x1b$B"
        wide = True
        lead, trail = raw
        if lead >= 0xFA:  # the IBM kanji have no row of their own in JIS; mailers write the NEC row instead
            lead, trail = char_in_nec_row(char)
        row = (lead - (0x70 if lead < 0xE0 else 0xB0)) * 2
        if trail >= 0x9F:
            out += bytes((row, trail - 0x7E))
        else:
            out += bytes((row - 1, trail - (0x20 if trail > 0x7F else 0x1F)))
    if wide:
        out += b"\x1b(B"
    return bytes(out)


def char_in_nec_row(char: str) -> tuple[int, int]:
    """The NEC selected code (rows 89 to 92) of an IBM kanji."""
    for lead in (0xED, 0xEE):
        for trail in range(0x40, 0xFD):
            try:
                if bytes((lead, trail)).decode("cp932") == char:
                    return lead, trail
            except UnicodeDecodeError:
                continue
    raise ValueError(char)


def table(name: str, places: dict[str, str]) -> dict[str, str]:
    """The cases of a text file beside this one; ``=== name`` opens each, and `places` are filled in."""
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    for place, filling in places.items():
        text = text.replace(place, filling)
    found = re.split(r"^=== (.+)\n", text, flags=re.MULTILINE)
    return {case: body[:-1] for case, body in zip(found[1::2], found[2::2], strict=True)}
