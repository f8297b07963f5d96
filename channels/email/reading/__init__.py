"""Reads a raw mail into plain values: it knows mail as people and servers really write it, and nothing of the desk."""

from channels.email.reading.html import without_remote_images
from channels.email.reading.mail import Address, Attachment, Authentication, Bounce, Limits, Mail, MailTooComplex
from channels.email.reading.message import read

__all__ = [
    "Address",
    "Attachment",
    "Authentication",
    "Bounce",
    "Limits",
    "Mail",
    "MailTooComplex",
    "read",
    "without_remote_images",
]
