"""In charge of leading customers on to another network: whether a mail offers it, and whose a conversation is."""

from __future__ import annotations

from channels.contract import OFFERS
from server.database import Transaction
from server.delivery.letters import Onward, Someone
from server.tickets.conversations import ticket_of


def offered(tx: Transaction, to: tuple[Someone, ...], cc: tuple[Someone, ...]) -> Onward | None:
    """What a mail offers its reader: whoever opens the link becomes this customer.

    So only where it goes to one person, at an address that is known to be theirs, who has no contact there yet.
    """
    if len(to) != 1 or cc or to[0].kind != "email":
        return None
    accounts = tx.all("SELECT id, kind, settings FROM channel_account WHERE enabled AND removed_at IS NULL ORDER BY id")
    account = next((one for one in accounts if one.settings.get(OFFERS)), None)
    if account is None:
        return None
    customer = tx.value(
        "SELECT customer_id FROM contact c WHERE kind = 'email' AND address = :address AND NOT relay AND NOT EXISTS"
        " (SELECT 1 FROM contact o WHERE o.customer_id = c.customer_id AND o.kind = :kind)",
        address=to[0].address.strip().lower(),
        kind=account.kind,
    )
    return Onward(account.kind, account.id, customer) if customer is not None else None


def talker(tx: Transaction, account: int, conversation: str) -> int | None:
    """The customer whose contact has a conversation; None before it began."""
    ticket = ticket_of(tx, account, conversation)
    if ticket is None:
        return None
    found: int | None = tx.value("SELECT customer_id FROM contact WHERE id = :id", id=ticket.contact_id)
    return found
