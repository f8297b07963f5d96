"""Splits a mail into its parts by offsets into the raw bytes, and repairs boundaries that are missing or wrong."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from channels.email.reading import headers, parameters, transfer
from channels.email.reading.headers import Headers
from channels.email.reading.mail import Limits

DELIMITER = re.compile(rb"\n--([^\r\n]{1,300})")
LINE_END = re.compile(rb"\r\n|\n|\r|\Z")
NEXT_LINE = re.compile(rb"[^\n]{0,400}\n")
PART_HEADER = re.compile(rb"(?i)[ \t]*(?:\r\n|\n)?content-[a-z-]+[ \t]*:")
HTML = re.compile(rb"(?i)\s*(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>])")
GUESSES = 50
TEXTS = ("text/plain", "text/html")


@dataclass(slots=True)
class Part:
    """One node of the tree. Its body is ``buffer[start:end]``, still encoded."""

    buffer: bytes
    headers: Headers
    kind: str
    params: dict[str, str]
    disposition: str
    disposition_params: dict[str, str]
    encoding: str
    start: int
    end: int
    declared: bool = True
    said: str = ""  # the type in the header, where the body turned out to be something else
    children: list["Part"] = field(default_factory=list)

    @property
    def content_id(self) -> str:
        """Content-ID without brackets."""
        return self.headers.text("content-id").strip().strip("<>").strip()

    @property
    def file_name(self) -> str:
        """The safe name its sender gave it, or ``""``; Content-Disposition wins over Content-Type."""
        given = self.disposition_params.get("filename") or self.disposition_params.get("name")
        return parameters.file_name(given or _name(self.params))

    def data(self, limit: int | None = None) -> bytes:
        """The decoded body as bytes; meant for texts."""
        end = self.end if limit is None else min(self.end, self.start + limit)
        return transfer.text(bytes(self.buffer[self.start : end]), self.encoding)


def _name(params: dict[str, str]) -> str:
    return params.get("name") or params.get("filename") or params.get("file") or ""


@dataclass(slots=True)
class Splitter:
    """Walks one buffer. The lines that could be delimiters are found once, so nesting costs nothing twice."""

    buffer: bytes
    limits: Limits
    marks: set[str] = field(default_factory=set)
    parts: int = 0
    guesses: int = 0
    lines: dict[bytes, list[tuple[int, int]]] | None = None
    order: list[tuple[int, bytes]] = field(default_factory=list)

    def tree(self) -> Part:
        """The mail itself, with its parts below it."""
        return self._part(0, len(self.buffer), "text/plain", 0)

    def _part(self, start: int, end: int, default: str, depth: int) -> Part:
        self.parts += 1
        found, body = headers.parse(self.buffer, start, end, self.limits, top=depth == 0)
        self.marks |= found.marks
        kind, params, declared = default, dict[str, str](), False
        for raw in found.all("content-type"):
            kind, params = parameters.content_type(headers.unfold(raw))
            declared = bool(kind)
            if kind:
                break
        kind = kind or default
        disposition, disposition_params = "", dict[str, str]()
        if raw_disposition := found.first("content-disposition"):
            disposition, disposition_params = parameters.disposition(raw_disposition)
        encoding = transfer.name(found.first("content-transfer-encoding"))
        part = Part(
            self.buffer, found, kind, params, disposition, disposition_params, encoding, body, end, declared=declared
        )
        if kind.startswith("multipart/") or (kind in TEXTS and self._hidden(part)):
            self._multipart(part, depth)
        elif not declared and kind == "text/plain":
            self._undeclared(part, depth)
        return part

    def _multipart(self, part: Part, depth: int) -> None:
        if depth >= self.limits.depth:
            self.marks.add("depth-cut")
            part.kind = "application/octet-stream"
            return
        boundary = part.params.get("boundary", "").strip().encode("utf-8", "replace")
        ranges = self._ranges(boundary, part.start, part.end) if boundary else []
        if not ranges:
            guessed = self._guess(part.start, part.end)
            if guessed:
                self.marks.add("boundary-guessed")
                ranges = self._ranges(guessed, part.start, part.end)
        if not ranges and part.encoding and self._unwrap(part, depth):
            return
        if not ranges:
            self.marks.add("boundary-missing")
            part.said = part.kind
            part.kind = "text/html" if HTML.match(self.buffer, part.start, part.end) else "text/plain"
            part.declared = False
            return
        default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
        for start, end in ranges:
            if self.parts >= self.limits.parts:
                self.marks.add("parts-cut")
                break
            part.children.append(self._part(start, end, default, depth + 1))

    def _hidden(self, part: Part) -> bool:
        """A body with delimiters whose header says text, but names their boundary."""
        boundary = part.params.get("boundary", "").strip().encode("utf-8", "replace")
        if not boundary or not self._ranges(boundary, part.start, part.end):
            return False
        self.marks.add("boundary-guessed")
        part.kind = "multipart/mixed"
        return True

    def _undeclared(self, part: Part, depth: int) -> None:
        """A body without Content-Type: HTML and MIME structure speak for themselves, all else is text."""
        if HTML.match(self.buffer, part.start, part.end):
            part.kind = "text/html"
        elif depth == 0 and (guessed := self._guess(part.start, part.end)):
            self.marks.add("boundary-guessed")
            part.kind = "multipart/mixed"
            part.params["boundary"] = guessed.decode("utf-8", "replace")
            self._multipart(part, depth)

    def _unwrap(self, part: Part, depth: int) -> bool:
        """A multipart body that was encoded as a whole, which RFC 2045 section 6.4 forbids and some servers do."""
        if self.guesses >= GUESSES:
            return False
        self.guesses += 1
        inner = b"\n" + part.data(self.limits.text)
        splitter = Splitter(inner, self.limits, self.marks, self.parts, GUESSES)
        whole = Part(inner, part.headers, part.kind, part.params, "", {}, "", 0, len(inner))
        splitter._multipart(whole, depth + 1)
        self.parts = splitter.parts
        part.children = whole.children
        return bool(whole.children)

    def _index(self) -> dict[bytes, list[tuple[int, int]]]:
        if self.lines is None:
            self.lines = {}
            for match in DELIMITER.finditer(self.buffer):
                if len(self.order) >= self.limits.delimiters:
                    self.marks.add("parts-cut")
                    break
                text = match.group(1).rstrip(b" \t")
                at = match.start()
                if at and self.buffer[at - 1] == 13:
                    at -= 1
                after = LINE_END.search(self.buffer, match.end())
                self.lines.setdefault(text, []).append((at, after.end() if after else match.end()))
                self.order.append((match.start(), text))
        return self.lines

    def _between(self, text: bytes, start: int, end: int) -> list[tuple[int, int]]:
        entries = self._index().get(text, [])
        # A delimiter may begin on the line break that ended the headers, two bytes before the body.
        low = bisect_left(entries, (start - 2, 0))
        high = bisect_left(entries, (end, 0))
        return entries[low:high]

    def _ranges(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Where the children are: behind each delimiter, up to the next one or the closing one."""
        opens = self._between(boundary, start, end)
        closes = self._between(boundary + b"--", start, end)
        if not opens:
            return []
        if not closes or closes[-1][0] < opens[-1][0]:
            closes = closes + self._damaged(boundary, opens[-1][1], end)
            if not closes or closes[-1][0] < opens[-1][0]:
                self.marks.add("truncated")
        stops = sorted(at for at, _ in opens + closes)
        stops.append(end)
        found: list[tuple[int, int]] = []
        for at, after in opens:
            stop = stops[bisect_left(stops, at + 1)]
            if after < stop or (stop == end and after < end):
                found.append((after, stop))
        return found

    def _damaged(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """A closing line with something behind it, looked for only where no good one was found."""
        if self.guesses >= GUESSES:
            return []
        self.guesses += 1
        low = bisect_left(self.order, (start - 2, b""))
        for at, text in self.order[low:]:
            if at >= end:
                break
            if text.startswith(boundary + b"--"):
                return [(at - 1 if self.buffer[at - 1] == 13 else at, end)]
        return []

    def _guess(self, start: int, end: int) -> bytes:
        """The boundary that the body uses when the header names none or another one."""
        if self.guesses >= GUESSES:
            return b""
        self.guesses += 1
        self._index()
        low = bisect_left(self.order, (start - 2, b""))
        for at, text in self.order[low : low + 200]:
            if at >= end:
                break
            line = NEXT_LINE.match(self.buffer, at + 1, end)
            if line and PART_HEADER.match(self.buffer, line.end(), end) and not text.endswith(b"--"):
                return text
        return b""


def split(buffer: bytes, limits: Limits) -> tuple[Part, set[str]]:
    """The tree of parts of a raw mail, and what had to be repaired."""
    splitter = Splitter(buffer, limits)
    tree = splitter.tree()
    return tree, splitter.marks
