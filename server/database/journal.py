"""The rows of the change feed: what the units of one commit recorded, numbered without gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from server.database.engine import Connection
from server.database.types import dump, now, stored
from server.events import Change, Event

# One statement for all: each that is carried out waits for the interpreter once.
SQLITE = (
    "INSERT INTO change (seq, at, kind, by_whom, ticket_number, data)"
    " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),"
    " json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')"
    " FROM json_each(:rows) ORDER BY 1"
)
POSTGRESQL = (
    "INSERT INTO change (seq, at, kind, by_whom, ticket_number, data) VALUES (:seq, :at, :kind, :by, :ticket, :data)"
)


def write_changes(connection: Connection, recorded: Sequence[tuple[Event, str]]) -> list[tuple[Change, Event]]:
    """Give what was recorded its place in the feed: the last thing before the commit.

    The counter's row stays locked until then, which keeps the feed in commit order between processes as well.
    """
    if not recorded:
        return []
    last = connection.cursor("UPDATE change_counter SET seq = seq + :n RETURNING seq", {"n": len(recorded)}).fetchone()[
        0
    ]
    at = now()
    changes = [
        (Change(last - len(recorded) + place, at, event.kind, by, event.ticket, _data(event)), event)
        for place, (event, by) in enumerate(recorded, 1)
    ]
    if connection.dialect == "sqlite":
        moment = stored(at)
        rows = [(c.seq, moment, c.kind, c.by, c.ticket, c.data) for c, _ in changes]
        connection.cursor(SQLITE, {"rows": dump(rows)})
    else:
        connection.many(
            POSTGRESQL,
            [
                {"seq": c.seq, "at": c.at, "kind": c.kind, "by": c.by, "ticket": c.ticket, "data": dump(c.data)}
                for c, _ in changes
            ],
        )
        connection.cursor("SELECT pg_notify('madoguchi_change', :seq)", {"seq": str(last)})
    return changes


def _data(event: Event) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(event)
    data.pop("ticket", None)
    return data
