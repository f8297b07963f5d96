"""Reads one raw mail from end to end: structure, headers, texts, files, and what kind of mail it is."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from channels.email.reading import (
    addresses,
    automatic,
    charsets,
    failures,
    files,
    ids,
    nesting,
    parts,
    plain,
    quoting,
    words,
)
from channels.email.reading import authentication as auth
from channels.email.reading import body as bodies
from channels.email.reading import html as markup
from channels.email.reading.headers import Headers
from channels.email.reading.mail import Address, Limits, Mail

SPACES = re.compile(r"[ \t]*[\r\n]+[ \t]*|\t")


def read(raw: bytes, *, limits: Limits = Limits()) -> Mail:  # noqa: B008 - frozen
    """The mail in `raw`, which may be bytes, a memoryview or an mmap and must live as long as its attachments.

    Never raises for what the bytes hold: what is broken is repaired or left out, and `Mail.marks` says so.
    """
    buffer = _with_line_feeds(raw)
    root, marks = parts.split(buffer, limits)
    body = bodies.Gatherer(limits).gather(root)
    head = root.headers
    head.hint = next((part.params["charset"] for part in (root, *root.children[:3]) if "charset" in part.params), "")
    text, html, lines = _texts(body, limits)
    safe = markup.sanitise(html) if html else None
    found = files.attachments(body, html)
    sender = _from(head)
    subject = SPACES.sub(" ", head.text("subject")).strip()
    told = failures.find(root, head, subject, sender, text, limits)
    reason = automatic.reason(head, root, subject, text) or (
        "bounce" if told.failed else "delivery-report" if told.is_report else ""
    )
    reply = quoting.reply(text, lines, subject)
    return Mail(
        subject=subject,
        from_email=sender.email,
        from_name=sender.name,
        sender=_optional(head.first("sender")),
        reply_to=tuple(_list(head, "reply-to", 50)),
        to=tuple(_list(head, "to", limits.recipients)),
        cc=tuple(_list(head, "cc", limits.recipients)),
        date=_date(head),
        message_id=ids.one(head.first("message-id")),
        in_reply_to=ids.one(head.first("in-reply-to")),
        references=ids.many(head.all("references"), limits.references),
        text=text,
        reply_text=charsets.clean(reply).strip() or text.strip(),
        html=safe,
        attachments=found,
        is_auto=bool(reason),
        auto_reason=reason,
        is_bounce=bool(told.failed),
        bounces=told.failed,
        reports=told.others,
        authentication=auth.results(head),
        delivered_to=tuple(
            dict.fromkeys(
                address.email
                for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
                for address in _list(head, name, 20)
            )
        ),
        list_id=_list_id(head),
        auto_submitted=_values(head, "auto-submitted"),
        precedence=_values(head, "precedence") + _values(head, "x-precedence"),
        loop_marks=_values(head, "x-madoguchi-desk"),
        marks=tuple(sorted(marks | body.marks)),
    )


def _with_line_feeds(raw: bytes) -> bytes:
    """Old Macintosh files end their lines with a bare CR; everything after this counts on line feeds."""
    head = bytes(raw[:4_000])
    if b"\r" in head and b"\n" not in head:
        whole = bytes(raw)
        if whole.count(b"\n") * 20 < whole.count(b"\r"):
            return whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw


def _texts(body: bodies.Body, limits: Limits) -> tuple[str, str, list[plain.Line]]:
    """The whole plain text; when some piece has HTML the whole HTML and its lines too."""
    texts: list[str] = []
    markup_pieces: list[str] = []
    lines: list[plain.Line] = []
    room = limits.html
    has_html = any(piece.html.strip() for piece in body.pieces)
    for piece in body.pieces:
        one = piece.text
        if has_html:
            short = nesting.shorten(piece.html, room)
            if len(short) == room < len(piece.html):
                body.marks.add("text-cut")
            shown = nesting.flatten(short) if piece.html else bodies.as_html(piece)
            room = max(0, room - len(shown))
            markup_pieces.append(shown)
            own = plain.lines(shown) if piece.html else [plain.Line(line) for line in one.split("\n")]
            lines += own
            if not one.strip() and piece.html:
                one = plain.join(own)
        texts.append(one)
    text = "\n".join(one for one in texts if one.strip())
    return charsets.clean(text).strip("\n"), "\n".join(markup_pieces), lines


def _from(head: Headers) -> Address:
    """The first From that holds an address; Reply-To is not taken for it, since nobody wrote from there."""
    found = [addresses.first(b" ".join(raw.split()), head.hint) for raw in head.all("from")[:20]]
    return next((one for one in found if one.email), found[0] if found else Address("", ""))


def _optional(raw: bytes) -> Address | None:
    found = addresses.parse(raw, 1)
    return found[0] if found else None


def _list(head: Headers, name: str, limit: int) -> list[Address]:
    found: list[Address] = []
    for raw in head.all(name):
        found += addresses.parse(b" ".join(raw.split()), limit - len(found), head.hint)
        if len(found) >= limit:
            break
    return found


def _values(head: Headers, name: str) -> tuple[str, ...]:
    return tuple(value for value in (one.strip() for one in head.texts(name)) if value)


def _list_id(head: Headers) -> str:
    text = head.text("list-id")
    match = re.search(r"<([^<>]+)>", text)
    return (match.group(1) if match else text).strip()[:300]


def _date(head: Headers) -> datetime | None:
    for name in ("date", "resent-date"):
        value = words.decode(head.first(name))
        if not value:
            continue
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        try:
            date.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        return date
    return None
