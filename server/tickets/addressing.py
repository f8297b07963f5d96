"""Where an answer to a ticket goes, and through which account, when nobody says otherwise."""

from __future__ import annotations

from typing import NamedTuple

from server import accounts
from server.database import Transaction
from server.errors import NotFound
from server.tickets.views import PartyView


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
        "SELECT t.account_id, a.can_send, a.removed_at, a.enabled, c.kind, c.address, c.name"
        " FROM ticket t JOIN channel_account a ON a.id = t.account_id JOIN contact c ON c.id = t.contact_id"
        " WHERE t.number = :number",
        number=number,
    )
    if row is None:
        raise NotFound("There is no ticket #{number}.", number=number)
    kind = row.kind.removesuffix("-unverified")
    account = row.account_id if row.can_send and row.enabled and row.removed_at is None else None
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
