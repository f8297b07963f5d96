"""What speaks against answering a message by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from server.accounts import desk_settings
from server.answers import asking, manners
from server.answers.case import Case
from server.answers.manners import Reason
from server.answers.opening import opening
from server.customers import segments
from server.database import Transaction

LATE = timedelta(hours=1)
"""What came longer ago is not answered by itself any more: a person may be reading it."""


def refusal(tx: Transaction, case: Case) -> Reason | Literal[""]:
    row = case.row
    files = tx.value("SELECT 1 FROM attachment WHERE message_id = :id AND NOT inline LIMIT 1", id=row.id)
    if reason := asking.unreadable(row, bool(files)):
        return reason
    if row.card is not None and row.card.get("kind") == "tapped":
        return "no_words"
    if reason := asking.delicate(row.text, case.decided)[0]:
        return reason
    if _came(tx, case) < tx.now - LATE:
        return "late"
    return _out_of_policy(tx, case) or silence(tx, case) or _in_a_row(tx, case)


def _came(tx: Transaction, case: Case) -> datetime:
    """When the message reached us; where people chat, when it was said. Dates of mails are anybody's."""
    at: datetime | None = tx.value("SELECT at FROM change WHERE seq = :seq", seq=case.seq)
    said: datetime = case.row.created_at
    return said if case.chat or at is None else at


def _out_of_policy(tx: Transaction, case: Case) -> Reason | Literal[""]:
    policy = case.decided.policy(case.ticket.account_id)
    if policy.when != "always":
        zone = desk_settings.read(tx).zone
        is_open = opening(case.decided.opening.of(case.ticket.team_id), tx.now, zone).open
        if is_open is not (policy.when == "open"):
            return "hours"
    if case.decided.segments_never:
        mine = {one.name for one in segments.of(tx, case.ticket.customer_id)}
        if mine & set(case.decided.segments_never):
            return "segment"
    return ""


def silence(tx: Transaction, case: Case) -> Reason | Literal[""]:
    person = timedelta(hours=case.decided.person_hours)
    return manners.silence(tx, case.ticket.number, person=person, typing=case.ways.typing)


def _in_a_row(tx: Transaction, case: Case) -> Reason | Literal[""]:
    """After so many without success a person is due; and at once when one was asked for, or ought to come."""
    helped = tx.value(
        "SELECT max(message_id) FROM attempt WHERE ticket_number = :number AND outcome = 'yes'",
        number=case.ticket.number,
    )
    rows = tx.all(
        "SELECT state, outcome, reason, message_id FROM attempt WHERE ticket_number = :number"
        " AND (state IN ('answered', 'offered')"
        " OR state = 'refused' AND reason IN ('asks_person', 'sensitive', 'angry'))"
        " AND message_id > :helped AND message_id < :id ORDER BY id DESC LIMIT :most",
        number=case.ticket.number,
        helped=helped or 0,
        id=case.row.id,
        most=case.decided.most_in_a_row * 2 + 8,
    )
    for row in rows:
        if row.outcome == "person":
            return "asks_person"
        if row.state == "refused" and not _came_since(tx, case, row.message_id):
            reason: Reason = row.reason
            return reason
    handed = tx.value(
        "SELECT max(moved_id) FROM flow_run WHERE ticket_number = :number AND state = 'handed' AND moved_id > :helped",
        number=case.ticket.number,
        helped=helped or 0,
    )
    if handed is not None and not _came_since(tx, case, handed):
        return "asks_person"
    return "row" if sum(row.state == "answered" for row in rows) >= case.decided.most_in_a_row else ""


def _came_since(tx: Transaction, case: Case, message: int) -> bool:
    """Whether a colleague replied after a message: what it called for was done."""
    return bool(
        tx.value(
            "SELECT 1 FROM message WHERE ticket_number = :number AND id > :id AND kind = 'agent'"
            " AND agent_id IS NOT NULL AND withdrawn_at IS NULL LIMIT 1",
            number=case.ticket.number,
            id=message,
        )
    )
