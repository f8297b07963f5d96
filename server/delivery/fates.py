"""What became of something that leaves as a letter, in one word for people: its own state, or its letter's."""

from __future__ import annotations

LEFT = {
    "waiting": "leaving",
    "held": "leaving",
    "sending": "leaving",
    "delivered": "sent",
    "delayed": "sent",
    "arrived": "delivered",
    "recalled": "cancelled",
}
"""What is said of what was sent, by the state of its letter; another state is said as it is."""


def fate(state: str, letter_state: str, opened: bool = False) -> str:
    """The state, but of what was `sent`: leaving, sent (its network took it), delivered (it said so), opened (somebody
    clicked in it), bounced, failed, complained, or cancelled."""
    if state != "sent":
        return state
    return "opened" if opened else LEFT.get(letter_state, letter_state or "sent")
