"""What agents write: replies, notes, and tickets that begin with a message of ours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from channels.contract import Choice, Party, Rich
from server import customers, delivery
from server.agents import AgentView, require
from server.customers import Identity
from server.database import Transaction
from server.delivery import Attached, Envelope
from server.delivery.letters import Someone
from server.errors import Conflict, Invalid
from server.events import MessageWritten, NoteWritten, TicketChanged, TicketOpened
from server.tickets import continuity, ledger, lines, onward, queries, quoting, recalling
from server.tickets.addressing import Answer, as_said, check_recipients, chosen_answer, line_of
from server.tickets.along import Also, carry_along
from server.tickets.attachments import give_uploads, take_uploads
from server.tickets.drafts import drop_draft, mark_read
from server.tickets.rows import several
from server.tickets.views import MessageView, PartyView, Status, TicketView

LONGEST_TEXT = 200_000


class NewTicket(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A ticket that begins with a message of ours. `to` is an address that the account's channel can reach."""

    account: int
    to: PartyView
    subject: str
    text: str
    cc: list[PartyView] = []
    attachments: list[int] = []
    status: Status = "waiting"
    team: int | None = None
    tags: list[str] = []
    customer: int | None = None
    """Whom the address belongs to, when the desk does not know it yet."""


def _kind(tx: Transaction, account: int | None) -> str:
    return str(tx.value("SELECT kind FROM channel_account WHERE id = :id", id=account))


def reply(
    tx: Transaction,
    agent: AgentView,
    number: int,
    text: str,
    *,
    seen: int,
    to: Sequence[PartyView] | None = None,
    cc: Sequence[PartyView] | None = None,
    attachments: Sequence[int] = (),
    status: Status = "waiting",
    account: int | None = None,
    quote: bool = True,
    rich: Rich | None = None,
    choices: Sequence[Choice] = (),
    drawn_by: Collection[str] | None = None,
    tapped_by: Collection[str] = (),
    answers: int | None = None,
    also: Also | None = None,
) -> MessageView:
    """Answer the customer: the message, the ticket's new status, what changes `also`, and the letter: all or nothing.

    `drawn_by` are the kinds of accounts whose networks draw `rich` and `choices` (None: all), `tapped_by` those that
    show choices alone; customers of the others get them in words.

    `seen` is the seq of the last message the writer had before them. Raises `Conflict` with the newer messages
    when a colleague (or the desk) answered since; `Invalid` when there is nobody to write to or nothing written.
    """
    require(agent, "agent")
    ticket = _standing(tx, number)
    newer = queries.messages(tx, number, after=seen)
    if any(message.kind == "agent" and message.agent != agent.id for message in newer):
        raise Conflict("Somebody has answered since.", current=newer)
    answer = chosen_answer(tx, number, to, cc, account)
    files = take_uploads(tx, agent, attachments)
    drawn = drawn_by is None or answer.kind in drawn_by
    tapped = (rich is not None or bool(choices)) and _kind(tx, answer.account) in tapped_by
    text, rich, choices = quoting.fitted(text, rich, choices, drawn=drawn, tapped=tapped)
    if rich is None:
        _check_text(text, files)
    last = quoting.newest_from_customer(tx, number)
    assignee = ticket.assignee_id or agent.id or None
    if ticket.conversation is not None and assignee != ticket.assignee_id:
        lines.follow(tx, ticket, {"assignee_id": assignee})
        ticket = ledger.lock(tx, number)
    subject = quoting.reply_subject(ticket.subject)
    row = ledger.add_message(
        tx,
        ticket,
        kind="agent",
        agent_id=agent.id or None,
        account_id=answer.account,
        subject=subject,
        text=text,
        envelope=as_said(answer)
        | {"before": recalling.before(tx, ticket, also)}
        | quoting.besides_words(rich, choices),
        quoted_id=answers,
    )
    give_uploads(tx, row.id, attachments)
    recipients, copies = (
        tuple(Someone(answer.kind, one.address, one.name) for one in each) for each in (answer.to, answer.cc)
    )
    letter = delivery.post(
        tx,
        account_id=answer.account or ticket.account_id,
        line=line_of(answer, ticket),
        ticket=number,
        message_id=row.id,
        envelope=Envelope(
            to=recipients,
            cc=copies,
            subject=subject,
            text=text,
            signature=agent.signature,
            quoted=quoting.as_quoted(last) if last and quote else None,
            sender_name=agent.name,
            attachments=files,
            token=ticket.token,
            conversation=ticket.conversation,
            in_reply_to=last.external_id if last else None,
            references=quoting.references(tx, number),
            language=ticket.language,
            rich=rich,
            choices=choices,
            quotes=quoting.handle(tx, number, answers) if answers is not None else "",
            onward=onward.offered(tx, recipients, copies) if agent.id else None,
        ),
    )
    ledger.settle(
        tx,
        ticket,
        row,
        status=status,
        waiting_since=tx.now,
        assignee_id=assignee,
        hint="",
        suggested_merge=None,
    )
    by = agent.actor
    _tell_moves(tx, ticket, by, status=status, assignee=assignee)
    lines.follow(tx, ticket, {"status": status})
    continuity.expect(tx, number)
    drop_draft(tx, agent, number, "reply")
    mark_read(tx, agent, number, row.seq)
    tx.record(MessageWritten(ticket=number, message=row.id, seq=row.seq, letter=letter), by)
    if also is not None:
        carry_along(tx, agent, number, also)
    return queries.message(tx, row.id)


