"""Tells mail that no person wrote (RFC 3834, RFC 2369, and what vendors invented beside them)."""

from channels.email.reading.headers import Headers
from channels.email.reading.parts import Part


def reason(head: Headers, root: Part, subject: str) -> str:
    """A short word why the mail is automatic, or ``""`` for a person's mail."""
    return ""
