"""Where an answer to a ticket goes, and through which account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from server import accounts
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.tickets.views import PartyView

MOST_RECIPIENTS = 50


class Answer(NamedTuple):
    """Default recipients of a reply. `account` is None when no account can reach the customer."""

    to: list[PartyView]
    cc: list[PartyView]
    account: int | None
    kind: str


def answer_address(tx: Transaction, number: int) -> Answer:
    """Reply-To or sender of the newest customer message; others it was addressed to as Cc; our own accounts not.

    An account that cannot send (a form, a phone) hands over to one that can: mail.
    """
    row = tx.first(
        "SELECT t.account_id, a.kind AS by, a.can_send, a.removed_at, a.enabled, c.kind, c.address, c.name"
        " FROM ticket t JOIN channel_account a ON a.id = t.account_id JOIN contact c ON c.id = t.contact_id"
        " WHERE t.number = :number",
        number=number,
    )
    if row is None:
        raise NotFound("There is no ticket #{number}.", number=number)
    kind = row.kind.removesuffix("-unverified")
    account = row.account_id if row.can_send and row.enabled and row.removed_at is None else None
    if row.by == "email" and kind != "email":
        account = None  # a task for an agent, of somebody without a mail address
    if account is None and kind == "email":
        account = accounts.sender_for(tx, kind)
    last = tx.value(
        "SELECT envelope FROM message WHERE ticket_number = :number AND kind = 'customer' ORDER BY seq DESC LIMIT 1",
        number=number,
    )
    to = [PartyView(name=row.name, address=row.address)]
    cc: list[PartyView] = []
    if last and kind == "email":
        said = last.get("reply_to") or last.get("from") or {}
        if said.get("address"):
            to = [PartyView(name=said.get("name", ""), address=said["address"])]
        ours = accounts.own_addresses(tx)
        taken = {to[0].address, *ours}
        for one in (*last.get("to", ()), *last.get("cc", ())):
            if one["address"] not in taken and one["address"].partition("+")[0] not in {a.split("@")[0] for a in ours}:
                taken.add(one["address"])
                cc.append(PartyView(name=one.get("name", ""), address=one["address"]))
    return Answer(to, cc, account, kind)


def chosen_answer(
    tx: Transaction,
    number: int,
    to: Sequence[PartyView] | None,
    cc: Sequence[PartyView] | None,
    account: int | None,
) -> Answer:
    """Where the writer wants the answer to go; what they leave open is as `answer_address` says.

    Raises `Invalid` for an account that cannot send, without any that could, and for recipients that are none.
    """
    usual = answer_address(tx, number)
    if account is not None:
        chosen = tx.first(
            "SELECT id, kind FROM channel_account WHERE id = :id AND enabled AND can_send AND removed_at IS NULL",
            id=account,
        )
        if chosen is None:
            raise Invalid(fields={"account": "is not an account that can send"})
        usual = usual._replace(account=chosen.id, kind=chosen.kind)
    if usual.account is None:
        if mute := _mute_account(tx, number):
            raise Invalid(
                "{name} is not set up to send, and no other account reaches this customer. Write a note, or ask an"
                " admin.",
                name=mute,
            )
        raise Invalid("There is no account that could reach this customer. Write a note, or add a mailbox.")
    answer = usual._replace(
        to=list(to) if to is not None else usual.to, cc=list(cc) if cc is not None else (usual.cc if to is None else [])
    )
    if not answer.to:
        raise Invalid(fields={"to": "is missing"})
    check_recipients([*answer.to, *answer.cc])
    return answer


def _mute_account(tx: Transaction, number: int) -> str | None:
    """The name of the ticket's own account, where only its settings keep it from answering."""
    found: str | None = tx.value(
        "SELECT a.name FROM ticket t JOIN channel_account a ON a.id = t.account_id"
        " JOIN contact c ON c.id = t.contact_id WHERE t.number = :number AND a.enabled AND NOT a.can_send"
        " AND a.removed_at IS NULL AND a.kind = c.kind",
        number=number,
    )
    return found


def check_recipients(people: Sequence[PartyView]) -> None:
    """Raises `Invalid` for too many of them, and for an address that could not stand in a header."""
    if len(people) > MOST_RECIPIENTS:
        raise Invalid(fields={"to": f"at most {MOST_RECIPIENTS} recipients"})
    for one in people:
        if not one.address.strip() or any(char in one.address + one.name for char in "\r\n\0"):
            raise Invalid(fields={"to": "is not an address"})


def as_said(answer: Answer) -> dict[str, Any]:
    """The recipients as the message keeps them."""
    said: dict[str, Any] = {"to": [msgspec.to_builtins(one) for one in answer.to]}
    if answer.cc:
        said["cc"] = [msgspec.to_builtins(one) for one in answer.cc]
    return said


def line_of(answer: Answer, ticket: Any) -> str:
    """The line in which letters to them keep their order."""
    return ticket.conversation or f"{answer.kind}:{answer.to[0].address}"
