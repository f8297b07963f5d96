"""Letters of a bulk letter that wait to leave are taken back: it was stopped, or is written anew."""

from __future__ import annotations

from server.agents import AgentView
from server.database import Transaction
from server.events import NoticeMoved

THEIRS = (
    "(id IN (SELECT letter_id FROM bulk_recipient WHERE bulk_id = :id AND letter_id IS NOT NULL)"
    " OR first_id IN (SELECT letter_id FROM bulk_recipient WHERE bulk_id = :id AND letter_id IS NOT NULL))"
)
"""Letters of a bulk letter, and those that stand in for them."""
_WAIT = "state IN ('waiting', 'held')"


def take_back(tx: Transaction, agent: AgentView, id: int, reason: str = "") -> int:
    """Take back what has not left; how many recipients that are. They count as passed over for this `reason`, or
    without one as still to be written to, but those whose letter was tried already: it may have arrived.
    """
    waiting = tx.all(
        "SELECT r.id, r.letter_id, r.customer_id, l.attempts, l.state FROM bulk_recipient r"
        f" JOIN letter l ON l.id = r.letter_id WHERE r.bulk_id = :id AND r.state = 'sent' AND (l.{_WAIT} OR EXISTS"
        f" (SELECT 1 FROM letter s WHERE s.first_id = l.id AND s.{_WAIT}))",
        id=id,
    )
    tx.run(f"UPDATE letter SET state = 'recalled', finished_at = :now WHERE {_WAIT} AND {THEIRS}", now=tx.now, id=id)
    for row in waiting:
        afresh = not reason and row.attempts == 0
        tx.run(
            "UPDATE bulk_recipient SET state = :state, reason = :reason, settled_at = :at, address = '',"
            " letter_id = :letter WHERE id = :id",
            state="listed" if afresh else "skipped",
            reason="" if afresh else reason or "recalled",
            at=None if afresh else tx.now,
            letter=None if afresh else row.letter_id,
            id=row.id,
        )
        notice = tx.value("SELECT id FROM notice WHERE letter_id = :letter", letter=row.letter_id)
        if notice is not None:
            tx.run(
                "UPDATE notice SET state = 'cancelled', reason = 'agent', settled_at = :now WHERE id = :id",
                now=tx.now,
                id=notice,
            )
            tx.record(NoticeMoved(notice=notice, customer=row.customer_id, state="cancelled"), agent.actor)
    return len(waiting)
