"""Bodies of HTML forms, urlencoded or multipart, read as slices of the bytes they came in.

The parser runs over a memory map and notes where each part begins and ends, so an upload of any size costs no
memory, and it can be asked again at any time. The formats: WHATWG URL §5 (application/x-www-form-urlencoded),
RFC 7578 (multipart/form-data) with the escapes of WHATWG HTML §4.10.21.7.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from urllib.parse import unquote_to_bytes

View = bytes | mmap.mmap

MAX_PARTS = 1000
MAX_HEADER_BYTES = 16 * 1024
CHUNK = 64 * 1024

# A browser never escapes a quote by a backslash, and a CP932 name may end in the byte of one (表 is 0x95 0x5C).
_PARAMETER = re.compile(rb';[ \t]*([!-~]+?)[ \t]*=[ \t]*(?:"([^"\r\n]*)"|([^;\s]*))')
_ESCAPES = ((b"%22", b'"'), (b"%0D", b"\r"), (b"%0d", b"\r"), (b"%0A", b"\n"), (b"%0a", b"\n"))


class BodyError(ValueError):
    """A body that is no form: the words say why, in English."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a body. Its bytes are `data` (urlencoded, already unescaped) or the slice `start` to `end`."""

    name: bytes
    filename: bytes | None = None
    filename_utf8: str | None = None
    content_type: str = ""
    charset: str = ""
    start: int = 0
    end: int = 0
    data: bytes | None = None

    @property
    def size(self) -> int:
        """bytes of the value."""
        return self.end - self.start if self.data is None else len(self.data)

    def read(self, view: View, limit: int | None = None) -> bytes:
        """The value, or its first `limit` bytes."""
        if self.data is not None:
            return self.data[:limit]
        return view[self.start : self.end if limit is None else min(self.end, self.start + limit)]

    def chunks(self, view: View) -> Iterator[bytes]:
        """The value piece by piece."""
        if self.data is not None:
            yield self.data
            return
        for at in range(self.start, self.end, CHUNK):
            yield view[at : min(at + CHUNK, self.end)]


def media_type(header: str) -> tuple[str, dict[str, str]]:
    """A Content-Type header as its type in lower case and its parameters (RFC 9110 §8.3)."""
    message = Message()
    message["Content-Type"] = header.replace("\r", " ").replace("\n", " ")
    parameters = {str(key).lower(): str(value) for key, value in message.get_params([], unquote=True)[1:]}
    return header.partition(";")[0].strip().lower(), parameters


def parse(view: View, content_type: str, *, max_parts: int = MAX_PARTS, cut_short: bool = False) -> list[Part]:
    """The parts of a body in their order. Raises `BodyError`.

    `cut_short` says that only the beginning of the body is here (it was too large): what is whole is given.
    """
    kind, parameters = media_type(content_type)
    if kind == "application/x-www-form-urlencoded":
        return _urlencoded(view, parameters.get("charset", ""), max_parts)
    if kind == "multipart/form-data":
        boundary = parameters.get("boundary", "").encode("latin-1", "replace")
        if not 0 < len(boundary) <= 200:
            raise BodyError("multipart without a usable boundary")
        return _multipart(view, b"--" + boundary, max_parts, cut_short)
    raise BodyError(f"not a form's media type: {kind[:80] or 'none'}")


def _urlencoded(view: View, charset: str, max_parts: int) -> list[Part]:
    body = view[:]
    if body.count(b"&") >= max_parts:
        raise BodyError(f"more than {max_parts} fields")
    parts = []
    for pair in body.split(b"&"):
        if pair:
            name, _, value = pair.replace(b"+", b" ").partition(b"=")
            parts.append(Part(unquote_to_bytes(name), data=unquote_to_bytes(value), charset=charset))
    return parts


def _multipart(view: View, delimiter: bytes, max_parts: int, cut_short: bool) -> list[Part]:
    at = _first_delimiter(view, delimiter)
    separator = b"\r\n" + delimiter
    parts: list[Part] = []
    while at >= 0:
        at += len(delimiter)
        if view[at : at + 2] == b"--":
            return parts
        line_end = view.find(b"\r\n", at, at + 256)
        if line_end < 0 or view[at:line_end].strip(b" \t"):
            break
        if len(parts) >= max_parts:
            raise BodyError(f"more than {max_parts} fields")
        # The empty header block ends where the delimiter's line does, hence the search from `line_end`.
        header_end = view.find(b"\r\n\r\n", line_end, line_end + MAX_HEADER_BYTES)
        if header_end < 0:
            break
        end = view.find(separator, header_end + 2)
        if end < 0:
            break
        parts.append(_part(view[line_end:header_end], header_end + 4, max(end, header_end + 4)))
        at = end + 2
    if cut_short:
        return parts
    raise BodyError("multipart without its closing line")


def _first_delimiter(view: View, delimiter: bytes) -> int:
    if view[: len(delimiter)] == delimiter:
        return 0
    at = view.find(b"\r\n" + delimiter)
    return at + 2 if at >= 0 else -1


def _part(header: bytes, start: int, end: int) -> Part:
    headers: dict[bytes, bytes] = {}
    for line in re.sub(rb"\r\n[ \t]+", b" ", header).split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers.setdefault(name.strip().lower(), value.strip())
    given = {
        key.lower(): _unescape(quoted) if quoted or not bare else bare
        for key, quoted, bare in _PARAMETER.findall(headers.get(b"content-disposition", b""))
    }
    kind, parameters = media_type(headers.get(b"content-type", b"").decode("latin-1"))
    extended = given.get(b"filename*", b"")
    filename = given.get(b"filename", b"" if extended else None)
    return Part(given.get(b"name", b""), filename, _extended(extended), kind, parameters.get("charset", ""), start, end)


def _unescape(value: bytes) -> bytes:
    for escape, byte in _ESCAPES:
        value = value.replace(escape, byte)
    return value


def _extended(value: bytes) -> str | None:
    """`UTF-8''%E8%A1%A8.pdf`, which RFC 7578 §4.2 forbids and some programs send all the same."""
    charset, _, rest = value.partition(b"'")
    if charset.lower() != b"utf-8":
        return None
    return unquote_to_bytes(rest.partition(b"'")[2]).decode("utf-8", "replace")
