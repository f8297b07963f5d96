"""Notices that no way leads to their customer for become work for an agent: a note on the ticket of what they are
about, which says what was to be told."""

from __future__ import annotations

from typing import Any

from channels.wording import say
from server.accounts import desk_settings
from server.customers import entries
from server.customers.entries import UNVERIFIED
from server.database import Transaction
from server.events import NoteWritten, TicketOpened
from server.notices.kinds import Kind
from server.notices.matters import Matter
from server.notices.settling import settle
from server.tickets import ledger

BECAUSE = {
    "unreachable": "No way leads to this customer.",
    "suppressed": "The address is not written to.",
    "quota": "The month's messages of the LINE account are used up.",
    "failed": "The letter could not be delivered.",
    "bounced": "The letter came back.",
}
"""Why, in English words of the catalogue."""


def give(
    tx: Transaction, row: Any, kind: Kind, matter: Matter, reason: str, words: str = "", *, said: str = ""
) -> int | None:
    """An agent shall tell the customer what cannot be sent, or did not arrive; the ticket's number, None where there
    is nobody to open it of. `words` are the network's, `said` is the letter that did not arrive."""
    settle(tx, row, "task", reason, words)
    language = desk_settings.read(tx).language
    label = kind.label.get(language) or next(iter(kind.label.values()), kind.name)
    number = matter.order.number if matter.order is not None else ""
    title = f"{label} {number}".strip()
    why = say(language, BECAUSE.get(reason, reason))
    lines = [say(language, "To be told by a person: {what}", what=title), f"{why} {words}".strip()]
    text = "\n".join(lines) + (f"\n\n{said.strip()}" if said.strip() else "")
    ticket = _standing(tx, matter)
    opened = ticket is None
    if ticket is None:
        ticket = _new(tx, matter, title)
    if ticket is None:
        return None
    note = ledger.add_message(tx, ticket, kind="note", text=text)
    ledger.settle(tx, ticket, note)
    if opened:
        tx.record(TicketOpened(ticket=ticket.number, account=ticket.account_id, customer=ticket.customer_id))
    tx.record(NoteWritten(ticket=ticket.number, message=note.id, seq=note.seq))
    return int(ticket.number)


def _standing(tx: Transaction, matter: Matter) -> Any:
    """The newest ticket about it that is not done with; the note goes there."""
    number = tx.value(
        "SELECT number FROM ticket WHERE about = :about AND customer_id = :customer AND merged_into IS NULL"
        " AND status IN ('open', 'active', 'waiting') ORDER BY number DESC LIMIT 1",
        about=matter.about,
        customer=matter.customer or 0,
    )
    return ledger.lock(tx, number) if number is not None else None


def _new(tx: Transaction, matter: Matter, title: str) -> Any:
    """A ticket of the customer's, also where nothing but their name is known; None for nobody, or without accounts."""
    customer = tx.first("SELECT id, name FROM customer WHERE id = :id", id=matter.customer or 0)
    if customer is None:
        return None
    contact = _contact(tx, customer.id)
    kind = contact.kind.removesuffix(UNVERIFIED) if contact is not None else ""
    account = tx.first(
        "SELECT id, kind FROM channel_account WHERE enabled AND removed_at IS NULL"
        " ORDER BY CASE WHEN kind = :kind THEN 0 WHEN kind = 'phone' THEN 1 WHEN NOT can_send THEN 2"
        " WHEN kind = 'email' THEN 3 ELSE 4 END, id LIMIT 1",
        kind=kind,
    )
    if account is None:
        return None
    if contact is None:
        entries.new_contact(
            tx, customer.id, f"external{UNVERIFIED}", f"customer:{customer.id}", customer.name, verified_by=""
        )
        contact = _contact(tx, customer.id)
    return ledger.open_ticket(
        tx,
        subject=title,
        customer_id=contact.customer_id,
        contact_id=contact.id,
        account_id=account.id,
        channel=account.kind,
        about=matter.about,
    )


def _contact(tx: Transaction, customer: int) -> Any:
    return tx.first(
        "SELECT * FROM contact WHERE customer_id = :id"
        " ORDER BY CASE kind WHEN 'phone' THEN 0 WHEN 'email' THEN 1 ELSE 2 END, id LIMIT 1",
        id=customer,
    )
