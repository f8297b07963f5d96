"""A customer's message becomes part of a ticket: received, withdrawn, bounced, acknowledged."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from channels.contract import DeliveryReport, InboundMessage, Party, Withdrawn
from channels.contract.incoming import NO_HANDLES, Handles
from server import customers, delivery
from server.customers import Identity, blocks
from server.database import Transaction
from server.delivery import Attached
from server.delivery.letters import Someone
from server.events import MessageReceived, MessageWithdrawn, MessageWritten, TicketChanged, TicketOpened
from server.language import guess
from server.tickets import carried, continuity, ledger, taps
from server.tickets.addressing import answer_address
from server.tickets.life import follow, rank
from server.tickets.matching import Match, going_on, match
from server.tickets.rows import preview

GUESSED_FROM = 400
"""So many characters tell the language of a message."""
MOST_AUTOMATIC_PER_HOUR = 5
"""Automatic letters to one address: two desks that answer each other fall silent (RFC 3834 §2)."""


VISITOR = "visitor" + customers.UNVERIFIED


class Received(NamedTuple):
    """Where a message went, and whether a ticket began with it."""

    ticket: int
    message: int
    began: bool
    waiting: tuple[tuple[str, int], ...] = ()
    """The files that its network still has: the channel's word for each, and our id of it."""


def receive(
    tx: Transaction,
    account_id: int,
    message: InboundMessage,
    files: tuple[Attached, ...] = (),
    arrival_id: int | None = None,
) -> Received:
    """File a customer's message: on the ticket it continues, else on a new one."""
    ticket, who, spam, began = _place(tx, account_id, message)
    message = taps.judged(tx, ticket, message)
    speaker = who.contact_id if message.within is None else customers.identify(tx, message.sender).contact_id
    with tx.acting(f"customer:{who.customer_id}"):
        row = ledger.add_message(
            tx,
            ticket,
            kind="customer",
            agent_id=message.agent_id,
            contact_id=speaker,
            account_id=account_id,
            arrival_id=arrival_id,
            external_id=message.external_id,
            subject=message.subject,
            text=message.text,
            whole_text=message.whole_text if message.whole_text != message.text else None,
            html=message.html,
            envelope=envelope_of(message, goes_on=ticket.conversation if ticket.account_id != account_id else None),
            automatic=message.automatic,
            **carried.besides_words(tx, account_id, message),
            created_at=min(message.sent_at, tx.now) if plausible(message.sent_at, tx.now) else tx.now,
        )
        ledger.attach(tx, row.id, files)
        waiting = ledger.announce(tx, row.id, message.pending)
        ledger.settle(tx, ticket, row, **moved_by(tx, ticket, message, began, spam), **carried.shown(tx, row, message))
        if began:
            ledger.put_tags(tx, ticket.number, message.routing.tags)
            tx.record(TicketOpened(ticket=ticket.number, account=account_id, customer=who.customer_id))
        tx.record(MessageReceived(ticket=ticket.number, message=row.id, seq=row.seq))
    return Received(ticket.number, row.id, began, waiting)


def withdraw(tx: Transaction, account_id: int, withdrawn: Withdrawn) -> int | None:
    """The sender took a message back: its words are hidden, the fact stays. The ticket's number."""
    row = tx.first(
        "SELECT id, ticket_number, seq, text FROM message WHERE account_id = :account AND external_id = :external"
        " AND kind = 'customer' AND withdrawn_at IS NULL",
        account=account_id,
        external=withdrawn.external_id,
    )
    if row is None:
        carried.keep_withdrawal(tx, account_id, withdrawn)
        return None
    tx.run("UPDATE message SET withdrawn_at = :at WHERE id = :id", at=withdrawn.at, id=row.id)
    # The list shows it also when nothing but notes came after, and when it was not the newest to arrive.
    tx.run(
        "UPDATE ticket SET last_text = '', version = version + 1 WHERE number = :number AND (last_text = :text"
        " OR NOT EXISTS (SELECT 1 FROM message later WHERE later.ticket_number = :number AND later.seq > :seq"
        " AND later.kind NOT IN ('note', 'line', 'rating')))",
        number=row.ticket_number,
        text=preview(row.text),
        seq=row.seq,
    )
    tx.record(MessageWithdrawn(ticket=row.ticket_number, message=row.id), "customer")
    return int(row.ticket_number)


