"""Notices that no way leads to their customer for become work for an agent: a ticket that says what was to be told."""

from __future__ import annotations

from typing import Any

from server.database import Transaction
from server.events import NoteWritten, TicketOpened
from server.notices.kinds import Kind
from server.notices.matters import Matter
from server.notices.settling import settle
from server.tickets import ledger


def give(tx: Transaction, row: Any, kind: Kind, matter: Matter, reason: str, words: str = "") -> int | None:
    """Open a ticket about a notice that cannot be sent, or did not arrive; None where there is nobody to open it of."""
    settle(tx, row, "task", reason, words)
    contact = tx.first(
        "SELECT * FROM contact WHERE customer_id = :id ORDER BY CASE kind WHEN 'phone' THEN 0 ELSE 1 END, id LIMIT 1",
        id=matter.customer or 0,
    )
    account = tx.first(
        "SELECT id, kind FROM channel_account WHERE enabled AND removed_at IS NULL"
        " ORDER BY CASE kind WHEN 'phone' THEN 0 WHEN 'email' THEN 1 ELSE 2 END, id LIMIT 1"
    )
    if contact is None or account is None:
        return None
    number = matter.order.number if matter.order is not None else matter.about
    label = kind.label.get("ja") or kind.name
    ticket = ledger.open_ticket(
        tx,
        subject=f"{label} {number}",
        customer_id=contact.customer_id,
        contact_id=contact.id,
        account_id=account.id,
        channel=account.kind,
        about=matter.about,
    )
    note = ledger.add_message(tx, ticket, kind="note", text=f"{label} {number}: {reason} {words}".strip())
    ledger.settle(tx, ticket, note)
    tx.record(TicketOpened(ticket=ticket.number, account=account.id, customer=contact.customer_id))
    tx.record(NoteWritten(ticket=ticket.number, message=note.id, seq=note.seq))
    return int(ticket.number)
