"""Undoes transfer encodings piece by piece, so that a large attachment never stands in memory whole (RFC 2045, 6)."""

import binascii
import re
from collections.abc import Iterator

SLICE = 768 * 1024
NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
PADDING = re.compile(rb"=+")
NAME = re.compile(rb"[A-Za-z0-9-]+")
SPACE = b" \t\r\n"
BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=]+[ \t]*\Z")
UU_LINE_MAX = 90
MISSING_HEX = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")


def name(raw: bytes) -> str:
    """``base64``, ``quoted-printable``, ``uuencode`` or ``""`` (as it is: 7bit, 8bit, binary and unknown values)."""
    match = NAME.search(raw)
    value = match.group().decode("ascii").lower() if match else ""
    if value in ("base64", "base-64") or value.startswith("base64"):
        return "base64"
    if value in ("quoted-printable", "quotedprintable", "quoted", "qp"):
        return "quoted-printable"
    return "uuencode" if value in ("uuencode", "x-uuencode", "uue", "x-uue") else ""


def chunks(buffer: bytes, start: int, end: int, encoding: str) -> Iterator[bytes]:
    """The decoded bytes between two offsets of a buffer."""
    if encoding == "base64":
        return _base64(buffer, start, end)
    if encoding == "quoted-printable":
        return _quoted(buffer, start, end)
    if encoding == "uuencode":
        return iter((uuencoded(bytes(buffer[start:end])),))
    return (bytes(buffer[at : min(at + SLICE, end)]) for at in range(start, end, SLICE))


def size(buffer: bytes, start: int, end: int, encoding: str) -> int:
    """How many bytes `chunks` will give."""
    if not encoding:
        return max(0, end - start)
    return sum(map(len, chunks(buffer, start, end, encoding)))


def _base64(buffer: bytes, start: int, end: int) -> Iterator[bytes]:
    rest = b""
    for at in range(start, end, SLICE):
        data = rest + bytes(buffer[at : min(at + SLICE, end)]).translate(None, NOT_BASE64)
        # Padding inside the data means that encoded pieces were glued together; each is read for itself.
        pieces = PADDING.split(data)
        for piece in pieces[:-1]:
            if piece:
                yield _complete(piece)
        whole = len(pieces[-1]) & ~3
        rest = pieces[-1][whole:]
        if whole:
            yield binascii.a2b_base64(pieces[-1][:whole])
    if len(rest) > 1:
        yield _complete(rest)


def _complete(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def _quoted(buffer: bytes, start: int, end: int) -> Iterator[bytes]:
    at = start
    while at < end:
        data = bytes(buffer[at : min(at + SLICE, end)])
        if at + len(data) < end:
            cut = data.rfind(b"\n") + 1
            if not cut:
                cut = data.rfind(b"=", -3)
                cut = cut if cut > 0 else len(data)
            data = data[:cut]
        at += len(data)
        yield quoted(data)


def quoted(data: bytes) -> bytes:
    """Quoted-printable; an ``=`` without two hex digits stays what it is."""
    return binascii.a2b_qp(MISSING_HEX.sub(b"=3D", data) if b"=" in data else data)


def uuencoded(data: bytes) -> bytes:
    """The lines between ``begin`` and ``end``; damaged lines are left out."""
    out = bytearray()
    for line in data.splitlines():
        if line.startswith(b"begin ") or not line.strip():
            continue
        if line.strip() == b"end":
            break
        try:
            out += binascii.a2b_uu(line[:UU_LINE_MAX])
        except binascii.Error:
            # Some encoders count wrong in the last line; the workaround is that of the standard library's codec.
            try:
                out += binascii.a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3])
            except binascii.Error:
                continue
    return bytes(out)


def text(data: bytes, encoding: str) -> bytes:
    """The same for a body to be read by people, which may be plain text whatever its label says."""
    if encoding == "quoted-printable":
        return quoted(data)
    if encoding == "uuencode":
        return uuencoded(data)
    if encoding != "base64":
        return data
    lines = data.strip().splitlines()
    if not lines:
        return b""
    if (not BASE64_LINE.match(lines[0].rstrip()) and len(lines) < 2) or b" " in lines[0].strip():
        return data
    # List servers append their footer as plain text behind an encoded body.
    count = next((number for number, line in enumerate(lines) if line.strip() and b" " in line.strip()), len(lines))
    tail = b"\n".join(lines[count:])
    decoded = b"".join(_base64(body, 0, len(body)) if (body := b"\n".join(lines[:count])) else ())
    return decoded + b"\n" + tail if tail.strip() else decoded
