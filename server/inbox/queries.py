"""What can be asked about arrivals."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from channels.contract import Raw
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.files import Files


class ArrivalView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that came. `reason` is one word, `error` what went wrong in full."""

    id: int
    account: int
    external_id: str
    media_type: str
    size: int
    envelope: dict[str, Any]
    state: str
    reason: str
    error: str
    tries: int
    ticket: int | None
    received_at: datetime
    settled_at: datetime | None


class ArrivalPage(msgspec.Struct, frozen=True, kw_only=True):
    """A keyset page, newest first."""

    items: list[ArrivalView]
    next: str | None


class Original(NamedTuple):
    """An arrival's bytes: in the row or, large ones, in the file store."""

    body: bytes | None
    digest: str | None
    media_type: str

    def raw(self, files: Files) -> Raw:
        """The bytes, without reading them yet."""
        return Raw(data=self.body) if self.body is not None else Raw(path=files.path(self.digest or ""))


COLUMNS = """
SELECT a.id, a.account_id, a.external_id, a.media_type, a.size, a.envelope, a.state, a.reason, a.error, a.tries,
       a.received_at, a.settled_at,
       (SELECT m.ticket_number FROM message m WHERE m.arrival_id = a.id ORDER BY m.id LIMIT 1) AS ticket_number
  FROM arrival a
"""


def arrivals(tx: Transaction, *, state: str | None = None, limit: int = 50, after: str | None = None) -> ArrivalPage:
    """Arrivals, newest first; `state` is "quarantined" or "filed"."""
    if after is not None and not after.isdecimal():
        raise Invalid(fields={"after": "not a cursor of this list"})
    found = tx.all(
        f"{COLUMNS} WHERE a.id < :before" + (" AND a.state = :state" if state else "") + " ORDER BY a.id DESC"
        " LIMIT :limit",
        before=int(after) if after else 2**31 - 1,
        limit=limit + 1,
        **({"state": state} if state else {}),
    )
    shown = found[:limit]
    return ArrivalPage(items=[_view(row) for row in shown], next=str(shown[-1].id) if len(found) > limit else None)


def arrival(tx: Transaction, arrival_id: int) -> ArrivalView:
    """One arrival. Raises `NotFound`."""
    row = tx.first(f"{COLUMNS} WHERE a.id = :id", id=arrival_id)
    if row is None:
        raise NotFound("There is no arrival {id}.", id=arrival_id)
    return _view(row)


def original(tx: Transaction, *, arrival_id: int | None = None, message_id: int | None = None) -> Original:
    """The raw bytes of an arrival, or of the one a message came in. Raises `NotFound`."""
    if message_id is not None:
        arrival_id = tx.value("SELECT arrival_id FROM message WHERE id = :id AND withdrawn_at IS NULL", id=message_id)
    row = tx.first("SELECT body, digest, media_type FROM arrival WHERE id = :id", id=arrival_id or 0)
    if row is None:
        raise NotFound("There is no original.")
    return Original(bytes(row.body) if row.body is not None else None, row.digest, row.media_type)


def _view(row: Any) -> ArrivalView:
    return ArrivalView(
        id=row.id,
        account=row.account_id,
        external_id=row.external_id,
        media_type=row.media_type,
        size=row.size,
        envelope=row.envelope,
        state=row.state,
        reason=row.reason,
        error=row.error,
        tries=row.tries,
        ticket=row.ticket_number,
        received_at=row.received_at,
        settled_at=row.settled_at,
    )
