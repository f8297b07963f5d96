"""Which tickets call for an agent: their own, where the customer said something that they have not read."""

from __future__ import annotations

from server.agents import AgentView
from server.database import Transaction

MOST = 100
LOOKED_AT = 500
"""Of an agent's own tickets, the newest: a count in a title is of no use beyond."""


def unread(tx: Transaction, agent: AgentView) -> list[int]:
    """Their numbers, the newest first, at most a hundred."""
    rows = tx.all(
        "SELECT t.number FROM (SELECT number, last_seq, last_kind, merged_into, updated_at FROM ticket"
        " WHERE assignee_id = :agent AND spam = :no AND status IN ('open', 'active')"
        " ORDER BY updated_at DESC LIMIT :looked) t"
        " LEFT JOIN ticket_reader r ON r.agent_id = :agent AND r.ticket_number = t.number"
        " WHERE t.last_kind = 'customer' AND t.merged_into IS NULL AND t.last_seq > COALESCE(r.seq, 0)"
        " ORDER BY t.updated_at DESC LIMIT :most",
        agent=agent.id,
        no=False,
        looked=LOOKED_AT,
        most=MOST,
    )
    return [row.number for row in rows]
