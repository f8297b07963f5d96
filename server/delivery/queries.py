"""What can be asked about letters."""

from __future__ import annotations

from datetime import datetime

import msgspec

from server.database import Transaction
from server.errors import Invalid


class LetterRow(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as a list shows it."""

    id: int
    key: str
    account: int
    ticket: int | None
    message: int | None
    recipient: str
    subject: str
    state: str
    attempts: int
    next_at: datetime | None
    words: str
    refused: dict[str, str]
    created_at: datetime
    finished_at: datetime | None


class LetterPage(msgspec.Struct, frozen=True, kw_only=True):
    """A keyset page, newest first."""

    items: list[LetterRow]
    next: str | None


class TryView(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt and what came of it."""

    at: datetime
    outcome: str
    words: str


def letters(
    tx: Transaction,
    *,
    state: str | None = None,
    recipient: str | None = None,
    ticket: int | None = None,
    limit: int = 50,
    after: str | None = None,
) -> LetterPage:
    """Letters, newest first; `after` is the `next` of the page before."""
    if after is not None and not after.isdecimal():
        raise Invalid(fields={"after": "not a cursor of this list"})
    where = ["l.id < :before"]
    if state:
        where.append("l.state = :state")
    if recipient:
        where.append("l.recipient = :recipient")
    if ticket is not None:
        where.append("l.ticket_number = :ticket")
    found = tx.all(
        f"SELECT l.* FROM letter l WHERE {' AND '.join(where)} ORDER BY l.id DESC LIMIT :limit",
        before=int(after) if after else 2**31 - 1,
        limit=limit + 1,
        **({"state": state} if state else {}),
        **({"recipient": recipient.lower()} if recipient else {}),
        **({"ticket": ticket} if ticket is not None else {}),
    )
    shown = found[:limit]
    return LetterPage(
        items=[
            LetterRow(
                id=row.id,
                key=row.key,
                account=row.account_id,
                ticket=row.ticket_number,
                message=row.message_id,
                recipient=row.recipient,
                subject=row.subject,
                state=row.state,
                attempts=row.attempts,
                next_at=row.next_at if row.state in ("waiting", "sending", "held") else None,
                words=row.words,
                refused=row.refused,
                created_at=row.created_at,
                finished_at=row.finished_at,
            )
            for row in shown
        ],
        next=str(shown[-1].id) if len(found) > limit else None,
    )


def tries(tx: Transaction, letter_id: int) -> list[TryView]:
    """Every attempt at a letter, oldest first."""
    return [
        TryView(at=row.at, outcome=row.outcome, words=row.words)
        for row in tx.all("SELECT * FROM letter_try WHERE letter_id = :id ORDER BY id", id=letter_id)
    ]