def come_back(tx: Transaction, letter: Any, report: DeliveryReport, arrival_id: int | None) -> Received | None:
    """A letter of a ticket bounced or was complained of: the agent is told on the ticket, and it stands open again."""
    if letter.ticket_number is None or report.state not in ("bounced", "complained"):
        return None
    ticket = ledger.lock(tx, letter.ticket_number)
    status = follow(ticket.status, "bounced")
    row = ledger.add_message(
        tx,
        ticket,
        kind="bounce",
        arrival_id=arrival_id,
        text=" ".join(part for part in (report.recipient, report.status, report.words) if part),
        envelope={"from": {"address": report.recipient or letter.recipient}, "letter": letter.id},
        automatic="complaint" if report.state == "complained" else "bounce",
    )
    ledger.settle(tx, ticket, row, status=status, waiting_since=tx.now)
    if status != ticket.status:
        tx.record(TicketChanged(ticket=ticket.number, field="status", before=ticket.status, after=status))
    tx.record(MessageReceived(ticket=ticket.number, message=row.id, seq=row.seq))
    return Received(ticket.number, row.id, False)


def acknowledge(
    tx: Transaction,
    number: int,
    subject: str,
    text: str,
    handles: Handles = NO_HANDLES,
    *,
    why: str = "acknowledgement",
) -> int | None:
    """Tell the customer that the message arrived; the letter's id, None when it would be one too many.

    Sent as automatic mail, never in answer to automatic mail nor to somebody who complained, and not for ever to one
    address.
    """
    answer = answer_address(tx, number)
    if answer.account is None or not answer.to:
        return None
    address = answer.to[0].address
    if tx.value("SELECT 1 FROM letter WHERE recipient = :to AND state = 'complained' LIMIT 1", to=address):
        return None
    many = tx.value(
        "SELECT count(*) FROM letter l JOIN message m ON m.id = l.message_id WHERE l.recipient = :address"
        " AND l.created_at > :since AND m.kind = 'auto'",
        address=address,
        since=tx.now - timedelta(hours=1),
    )
    if many >= MOST_AUTOMATIC_PER_HOUR:
        return None
    ticket = ledger.lock(tx, number)
    row = ledger.add_message(
        tx,
        ticket,
        kind="auto",
        account_id=answer.account,
        subject=subject,
        text=text,
        envelope={"to": [{"name": answer.to[0].name, "address": address}]},
        automatic=why,
    )
    tx.run("UPDATE ticket SET last_seq = :seq WHERE number = :number", seq=row.seq, number=number)
    letter = delivery.post(
        tx,
        account_id=answer.account,
        line=f"{answer.kind}:{address}",
        ticket=number,
        message_id=row.id,
        wait=False,
        envelope=delivery.Envelope(
            to=(Someone(answer.kind, address, answer.to[0].name),),
            subject=subject,
            text=text,
            token=ticket.token,
            conversation=ticket.conversation,
            automatic=True,
            language=ticket.language,
            handles=handles,
        ),
    )
    tx.record(MessageWritten(ticket=number, message=row.id, seq=row.seq, letter=letter), "system")
    return letter


def _claimed(message: InboundMessage) -> Party:
    """The sender; a sender whose authentication failed is somebody unverified, whoever they say they are."""
    sender = message.sender
    if message.authentication == "fail" and sender.verified:
        return Party(sender.kind, sender.address, sender.name, verified=False)
    return sender


class Place(NamedTuple):
    """Where a message goes: its ticket's locked row, who wrote it, whether it is spam, whether the ticket is new."""

    ticket: Any
    who: Identity
    spam: bool
    began: bool


def _place(tx: Transaction, account_id: int, message: InboundMessage) -> Place:
    if (line := going_on(tx, account_id, message)) is not None:
        return Place(line.ticket, line.who, line.spam, False)
    language = message.language or guess(f"{message.subject}\n{message.text[:GUESSED_FROM]}")
    who = customers.identify(tx, message.within or _claimed(message), language=language)
    found = match(tx, account_id, message, who)
    spam = who.blocked or blocks.blocked(tx, message.sender.kind, message.sender.address)
    if found.ticket is None:
        ticket = _begin(tx, account_id, message, who, found, language, spam)
        return Place(_with_notice(tx, ticket, found.answers), who, spam, True)
    ticket = _with_notice(tx, ledger.lock(tx, found.ticket), found.answers)
    _confirm(tx, ticket, message, who)
    return Place(ticket, who, spam, False)


def _with_notice(tx: Transaction, ticket: Any, letter: Any) -> Any:
    """What the customer answers stands before the answer: a letter of no ticket becomes a message of this one."""
    if letter is None:
        return ticket
    row = ledger.add_message(
        tx,
        ticket,
        kind="auto",
        account_id=letter.account_id,
        subject=letter.subject,
        text=letter.body.get("text", ""),
        envelope={"to": [{"address": letter.recipient}]},
        automatic="notice",
        created_at=letter.created_at,
    )
    tx.run(
        "UPDATE letter SET ticket_number = :number, message_id = :message WHERE id = :id",
        number=ticket.number,
        message=row.id,
        id=letter.id,
    )
    tx.run("UPDATE ticket SET last_seq = :seq WHERE number = :number", seq=row.seq, number=ticket.number)
    tx.record(MessageWritten(ticket=ticket.number, message=row.id, seq=row.seq, letter=letter.id), "system")
    return ledger.lock(tx, ticket.number)


