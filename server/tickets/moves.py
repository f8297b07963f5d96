"""The moves of a chat: an agent accepts it, hands it over, ends it. On any other ticket they mean the same."""

from __future__ import annotations

from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Conflict, Invalid
from server.tickets import ledger, lines, queries, ratings
from server.tickets.editing import TicketEdit, edit
from server.tickets.views import TicketView
from server.tickets.writing import note as write_note


def accept(tx: Transaction, agent: AgentView, number: int) -> TicketView:
    """Take a ticket nobody has: it is this agent's and active. Raises `Conflict` naming whoever was faster."""
    require(agent, "agent")
    ticket = ledger.lock(tx, number)
    if ticket.assignee_id not in (None, agent.id):
        name = tx.value("SELECT name FROM agent WHERE id = :id", id=ticket.assignee_id)
        raise Conflict("{name} has accepted this already.", name=name, current=queries.view(tx, agent, number))
    return edit(tx, agent, number, TicketEdit(assignee=agent.id, status="active"))


def hand_over(
    tx: Transaction,
    agent: AgentView,
    number: int,
    *,
    to: int | None = None,
    team: int | None = None,
    note: str = "",
) -> TicketView:
    """Give a ticket to a colleague, or to a team for whoever accepts it there; the note is for colleagues only.

    Raises `Invalid` when it is neither or both, or for somebody who cannot answer.
    """
    require(agent, "agent")
    ledger.lock(tx, number)
    if (to is None) == (team is None):
        raise Invalid(fields={"to": "is missing" if to is None else "is not one of the choices"})
    if to is not None and (to == agent.id or not _answers(tx, to)):
        raise Invalid(fields={"to": "is not one of the choices"})
    if note.strip():
        write_note(tx, agent, number, note, mentions=[] if to is None else [to])
    if to is not None:
        return edit(tx, agent, number, TicketEdit(assignee=to))
    edit(tx, agent, number, TicketEdit(team=team, assignee=None, status="open"))
    ticket = ledger.lock(tx, number)
    if queries.is_chat(tx, ticket.account_id, ticket.conversation):
        lines.write(tx, ticket, "handed")
    return queries.view(tx, agent, number)


def end(tx: Transaction, agent: AgentView, number: int, *, ask_rating: bool = False) -> TicketView:
    """It is done: the customer sees that, and opens it again by writing. `ask_rating` asks how it was."""
    require(agent, "agent")
    if ask_rating and not ratings.waits(tx, number):
        ratings.ask(tx, agent, number)
    return edit(tx, agent, number, TicketEdit(status="done"))


def _answers(tx: Transaction, agent_id: int) -> bool:
    row = tx.first("SELECT role FROM agent WHERE id = :id AND active", id=agent_id)
    return row is not None and row.role != "viewer"
