"""Reads complaints of recipients (ARF, RFC 5965): somebody pressed "this is spam" on a mail of ours."""

import re

from channels.email.reading import headers as header_fields
from channels.email.reading import words
from channels.email.reading.failures.reports import blocks
from channels.email.reading.mail import Bounce, Limits
from channels.email.reading.parts import Part

KIND = "message/feedback-report"
RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "text/rfc822")
COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list", "other", "miscategorized"})
"""What recipients say of a mail; "not-spam" (RFC 6430) takes nothing back, and the rest is machines' talk."""
ADDRESS = re.compile(r"[^\s<>\"';,]+@[^\s<>\"';,]+")
LIMIT = 50_000
MOST = 50


def read(parts: list[Part]) -> list[Bounce]:
    """The recipients who complain; one without an address where the provider keeps it to itself."""
    for part in parts:
        if part.kind != KIND:
            continue
        source = words.raw_text(part.data(LIMIT))
        said = next((fields for fields in blocks(source) if "feedback-type" in fields), {})
        kind = said.get("feedback-type", "").strip().lower()
        if kind not in COMPLAINTS:
            return []
        told = re.findall(r"(?im)^(?:original-rcpt-to|removal-recipient)[ \t]*:[ \t]*(.*)$", source)[:MOST]
        found = [address for line in told for address in ADDRESS.findall(line)] or _addressed(parts)
        reporter = said.get("user-agent", "").split("/")[0].strip()
        diagnostic = f"{kind}{f' ({reporter})' if reporter else ''}"
        return [Bounce(one, "", diagnostic[:200], "", "complained") for one in dict.fromkeys(found)] or [
            Bounce("", "", diagnostic[:200], "", "complained")
        ]
    return []


def _addressed(parts: list[Part]) -> list[str]:
    """To whom the mail that is complained of went, as its own header says."""
    for part in parts:
        if part.kind in RETURNED:
            data = part.data(100_000)
            inner, _ = header_fields.parse(data, 0, len(data), Limits(headers=500), top=True)
            return ADDRESS.findall(inner.text("to"))[:1]
    return []
