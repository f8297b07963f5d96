"""Tickets that turn out to be one, or two: merge, split, link."""

from __future__ import annotations

from collections.abc import Sequence

from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Conflict, Invalid
from server.events import TicketLinked, TicketMerged, TicketOpened, TicketSplit
from server.tickets import ledger, queries
from server.tickets.life import follow
from server.tickets.rows import preview, several
from server.tickets.views import TicketView


def merge(tx: Transaction, agent: AgentView, number: int, into: int) -> TicketView:
    """Move everything said on `number` to `into`, in the order of time; `number` stays as a stub that points there.

    Letters on their way, links, tags and later answers follow. Raises `Invalid` for a ticket into itself,
    `Conflict` when one of them was merged already.
    """
    require(agent, "agent")
    if number == into:
        raise Invalid("A ticket cannot be merged into itself.")
    for one in sorted((number, into)):  # always in this order, so that two merges never wait for each other
        ledger.lock(tx, one)
    source, target = ledger.lock(tx, number), ledger.lock(tx, into)
    for ticket in (source, target):
        if ticket.merged_into is not None:
            raise Conflict("Ticket #{number} was merged into #{into}.", number=ticket.number, into=ticket.merged_into)
    moved = tx.all("SELECT id FROM message WHERE ticket_number = :number ORDER BY seq", number=number)
    # Those of the target keep their seq, which consoles have seen; the moved ones come behind.
    tx.many(
        "UPDATE message SET ticket_number = :into, seq = :seq WHERE id = :id",
        [{"into": into, "seq": target.last_seq + place, "id": row.id} for place, row in enumerate(moved, 1)],
    )
    tx.run("UPDATE letter SET ticket_number = :into WHERE ticket_number = :number", into=into, number=number)
    tx.run("UPDATE rating SET ticket_number = :into WHERE ticket_number = :number", into=into, number=number)
    tx.run(
        "INSERT INTO ticket_tag (ticket_number, tag_id) SELECT :into, tag_id FROM ticket_tag"
        " WHERE ticket_number = :number ON CONFLICT DO NOTHING",
        into=into,
        number=number,
    )
    tx.run("DELETE FROM draft WHERE ticket_number = :number", number=number)
    tx.run("DELETE FROM mention WHERE ticket_number = :number", number=number)
    waits = source.status in ("open", "active")
    tx.run(
        "UPDATE ticket SET merged_into = :into, status = :status, snoozed_until = NULL, suggested_merge = NULL,"
        " version = version + 1, updated_at = :now WHERE number = :number",
        into=into,
        status=follow(source.status, "merged"),
        now=tx.now,
        number=number,
    )
    tx.run("UPDATE ticket SET suggested_merge = NULL WHERE suggested_merge = :number", number=number)
    tx.run(
        "UPDATE ticket SET last_seq = :seq, version = version + 1, updated_at = :now, status = :status,"
        " conversation = COALESCE(conversation, :conversation), suggested_merge = NULL,"
        " waiting_since = :since, last_text = :text, last_kind = :kind WHERE number = :into",
        seq=target.last_seq + len(moved),
        now=tx.now,
        status=follow(target.status, "customer") if waits else target.status,
        conversation=source.conversation if source.account_id == target.account_id else None,
        since=min(source.waiting_since, target.waiting_since) if waits else target.waiting_since,
        text=source.last_text if source.updated_at > target.updated_at else target.last_text,
        kind=source.last_kind if source.updated_at > target.updated_at else target.last_kind,
        into=into,
    )
    tx.record(TicketMerged(ticket=number, into=into), agent.actor)
    tx.record(TicketMerged(ticket=into, into=into), agent.actor)
    return queries.view(tx, agent, into)


def split(tx: Transaction, agent: AgentView, number: int, messages: Sequence[int], subject: str) -> TicketView:
    """Take messages out of a ticket into a new one of the same customer. The ones left keep their seq.

    Raises `Invalid` when a message is not of this ticket, or when none would stay.
    """
    require(agent, "agent")
    ticket = ledger.lock(tx, number)
    if ticket.merged_into is not None:
        raise Conflict("Ticket #{number} was merged into #{into}.", number=number, into=ticket.merged_into)
    chosen = tx.all(
        f"SELECT * FROM message WHERE ticket_number = :number AND id IN ({several(messages)}) ORDER BY seq",
        number=number,
    )
    if not chosen or len(chosen) != len(set(messages)):
        raise Invalid(fields={"messages": "are not all of this ticket"})
    if len(chosen) == tx.value("SELECT count(*) FROM message WHERE ticket_number = :number", number=number):
        raise Invalid(fields={"messages": "at least one message must stay"})
    new = ledger.open_ticket(
        tx,
        subject=subject.strip() or ticket.subject,
        status="open",
        priority=ticket.priority,
        priority_rank=ticket.priority_rank,
        assignee_id=ticket.assignee_id,
        team_id=ticket.team_id,
        customer_id=ticket.customer_id,
        contact_id=chosen[0].contact_id or ticket.contact_id,
        account_id=chosen[0].account_id or ticket.account_id,
        channel=ticket.channel,
        language=ticket.language,
        last_seq=len(chosen),
        last_text=preview(chosen[-1].text),
        last_kind=chosen[-1].kind,
        waiting_since=chosen[0].created_at,
    )
    tx.many(
        "UPDATE message SET ticket_number = :new, seq = :seq WHERE id = :id",
        [{"new": new.number, "seq": place, "id": row.id} for place, row in enumerate(chosen, 1)],
    )
    tx.run(
        f"UPDATE letter SET ticket_number = :new WHERE message_id IN ({several(row.id for row in chosen)})",
        new=new.number,
    )
    tx.run(
        f"UPDATE rating SET ticket_number = :new WHERE message_id IN ({several(row.id for row in chosen)})",
        new=new.number,
    )
    tx.run(
        "UPDATE ticket SET version = version + 1, updated_at = :now WHERE number = :number", now=tx.now, number=number
    )
    _link(tx, number, new.number)
    tx.record(TicketSplit(ticket=number, new=new.number), agent.actor)
    tx.record(TicketOpened(ticket=new.number, account=new.account_id, customer=new.customer_id), agent.actor)
    return queries.view(tx, agent, new.number)


def link(tx: Transaction, agent: AgentView, number: int, other: int) -> TicketView:
    """Say that two tickets belong together."""
    require(agent, "agent")
    if number == other:
        raise Invalid("A ticket cannot be linked to itself.")
    for one in sorted((number, other)):
        ledger.lock(tx, one)
    _link(tx, number, other)
    tx.record(TicketLinked(ticket=number, other=other), agent.actor)
    tx.record(TicketLinked(ticket=other, other=number), agent.actor)
    return queries.view(tx, agent, number)


def unlink(tx: Transaction, agent: AgentView, number: int, other: int) -> TicketView:
    """They do not belong together after all."""
    require(agent, "agent")
    gone = tx.run(
        "DELETE FROM ticket_link WHERE ticket_a = :a AND ticket_b = :b", a=min(number, other), b=max(number, other)
    )
    if gone:
        tx.record(TicketLinked(ticket=number, other=other, linked=False), agent.actor)
        tx.record(TicketLinked(ticket=other, other=number, linked=False), agent.actor)
    return queries.view(tx, agent, number)


def _link(tx: Transaction, number: int, other: int) -> None:
    tx.run(
        "INSERT INTO ticket_link (ticket_a, ticket_b, created_at) VALUES (:a, :b, :now) ON CONFLICT DO NOTHING",
        a=min(number, other),
        b=max(number, other),
        now=tx.now,
    )
