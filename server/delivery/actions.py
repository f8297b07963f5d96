"""What people do with letters: post, recall, resend."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.customers.rights import stops
from server.database import Transaction
from server.database.types import dump
from server.delivery.letters import Envelope, Leg
from server.delivery.steps import locked, note_try, tell
from server.errors import Conflict


def post(
    tx: Transaction,
    *,
    account_id: int,
    line: str,
    envelope: Envelope,
    ticket: int | None = None,
    message_id: int | None = None,
    about: str | None = None,
    instead_of: int | None = None,
    second: Leg | None = None,
    wait: bool = True,
    held: bool = False,
    asked: bool = False,
) -> int:
    """Put a letter on its way; its id. With `wait` it stays some seconds (as its account says) so that it can be
    recalled. The caller records the event that announces the message. An automatic one that they have not
    `asked` for does not leave to a customer who stopped such letters; it is kept.

    `about` says what a letter of no ticket is about: the answer to it finds its ticket by that. `second` leaves when
    this one cannot be delivered; such a one is `instead_of` the first.
    """
    if ticket is not None:
        tx.run("UPDATE ticket SET undelivered = :no WHERE number = :number AND undelivered", no=False, number=ticket)
    first = envelope.to[0]
    silent = envelope.automatic and not asked and stops.silent(tx, first.kind, first.address)
    undo = tx.value("SELECT undo_seconds FROM channel_account WHERE id = :id", id=account_id) if wait else 0
    return tx.insert(
        "letter",
        key=secrets.token_hex(12),
        account_id=account_id,
        line=line,
        ticket_number=ticket,
        message_id=message_id,
        about=about,
        first_id=instead_of,
        recipient=envelope.to[0].address,
        subject=envelope.subject,
        body=dump(envelope if second is None else msgspec.structs.replace(envelope, second=second)),
        state="recalled" if silent else "held" if held else "waiting",
        attempts=0,
        next_at=tx.now + timedelta(seconds=undo or 0),
        words="This customer wants nothing that is sent by itself." if silent else "",
        code="stopped" if silent else "",
        external_id=None,
        refused="{}",
        created_at=tx.now,
        finished_at=tx.now if silent else None,
    )


def recall(tx: Transaction, agent: AgentView, letter_id: int) -> Any:
    """Take a letter back before its first try; its row. Raises `Conflict` when it is too late."""
    require(agent, "agent")
    letter = locked(tx, letter_id)
    touched = tx.run(
        "UPDATE letter SET state = 'recalled', finished_at = :now WHERE id = :id AND attempts = 0"
        " AND state IN ('waiting', 'held')",
        now=tx.now,
        id=letter_id,
    )
    if not touched:
        raise Conflict("It is too late: the letter has left.")
    tell(tx, letter, "recalled", "", by=agent.actor)
    return letter


def resend(tx: Transaction, agent: AgentView, letter_id: int) -> None:
    """Try a letter again that failed, bounced or waits; the same key, so that a repeat can be recognised."""
    require(agent, "agent")
    letter = locked(tx, letter_id)
    if letter.state not in ("failed", "bounced", "waiting", "recalled"):
        raise Conflict("A letter that is {state} is not sent again.", state=letter.state)
    tx.run(
        "UPDATE letter SET state = 'waiting', attempts = 0, next_at = :now, finished_at = NULL, code = '',"
        " first_try_at = NULL WHERE id = :id",
        now=tx.now,
        id=letter_id,
    )
    note_try(tx, letter_id, "resent", f"by {agent.name}")
    tell(tx, letter, "waiting", "", by=agent.actor)


def wake_line(tx: Transaction, account_id: int) -> int:
    """An account works again (new password, relay back): what waits for it may leave now. How many letters."""
    return tx.run(
        "UPDATE letter SET next_at = :now WHERE account_id = :account AND state = 'waiting' AND attempts > 0",
        now=tx.now,
        account=account_id,
    )
