"""Chooses what of a mail is its text and what is a file (RFC 2046), and gathers both."""

import re
from dataclasses import dataclass, field

from channels.email.reading import charsets, flowed, html, nesting, parameters, plain, tnef, transfer
from channels.email.reading.mail import Limits
from channels.email.reading.parts import Part

READABLE = ("text/plain", "text/html", "text/enriched", "text/richtext")
ALTERNATIVE_VIEWS = ("text/x-amp-html", "text/watch-html")
META = re.compile(rb"""(?i)<meta[^>]{0,300}charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""")
UU_BEGIN = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n(?=[M!-`])", re.MULTILINE)
UU_END = re.compile(r"^end[ \t]*$", re.MULTILINE)
ENRICHED = re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,40}>")


@dataclass(slots=True)
class Piece:
    """A stretch of the body: plain text, HTML, or both when they say the same."""

    text: str = ""
    html: str = ""


@dataclass(slots=True)
class Body:
    """Everything found in a tree of parts."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    extra: list[tuple[str, bytes]] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)


class Gatherer:
    """Walks the tree once. Texts are decoded here, files are only noted."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.body = Body()
        self.room = limits.text + limits.html * 10
        self.tnef_body: Piece | None = None

    def gather(self, root: Part) -> Body:
        self.body.pieces = self._walk(root, top=True)
        if not any(piece.text.strip() or piece.html.strip() for piece in self.body.pieces):
            self._fall_back(root)
        return self.body

    def _walk(self, part: Part, *, top: bool = False, main: bool = True) -> list[Piece]:
        if part.kind == "multipart/alternative" and part.children:
            return self._alternative(part)
        if part.children:
            found: list[Piece] = []
            for number, child in enumerate(part.children):
                inside = part.kind != "multipart/related" or number == 0 or not child.content_id
                found += self._walk(child, main=inside)
            return _merge(found) if part.kind != "multipart/related" else found
        if part.kind.startswith("multipart/"):
            return []
        if part.kind in ALTERNATIVE_VIEWS and part.disposition != "attachment":
            return []
        if self._is_file(part, top=top) or not main:
            self._file(part)
            return []
        return self._read(part)

    def _is_file(self, part: Part, *, top: bool) -> bool:
        if part.kind not in READABLE:
            return True
        if part.disposition and part.disposition != "inline":
            return True
        return bool(part.file_name) and not top

    def _alternative(self, part: Part) -> list[Piece]:
        """The same thing said several ways: the first plain one and the last HTML one (RFC 2046 section 5.1.4)."""
        text, best = "", ""
        for child in part.children:
            pieces = self._walk(child)
            child_text = "\n".join(piece.text for piece in pieces if piece.text.strip())
            child_html = "\n".join(as_html(piece) for piece in pieces) if any(piece.html for piece in pieces) else ""
            if child_html.strip():
                best = child_html
                if child_text.strip() and not text.strip():
                    text = child_text
            elif child_text.strip() and not text.strip():
                text = child_text
        return [Piece(text, best)] if text or best else []

    def _file(self, part: Part) -> None:
        if part.kind == "application/ms-tnef" or part.file_name.lower() == "winmail.dat":
            data = b"".join(transfer.chunks(part.buffer, part.start, part.end, part.encoding))
            unpacked = tnef.unpack(data) if len(data) <= self.limits.unpacked else None
            if unpacked is not None:
                self.body.marks.add("tnef")
                self.body.extra += list(unpacked.files)
                if unpacked.text or unpacked.html:
                    self.tnef_body = Piece(unpacked.text, unpacked.html)
                return
        self.body.files.append(part)

    def _read(self, part: Part) -> list[Piece]:
        # HTML may carry its pictures inside; `nesting.shorten` takes these out before it cuts anything else.
        most = self.limits.html * 10 if part.kind == "text/html" else self.limits.text
        data = part.data(min(self.room, most) * 3)
        if len(data) > most:
            data = data[:most]
            self.body.marks.add("text-cut")
        self.room = max(0, self.room - len(data))
        text = self._decode(part, data).replace("\r\n", "\n").replace("\r", "\n")
        if part.kind == "text/html" or (part.kind == "text/plain" and not part.declared and _is_html(text)):
            return [Piece(html=text)]
        if part.kind in ("text/enriched", "text/richtext"):
            return [Piece(text=ENRICHED.sub("", text).replace("<<", "<"))]
        if part.params.get("format", "").lower() == "flowed":
            text = flowed.join(text, delete_space=part.params.get("delsp", "").lower() == "yes")
        if "\nbegin " in text or text.startswith("begin "):
            text = self._uuencoded(text)
        return [Piece(text=text)]

    def _decode(self, part: Part, data: bytes) -> str:
        label = part.params.get("charset", "")
        meta = META.search(data[:4_000]) if part.kind == "text/html" else None
        meta_label = meta.group(1).decode("ascii") if meta else ""
        text, mark = charsets.decode(data, label or meta_label)
        if mark and meta_label and label and meta_label.lower() != label.lower():
            # The MIME label wins over <meta> only while it fits.
            again, again_mark = charsets.decode(data, meta_label)
            if not again_mark:
                text = again
        if mark:
            self.body.marks.add(mark)
        return text

    def _uuencoded(self, text: str) -> str:
        """Files that old mailers wrote into the text itself."""
        out: list[str] = []
        at = 0
        for begin in UU_BEGIN.finditer(text):
            if begin.start() < at:
                continue
            end = UU_END.search(text, begin.end())
            if end is None:
                break
            content = transfer.uuencoded(text[begin.end() : end.start()].encode("latin-1", "replace"))
            if not content:
                continue
            self.body.extra.append((parameters.file_name(begin.group(1)), content))
            out.append(text[at : begin.start()])
            at = end.end()
        out.append(text[at:])
        return "".join(out)

    def _fall_back(self, root: Part) -> None:
        """A mail whose only text was taken for a file: show it, unless its sender called it an attachment."""
        if self.tnef_body is not None:
            self.body.pieces = [self.tnef_body]
            return
        for part in self.body.files:
            if part.kind in ("text/plain", "text/html") and part.disposition in ("", "inline"):
                self.body.pieces = self._read(part)
                self.body.files.remove(part)
                return


def _is_html(text: str) -> bool:
    return text[:200].lstrip().lower().startswith(("<html", "<!doctype html", "<head", "<body"))


def as_html(piece: Piece) -> str:
    return piece.html or (html.from_text(piece.text) if piece.text.strip() else "")


COMPARED = 80


def _merge(pieces: list[Piece]) -> list[Piece]:
    """A plain and an HTML piece that say the same are one, though their sender called them mixed."""
    if len(pieces) == 2 and pieces[0].text.strip() and not pieces[0].html and pieces[1].html and not pieces[1].text:
        one = "".join(pieces[0].text[:2_000].split())
        other = "".join(plain.text(nesting.flatten(pieces[1].html[:20_000])).split())
        if one[:COMPARED] == other[:COMPARED]:
            return [Piece(pieces[0].text, pieces[1].html)]
    return pieces
