"""A reply taken back before it left: the ticket stands as it did before it, as far as nobody changed it since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server import delivery
from server.agents import AgentView
from server.database import Transaction
from server.events import TicketChanged
from server.tickets import ledger
from server.tickets.along import Also, put_back, standing


def before(tx: Transaction, ticket: Any, also: Also | None) -> dict[str, Any]:
    """How the ticket stands, for when the reply is taken back."""
    told = {"status": ticket.status, "waiting_since": ticket.waiting_since}
    changed = standing(tx, ticket, also) if also is not None else {}
    return told | ({"also": changed} if changed else {})


def take_back(tx: Transaction, agent: AgentView, letter_id: int) -> None:
    """Recall a letter before its first try. The ticket stands as it did before the reply, unless something happened
    since, and the files are uploads again. Raises `Conflict` when the letter has left."""
    letter = delivery.recall(tx, agent, letter_id)
    if letter.message_id is None:
        return
    message = tx.one("SELECT * FROM message WHERE id = :id", id=letter.message_id)
    tx.run(
        "UPDATE attachment SET message_id = NULL, uploaded_by = :agent WHERE message_id = :message",
        agent=agent.id or None,
        message=message.id,
    )
    ticket = ledger.lock(tx, message.ticket_number)
    before = message.envelope.get("before")
    if before is not None and (changed := before.get("also")):
        put_back(tx, agent, ticket, changed)
        ticket = ledger.lock(tx, message.ticket_number)
    if before is None or ticket.last_seq != message.seq or ticket.status == before["status"]:
        return
    tx.run(
        "UPDATE ticket SET status = :status, waiting_since = :since, updated_at = :now, version = version + 1"
        " WHERE number = :number",
        status=before["status"],
        since=datetime.fromisoformat(before["waiting_since"]),
        now=tx.now,
        number=ticket.number,
    )
    moved = TicketChanged(ticket=ticket.number, field="status", before=ticket.status, after=before["status"])
    tx.record(moved, agent.actor)
