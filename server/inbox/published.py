"""Files that a network shows its customers: each under a lasting public address that nobody can guess."""

from __future__ import annotations

from typing import NamedTuple

from server.database import Transaction
from server.errors import NotFound


class Published(NamedTuple):
    """A published file as it is handed out."""

    digest: str
    filename: str
    content_type: str


def publish(tx: Transaction, account_id: int, name: str, file: Published) -> None:
    """Give a file its address; harmless when it has it already."""
    tx.run(
        "INSERT INTO published_file (name, account_id, digest, filename, content_type, created_at)"
        " VALUES (:name, :account, :digest, :filename, :kind, :now) ON CONFLICT (name) DO NOTHING",
        name=name,
        account=account_id,
        digest=file.digest,
        filename=file.filename,
        kind=file.content_type,
        now=tx.now,
    )


def published(tx: Transaction, name: str) -> Published:
    """A file by the secret part of its address. Raises `NotFound`."""
    row = tx.first("SELECT digest, filename, content_type FROM published_file WHERE name = :name", name=name)
    if row is None:
        raise NotFound("There is no such file.")
    return Published(row.digest, row.filename, row.content_type)
