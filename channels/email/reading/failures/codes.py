"""Finds enhanced status codes (RFC 3463) and tells them from version numbers and network addresses."""

import re

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
REPLY = re.compile(r"(?<![\d.])([45])([0-5])(\d)(?![\d.]*\d)[ -]")
# RFC 5321 section 4.2.3, as RFC 5248 maps the reply codes.
REPLIES = {
    "421": "4.4.2",
    "450": "4.2.1",
    "451": "4.3.0",
    "452": "4.2.2",
    "552": "5.2.2",
    "553": "5.1.3",
    "554": "5.0.0",
}


def status(text: str) -> str:
    """The first enhanced status code of a text, or ``""``; one that says something goes before x.0.0."""
    found = [match.group() for match in STATUS.finditer(text[:20_000]) if match.group(1) != "2"]
    return next((one for one in found if not one.endswith(".0.0")), found[0] if found else "")


def from_reply(text: str) -> str:
    """A status for a bare SMTP reply code: only its class is certain."""
    match = REPLY.search(text[:20_000] + " ")
    return f"{match.group(1)}.0.0" if match is not None else ""


def near(text: str, recipient: str) -> str:
    """What a text says around an address."""
    at = text.lower().find(recipient.lower())
    return text[max(0, at - 200) : at + 1_500] if at >= 0 else text[:3_000]
