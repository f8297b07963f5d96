"""A choice that was made on the page behind a mail's button: it becomes the customer's message, once."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from channels.contract import InboundMessage, Party, Tapped
from server import customers, tickets
from server.accounts import desk_settings
from server.answers.links import Chosen
from server.database import Transaction
from server.errors import NotFound
from server.tickets import taps


class Shown(NamedTuple):
    """What the page shows: the choice, its state, and in whose words. `open` may be pressed, `made` was, and `over`
    came too late."""

    label: str
    state: Literal["open", "made", "over"]
    what: str
    language: str
    shop: str


def shown(tx: Transaction, chosen: Chosen) -> Shown:
    """How a choice stands; asking changes nothing. Raises `NotFound`."""
    row, ticket, choice = _found(tx, chosen)
    made = tx.value("SELECT 1 FROM message WHERE external_id = :id", id=_name(chosen, choice.data))
    stands = taps.stands(tx, ticket, row.id, choice.data)
    what = choice.data.rpartition(":")[2]
    shop = desk_settings.read(tx).shop(ticket.language)
    return Shown(choice.label, "made" if made else "open" if stands else "over", what, ticket.language, shop)


def choose(tx: Transaction, chosen: Chosen) -> Shown:
    """Make it, if it still stands; pressing twice is pressing once. Raises `NotFound`."""
    now = shown(tx, chosen)
    if now.state != "open":
        return now
    row, ticket, choice = _found(tx, chosen)
    contact = tx.one("SELECT * FROM contact WHERE id = :id", id=ticket.contact_id)
    verified = not contact.kind.endswith(customers.UNVERIFIED)
    sender = Party(contact.kind.removesuffix(customers.UNVERIFIED), contact.address, contact.name, verified=verified)
    said = InboundMessage(
        external_id=_name(chosen, choice.data),
        sender=sender,
        text=choice.text or choice.label,
        sent_at=tx.now,
        subject=ticket.subject,
        token=ticket.token,
        language=ticket.language,
        card=Tapped(data=choice.data, of=row.id),
    )
    tickets.receive(tx, row.account_id, said)
    return now._replace(state="made")


def _name(chosen: Chosen, data: str) -> str:
    return f"choice:{chosen.message}:{data}"


def _found(tx: Transaction, chosen: Chosen) -> tuple[Any, Any, Any]:
    row = tx.first("SELECT * FROM message WHERE id = :id AND kind = 'auto'", id=chosen.message)
    offered = taps.offered(row) if row is not None else []
    if row is None or chosen.at >= len(offered):
        raise NotFound("This address leads nowhere.")
    ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=row.ticket_number)
    return row, ticket, offered[chosen.at]
