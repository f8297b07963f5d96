"""One arrival in one transaction: kept raw, told apart from its repeats, and what it says carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from channels.contract import (
    Accepted,
    Asked,
    ContactChanged,
    DeliveryReport,
    Inbound,
    InboundMessage,
    Noticed,
    Party,
    Proven,
    Rated,
    Seen,
    Withdrawn,
)
from server import customers, delivery, tickets
from server.answers import acknowledging
from server.database import Transaction, together
from server.database.types import dump
from server.delivery import Attached
from server.delivery.letters import Someone
from server.events import ArrivalQuarantined, CustomerChanged
from server.flows import greeting, starting
from server.inbox import errands, lines, proofs
from server.tickets import continuity, conversations


class Kept(NamedTuple):
    """An arrival as it will be in its row: the bytes themselves, or the digest of their file."""

    account_id: int
    external_id: str
    media_type: str
    size: int
    body: bytes | None
    digest: str | None
    envelope: Mapping[str, Any]
    received_at: datetime


class Said(NamedTuple):
    """One message of an arrival, with its files already in the store."""

    inbound: Inbound
    files: tuple[Attached, ...] = ()


class Touched(NamedTuple):
    """What something that was said changed: a ticket, and the message that it became."""

    ticket: int | None = None
    message: int | None = None


@together(lines.file)
def file(tx: Transaction, kept: Kept, said: Sequence[Said]) -> Accepted:
    """Keep an arrival and carry out what it says. The same arrival twice is filed once."""
    arrival_id = _keep(tx, kept, "filed")
    if arrival_id is None:
        return _known(tx, kept)
    touched = _carry_out(tx, kept.account_id, arrival_id, said)
    return Accepted(arrival_id, touched.ticket, message=touched.message)


def quarantine(tx: Transaction, kept: Kept, reason: str, error: str) -> Accepted:
    """Keep an arrival that could not be read or filed, with what went wrong; it can be tried again."""
    arrival_id = _keep(tx, kept, "quarantined", reason, error)
    if arrival_id is None:
        return _known(tx, kept)
    tx.record(ArrivalQuarantined(arrival=arrival_id, reason=reason))
    return Accepted(arrival_id, quarantined=True)


def release(tx: Transaction, arrival_id: int, said: Sequence[Said]) -> Accepted:
    """Carry out what a quarantined arrival says, now that it can be read."""
    row = tx.one("SELECT * FROM arrival WHERE id = :id", id=arrival_id)
    if row.state == "filed":
        return Accepted(arrival_id, _message_of(tx, arrival_id).ticket, repeated=True)
    ticket = _carry_out(tx, row.account_id, arrival_id, said).ticket
    tx.run(
        "UPDATE arrival SET state = 'filed', reason = '', error = '', tries = tries + 1, settled_at = :now"
        " WHERE id = :id",
        now=tx.now,
        id=arrival_id,
    )
    return Accepted(arrival_id, ticket)


def still_broken(tx: Transaction, arrival_id: int, reason: str, error: str) -> Accepted:
    """Another try failed too."""
    tx.run(
        "UPDATE arrival SET tries = tries + 1, reason = :reason, error = :error WHERE id = :id",
        reason=reason,
        error=error,
        id=arrival_id,
    )
    return Accepted(arrival_id, quarantined=True)


def _keep(tx: Transaction, kept: Kept, state: str, reason: str = "", error: str = "") -> int | None:
    return tx.put(
        "arrival",
        unless="account_id, external_id",
        **{**kept._asdict(), "envelope": dump(dict(kept.envelope))},
        state=state,
        reason=reason,
        error=error,
        tries=1,
        settled_at=tx.now if state == "filed" else None,
    )


def _known(tx: Transaction, kept: Kept) -> Accepted:
    row = tx.one(
        "SELECT id, state FROM arrival WHERE account_id = :account AND external_id = :external",
        account=kept.account_id,
        external=kept.external_id,
    )
    known = _message_of(tx, row.id)
    return Accepted(row.id, known.ticket, repeated=True, quarantined=row.state == "quarantined", message=known.message)


def _message_of(tx: Transaction, arrival_id: int) -> Touched:
    """Where what the arrival said stands now, also after a merge or a split."""
    row = tx.first("SELECT ticket_number, id FROM message WHERE arrival_id = :id ORDER BY id LIMIT 1", id=arrival_id)
    return Touched(row.ticket_number, row.id) if row is not None else Touched()


def _carry_out(tx: Transaction, account_id: int, arrival_id: int, said: Sequence[Said]) -> Touched:
    """Everything the arrival says, in its order; the first ticket that it touched."""
    touched = Touched()
    for inbound, files in said:
        now = CARRY_OUT[type(inbound)](tx, account_id, arrival_id, inbound, files)
        if touched.ticket is None:
            touched = now if isinstance(now, Touched) else Touched(now)
    return touched


def _message(
    tx: Transaction, account_id: int, arrival_id: int, message: InboundMessage, files: tuple[Attached, ...]
) -> Touched:
    message = greeting.worded(tx, account_id, message)
    received = tickets.receive(tx, account_id, message, files, arrival_id)
    for ref, file in received.waiting:
        errands.send(tx, account_id, "file", ref, file=file)
    if received.began and message.automatic is None:
        led = starting.leads(tx, received.message)
        acknowledging.begin(tx, account_id, received.ticket, received.message, message, led=led)
    if received.began and message.continue_at:
        continuity.leave(tx, received.ticket, message.continue_at)
    return Touched(received.ticket, received.message)


def _withdrawn(tx: Transaction, account_id: int, _arrival: int, withdrawn: Withdrawn, _files: object) -> int | None:
    return tickets.withdraw(tx, account_id, withdrawn)


def _report(
    tx: Transaction, account_id: int, arrival_id: int, report: DeliveryReport, files: tuple[Attached, ...]
) -> int | None:
    letter = delivery.reported(tx, report)
    if letter is not None:
        came_back = tickets.come_back(tx, letter, report, arrival_id)
        return came_back.ticket if came_back else letter.ticket_number
    # A report on a letter that is not ours (somebody forged our address, or it was sent by hand): kept, not counted.
    if report.message is not None:
        return tickets.receive(tx, account_id, report.message, files, arrival_id).ticket
    return None


def _contact(tx: Transaction, account_id: int, _arrival: int, changed: ContactChanged, _files: object) -> int | None:
    party: Party = changed.contact
    if changed.reachable is False:
        customers.unreachable(tx, party.kind, party.address, changed.words)
        if customers.contact_of(tx, party) is not None:
            tx.record(CustomerChanged(customer=customers.identify(tx, party).customer_id, what="contact"))
    else:
        who = customers.identify(tx, party)
        if changed.reachable:
            customers.reachable(tx, party.kind, party.address)
        tx.record(CustomerChanged(customer=who.customer_id, what="contact" if who.known else "added"))
        if changed.greet:
            _greet(tx, account_id, changed)
    return None


def _greet(tx: Transaction, account_id: int, changed: ContactChanged) -> None:
    party = changed.contact
    line = f"{party.kind}:{party.address}"
    text, choices = greeting.first_words(tx, account_id)
    delivery.post(
        tx,
        account_id=account_id,
        line=line,
        wait=False,
        envelope=delivery.Envelope(
            to=(Someone(party.kind, party.address, party.name),),
            text="\n\n".join(filter(None, (changed.greet, text))),
            choices=choices,
            conversation=line,
            automatic=True,
            handles=changed.handles,
        ),
    )


def _noticed(tx: Transaction, account_id: int, _arrival: int, noticed: Noticed, _files: object) -> int | None:
    contact = customers.contact_of(tx, noticed.contact)
    if contact is not None and customers.is_stale(tx, contact):
        errands.send(tx, account_id, "profile", noticed.ref, contact=contact)
    return None


def _proven(tx: Transaction, account_id: int, _arrival: int, said: Proven, _files: object) -> int | None:
    proofs.proven(tx, account_id, said)
    return None


def _seen(tx: Transaction, account_id: int, _arrival: int, seen: Seen, _files: object) -> int | None:
    """The customer read up to here; kept on the ticket, shown beside our last message."""
    if seen.conversation is not None and (found := conversations.see(tx, account_id, seen)) is not None:
        return found
    contact = tx.value(
        "SELECT id FROM contact WHERE kind = :kind AND address = :address",
        kind=seen.sender.kind,
        address=seen.sender.address,
    )
    number: int | None = tx.value(
        "SELECT number FROM ticket WHERE customer_id = (SELECT customer_id FROM contact WHERE id = :contact)"
        " AND contact_id = :contact AND account_id + 0 = :account AND merged_into IS NULL"
        " ORDER BY updated_at DESC LIMIT 1",
        contact=contact or 0,
        account=account_id,
    )
    if number is not None:
        tx.run("UPDATE ticket SET seen_at = :at WHERE number = :number", at=seen.at, number=number)
    return number


def _asked(tx: Transaction, account_id: int, _arrival: int, wish: Asked, _files: object) -> int | None:
    return conversations.asked(tx, account_id, wish)


def _rated(tx: Transaction, account_id: int, _arrival: int, rated: Rated, _files: object) -> int | None:
    return conversations.rate(tx, account_id, rated)


CARRY_OUT: dict[type[Any], Callable[..., Touched | int | None]] = {
    InboundMessage: _message,
    Asked: _asked,
    Rated: _rated,
    Withdrawn: _withdrawn,
    DeliveryReport: _report,
    ContactChanged: _contact,
    Noticed: _noticed,
    Proven: _proven,
    Seen: _seen,
}
