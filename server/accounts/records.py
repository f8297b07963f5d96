"""In charge of what channels keep in numbers: values on shelves of an account, each under its key, until a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.database import Transaction
from server.database.types import dump


def keep(tx: Transaction, account: int, shelf: str, key: str, value: Any, until: datetime | None = None) -> None:
    """Put a JSON value in its place; None takes it away."""
    if value is None:
        tx.run(
            "DELETE FROM account_record WHERE account_id = :id AND shelf = :shelf AND key = :key",
            id=account, shelf=shelf, key=key,
        )  # fmt: skip
        return
    tx.run(
        "INSERT INTO account_record (account_id, shelf, key, value, updated_at, expires_at)"
        " VALUES (:id, :shelf, :key, :value, :now, :until) ON CONFLICT (account_id, shelf, key) DO UPDATE"
        " SET value = excluded.value, updated_at = excluded.updated_at, expires_at = excluded.expires_at",
        id=account, shelf=shelf, key=key, value=dump(value), now=tx.now, until=until,
    )  # fmt: skip


def look_up(tx: Transaction, account: int, shelf: str, key: str) -> Any:
    """The value in this place; None when there is none, or its time is over."""
    row = tx.first(
        "SELECT value, expires_at FROM account_record WHERE account_id = :id AND shelf = :shelf AND key = :key",
        id=account, shelf=shelf, key=key,
    )  # fmt: skip
    return None if row is None or (row.expires_at is not None and row.expires_at <= tx.now) else row.value


def sweep(tx: Transaction) -> int:
    """Remove what has had its time; how many."""
    return tx.run("DELETE FROM account_record WHERE expires_at <= :now", now=tx.now)