def _confirm(tx: Transaction, ticket: Any, message: InboundMessage, who: Identity) -> None:
    """A ticket began with somebody unconfirmed; now it is known who that is, and the ticket is theirs.

    An address was merely typed (into a form, into a chat), and its owner has answered from it; or a chat's visitor
    went on with an identity that the site signed.
    """
    if ticket.contact_id == who.contact_id or not message.sender.verified:
        return
    typed = tx.one("SELECT kind, address, name FROM contact WHERE id = :id", id=ticket.contact_id)
    itself = (typed.kind, typed.address) == (message.sender.kind + customers.UNVERIFIED, message.sender.address)
    if not itself and not (typed.kind == VISITOR and _is_visitor(tx, ticket, message)):
        return
    tx.run(
        "UPDATE ticket SET customer_id = :customer, contact_id = :contact WHERE number = :number",
        customer=who.customer_id,
        contact=who.contact_id,
        number=ticket.number,
    )
    if not who.name and typed.name:
        tx.run("UPDATE customer SET name = :name WHERE id = :id", name=typed.name, id=who.customer_id)
    tx.record(TicketChanged(ticket=ticket.number, field="customer", before=ticket.customer_id, after=who.customer_id))


def _is_visitor(tx: Transaction, ticket: Any, message: InboundMessage) -> bool:
    """Whether the unconfirmed visitor of a chat's ticket and this sender are one person."""
    if message.conversation is not None and message.conversation == ticket.conversation:
        return True
    return message.sender.kind == "email" and continuity.left_address(tx, ticket.number) == message.sender.address


def _begin(
    tx: Transaction,
    account_id: int,
    message: InboundMessage,
    who: Identity,
    found: Match,
    language: str | None,
    spam: bool,
) -> Any:
    account = tx.one("SELECT kind, team_id FROM channel_account WHERE id = :id", id=account_id)
    priority = message.routing.priority or "normal"
    if not (message.automatic or spam):
        priority = customers.raised(tx, who.customer_id, priority)
    return ledger.open_ticket(
        tx,
        subject=message.subject or message.text[:80].partition("\n")[0] or carried.title(message),
        status="none_needed" if message.automatic or spam else "open",
        priority=priority,
        priority_rank=rank(priority),
        team_id=message.routing.team_id or account.team_id,
        customer_id=who.customer_id,
        contact_id=who.contact_id,
        account_id=account_id,
        channel=account.kind,
        conversation=message.conversation,
        about=found.answers.about if found.answers is not None else None,
        language=language or "ja",
        spam=spam,
        hint=found.hint,
        suggested_merge=found.suggested,
        due_at=message.routing.due_at,
        waiting_since=tx.now,
    )


def moved_by(tx: Transaction, ticket: Any, message: InboundMessage, began: bool, spam: bool) -> dict[str, Any]:
    """What of the ticket follows from the message, besides its newest words."""
    if began:
        return {}
    moved: dict[str, Any] = {}
    status = follow(ticket.status, "automatic" if message.automatic or spam else "customer")
    if status != ticket.status:
        moved["status"] = status
        tx.record(TicketChanged(ticket=ticket.number, field="status", before=ticket.status, after=status), "system")
    if message.automatic or spam:
        return moved
    waits_already = ticket.last_kind == "customer" and ticket.status in ("open", "active")
    if not waits_already:
        moved["waiting_since"] = tx.now
    if ticket.snoozed_until is not None:
        moved["snoozed_until"] = None
    return moved


def envelope_of(message: InboundMessage, goes_on: str | None = None) -> dict[str, Any]:
    """Who wrote to whom, and what else is kept. `goes_on` is the chat's conversation that a mail continues."""
    envelope: dict[str, Any] = {"from": _someone(message.sender)}
    if goes_on is not None and message.automatic is None:
        envelope["goes_on"] = goes_on
    if message.to:
        envelope["to"] = [_someone(one) for one in message.to]
    if message.cc:
        envelope["cc"] = [_someone(one) for one in message.cc]
    if message.reply_to:
        envelope["reply_to"] = _someone(message.reply_to)
    if message.references:
        envelope["references"] = list(message.references[-50:])
    if message.authentication != "none":
        envelope["authentication"] = message.authentication
    if message.handles != NO_HANDLES:
        envelope["handles"] = {name: value for name, value in asdict(message.handles).items() if value}
    if message.marks:
        envelope["marks"] = list(message.marks)
    if message.fields:
        envelope["fields"] = dict(message.fields)
    return envelope


def _someone(party: Party) -> dict[str, str]:
    return {"address": party.address, "name": party.name} if party.name else {"address": party.address}


def plausible(sent_at: datetime, now: datetime) -> bool:
    """Clocks lie: a mail from next week or from 1970 is shown at the time it came."""
    return now - timedelta(days=30) < sent_at < now + timedelta(hours=1)
