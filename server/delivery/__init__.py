"""The way out: letters, each a row in the same transaction as its message, and the courier that takes them."""

from server.delivery.actions import post, recall, resend, wake_line
from server.delivery.courier import Courier
from server.delivery.letters import Attached, Envelope
from server.delivery.outcomes import reported
from server.delivery.queries import LetterPage, LetterRow, TryView, letters, tries

__all__ = [
    "Attached",
    "Courier",
    "Envelope",
    "LetterPage",
    "LetterRow",
    "TryView",
    "letters",
    "post",
    "recall",
    "reported",
    "resend",
    "tries",
    "wake_line",
]
