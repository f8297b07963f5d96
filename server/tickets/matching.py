"""Which ticket an inbound message belongs to. Never by subject, and never by a token in a stranger's hands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from channels.contract import InboundMessage
from server.customers import UNVERIFIED, Identity
from server.database import Transaction

MOST_REFERENCES = 30
OVER = ("done", "none_needed")
ANSWERED_WITHIN = timedelta(days=3)
"""A line that nothing else tells the place of answers a notice that is not older."""
SEEN_EVERY = timedelta(minutes=1)
"""A contact's last word is kept to the minute."""


class Match(NamedTuple):
    """The ticket found, if any; why an agent should look twice; a ticket it may continue; a letter of no ticket that
    it answers."""

    ticket: int | None
    hint: str = ""
    suggested: int | None = None
    answers: Any = None


class GoingOn(NamedTuple):
    """A conversation that continues: its ticket's locked row, who writes, and whether it is spam."""

    ticket: Any
    who: Identity
    spam: bool


def going_on(tx: Transaction, account_id: int, message: InboundMessage) -> GoingOn | None:
    """The line of a chat that is under way, in one statement; None for everything that needs a closer look.

    This is the hot path: a known contact, under the name we know, writes on in a conversation that has a ticket.
    """
    if message.conversation is None or message.token or message.references or message.authentication == "fail":
        return None
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE OF t"
    owner = message.within or message.sender
    row = tx.first(
        "SELECT t.*, c.id AS its_contact, c.seen_at AS contact_seen, c.customer_id AS its_customer,"
        " c.name AS contact_name, k.name AS customer_name, k.blocked,"
        " EXISTS (SELECT 1 FROM block b WHERE b.kind = c.kind AND b.address = c.address) AS on_list"
        " FROM contact c JOIN customer k ON k.id = c.customer_id JOIN ticket t ON t.account_id = :account"
        " AND t.conversation = :conversation AND t.merged_into IS NULL"
        f" WHERE c.kind = :kind AND c.address = :address ORDER BY t.number DESC LIMIT 1{lock}",
        account=account_id,
        conversation=message.conversation,
        kind=owner.kind if owner.verified else owner.kind + UNVERIFIED,
        address=owner.address,
    )
    if row is None or (owner.name and owner.name != row.contact_name):
        return None
    if row.contact_id != row.its_contact or _is_over(tx, row, message) or _told_since(tx, message, row) is not None:
        return None
    if tx.now - row.contact_seen > SEEN_EVERY:
        tx.run("UPDATE contact SET seen_at = :now WHERE id = :id", now=tx.now, id=row.its_contact)
    name = row.customer_name or row.contact_name
    who = Identity(row.its_contact, row.its_customer, name, bool(row.blocked), True)
    return GoingOn(row, who, who.blocked or bool(row.on_list))


def match(tx: Transaction, account_id: int, message: InboundMessage, who: Identity) -> Match:
    """By our reply address's token, then by references to messages we know, then by the network's conversation.

    A token or a reference counts only from somebody who takes part in that ticket: its customer, or a person
    whom one of its messages was addressed to. Anybody else begins a ticket of their own, with a hint.
    """
    hint = ""
    trusted = message.sender.verified and message.authentication != "fail"
    for found in (_by_token(tx, message), _by_reference(tx, message)):
        if found is None:
            continue
        if trusted and _takes_part(tx, found, message, who):
            return Match(found)
        hint = hint or f"token:{found}"
    if trusted and not hint and (letter := _by_notice(tx, message, who)) is not None:
        return Match(_about(tx, letter.about, who), answers=letter)
    if message.conversation is not None and not hint:
        row = tx.first(
            "SELECT number, status, updated_at FROM ticket WHERE account_id = :account"
            " AND conversation = :conversation ORDER BY number DESC LIMIT 1",
            account=account_id,
            conversation=message.conversation,
        )
        if trusted and (letter := _told_since(tx, message, row)) is not None:
            if letter.ticket_number is not None:
                return Match(_standing(tx, letter.ticket_number))
            return Match(_about(tx, letter.about, who, message.conversation), answers=letter)
        if row is not None and not _is_over(tx, row, message):
            return Match(_standing(tx, row.number))
    suggested = None
    if trusted and who.known and message.automatic is None:
        suggested = tx.value(
            "SELECT number FROM ticket WHERE customer_id = :customer AND merged_into IS NULL AND spam = :no"
            " AND status IN ('open', 'active', 'waiting') ORDER BY updated_at DESC LIMIT 1",
            customer=who.customer_id,
            no=False,
        )
    return Match(None, hint, suggested)


