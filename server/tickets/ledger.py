"""The two rows that every move writes: a message with the next seq, and the ticket's new state.

This is the hot path of the desk: constant SQL only.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from channels.contract import PendingFile
from server.database import Transaction
from server.database.types import dump
from server.delivery import Attached
from server.errors import NotFound
from server.tickets.rows import preview

TOKEN_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 of them: five bits each


def new_token() -> str:
    """An unguessable word for a reply address: 60 bits, letters that survive being lower-cased."""
    return "".join(TOKEN_LETTERS[byte & 31] for byte in secrets.token_bytes(12))


def lock(tx: Transaction, number: int) -> Any:
    """A ticket's row, kept for this unit alone. Raises `NotFound`."""
    suffix = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    row = tx.first(f"SELECT * FROM ticket WHERE number = :number{suffix}", number=number)
    if row is None:
        raise NotFound("There is no ticket #{number}.", number=number)
    return row


def open_ticket(tx: Transaction, **values: Any) -> Any:
    """A new ticket's row."""
    row: dict[str, Any] = {
        "subject": "",
        "status": "open",
        "priority": "normal",
        "priority_rank": 1,
        "assignee_id": None,
        "team_id": None,
        "conversation": None,
        "about": None,
        "token": new_token(),
        "language": "ja",
        "spam": False,
        "merged_into": None,
        "suggested_merge": None,
        "hint": "",
        "snoozed_until": None,
        "due_at": None,
        "seen_id": 0,
        "waiting_since": tx.now,
        "fields": {},
        "last_seq": 0,
        "last_text": "",
        "last_kind": "customer",
        "version": 1,
        "edited": "{}",
        "created_at": tx.now,
        "updated_at": tx.now,
        **values,
    }
    row["fields"] = dump(row["fields"])
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    return tx.first(f"INSERT INTO ticket ({names}) VALUES ({places}) RETURNING *", **row)


class Line(NamedTuple):
    """A message that was just written: what follows from it needs no more than this."""

    id: int
    ticket_number: int
    seq: int
    kind: str
    text: str
    created_at: datetime
    withdrawn_at: datetime | None


def add_message(tx: Transaction, ticket: Any, *, kind: str, **values: Any) -> Line:
    """The next message of a locked ticket. The ticket's `last_…` follow in `settle`."""
    row: dict[str, Any] = {
        "ticket_number": ticket.number,
        "seq": ticket.last_seq + 1,
        "kind": kind,
        "agent_id": None,
        "contact_id": None,
        "account_id": ticket.account_id,
        "arrival_id": None,
        "external_id": None,
        "subject": "",
        "text": "",
        "whole_text": None,
        "html": None,
        "envelope": {},
        "automatic": None,
        "withdrawn_at": None,
        "created_at": tx.now,
        **values,
    }
    row["envelope"] = dump(row["envelope"])
    id = tx.insert("message", **row)
    return Line(id, ticket.number, row["seq"], row["kind"], row["text"], row["created_at"], row["withdrawn_at"])


def attach(tx: Transaction, message_id: int, files: tuple[Attached, ...]) -> None:
    """Name a message's files."""
    tx.many(
        "INSERT INTO attachment (message_id, uploaded_by, filename, content_type, size, digest, inline, content_id,"
        " state, words, created_at) VALUES (:message, NULL, :filename, :content_type, :size, :digest, :inline,"
        " :content_id, 'here', '', :now)",
        [
            {
                "message": message_id,
                "filename": file.filename,
                "content_type": file.content_type,
                "size": file.size,
                "digest": file.digest,
                "inline": file.inline,
                "content_id": file.content_id,
                "now": tx.now,
            }
            for file in files
        ],
    )


def announce(tx: Transaction, message_id: int, files: tuple[PendingFile, ...]) -> tuple[tuple[str, int], ...]:
    """Name files of a message whose bytes its network still has; the channel's word and our id of each."""
    return tuple(
        (
            file.ref,
            tx.insert(
                "attachment",
                message_id=message_id,
                uploaded_by=None,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                digest="",
                inline=file.inline,
                content_id=file.content_id,
                state="loading",
                words="",
                created_at=tx.now,
            ),
        )
        for file in files
    )


def settle(tx: Transaction, ticket: Any, message: Line, **values: Any) -> None:
    """The ticket after a message: what the list shows, and whatever else moved."""
    changed = {"last_seq": message.seq, "last_text": preview(message.text), "last_kind": message.kind, **values}
    # A column that is named is written in all its indexes; a new ticket's is right already.
    if ticket.updated_at != tx.now:
        changed["updated_at"] = tx.now
    places = ", ".join(f"{name} = :{name}" for name in changed)
    tx.run(f"UPDATE ticket SET {places}, version = version + 1 WHERE number = :of", **changed, of=ticket.number)


def put_tags(tx: Transaction, number: int, names: Sequence[str]) -> None:
    """Put tags on a ticket; a tag that is not there yet is made."""
    for name in names:
        tx.run("INSERT INTO tag (name, color) VALUES (:name, '#64748b') ON CONFLICT DO NOTHING", name=name)
        tx.run(
            "INSERT INTO ticket_tag (ticket_number, tag_id) SELECT :number, id FROM tag WHERE name = :name"
            " ON CONFLICT DO NOTHING",
            number=number,
            name=name,
        )
