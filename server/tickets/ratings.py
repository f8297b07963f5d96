"""Ratings: a customer is asked in the conversation how they were served, and their answer is kept on the ticket."""

from __future__ import annotations

from typing import Any

from channels.contract import Rated
from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Conflict
from server.events import MessageWritten, TicketRated
from server.tickets import ledger, queries
from server.tickets.views import MessageView

QUESTION = "How was our service?"
LONGEST_COMMENT = 2_000


def ask(tx: Transaction, agent: AgentView, number: int) -> MessageView:
    """Ask the customer of a chat to rate it. Raises `Conflict` when they cannot be asked, or were asked already."""
    require(agent, "agent")
    ticket = ledger.lock(tx, number)
    if ticket.merged_into is not None:
        raise Conflict("Ticket #{number} was merged into #{into}.", number=number, into=ticket.merged_into)
    if not queries.is_chat(tx, ticket.account_id, ticket.conversation):
        raise Conflict("This customer cannot be asked for a rating here.")
    if waits(tx, number):
        raise Conflict("The customer was asked already.")
    row = ledger.add_message(tx, ticket, kind="rating", agent_id=agent.id or None, text=QUESTION)
    tx.run(
        "UPDATE ticket SET last_seq = :seq, version = version + 1, updated_at = :now WHERE number = :number",
        seq=row.seq,
        now=tx.now,
        number=number,
    )
    tx.run(
        "INSERT INTO rating (message_id, ticket_number, agent_id, asked_at, comment)"
        " VALUES (:message, :number, :agent, :now, '')",
        message=row.id,
        number=number,
        agent=ticket.assignee_id or agent.id or None,
        now=tx.now,
    )
    tx.record(MessageWritten(ticket=number, message=row.id, seq=row.seq), agent.actor)
    return queries.message(tx, row.id)


def waits(tx: Transaction, number: int) -> bool:
    """Whether the customer was asked, has not answered, and has not written since."""
    asked = tx.first(
        "SELECT r.score, m.seq FROM rating r JOIN message m ON m.id = r.message_id WHERE r.ticket_number = :number"
        " ORDER BY r.message_id DESC LIMIT 1",
        number=number,
    )
    if asked is None or asked.score is not None:
        return False
    return not tx.value(
        "SELECT 1 FROM message WHERE ticket_number = :number AND seq > :seq AND kind = 'customer' LIMIT 1",
        number=number,
        seq=asked.seq,
    )


def answer(tx: Transaction, ticket: Any, rated: Rated) -> None:
    """The customer rates; a later answer to the same question replaces the one before. Nothing is opened by it."""
    asked = tx.first(
        "SELECT * FROM rating WHERE message_id = :message AND ticket_number = :number",
        message=rated.seq,
        number=ticket.number,
    )
    comment = rated.comment.strip()[:LONGEST_COMMENT]
    if asked is None or (asked.score, asked.comment) == (rated.score, comment):
        return
    tx.run(
        "UPDATE rating SET score = :score, comment = :comment, answered_at = :at WHERE message_id = :message",
        score=rated.score,
        comment=comment,
        at=rated.at,
        message=rated.seq,
    )
    tx.run(
        "UPDATE ticket SET version = version + 1, updated_at = :now WHERE number = :number",
        now=tx.now,
        number=ticket.number,
    )
    tx.record(
        TicketRated(ticket=ticket.number, message=asked.message_id, score=rated.score),
        f"customer:{ticket.customer_id}",
    )
