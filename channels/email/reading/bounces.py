"""Finds out which addresses a mail of ours could not reach (RFC 3464, and servers that never heard of it)."""

from channels.email.reading.headers import Headers
from channels.email.reading.mail import Address, Bounce, Limits
from channels.email.reading.parts import Part


def find(root: Part, head: Headers, subject: str, sender: Address, text: str, limits: Limits) -> tuple[list[Bounce], bool]:
    """The failed recipients, and whether the mail is a delivery report at all (delays and successes are too)."""
    return [], False
