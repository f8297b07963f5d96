"""What a customer says of an earlier answer: a tap on what stood under it, or the same in words."""

from __future__ import annotations

from typing import Any

import msgspec

from channels.contract import Tapped
from server import tickets
from server.agents import DESK
from server.answers import answering, outcomes, refusing, thanks, words
from server.answers.case import Case
from server.answers.outcomes import Verdict
from server.database import Transaction

VERDICTS: dict[tuple[str, str], Verdict] = {
    ("answered", "yes"): "yes",
    ("answered", "no"): "no",
    ("answered", "person"): "person",
    ("offered", "other"): "other",
}
"""What a tap on a choice means, by the state of the attempt that offered it."""


def heard(tx: Transaction, case: Case) -> tuple[str, str] | None:
    """The message says what became of an earlier one; None when it says something else."""
    card = case.row.card or {}
    if card.get("kind") == "tapped":
        return _tapped(tx, case, msgspec.convert(card, Tapped).data)
    verdict = outcomes.typed(case.row.text)
    if verdict is None:
        return ("heard", "") if _rests(tx, case) else None
    attempt = tx.first(
        "SELECT a.* FROM attempt a JOIN message o ON o.id = a.message_id"
        " WHERE o.ticket_number = :number AND a.state = 'answered' AND a.outcome = ''"
        " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.ticket_number = :number AND m.id > a.spoken_id"
        " AND m.id < :id AND m.kind IN ('customer', 'agent')) ORDER BY a.id DESC LIMIT 1",
        number=case.ticket.number,
        id=case.row.id,
    )
    return None if attempt is None else _settle(tx, case, attempt, verdict)


def _rests(tx: Transaction, case: Case) -> bool:
    """Whether nothing but thanks came after *yes*: then the ticket is done as it was, and nobody need look."""
    if not thanks.only_thanks(case.row.text):
        return False
    if tx.value("SELECT 1 FROM attachment WHERE message_id = :id AND NOT inline LIMIT 1", id=case.row.id):
        return False
    solved = tx.value(
        "SELECT 1 FROM attempt a WHERE a.ticket_number = :number AND a.state = 'answered' AND a.outcome = 'yes'"
        " AND NOT EXISTS (SELECT 1 FROM message m LEFT JOIN attempt x ON x.message_id = m.id"
        " WHERE m.ticket_number = :number AND m.id > a.spoken_id AND m.id < :id"
        " AND (m.kind = 'agent' OR (m.kind = 'customer' AND COALESCE(x.state, '') <> 'heard'))) LIMIT 1",
        number=case.ticket.number,
        id=case.row.id,
    )
    if solved and case.ticket.status == "open":
        tickets.edit(tx, DESK, case.ticket.number, tickets.TicketEdit(status="done"))
    return bool(solved)


def _tapped(tx: Transaction, case: Case, data: str) -> tuple[str, str] | None:
    parts = data.split(":")
    if len(parts) != 3 or parts[0] != words.PREFIX or not parts[1].isdecimal():
        return None
    suffix = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    attempt = tx.first(
        "SELECT * FROM attempt WHERE id = :id AND message_id IN (SELECT id FROM message WHERE ticket_number = :number)"
        + suffix,
        id=int(parts[1]),
        number=case.ticket.number,
    )
    what = parts[2]
    if attempt is None or attempt.outcome:
        return "heard", "again"
    if attempt.state == "offered" and what[:1] == "a" and what[1:].isdecimal() and int(what[1:]) in attempt.offered:
        return _chosen(tx, case, attempt, int(what[1:]))
    verdict = VERDICTS.get((attempt.state, what))
    return _settle(tx, case, attempt, verdict) if verdict is not None else ("heard", "again")


def _settle(tx: Transaction, case: Case, attempt: Any, verdict: Verdict) -> tuple[str, str]:
    tx.run("UPDATE attempt SET of_id = :of WHERE message_id = :id", of=attempt.id, id=case.row.id)
    outcomes.settle(tx, attempt, verdict, case.row.id, case.ways.drawing, case.decided)
    return "heard", ""


def _chosen(tx: Transaction, case: Case, attempt: Any, article: int) -> tuple[str, str]:
    """One of the offered questions was it: its answer, unless people have it by now."""
    tx.run("UPDATE attempt SET outcome = 'chosen', outcome_at = :now WHERE id = :id", now=tx.now, id=attempt.id)
    tx.run("UPDATE attempt SET of_id = :of WHERE message_id = :id", of=attempt.id, id=case.row.id)
    reason = refusing.silence(tx, case)
    return ("refused", reason) if reason else answering.answer(tx, case, article, 1.0)
