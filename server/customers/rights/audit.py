"""The audit log: who looked at which customer, who exported what, who did what about people's rights, and from where.

Looks are counted in memory (`Looks`) and written a moment later, many in one unit, so that nobody who reads waits for
it: one entry for an agent, a customer, an address and a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from server.agents import AgentView
from server.customers.views import View
from server.database import Database, Transaction
from server.database.types import dump
from server.errors import Unavailable

log = logging.getLogger(__name__)

QUARTER = 900
"""In seconds: looks within it are one entry."""
AT_ONCE = 5_000
"""Looks kept in memory while the database is away; more than these are told to the program's log instead."""
KINDS = (
    "look",
    "export",
    "import",
    "disclosure",
    "erasure",
    "stop",
    "correction",
    "request",
    "retention",
    "backup",
    "bulk",
)


class AuditView(View, frozen=True, kw_only=True):
    """One entry; `agent_name` is empty for the command line and the clock."""

    id: int
    what: str
    agent: int | None
    agent_name: str
    customer: int | None
    customer_name: str
    address: str
    through: str
    detail: dict[str, Any]
    times: int
    at: datetime
    last_at: datetime


class AuditPage(View, frozen=True, kw_only=True):
    """Entries, newest first; `next` is the id to go on after."""

    items: list[AuditView]
    next: int | None


class AuditFilter(NamedTuple):
    """What is looked for; None and "" for anything."""

    what: str = ""
    agent: int | None = None
    customer: int | None = None
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None


class _Seen(NamedTuple):
    """What somebody looked at: a customer, or what leads to one."""

    agent: int
    kind: str
    id: int
    address: str
    through: str
    slot: int


def write(
    tx: Transaction,
    agent: AgentView,
    what: str,
    *,
    customer: int | None = None,
    detail: dict[str, Any] | None = None,
    address: str = "",
    through: str = "",
) -> None:
    """One entry, in the unit that does what it tells of."""
    tx.run(
        "INSERT INTO audit (what, agent_id, customer_id, address, through, detail, times, at, last_at)"
        " VALUES (:what, :agent, :customer, :address, :through, :detail, 1, :now, :now)",
        what=what,
        agent=agent.id or None,
        customer=customer,
        address=address,
        through=through or ("" if agent.id else "command"),
        detail=dump(detail or {}),
        now=tx.now,
    )


def exported(
    tx: Transaction, agent: AgentView, what: str, *, rows: int | None = None, address: str = "", through: str = ""
) -> None:
    """Somebody took data out: `what` says which."""
    detail: dict[str, Any] = {"what": what} | ({"rows": rows} if rows is not None else {})
    write(tx, agent, "export", detail=detail, address=address, through=through)


def search(tx: Transaction, wanted: AuditFilter, *, limit: int = 100, before: int | None = None) -> AuditPage:
    """Entries that fit, newest first. A customer is also those who were merged into them."""
    where, values = ["1 = 1"], dict[str, Any]()
    for column, value in (("what", wanted.what), ("address", wanted.address), ("agent_id", wanted.agent)):
        if value:
            where.append(f"a.{column} = :{column}")
            values[column] = value
    if wanted.customer is not None:
        where.append(
            "a.customer_id IN (SELECT :customer UNION SELECT gone_id FROM customer_merge WHERE kept_id = :customer"
            " AND undone_at IS NULL)"
            if tx.dialect == "sqlite"
            else "a.customer_id IN (SELECT CAST(:customer AS INTEGER) UNION SELECT gone_id FROM customer_merge"
            " WHERE kept_id = :customer AND undone_at IS NULL)"
        )
        values["customer"] = wanted.customer
    if wanted.since is not None:
        where.append("a.last_at >= :since")
        values["since"] = wanted.since
    if wanted.until is not None:
        where.append("a.at < :until")
        values["until"] = wanted.until
    if before is not None:
        where.append("a.id < :before")
        values["before"] = before
    rows = tx.all(
        "SELECT a.*, g.name AS agent_name, c.name AS customer_name FROM audit a LEFT JOIN agent g ON g.id = a.agent_id"
        f" LEFT JOIN customer c ON c.id = a.customer_id WHERE {' AND '.join(where)} ORDER BY a.id DESC LIMIT :limit",
        **values,
        limit=limit + 1,
    )
    items = [
        AuditView(
            id=row.id,
            what=row.what,
            agent=row.agent_id,
            agent_name=row.agent_name or "",
            customer=row.customer_id,
            customer_name=row.customer_name or "",
            address=row.address,
            through=row.through,
            detail=row.detail,
            times=row.times,
            at=row.at,
            last_at=row.last_at,
        )
        for row in rows[:limit]
    ]
    return AuditPage(items=items, next=items[-1].id if len(rows) > limit else None)


_OWNER = {
    "customer": "SELECT CAST(:id AS INTEGER)",
    "ticket": "SELECT customer_id FROM ticket WHERE number = :id",
    "message": "SELECT t.customer_id FROM message m JOIN ticket t ON t.number = m.ticket_number WHERE m.id = :id",
    "file": "SELECT t.customer_id FROM attachment f JOIN message m ON m.id = f.message_id"
    " JOIN ticket t ON t.number = m.ticket_number WHERE f.id = :id",
}


def note(tx: Transaction, seen: Iterable[tuple[_Seen, int, datetime]]) -> int:
    """Write looks down; how many entries they touched."""
    owners: dict[tuple[str, int], int | None] = {}
    touched = 0
    for look, times, last in seen:
        place = (look.kind, look.id)
        if place not in owners:
            owners[place] = tx.value(_OWNER[look.kind], id=look.id)
        if (customer := owners[place]) is None:
            continue
        touched += tx.run(
            "INSERT INTO audit (what, agent_id, customer_id, address, through, detail, times, at, last_at, key)"
            " VALUES ('look', :agent, :customer, :address, :through, '{}', :times, :last, :last, :key)"
            " ON CONFLICT (key) DO UPDATE SET times = audit.times + excluded.times, last_at = excluded.last_at",
            agent=look.agent,
            customer=customer,
            address=look.address,
            through=look.through,
            times=times,
            last=last,
            key=f"{look.slot}/{look.agent}/{customer}/{look.through}/{look.address}",
        )
    return touched


class Looks:
    """Who looked at what, until it is written down. The composition runs `run` as a task and `close`s it."""

    def __init__(self, database: Database, *, gather: float = 1.0) -> None:
        self._database = database
        self._gather = gather
        self._seen: dict[_Seen, tuple[int, datetime]] = {}
        self._kicked = asyncio.Event()

    def saw(self, agent: int, kind: str, id: int, address: str, through: str) -> None:
        """An agent was shown a customer, or a `ticket`, `message` or `file` of one."""
        now = datetime.now(UTC)
        look = _Seen(agent, kind, id, address, through, int(now.timestamp()) // QUARTER)
        if look not in self._seen and len(self._seen) >= AT_ONCE:
            log.error("The audit log is behind: agent %d looked at %s %d from %s", agent, kind, id, address)
            return
        self._seen[look] = (self._seen.get(look, (0, now))[0] + 1, now)
        self._kicked.set()

    async def run(self) -> None:
        """Write down what was seen, until cancelled."""
        while True:
            await self._kicked.wait()
            await asyncio.sleep(self._gather)
            self._kicked.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write down what is kept in memory; what the database does not take now is kept for the next time."""
        seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            await self._database.write(note, [(look, times, last) for look, (times, last) in seen.items()])
        except Unavailable as error:
            log.warning("The audit log has to wait: %s", error)
            self._seen = {**seen, **self._seen}
            self._kicked.set()
