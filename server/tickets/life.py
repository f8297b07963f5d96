"""The life of a ticket as one table: which status follows from which move.

    (status now, move) → status then

A move that is not in the table leaves the status as it is.
"""

from __future__ import annotations

from typing import Literal, get_args

from server.tickets.views import Priority, Status

Move = Literal["customer", "automatic", "assigned", "bounced", "woke", "merged"]

STATUSES: tuple[Status, ...] = get_args(Status)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
LIVE: tuple[Status, ...] = ("open", "active", "waiting")

LIFE: dict[tuple[Status, Move], Status] = {
    # A customer who writes is waiting for somebody; whoever is at it stays at it.
    ("waiting", "customer"): "open",
    ("done", "customer"): "open",
    ("none_needed", "customer"): "open",
    # Somebody takes it up.
    ("open", "assigned"): "active",
    # A letter of ours came back: the customer heard nothing.
    ("waiting", "bounced"): "open",
    ("done", "bounced"): "open",
    ("none_needed", "bounced"): "open",
    # The snooze is over.
    ("waiting", "woke"): "open",
    # What was merged away is finished here.
    ("open", "merged"): "done",
    ("active", "merged"): "done",
    ("waiting", "merged"): "done",
}


def follow(status: Status, move: Move) -> Status:
    """The status after a move."""
    return LIFE.get((status, move), status)


def rank(priority: Priority) -> int:
    """A priority's place, 0 for low to 3 for urgent."""
    return PRIORITIES.index(priority)
