"""Lines of chats that are under way, filed many at once: what `filing.file` does for each, in few statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from channels.contract import Accepted, InboundMessage
from server.database import Transaction
from server.database.types import dump, stored
from server.tickets import together

if TYPE_CHECKING:
    from server.inbox.filing import Kept, Said

KNOWN = (
    "SELECT (SELECT max(id) FROM arrival), (SELECT min(asked.column1) FROM (VALUES {rows}) AS asked"
    " CROSS JOIN arrival a ON a.account_id = asked.column2 AND a.external_id = asked.column3)"
)
COLUMNS = (
    "id", "account_id", "external_id", "media_type", "size", "body", "envelope", "state", "reason", "error", "tries",
    "received_at", "settled_at",
)  # fmt: skip


def file(tx: Transaction, calls: Sequence[tuple[Kept, Sequence[Said]]]) -> list[Accepted]:
    """File the first so many of the arrivals, as many as are new lines of conversations that are under way."""
    if tx.dialect != "sqlite":
        return []
    lines: list[tuple[Kept, InboundMessage]] = []
    names: set[tuple[int, str]] = set()
    for kept, said in calls:
        message = said[0].inbound if len(said) == 1 and kept.digest is None else None
        name = (kept.account_id, kept.external_id)
        if not isinstance(message, InboundMessage) or name in names or not together.is_line(message):
            break
        names.add(name)
        lines.append((kept, message))
    if not lines:
        return []
    found = tx.over(KNOWN, 3, [value for place, (kept, _) in enumerate(lines) for value in (place, *kept[:2])])
    newest, known = found if found is not None else (None, None)
    under_way = together.under_way(tx, [(kept.account_id, message) for kept, message in lines[:known]])
    filed = [kept for kept, _ in lines[: len(under_way.lines)]]
    ids = range((newest or 0) + 1, (newest or 0) + 1 + len(filed))
    tx.put_all("arrival", COLUMNS, [_row(tx, id, kept) for id, kept in zip(ids, filed, strict=True)])
    return [
        Accepted(id, received.ticket, message=received.message)
        for id, received in zip(ids, together.go_on(tx, under_way, ids), strict=True)
    ]


def _row(tx: Transaction, id: int, kept: Kept) -> tuple[Any, ...]:
    return (
        id, kept.account_id, kept.external_id, kept.media_type, kept.size, kept.body, dump(dict(kept.envelope)),
        "filed", "", "", 1, stored(kept.received_at), stored(tx.now),
    )  # fmt: skip