def _is_over(tx: Transaction, ticket: Any, message: InboundMessage) -> bool:
    """Whether a conversation that never ends (LINE's) begins a new ticket here: its last one was done long ago."""
    after = message.new_after
    return after is not None and ticket.status in OVER and tx.now - ticket.updated_at > after


def _told_since(tx: Transaction, message: InboundMessage, ticket: Any) -> Any | None:
    """The notice that a line of a conversation without end (LINE's) answers: the one that it quotes, else the newest of
    the last days, unless there is a ticket that goes on or has moved since. `ticket` is the conversation's, or None."""
    if message.new_after is None or message.within is not None:
        return None
    address = message.sender.address
    if message.quotes is not None:
        return tx.first(
            "SELECT l.* FROM letter_part p JOIN letter l ON l.id = p.letter_id"
            " WHERE p.external_id = :quoted AND l.about IS NOT NULL AND l.recipient = :address",
            quoted=message.quotes,
            address=address,
        )
    if ticket is not None and ticket.status not in OVER:
        return None
    letter = tx.first(
        "SELECT * FROM letter WHERE line = :line AND state = 'delivered' AND about IS NOT NULL"
        " AND ticket_number IS NULL AND created_at > :since ORDER BY id DESC LIMIT 1",
        line=f"{message.sender.kind}:{address}",
        since=tx.now - ANSWERED_WITHIN,
    )
    if letter is None or (ticket is not None and ticket.updated_at > letter.created_at):
        return None
    return letter


def _by_token(tx: Transaction, message: InboundMessage) -> int | None:
    if message.token is None:
        return None
    return _standing(tx, tx.value("SELECT number FROM ticket WHERE token = :token", token=message.token))


def _by_reference(tx: Transaction, message: InboundMessage) -> int | None:
    """The newest known message among the references: the last in the list is the one that was answered."""
    for reference in message.references[-MOST_REFERENCES:][::-1]:
        number = tx.value(
            "SELECT ticket_number FROM letter WHERE key = :key AND ticket_number IS NOT NULL",
            key=reference.partition("@")[0],
        ) or tx.value(
            "SELECT ticket_number FROM message WHERE external_id = :id ORDER BY id DESC LIMIT 1", id=reference
        )
        if number is not None:
            return _standing(tx, number)
    return None


def _by_notice(tx: Transaction, message: InboundMessage, who: Identity) -> Any | None:
    """The letter of no ticket that its own recipient answers."""
    for reference in message.references[-MOST_REFERENCES:][::-1]:
        letter = tx.first(
            "SELECT * FROM letter WHERE key = :key AND ticket_number IS NULL AND about IS NOT NULL",
            key=reference.partition("@")[0],
        )
        if letter is not None and (letter.recipient == message.sender.address or _is(tx, letter.recipient, who)):
            return letter
    return None


def _is(tx: Transaction, address: str, who: Identity) -> bool:
    """Whether an address is this customer's."""
    return bool(
        tx.value(
            "SELECT 1 FROM contact WHERE address = :address AND customer_id = :customer",
            address=address,
            customer=who.customer_id,
        )
    )


def _about(tx: Transaction, about: str, who: Identity, conversation: str | None = None) -> int | None:
    """The customer's ticket that an order already has; for a line of a conversation, in that conversation."""
    where = "" if conversation is None else " AND conversation = :conversation"
    return _standing(
        tx,
        tx.value(
            f"SELECT number FROM ticket WHERE about = :about AND customer_id = :customer{where}"
            " ORDER BY number DESC LIMIT 1",
            about=about,
            customer=who.customer_id,
            **({} if conversation is None else {"conversation": conversation}),
        ),
    )


def _standing(tx: Transaction, number: int | None) -> int | None:
    """The ticket itself, or the one that it was merged into."""
    for _ in range(20):
        if number is None:
            return None
        into = tx.value("SELECT merged_into FROM ticket WHERE number = :number", number=number)
        if into is None:
            return number
        number = into
    return number


def _takes_part(tx: Transaction, number: int, message: InboundMessage, who: Identity) -> bool:
    if tx.value(
        "SELECT 1 FROM ticket WHERE number = :number AND customer_id = :customer",
        number=number,
        customer=who.customer_id,
    ):
        return True
    for row in tx.all(
        "SELECT envelope FROM message WHERE ticket_number = :number ORDER BY seq DESC LIMIT 50", number=number
    ):
        people = (row.envelope.get("from") or {}, *row.envelope.get("to", ()), *row.envelope.get("cc", ()))
        if any(one.get("address") == message.sender.address for one in people):
            return True
    return False
