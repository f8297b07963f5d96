"""One message, looked at once: answered by itself, questions offered, or left to people with the reason kept."""

from __future__ import annotations

from typing import Any, NamedTuple

from server.answers import (
    acknowledging,
    answering,
    asking,
    hearing,
    outcomes,
    refusing,
    settings,
    stepping_back,
)
from server.answers.case import Case, Ways
from server.database import Transaction
from server.events import AnswerMade
from server.faq.views import Match

NEW = "new"
"""Nothing waited for what is decided about a message: its customer was told already, or needed not to be."""


class Asked(NamedTuple):
    """A message that waits for a decision. Without `text` no article is asked: `kind` and `shop` are its account's."""

    message: int
    text: str
    kind: str
    shop: str


def look(tx: Transaction, message: int) -> Asked | None:
    """What is to be asked about a message; None where it is nobody's business: an account that is off, decided
    already."""
    row = tx.first(
        "SELECT m.text, m.card, a.kind, a.shop, t.account_id FROM message m JOIN ticket t ON t.number = m.ticket_number"
        " JOIN channel_account a ON a.id = t.account_id WHERE m.id = :id AND m.kind = 'customer'"
        " AND NOT EXISTS (SELECT 1 FROM attempt x WHERE x.message_id = m.id AND x.state <> 'owed')",
        id=message,
    )
    if row is None:
        return None
    readable = len(row.text) <= asking.MOST_CHARACTERS and (row.card or {}).get("kind") in (None, "marked")
    wanted = settings.read(tx).policy(row.account_id).on and readable and outcomes.typed(row.text) is None
    return Asked(message, row.text if wanted else "", row.kind, row.shop)


def decide(tx: Transaction, message: int, match: Match, ways: Ways, seq: int = 0) -> str:
    """Decide about a message, once; the state that its attempt has now, empty where nothing was to be decided."""
    row = tx.first("SELECT * FROM message WHERE id = :id AND kind = 'customer'", id=message)
    if row is None:
        return ""
    ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=row.ticket_number)
    decided = settings.read(tx)
    owed = _claim(tx, row, ticket)
    if owed is None:
        return ""
    account = tx.one("SELECT kind, shop FROM channel_account WHERE id = :id", id=ticket.account_id)
    case = Case(row, ticket, account.kind, account.shop, decided, ways, seq)
    state, reason = _decide(tx, case, match)
    if not state:
        tx.run("DELETE FROM attempt WHERE message_id = :id", id=message)
    else:
        _end(tx, message, state, reason)
        tx.record(AnswerMade(ticket=ticket.number, message=message, state=state), "system")
    waited = owed == "acknowledge" or (owed != NEW and case.kind in acknowledging.CHATS)
    if state == "refused" and match.entries:
        sure = match.entries[0].confidence
        tx.run("UPDATE attempt SET confidence = :sure WHERE message_id = :id", sure=sure, id=message)
    if state in ("", "refused") and waited and _is_first(tx, row):
        acknowledging.acknowledge(tx, decided, ticket.number, message, wanted=owed == "acknowledge")
    elif state == "refused":
        stepping_back.tell(tx, case, reason)
    return state or "off"


def take(tx: Transaction, ticket: Any, message: Any, by: str) -> None:
    """Somebody else answers this message by themselves: nothing more is said to it from here."""
    if _claim(tx, message, ticket) is not None:
        _end(tx, message.id, "taken", by)


def leave(tx: Transaction, ticket: Any, message: Any) -> None:
    """Whoever was to answer this message does not: its customer hears that it arrived, unless the articles are asked
    next or a colleague has answered."""
    decided = settings.read(tx)
    if decided.policy(ticket.account_id).on:
        return
    owed = tx.first("SELECT reason FROM attempt WHERE message_id = :id AND state = 'owed'", id=message.id)
    if owed is None:
        return
    tx.run("DELETE FROM attempt WHERE message_id = :id", id=message.id)
    acknowledging.acknowledge(tx, decided, ticket.number, message.id, wanted=owed.reason == "acknowledge")


def give_up(tx: Transaction, message: int) -> None:
    """Deciding failed: it is kept, so that nothing fails over it again, and the customer hears that it arrived."""
    row = tx.first("SELECT * FROM message WHERE id = :id", id=message)
    if row is None:
        return
    ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=row.ticket_number)
    owed = _claim(tx, row, ticket)
    if owed is not None:
        _end(tx, message, "refused", "error")
        if owed == "acknowledge":
            acknowledging.acknowledge(tx, settings.read(tx), ticket.number, message, wanted=True)


def _claim(tx: Transaction, row: Any, ticket: Any) -> str | None:
    """The message becomes ours: "acknowledge" or "" by what is owed to its customer, `NEW` where nothing waited for
    this; None when it was decided."""
    fresh = tx.put(
        "attempt", unless="message_id", message_id=row.id, ticket_number=ticket.number, account_id=ticket.account_id,
        state=acknowledging.OWED, reason="", offered="[]", confidence=0.0, lang="", outcome="", created_at=tx.now,
    )  # fmt: skip
    suffix = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    mine = tx.one(f"SELECT state, reason FROM attempt WHERE message_id = :id{suffix}", id=row.id)
    if mine.state != acknowledging.OWED:
        return None
    return NEW if fresh is not None else str(mine.reason)


def _end(tx: Transaction, message: int, state: str, reason: str) -> None:
    tx.run(
        "UPDATE attempt SET state = :state, reason = :reason WHERE message_id = :id", id=message, state=state,
        reason=reason,
    )  # fmt: skip


def _is_first(tx: Transaction, row: Any) -> bool:
    return not tx.value(
        "SELECT 1 FROM message WHERE ticket_number = :number AND seq < :seq AND kind <> 'auto' LIMIT 1",
        number=row.ticket_number,
        seq=row.seq,
    )


def _decide(tx: Transaction, case: Case, match: Match) -> tuple[str, str]:
    """The state and the reason; no state where it is nobody's business."""
    if any(taker(tx, case.row.id, case.seq) for taker in case.ways.takers):
        return "taken", "flow"
    if (heard := hearing.heard(tx, case)) is not None:
        return heard
    if not case.decided.policy(case.ticket.account_id).on:
        return "", ""
    reason = refusing.refusal(tx, case)
    if reason:
        return "refused", reason
    if match.decision == "answer":
        return answering.answer(tx, case, int(match.entries[0].id), match.entries[0].confidence)
    if match.decision == "suggest" and case.decided.policy(case.ticket.account_id).offer and case.chat:
        return answering.offer(tx, case, match)
    return "refused", "none" if match.decision == "none" else "unsure"
