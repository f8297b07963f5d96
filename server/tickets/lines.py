"""Lines between the messages of a chat, seen by its customer and by agents: who joined, that it goes on, that it ended.

A line is kept as what happened, and said in its reader's language: `FOR_CUSTOMERS` and `FOR_AGENTS` are the English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from server.database import Transaction
from server.tickets import ledger, queries

What = Literal["joined", "handed", "ended", "left"]
CLOSED = ("done", "none_needed")

FOR_CUSTOMERS: dict[str, str] = {
    "joined": "{name} has joined the chat.",
    "handed": "A colleague will be with you shortly.",
    "ended": "The chat has ended.",
    "left": "You ended the chat.",
}
FOR_AGENTS: dict[str, str] = {**FOR_CUSTOMERS, "left": "The customer ended the conversation."}


def write(tx: Transaction, ticket: Any, what: What, name: str = "") -> Any:
    """Add a line to a locked ticket: its row. Who had read everything still has; the list's newest words stay."""
    seq = tx.value(
        "UPDATE ticket SET last_seq = last_seq + 1 WHERE number = :number RETURNING last_seq", number=ticket.number
    )
    row = ledger.add_message(
        tx,
        ticket,
        kind="line",
        seq=seq,
        text=FOR_AGENTS[what].format(name=name),
        envelope={"line": {"what": what, "name": name}},
    )
    if what != "left":
        tx.run(
            "UPDATE ticket_reader SET seq = :seq WHERE ticket_number = :number AND seq = :before",
            seq=seq,
            number=ticket.number,
            before=seq - 1,
        )
    return row


def follow(tx: Transaction, ticket: Any, moved: Mapping[str, Any]) -> None:
    """Tell the customer of a chat what an agent's move means to them. `ticket` is its row as it was before."""
    assignee = moved.get("assignee_id")
    joins = assignee is not None and assignee != ticket.assignee_id
    ends = moved.get("status") in CLOSED and ticket.status not in CLOSED
    if not (joins or ends) or not queries.is_chat(tx, ticket.account_id, ticket.conversation):
        return
    if joins:
        write(tx, ticket, "joined", tx.value("SELECT name FROM agent WHERE id = :id", id=assignee) or "")
    if ends and not has_ended(tx, ticket.number):
        write(tx, ticket, "ended")


def has_ended(tx: Transaction, number: int) -> bool:
    """Whether the last thing in a thread is that it is over."""
    last = tx.first(
        "SELECT kind, envelope FROM message WHERE ticket_number = :number ORDER BY seq DESC LIMIT 1", number=number
    )
    return last is not None and last.kind == "line" and last.envelope["line"]["what"] in ("ended", "left")