def note(
    tx: Transaction,
    agent: AgentView,
    number: int,
    text: str,
    *,
    attachments: Sequence[int] = (),
    mentions: Sequence[int] = (),
    also: Also | None = None,
) -> MessageView:
    """Write down something that only colleagues see. `mentions` are agents who should look."""
    require(agent, "agent")
    ticket = _standing(tx, number)
    files = take_uploads(tx, agent, attachments)
    _check_text(text, files)
    row = ledger.add_message(tx, ticket, kind="note", agent_id=agent.id or None, text=text)
    give_uploads(tx, row.id, attachments)
    named = [row_.id for row_ in tx.all(f"SELECT id FROM agent WHERE id IN ({several(mentions)}) AND active")]
    for one in named:
        tx.run(
            "INSERT INTO mention (agent_id, ticket_number, message_id) VALUES (:agent, :number, :message)"
            " ON CONFLICT (agent_id, ticket_number) DO UPDATE SET message_id = excluded.message_id",
            agent=one,
            number=number,
            message=row.id,
        )
    tx.run(
        "UPDATE ticket SET last_seq = :seq, updated_at = :now, version = version + 1 WHERE number = :number",
        seq=row.seq,
        now=tx.now,
        number=number,
    )
    drop_draft(tx, agent, number, "note")
    mark_read(tx, agent, number, row.seq)
    tx.record(NoteWritten(ticket=number, message=row.id, seq=row.seq, mentions=tuple(named)), agent.actor)
    if also is not None:
        carry_along(tx, agent, number, also)
    return queries.message(tx, row.id)


def write(tx: Transaction, agent: AgentView, form: NewTicket) -> TicketView:
    """Begin a ticket with a message of ours. Raises `Invalid` for an account that cannot send."""
    require(agent, "agent")
    account = tx.first(
        "SELECT * FROM channel_account WHERE id = :id AND enabled AND can_send AND removed_at IS NULL", id=form.account
    )
    if account is None:
        raise Invalid(fields={"account": "is not an account that can send"})
    if not form.subject.strip() and account.kind == "email":
        raise Invalid(fields={"subject": "is missing"})
    files = take_uploads(tx, agent, form.attachments)
    _check_text(form.text, files)
    check_recipients([form.to, *form.cc])
    party = Party(account.kind, form.to.address.strip().lower(), form.to.name)
    if form.customer is not None and not customers.has(tx, form.customer, party):
        customers.add_contact(tx, agent, form.customer, party)
    who: Identity = customers.identify(tx, party)
    ticket = ledger.open_ticket(
        tx,
        subject=form.subject.strip(),
        status=form.status,
        assignee_id=agent.id or None,
        team_id=form.team,
        customer_id=who.customer_id,
        contact_id=who.contact_id,
        account_id=account.id,
        channel=account.kind,
        language=agent.language,
    )
    answer = Answer([PartyView(name=form.to.name, address=party.address)], form.cc, account.id, account.kind)
    recipients = (Someone(account.kind, party.address, form.to.name),)
    copies = tuple(Someone(account.kind, one.address, one.name) for one in form.cc)
    row = ledger.add_message(
        tx, ticket, kind="agent", agent_id=agent.id or None, subject=ticket.subject, text=form.text,
        envelope=as_said(answer),
    )  # fmt: skip
    give_uploads(tx, row.id, form.attachments)
    letter = delivery.post(
        tx,
        account_id=account.id,
        line=line_of(answer, ticket),
        ticket=ticket.number,
        message_id=row.id,
        envelope=Envelope(
            to=recipients,
            cc=copies,
            subject=ticket.subject,
            text=form.text,
            sender_name=agent.name,
            attachments=files,
            token=ticket.token,
            language=ticket.language,
            signature=agent.signature,
            onward=onward.offered(tx, recipients, copies) if agent.id else None,
        ),
    )
    ledger.settle(tx, ticket, row)
    ledger.put_tags(tx, ticket.number, form.tags)
    tx.record(TicketOpened(ticket=ticket.number, account=account.id, customer=who.customer_id), agent.actor)
    tx.record(MessageWritten(ticket=ticket.number, message=row.id, seq=row.seq, letter=letter), agent.actor)
    return queries.view(tx, agent, ticket.number)


def _standing(tx: Transaction, number: int) -> Any:
    ticket = ledger.lock(tx, number)
    if ticket.merged_into is not None:
        raise Conflict("Ticket #{number} was merged into #{into}.", number=number, into=ticket.merged_into)
    return ticket


def _tell_moves(tx: Transaction, ticket: Any, by: str, *, status: Status, assignee: int | None) -> None:
    if status != ticket.status:
        tx.record(TicketChanged(ticket=ticket.number, field="status", before=ticket.status, after=status), by)
    if assignee != ticket.assignee_id:
        tx.record(TicketChanged(ticket=ticket.number, field="assignee", before=ticket.assignee_id, after=assignee), by)


def _check_text(text: str, files: tuple[Attached, ...]) -> None:
    if not text.strip() and not files:
        raise Invalid(fields={"text": "is empty"})
    if len(text) > LONGEST_TEXT:
        raise Invalid(fields={"text": f"at most {LONGEST_TEXT} characters"})
