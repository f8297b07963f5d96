"""In charge of a conversation going on by mail: what a visitor who left has not seen is sent, once, as one mail.

The answer to that mail comes back to the same ticket by the token in its reply address, and shows in the chat too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.contract import ShownMessage
from channels.wording import say
from server import accounts, delivery
from server.accounts import desk_settings
from server.database import Transaction
from server.delivery import Attached
from server.delivery.letters import Someone
from server.events import MessageWritten
from server.tickets import ledger
from server.tickets.rows import several

WAIT_MINUTES = 5
MOST_AT_ONCE = 20
MOST_TRANSCRIPTS_AN_HOUR = 3


def leave(tx: Transaction, number: int, address: str) -> None:
    """The customer left an address (typed, not confirmed): from now on what they have not seen goes there."""
    ticket = ledger.lock(tx, number)
    settings = tx.value("SELECT settings FROM channel_account WHERE id = :id", id=ticket.account_id) or {}
    wait = float(settings.get("continuity_minutes") or WAIT_MINUTES) * 60
    tx.run(
        "INSERT INTO continuity (ticket_number, address, wait_seconds, mailed_id, due_at)"
        " VALUES (:number, :address, :wait, 0, NULL) ON CONFLICT (ticket_number) DO UPDATE"
        " SET address = excluded.address, wait_seconds = excluded.wait_seconds",
        number=number,
        address=address,
        wait=wait,
    )
    if _unseen(tx, number, ticket.account_id, ticket.seen_id):
        expect(tx, number)


def expect(tx: Transaction, number: int) -> None:
    """An agent wrote: unless the customer sees it before, it goes by mail. Those that follow go along."""
    wait = tx.value(
        "SELECT wait_seconds FROM continuity WHERE ticket_number = :number AND due_at IS NULL", number=number
    )
    if wait is not None:
        tx.run(
            "UPDATE continuity SET due_at = :at WHERE ticket_number = :number",
            at=tx.now + timedelta(seconds=wait),
            number=number,
        )


def next_due(tx: Transaction) -> datetime | None:
    """When the next mail may have to leave; None when nobody waits for one."""
    row = tx.first("SELECT due_at FROM continuity WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1")
    return row.due_at if row is not None else None


def send_due(tx: Transaction) -> int:
    """Send what has waited long enough and was not seen; how many mails."""
    due = tx.all(
        "SELECT * FROM continuity WHERE due_at <= :now ORDER BY due_at LIMIT :most", now=tx.now, most=MOST_AT_ONCE
    )
    return sum(_send(tx, row) for row in due)


def left_address(tx: Transaction, number: int) -> str:
    """The address that the customer of a ticket left; empty when none."""
    return tx.value("SELECT address FROM continuity WHERE ticket_number = :number", number=number) or ""


def transcript(tx: Transaction, ticket: Any, address: str, language: str, said: Sequence[ShownMessage]) -> None:
    """Send a conversation to its customer. Only a few times, so that nobody makes us write to strangers."""
    sender = accounts.sender_for(tx, "email")
    lately = tx.value(
        "SELECT count(*) FROM letter WHERE ticket_number = :number AND message_id IS NULL AND created_at > :since",
        number=ticket.number,
        since=tx.now - timedelta(hours=1),
    )
    if sender is None or lately >= MOST_TRANSCRIPTS_AN_HOUR or not any(one.side == "agent" for one in said):
        return
    settings = desk_settings.read(tx)
    shop = settings.shop(language)
    lines = []
    for one in said:
        if one.line:
            lines.append(f"— {say(language, one.text, name=one.name)} —")
            continue
        who = say(language, "Our customer") if one.side == "customer" else one.name or shop
        files = "".join(f"\n[{file.filename}]" for file in one.files)
        at = one.at.astimezone(settings.zone)
        lines.append(f"{at:%Y-%m-%d %H:%M}  {who}\n{one.text}{files}")
    delivery.post(
        tx,
        account_id=sender,
        line=f"email:{address}",
        ticket=ticket.number,
        wait=False,
        asked=True,
        envelope=delivery.Envelope(
            to=(Someone("email", address),),
            subject=say(language, "Your conversation with {shop}", shop=shop).strip(),
            text="\n\n".join([*lines, settings.footer.get(language, "")]).strip() + "\n",
            sender_name=shop,
            token=ticket.token,
            automatic=True,
            language=language,
        ),
    )


def _send(tx: Transaction, row: Any) -> int:
    ticket = ledger.lock(tx, row.ticket_number)
    unseen = _unseen(tx, ticket.number, ticket.account_id, max(ticket.seen_id, row.mailed_id))
    sender = accounts.sender_for(tx, "email")
    newest = unseen[-1].id if unseen else row.mailed_id
    tx.run(
        "UPDATE continuity SET due_at = NULL, mailed_id = :newest WHERE ticket_number = :number",
        newest=newest,
        number=ticket.number,
    )
    if not unseen or sender is None or ticket.merged_into is not None:
        return 0
    settings = desk_settings.read(tx)
    shop, language = settings.shop(ticket.language), ticket.language
    parts = [f"{one.agent_name or shop}:\n{one.text}" if one.agent_name or shop else one.text for one in unseen]
    text = "\n\n".join(
        [
            say(language, "While you were away we answered you in the chat."),
            *parts,
            say(language, "To go on, simply reply to this mail, or come back to the chat."),
            settings.footer.get(language, ""),
        ]
    ).strip()
    subject = say(language, "Your conversation with {shop}", shop=shop).strip()
    written = ledger.add_message(
        tx,
        ticket,
        kind="auto",
        account_id=sender,
        subject=subject,
        text=text,
        envelope={"to": [{"address": row.address}]},
        automatic="continuity",
    )
    tx.run("UPDATE ticket SET last_seq = :seq WHERE number = :number", seq=written.seq, number=ticket.number)
    letter = delivery.post(
        tx,
        account_id=sender,
        line=f"email:{row.address}",
        ticket=ticket.number,
        message_id=written.id,
        wait=False,
        envelope=delivery.Envelope(
            to=(Someone("email", row.address),),
            subject=subject,
            text=text + "\n",
            sender_name=unseen[-1].agent_name or shop,
            attachments=_files(tx, [one.id for one in unseen]),
            token=ticket.token,
            language=language,
        ),
    )
    tx.record(MessageWritten(ticket=ticket.number, message=written.id, seq=written.seq, letter=letter), "system")
    return 1


def _unseen(tx: Transaction, number: int, account_id: int, seen_id: int) -> list[Any]:
    """What agents said in the chat and the customer has not had before them."""
    return tx.all(
        "SELECT m.id, m.text, a.name AS agent_name FROM message m LEFT JOIN agent a ON a.id = m.agent_id"
        " WHERE m.ticket_number = :number AND m.kind = 'agent' AND m.account_id = :account AND m.id > :seen"
        " AND m.withdrawn_at IS NULL AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.message_id = m.id"
        " AND l.state IN ('held', 'recalled')) ORDER BY m.id",
        number=number,
        account=account_id,
        seen=seen_id,
    )


def _files(tx: Transaction, ids: Sequence[int]) -> tuple[Attached, ...]:
    rows = tx.all(f"SELECT * FROM attachment WHERE message_id IN ({several(ids)}) AND state = 'here' ORDER BY id")
    return tuple(Attached(row.filename, row.content_type, row.size, row.digest) for row in rows)
