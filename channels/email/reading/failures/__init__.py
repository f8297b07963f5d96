"""Finds out which addresses a mail could not reach (RFC 3464, and servers that never heard of it)."""

import re
from dataclasses import replace
from typing import NamedTuple

from channels.email.reading import charsets, ids, words
from channels.email.reading import headers as header_fields
from channels.email.reading.failures import complaints, notices, reports
from channels.email.reading.headers import Headers
from channels.email.reading.mail import Address, Bounce, Limits
from channels.email.reading.parts import Part

RETURNED = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    "text/rfc822",
    "message/partial",
)
NO_BOUNCE = ("message/disposition-notification", "message/feedback-report", "message/global-disposition-notification")
MESSAGE_ID = re.compile(
    r"^[ \t>|*]{0,20}Message-ID[ \t]{0,20}[:：]\s{0,40}<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE
)
BARE_ID = re.compile(
    r"^[ \t>|*]{0,20}Message-ID[ \t]{0,20}[:：]\s{0,40}([^<>\s]{3,998}@[^<>\s]{1,250})", re.IGNORECASE | re.MULTILINE
)
TEXT_LIMIT = 200_000
MOST_PARTS = 60
LONGEST_ADDRESS = 320  # RFC 5321 section 4.5.3.1


class Found(NamedTuple):
    """What a mail tells of mails of ours: failures; `others` are delays, deliveries and complaints.

    `is_report` says whether it is a delivery report at all, also where no address could be read out of it.
    """

    failed: tuple[Bounce, ...] = ()
    others: tuple[Bounce, ...] = ()
    is_report: bool = False


def find(root: Part, head: Headers, subject: str, sender: Address, text: str, limits: Limits) -> Found:
    """Everything that a mail reports."""
    parts = _flat(root)
    text = text[:TEXT_LIMIT]
    own = ids.one(head.first("message-id"))
    if any(part.kind in NO_BOUNCE for part in parts):
        failed = tuple(reports.rejected(parts, subject, text))
        return Found(failed, _named(complaints.read(parts), parts, text, own), True)
    evidence = notices.Evidence(head, subject, sender, text)
    if evidence.answered and root.kind != "multipart/report":
        return Found()
    found, others = reports.read(parts, root, text, evidence)
    if not found and not others:
        found = notices.read(evidence, root, parts)
    is_report = bool(found or others) or (evidence.delayed and evidence.from_server)
    return Found(_named(found, parts, text, own), _named(others, parts, text, own), is_report)


def _named(found: list[Bounce], parts: list[Part], text: str, own: str) -> tuple[Bounce, ...]:
    """With the id of the mail that they are about, and nothing in them that could do harm."""
    if not found:
        return ()
    identity = _returned_id(parts, text, own)
    return tuple(
        replace(
            one,
            recipient=charsets.clean(one.recipient)[:LONGEST_ADDRESS],
            diagnostic=charsets.clean(one.diagnostic),
            message_id=charsets.clean(identity or one.message_id),
        )
        for one in found
    )


def _flat(root: Part) -> list[Part]:
    found: list[Part] = []
    waiting = [root]
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop(0)
        found.append(part)
        waiting = part.children + waiting
    return found


def _returned_id(parts: list[Part], text: str, own: str) -> str:
    """The id of the mail that came back: from its headers where they were attached, else from the text."""
    identity = _in_text(text, own)
    if identity:
        return identity
    for part in parts:
        if part.kind in RETURNED:
            data = part.data(100_000)
            inner, _ = header_fields.parse(data, 0, len(data), Limits(headers=500), top=True)
            identity = ids.one(inner.first("message-id"))
            if identity:
                return identity
            nested = _in_text(words.raw_text(data), own)
            if nested:
                return nested
    for part in parts[1:]:
        if part.kind.startswith("text/") or part.kind in ("application/octet-stream", "message/delivery-status"):
            identity = _in_text(words.raw_text(part.data(100_000)), own)
            if identity:
                return identity
    # A returned mail whose own header was taken for that of the part.
    return next((one for part in parts[1:] if (one := ids.one(part.headers.first("message-id")))), "")


def _in_text(text: str, own: str) -> str:
    for pattern in (MESSAGE_ID, BARE_ID):
        for match in pattern.finditer(text):
            if match.group(1) != own:
                return match.group(1)
    return ""
