"""Finds the header fields of a mail or part, however broken the block is, and keeps their bytes (RFC 5322, 2.2)."""

import re
from dataclasses import dataclass, field

from channels.email.reading import words
from channels.email.reading.mail import Limits

LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")
FIELD = re.compile(rb"([!-9;-~\x80-\xff]{1,200})[ \t]*:")
# Names that make a line a header even where the block around it is broken.
KNOWN = re.compile(
    rb"(?i)(?:From|To|Cc|Bcc|Subject|Date|Sender|Reply-To|Message-ID|In-Reply-To|References|Return-Path|Received|"
    rb"Delivered-To|Mime-Version|Content-[a-z-]+|X-[a-z0-9_-]+|List-[a-z]+|DKIM-Signature|Authentication-Results|"
    rb"Auto-Submitted|Precedence|Importance|Priority|Thread-[a-z]+|User-Agent|Organization|Envelope-[a-z]+|"
    rb"Errors-To|Status|Lines|Comments|Keywords|Resent-[a-z-]+|Received-SPF|ARC-[a-z-]+|Feedback-ID)[ \t]*:"
)
# Kept even behind more fields than anybody reads; each may be repeated only as often as the byte limit lets it.
NEEDED = frozenset(
    (b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"content-type")
)
ENVELOPE = re.compile(rb">?From [^\r\n]*(?:\r\n|\n|\r)")
BLANK = re.compile(rb"[ \t]*(?:\r\n|\n|\r)")
FOLD = re.compile(rb"[\r\n]+")


@dataclass(slots=True)
class Headers:
    """The fields of one block in their order; names in lower case, values as the bytes that came."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    hint: str = ""  # the charset of the mail's text, in which raw 8-bit headers are likely to be written
    _named: dict[str, list[bytes]] | None = None

    @property
    def named(self) -> dict[str, list[bytes]]:
        """The values by name; to be asked for once the block is read to its end."""
        if self._named is None:
            self._named = {}
            for key, value in self.fields:
                self._named.setdefault(key, []).append(value)
        return self._named

    def all(self, name: str) -> list[bytes]:
        """Every value of a field."""
        return self.named.get(name, [])

    def first(self, name: str) -> bytes:
        """The first value of a field, unfolded, or ``b""``; of two From fields the first counts."""
        values = self.named.get(name)
        return unfold(values[0]) if values else b""

    def text(self, name: str) -> str:
        """The first value, decoded."""
        return words.decode(self.first(name), self.hint)

    def texts(self, name: str) -> list[str]:
        """Every value, decoded."""
        return [words.decode(unfold(value), self.hint) for value in self.all(name)]

    def __contains__(self, name: str) -> bool:
        return name in self.named


def unfold(value: bytes) -> bytes:
    """RFC 5322 section 2.2.3: a line break before white space is no part of the value."""
    return FOLD.sub(b"", value).strip(b" \t\x00") if b"\n" in value or b"\r" in value else value.strip(b" \t\x00")


def parse(buffer: bytes, start: int, end: int, limits: Limits, *, top: bool = False) -> tuple[Headers, int]:
    """The header block that begins at `start`, and where its body begins.

    Lines that are no header are skipped when headers follow them, and are the body when none does: that is how
    mails without the blank line, and with a stray line in their block, both keep their fields.
    """
    found = Headers()
    at = start
    if top:
        if bytes(buffer[at : at + 3]) == b"\xef\xbb\xbf":
            at += 3
        while at < end and (match := BLANK.match(buffer, at, end)):
            at = match.end()
        while match := ENVELOPE.match(buffer, at, end):
            at = match.end()
            found.marks.add("envelope-line")
        # An indented first line is a field whose sender slipped, not a folded one.
        while at < end and bytes(buffer[at : at + 1]) in (b" ", b"\t"):
            at += 1
    name, value = "", bytearray()
    size = 0
    while at < end:
        match = LINE.match(buffer, at, end)
        if match is None:
            break
        line, following = match.group(1), match.end()
        if not line.strip(b" \t"):
            if not line or not _continues(buffer, following, end):
                at = following
                break
            at = following
            continue
        if line[:1] in (b" ", b"\t") and name:
            if len(value) < limits.header_value:
                value += b"\n" + line
            at = following
            continue
        field_match = FIELD.match(line)
        if field_match is None:
            if _headers_follow(buffer, following, end):
                found.marks.add("header-skipped")
                at = following
                continue
            if line[:2] != b"--" or not found.fields:
                found.marks.add("header-unfinished")
            break
        if name:
            found.fields.append((name, bytes(value)))
        size += len(line)
        if size > limits.header_bytes:
            found.marks.add("headers-cut")
            name = ""
            at = _skip_block(buffer, following, end)
            break
        if len(found.fields) >= limits.headers and field_match.group(1).lower() not in NEEDED:
            found.marks.add("headers-cut")
            name = ""
            at = following
            continue
        name = field_match.group(1).decode("latin-1").lower()
        value = bytearray(line[field_match.end() : field_match.end() + limits.header_value])
        at = following
    if name:
        found.fields.append((name, bytes(value)))
    return found, min(at, end)


BLOCK_END = re.compile(rb"(?:\r\n|\n)[ \t]*(?:\r\n|\n)|\r\r")
LOOK_AHEAD = 20


def _skip_block(buffer: bytes, at: int, end: int) -> int:
    match = BLOCK_END.search(buffer, at, end)
    return match.end() if match else end


def _continues(buffer: bytes, at: int, end: int) -> bool:
    """A line of blanks only: inside a folded field it is part of the block, else it ends it."""
    match = LINE.match(buffer, at, end)
    return match is not None and match.group(1)[:1] in (b" ", b"\t") and bool(match.group(1).strip(b" \t"))


def _headers_follow(buffer: bytes, at: int, end: int) -> bool:
    """True when a well-known field comes before the block's end, so that the bad line was only a slip."""
    for _ in range(LOOK_AHEAD):
        match = LINE.match(buffer, at, end)
        if match is None or not match.group(1).strip(b" \t") or at >= end:
            return False
        if KNOWN.match(match.group(1)):
            return True
        at = match.end()
    return False
