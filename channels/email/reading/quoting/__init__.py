"""Finds what the customer wrote now, without what the mailer quoted below, above or in between."""

import re

from channels.email.reading.plain import Line
from channels.email.reading.quoting import visible
from channels.email.reading.quoting.visible import Row

FORWARD_SUBJECT = re.compile(
    r"(?i)\s*(?:\[[^\]]{0,40}\]\s*)*(?:fwd?|wg|tr|rv|enc|vs|vb|vl|doorst|pd|转发|轉寄|轉發|転送)\s*[:：]"
)

NO_LETTER = re.compile(r"[\s>*_<]+")


def reply(text: str, lines: list[Line], subject: str) -> str:
    """The new text; the whole text when nothing could be told apart, so never empty when there is any.

    The lines of the HTML are asked first, because it says where a quotation begins; the plain text is asked when
    they say nothing.
    """
    forwarded = FORWARD_SUBJECT.match(subject) is not None
    if lines:
        found = visible.new(
            [Row(line.text, line.depth > 0, line.mark, line.bare) for line in lines], forwarded=forwarded
        )
        whole = "\n".join(line.text for line in lines).strip()
        if found is not None and found.strip() and found.strip() != whole:
            return _agreed(found.strip(), text, forwarded)
    found = visible.new(_rows(text), forwarded=forwarded)
    return (found or "").strip() or text.strip()


def _agreed(from_html: str, text: str, forwarded: bool) -> str:
    """What the HTML says, unless the plain part shows that broken markup put something into it."""
    squashed = _squash(from_html)
    if squashed in _squash(text):
        return from_html
    from_text = (visible.new(_rows(text), forwarded=forwarded) or "").strip()
    return from_text if from_text and _squash(from_text) in squashed else from_html


def _rows(text: str) -> list[Row]:
    """The lines of a text; of a very long one the rest is one row, since nobody quotes that far down."""
    return [Row(line) for line in text.split("\n", visible.MOST_ROWS)]


def _squash(text: str) -> str:
    return NO_LETTER.sub("", text[:100_000])
