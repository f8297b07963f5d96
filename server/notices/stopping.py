"""Customers end advertising: by the address in each such letter, with one click (RFC 8058) or on its page."""

from __future__ import annotations

import secrets
from typing import Any

from server.customers import changes
from server.customers.store import people
from server.customers.store.facts import ConsentFact
from server.database import Transaction
from server.errors import NotFound
from server.notices import suppression


def address(tx: Transaction, row: Any, public_url: str) -> str:
    """Where the customer of a notice ends advertising; unguessable, and of this notice alone."""
    token = row.token or secrets.token_urlsafe(18)
    if row.token is None:
        tx.run("UPDATE notice SET token = :token WHERE id = :id", token=token, id=row.id)
    return f"{public_url.rstrip('/')}/notices/stop/{token}"


def asked_in(tx: Transaction, token: str) -> str | None:
    """The language to ask the customer in, where it is known. Raises `NotFound` for an address that is none of ours."""
    row = _row(tx, token)
    found: str | None = tx.value("SELECT language FROM customer WHERE id = :id", id=row.customer_id or 0)
    return found


def stop(tx: Transaction, token: str) -> None:
    """No advertising from now on, however often it is said. Raises `NotFound`."""
    row = _row(tx, token)
    letter = _letter(tx, row)
    if letter is not None:
        suppression.add(tx, letter.kind, letter.recipient, "opt_out", purpose="advertising")
    if row.customer_id is not None:
        _say(tx, row, given=False)


def resume(tx: Transaction, token: str) -> None:
    """They changed their mind on the very page: advertising may come again. Raises `NotFound`."""
    row = _row(tx, token)
    letter = _letter(tx, row)
    if letter is not None:
        suppression.forgive(tx, letter.kind, letter.recipient)
    if row.customer_id is not None:
        _say(tx, row, given=True)


def _letter(tx: Transaction, row: Any) -> Any:
    return tx.first(
        "SELECT l.recipient, a.kind FROM letter l JOIN channel_account a ON a.id = l.account_id WHERE l.id = :id",
        id=row.letter_id or 0,
    )


def _say(tx: Transaction, row: Any, *, given: bool) -> None:
    by = f"notice:{row.id}"
    consent = ConsentFact(purpose="marketing", channel="any", given=given, at=tx.now, note="RFC 8058")
    people.note_consents(tx, row.customer_id, by, [consent])
    changes.note(tx, row.customer_id, "consent", by)


def _row(tx: Transaction, token: str) -> Any:
    row = tx.first("SELECT * FROM notice WHERE token = :token", token=token)
    if row is None:
        raise NotFound("This address leads nowhere.")
    return row
