"""Finds what the customer wrote now, without what the mailer quoted below, above or in between."""

import re

from channels.email.reading import plain
from channels.email.reading.quoting import signatures, visible
from channels.email.reading.quoting.visible import Row

FORWARD_SUBJECT = re.compile(r"(?i)\s*(?:\[[^\]]{0,40}\]\s*)*(?:fwd?|wg|tr|rv|enc|i|vs|vb|vl|doorst|pd|转发|轉寄|轉發|転送)\s*[:：]")


def reply(text: str, html: str, subject: str, limit: int) -> str:
    """The new text; the whole text when nothing could be told apart, so never empty when there is any.

    The HTML is asked first, because it says where a quotation begins; the plain text is asked when it says nothing.
    """
    forwarded = FORWARD_SUBJECT.match(subject) is not None
    if html:
        rows = [Row(line.text, line.depth > 0, line.mark) for line in plain.lines(html, limit)]
        found = visible.new(rows, forwarded=forwarded)
        whole = "\n".join(row.text for row in rows).strip()
        if found is not None and found.strip() and found.strip() != whole:
            return found.strip()
    rows = [Row(line.rstrip("\r")) for line in text.split("\n")]
    found = visible.new(rows, forwarded=forwarded)
    return (found or "").strip() or text.strip()
