"""Whether the desk may speak by itself on a ticket now: not into a person's work, nor to whoever does not want it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal, get_args

from server.customers.rights import stops
from server.database import Transaction
from server.tickets.addressing import answer_address

Reason = Literal[
    "automatic", "spam", "withdrawn", "merged", "group", "written_down", "stopped", "complained", "nobody",
    "person", "assigned", "typing", "draft",
    "asks_person", "angry", "sensitive", "quotes", "files", "no_words", "too_long", "late",
    "hours", "segment", "row", "again", "several", "unsure", "none", "half", "gone", "off", "too_many", "error", "flow",
]  # fmt: skip
REASONS: tuple[str, ...] = get_args(Reason)
"""Why nothing was said, each in one word; `""` where nothing speaks against it."""

DRAFT_COUNTS = timedelta(hours=2)
"""A draft that nobody touched for longer is forgotten work, not somebody who is about to answer."""

UNREAD = re.compile(r"(?i)(?:no|do-?not|donot)[-_.]?reply(?:[-_.+][^@]*)?@")
"""Addresses that say of themselves that nobody reads what comes there."""

Typing = Callable[[int], bool]
"""Whether an agent types on a ticket now, as far as this process knows."""


def nobody_types(_ticket: int) -> bool:
    """For a desk without consoles: commands, tests."""
    return False


def silence(
    tx: Transaction, number: int, *, person: timedelta = timedelta(hours=24), typing: Typing = nobody_types
) -> Reason | Literal[""]:
    """Why the desk may not speak by itself on this ticket now; empty when it may.

    `person` is how long after a colleague's words the conversation is theirs. It is asked in the unit that speaks, so
    that whoever was quicker is seen.
    """
    ticket = tx.first(
        "SELECT t.*, c.kind AS contact_kind, c.address FROM ticket t JOIN contact c ON c.id = t.contact_id"
        " WHERE t.number = :number",
        number=number,
    )
    if ticket is None or ticket.merged_into is not None:
        return "merged"
    if ticket.spam:
        return "spam"
    if ticket.contact_kind.endswith("-group"):
        return "group"
    return _person(tx, ticket, person, typing) or _unwanted(tx, number)


def _person(tx: Transaction, ticket: Any, person: timedelta, typing: Typing) -> Reason | Literal[""]:
    """Whether a colleague has it: joined, took it, or is about to answer."""
    if ticket.assignee_id is not None:
        return "assigned"
    if tx.value(
        "SELECT 1 FROM message WHERE ticket_number = :number AND kind IN ('agent', 'note') AND agent_id IS NOT NULL"
        " AND withdrawn_at IS NULL AND created_at > :since LIMIT 1",
        number=ticket.number,
        since=tx.now - person,
    ):
        return "person"
    if typing(ticket.number):
        return "typing"
    drafts = tx.all(
        "SELECT body FROM draft WHERE ticket_number = :number AND updated_at > :since",
        number=ticket.number,
        since=tx.now - DRAFT_COUNTS,
    )
    return "draft" if any(any(row.body.values()) for row in drafts) else ""


def _unwanted(tx: Transaction, number: int) -> Reason | Literal[""]:
    """Whether nobody would hear it, or somebody who does not want to."""
    answer = answer_address(tx, number)
    if answer.account is None or not answer.to:
        return "nobody"
    address = answer.to[0].address
    if answer.kind == "email" and UNREAD.match(address):
        return "nobody"
    if stops.silent(tx, answer.kind, address):
        return "stopped"
    if tx.value("SELECT 1 FROM letter WHERE recipient = :to AND state = 'complained' LIMIT 1", to=address):
        return "complained"
    return ""
