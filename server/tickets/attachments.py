"""Attachments by themselves: uploads that wait for their message, and files as they are fetched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from channels.filenames import safe_content_type, safe_filename
from server.agents import AgentView, require
from server.database import Transaction
from server.delivery import Attached
from server.errors import NotFound
from server.files import Stored
from server.tickets import rows
from server.tickets.views import AttachmentView

KEPT = timedelta(days=30)
"""An upload that no message took is gone after this."""


class FileRecord(NamedTuple):
    """What is needed to hand out a file's bytes."""

    id: int
    filename: str
    content_type: str
    size: int
    digest: str


def upload(tx: Transaction, agent: AgentView, stored: Stored, filename: str, content_type: str) -> AttachmentView:
    """Name a stored file; a reply or note of the same agent takes it later."""
    require(agent, "agent")
    file_id = tx.insert(
        "attachment",
        message_id=None,
        uploaded_by=agent.id,
        filename=safe_filename(filename),
        content_type=safe_content_type(content_type),
        size=stored.size,
        digest=stored.digest,
        inline=False,
        content_id=None,
        state="here",
        words="",
        created_at=tx.now,
    )
    return rows.attachment(tx.first("SELECT * FROM attachment WHERE id = :id", id=file_id))


def file(tx: Transaction, agent_id: int | None, file_id: int) -> FileRecord:
    """A file of a message, or an upload of this agent's own. None asks as a signed address does.

    Raises `NotFound`; the files of a message that was withdrawn are gone too.
    """
    row = tx.first(
        "SELECT a.*, m.withdrawn_at FROM attachment a LEFT JOIN message m ON m.id = a.message_id WHERE a.id = :id",
        id=file_id,
    )
    if row is None or row.withdrawn_at is not None or row.state != "here":
        raise NotFound("There is no file {id}.", id=file_id)
    if row.message_id is None and row.uploaded_by != agent_id:
        raise NotFound("There is no file {id}.", id=file_id)
    return FileRecord(row.id, row.filename, row.content_type, row.size, row.digest)


def inline_files(tx: Transaction, message_id: int) -> dict[str, FileRecord]:
    """The files of a message that its HTML shows in place, by their Content-ID without brackets."""
    found = tx.all(
        "SELECT * FROM attachment WHERE message_id = :id AND content_id IS NOT NULL AND state = 'here' ORDER BY id",
        id=message_id,
    )
    return {
        row.content_id.strip("<>"): FileRecord(row.id, row.filename, row.content_type, row.size, row.digest)
        for row in found
    }


def take_uploads(tx: Transaction, agent: AgentView, ids: Sequence[int]) -> tuple[Attached, ...]:
    """Uploads of this agent that no message has yet. Raises `NotFound` for any other."""
    if not ids:
        return ()
    found = {
        row.id: row
        for row in tx.all(
            f"SELECT * FROM attachment WHERE id IN ({rows.several(ids)}) AND message_id IS NULL"
            " AND uploaded_by = :agent",
            agent=agent.id,
        )
    }
    missing = [one for one in ids if one not in found]
    if missing:
        raise NotFound("There is no upload {id}.", id=missing[0])
    return tuple(
        Attached(row.filename, row.content_type, row.size, row.digest, bool(row.inline), row.content_id)
        for row in (found[one] for one in ids)
    )


def give_uploads(tx: Transaction, message_id: int, ids: Sequence[int]) -> None:
    """Let a message have them."""
    if ids:
        tx.run(f"UPDATE attachment SET message_id = :message WHERE id IN ({rows.several(ids)})", message=message_id)


def sweep(tx: Transaction) -> None:
    """Forget uploads that no message ever took; their bytes go with the next sweep of the file store."""
    tx.run("DELETE FROM attachment WHERE message_id IS NULL AND created_at < :old", old=tx.now - KEPT)
