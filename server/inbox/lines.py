"""Lines of chats that are under way, filed many at once: what `filing.file` does for each, in few statements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from channels.contract import Accepted, InboundMessage
from server.database import Transaction
from server.database.types import dump, stored
from server.tickets import together

if TYPE_CHECKING:
    from server.inbox.filing import Kept, Said

KNOWN = (
    "SELECT (SELECT max(id) FROM arrival), (SELECT json_group_array(asked.column1) FROM (VALUES {rows}) AS asked"
    " CROSS JOIN arrival a ON a.account_id = asked.column2 AND a.external_id = asked.column3)"
)
COLUMNS = (
    "id", "account_id", "external_id", "media_type", "size", "body", "envelope", "state", "reason", "error", "tries",
    "received_at", "settled_at",
)  # fmt: skip


def file(tx: Transaction, calls: Sequence[tuple[Kept, Sequence[Said]]]) -> tuple[list[Accepted], int]:
    """File the first so many of the arrivals, as many as are new lines of conversations that are under way.

    Gives also how many that follow must be filed one by one.
    """
    if tx.dialect != "sqlite":
        return [], len(calls)
    lines = _lines(calls)
    if not lines:
        return [], 1
    found = tx.over(KNOWN, 3, [value for place, (kept, _) in enumerate(lines) for value in (place, *kept[:2])])
    newest, known = (found[0] or 0, set(json.loads(found[1]))) if found is not None else (0, set())
    new = next((place for place in range(len(lines)) if place in known), len(lines))
    if not new:
        return [], next((place for place in range(len(lines)) if place not in known), len(lines))
    going_on = together.under_way(tx, [(kept.account_id, message) for kept, message in lines[:new]])
    filed = [kept for kept, _ in lines[: len(going_on.lines)]]
    ids = range(newest + 1, newest + 1 + len(filed))
    tx.put_all("arrival", COLUMNS, [_row(tx, id, kept) for id, kept in zip(ids, filed, strict=True)])
    accepted = [
        Accepted(id, received.ticket, message=received.message)
        for id, received in zip(ids, together.go_on(tx, going_on, ids), strict=True)
    ]
    return accepted, going_on.others


def _lines(calls: Sequence[tuple[Kept, Sequence[Said]]]) -> list[tuple[Kept, InboundMessage]]:
    """Those at the beginning that are nothing but words, none of them twice."""
    lines: list[tuple[Kept, InboundMessage]] = []
    names: set[tuple[int, str]] = set()
    for kept, said in calls:
        message = said[0].inbound if len(said) == 1 and kept.digest is None else None
        name = (kept.account_id, kept.external_id)
        if not isinstance(message, InboundMessage) or name in names or not together.is_line(message):
            break
        names.add(name)
        lines.append((kept, message))
    return lines


def _row(tx: Transaction, id: int, kept: Kept) -> tuple[Any, ...]:
    return (
        id, kept.account_id, kept.external_id, kept.media_type, kept.size, kept.body, dump(dict(kept.envelope)),
        "filed", "", "", 1, stored(kept.received_at), stored(tx.now),
    )  # fmt: skip
