"""What an agent leaves on a ticket for themselves: drafts, and up to where they have read."""

from __future__ import annotations

from typing import Any, Literal

from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import DraftChanged, MessageRead
from server.tickets.ledger import lock
from server.tickets.views import DraftView

Mode = Literal["reply", "note"]
LARGEST_DRAFT = 400_000


def save_draft(tx: Transaction, agent: AgentView, number: int, mode: Mode, body: dict[str, Any]) -> DraftView:
    """Keep what an agent is writing; `body` is the composer's own. Colleagues hear that a draft began, no more."""
    require(agent, "agent")
    lock(tx, number)
    text = dump(body)
    if len(text) > LARGEST_DRAFT:
        raise Invalid("This draft is too large to keep.")
    began = not tx.value(
        "SELECT 1 FROM draft WHERE agent_id = :agent AND ticket_number = :number", agent=agent.id, number=number
    )
    tx.run(
        "INSERT INTO draft (agent_id, ticket_number, mode, body, updated_at)"
        " VALUES (:agent, :number, :mode, :body, :now) ON CONFLICT (agent_id, ticket_number, mode)"
        " DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
        agent=agent.id,
        number=number,
        mode=mode,
        body=text,
        now=tx.now,
    )
    if began:
        tx.record(DraftChanged(ticket=number, agent=agent.id, kept=True), agent.actor)
    return DraftView(agent=agent.id, mode=mode, body=body, updated_at=tx.now)


def drop_draft(tx: Transaction, agent: AgentView, number: int, mode: Mode) -> None:
    """Throw a draft away; nothing happens when there is none."""
    gone = tx.run(
        "DELETE FROM draft WHERE agent_id = :agent AND ticket_number = :number AND mode = :mode",
        agent=agent.id,
        number=number,
        mode=mode,
    )
    if gone:
        tx.record(DraftChanged(ticket=number, agent=agent.id, kept=False), agent.actor)


def mark_read(tx: Transaction, agent: AgentView, number: int, seq: int) -> None:
    """The agent has read up to this message; never backwards."""
    if not agent.id:
        return
    tx.run(
        "INSERT INTO ticket_reader (agent_id, ticket_number, seq) VALUES (:agent, :number, :seq)"
        " ON CONFLICT (agent_id, ticket_number) DO UPDATE SET seq ="
        " CASE WHEN ticket_reader.seq > excluded.seq THEN ticket_reader.seq ELSE excluded.seq END",
        agent=agent.id,
        number=number,
        seq=seq,
    )
    newest = tx.value(
        "SELECT id FROM message WHERE ticket_number = :number AND seq <= :seq AND read_handle IS NOT NULL"
        " ORDER BY seq DESC LIMIT 1",
        number=number,
        seq=seq,
    )
    if newest is not None:
        tx.record(MessageRead(ticket=number, message=newest), agent.actor)


def take_read_handle(tx: Transaction, message_id: int) -> tuple[int, str] | None:
    """The account and the network's word by which the sender of a message is told that it was read; once.

    It covers what they wrote before, whose words are forgotten with it.
    """
    row = tx.first("SELECT ticket_number, seq, account_id, read_handle FROM message WHERE id = :id", id=message_id)
    if row is None or row.read_handle is None:
        return None
    tx.run(
        "UPDATE message SET read_handle = NULL WHERE ticket_number = :number AND seq <= :seq"
        " AND read_handle IS NOT NULL",
        number=row.ticket_number,
        seq=row.seq,
    )
    return row.account_id, row.read_handle
