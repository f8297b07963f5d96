"""The search index: what of a ticket is looked for, and the indexer that follows the change feed.

Nothing is indexed while a customer waits. An indexer reads the feed behind the commits, in batches: `prepare` turns
rows into tokens in a reading unit, `store` writes them in a short writing unit, together with how far it came. So a
batch is done once or not at all, whichever process does it and whenever it is killed.

There is one entry for each ticket (subject, customer, contacts, custom fields) and one for each message (its text and
the names of its files); an entry of a message carries its ticket's words too, so that 田中 返品 finds what 田中 wrote.
What touches a whole ticket puts it on a list of its own (`search_due`), which is worked off when the feed is done;
rebuilding is putting every ticket there.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from server import language
from server.database import Database, Transaction
from server.database.types import dump
from server.tickets.entries import Head, describe, entries, records
from server.tickets.rows import several

log = logging.getLogger(__name__)

FORMAT = 1
"""Raised when tokens or tables change: an index of another format is built anew at the next start."""
BATCH = 500
"""Changes in a batch: an entry costs a third of what it costs at 50, and the writer is held for some 10 ms."""
BUSY = 200
"""Changes a second from which on the follower waits for a large batch, or a quieter moment."""

SCHEMA = {
    "sqlite": (
        "CREATE VIRTUAL TABLE search_ticket USING fts5(words, columnsize=0, tokenize=\"ascii tokenchars '_'\")",
        "CREATE VIRTUAL TABLE search_message USING fts5(head, body, columnsize=0, tokenize=\"ascii tokenchars '_'\")",
    ),
    "postgresql": (
        "CREATE TABLE search_ticket (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
        "CREATE INDEX search_ticket_words ON search_ticket USING gin (words)",
        "CREATE TABLE search_message (id BIGINT PRIMARY KEY, head TSVECTOR NOT NULL, body TSVECTOR NOT NULL)",
        "CREATE INDEX search_message_words ON search_message USING gin (head, body)",
    ),
}
PROGRESS = (
    "CREATE TABLE search_progress (id INTEGER PRIMARY KEY, seq BIGINT NOT NULL, format INTEGER NOT NULL)",
    f"INSERT INTO search_progress (id, seq, format) VALUES (1, 0, {FORMAT})",
    "CREATE TABLE search_due (ticket_number BIGINT PRIMARY KEY, after_seq INTEGER NOT NULL)",
    # Which pairs there are: FTS5 walks down the entries of known tokens, but would gather those of a prefix first.
    "CREATE TABLE search_pair (pair VARCHAR PRIMARY KEY)",
)
WRITE_TICKET = {
    "sqlite": "REPLACE INTO search_ticket (rowid, words) VALUES (:id, :words)",
    "postgresql": "INSERT INTO search_ticket (id, words) VALUES (:id, CAST(:words AS tsvector))"
    " ON CONFLICT (id) DO UPDATE SET words = excluded.words",
}
WRITE_MESSAGE = {
    "sqlite": "REPLACE INTO search_message (rowid, head, body) VALUES (:id, :head, :body)",
    "postgresql": "INSERT INTO search_message (id, head, body)"
    " VALUES (:id, CAST(:head AS tsvector), CAST(:body AS tsvector))"
    " ON CONFLICT (id) DO UPDATE SET head = excluded.head, body = excluded.body",
}
DROP_TICKET = {
    "sqlite": "DELETE FROM search_ticket WHERE rowid = :id",
    "postgresql": "DELETE FROM search_ticket WHERE id = :id",
}
NOT_FOUND_BY = frozenset(
    {"status", "priority", "assignee", "assignee_id", "team", "team_id", "tags", "tag", "snoozed_until", "due_at"}
)
"""Fields of a ticket that no search looks at."""
MESSAGE_KINDS = frozenset({"message.received", "message.written", "note.written", "message.withdrawn"})


class Slice(NamedTuple):
    """Messages of a due ticket: those after seq `after`, up to `then` when there are more."""

    number: int
    after: int
    then: int | None


class Work(NamedTuple):
    """A batch made ready: the entries to write, the tickets that became due, and the feed's stretch it stands for."""

    since: int
    until: int
    heads: list[Head]
    messages: list[dict[str, Any]]
    due_tickets: list[int]
    due_customers: list[int]
    drained: list[Slice]
    changes: int
    pairs: Sequence[str] = ()
    rebuild: bool = False

    @property
    def size(self) -> int:
        """How much was found to do; 0 when the index is up to date."""
        return self.changes + len(self.drained) + self.rebuild


def index_batch(tx: Transaction, limit: int = BATCH) -> int:
    """Index the next changes in one writing unit. How much was done; 0 when the index is up to date."""
    return store(tx, prepare(tx, limit))


def rebuild(tx: Transaction) -> int:
    """Throw the index away and put every ticket on the list; the batches that follow fill it. How many tickets."""
    for table in ("search_message", "search_ticket"):
        tx.run(f"DROP TABLE IF EXISTS {table}")
    for statement in SCHEMA[tx.dialect]:
        tx.run(statement)
    tx.run("DELETE FROM search_due")
    tx.run("UPDATE search_progress SET seq = (SELECT seq FROM change_counter), format = :format", format=FORMAT)
    return tx.run("INSERT INTO search_due (ticket_number, after_seq) SELECT number, 0 FROM ticket")


# ------------------------------------------------------------------------------------------------ a batch


def prepare(tx: Transaction, limit: int = BATCH) -> Work:
    """Read the next changes and make their entries. Reads only."""
    progress = tx.first("SELECT seq, format FROM search_progress WHERE id = 1")
    since = progress.seq if progress is not None else 0
    changes = tx.all(
        "SELECT seq, kind, ticket_number, data FROM change WHERE seq > :since ORDER BY seq LIMIT :limit",
        since=since,
        limit=limit,
    )
    gap = bool(changes) and changes[0].seq != since + 1
    if progress is None or progress.format != FORMAT or gap:
        return Work(since, since, [], [], [], [], [], 0, rebuild=True)
    until = changes[-1].seq if changes else since
    opened, messages, tickets, customers = _touched(changes)
    drained, more = _due(tx, max(limit - len(changes), limit // 10, 1))
    found = records(tx, f"m.id IN ({several(messages)})") if messages else []
    found += more
    whole = opened | {row.number for row in drained}
    heads = describe(tx, {record.ticket_number for record in found} | whole)
    made = entries(tx, found, heads)
    return Work(
        since,
        until,
        [heads[number] for number in whole if number in heads],
        made,
        sorted(tickets),
        sorted(customers),
        drained,
        len(changes),
        _new_pairs(tx, made, heads) if tx.dialect == "sqlite" else [],
    )


def store(tx: Transaction, work: Work) -> int:
    """Write a prepared batch, unless somebody else was faster. How much was done."""
    if work.rebuild:
        return rebuild(tx) + 1
    if not work.size:
        return 0
    held = "SELECT seq FROM search_progress WHERE id = 1 AND seq = :since"
    if tx.first(held + (" FOR UPDATE SKIP LOCKED" if tx.dialect == "postgresql" else ""), since=work.since) is None:
        return 0
    form = str if tx.dialect == "sqlite" else _tsvector
    tx.many(WRITE_MESSAGE[tx.dialect], [{**e, "head": form(e["head"]), "body": form(e["body"])} for e in work.messages])
    tx.many(WRITE_TICKET[tx.dialect], [{"id": h.number, "words": form(h.words)} for h in work.heads if not h.merged])
    tx.many(DROP_TICKET[tx.dialect], [{"id": head.number} for head in work.heads if head.merged])
    tx.many("INSERT INTO search_pair (pair) VALUES (:pair) ON CONFLICT DO NOTHING", [{"pair": p} for p in work.pairs])
    _settle_due(tx, work.drained)
    due = "INSERT INTO search_due (ticket_number, after_seq) SELECT number, 0 FROM ticket WHERE {} IN ({})"
    again = " ON CONFLICT (ticket_number) DO UPDATE SET after_seq = 0"
    if work.due_tickets:
        tx.run(due.format("number", several(work.due_tickets)) + again)
    if work.due_customers:
        tx.run(due.format("customer_id", several(work.due_customers)) + again)
    tx.run("UPDATE search_progress SET seq = :until WHERE id = 1", until=work.until)
    return work.size


def _new_pairs(tx: Transaction, entries: list[dict[str, Any]], heads: dict[int, Head]) -> list[str]:
    found = {word for entry in entries for word in entry["body"].split()}
    found.update(word for head in heads.values() for word in head.words.split())
    pairs = [word for word in found if len(word) == 2 and language.is_cjk(word)]
    rows = tx.all(
        "SELECT value FROM json_each(:pairs) WHERE value NOT IN (SELECT pair FROM search_pair)", pairs=dump(pairs)
    )
    return [row.value for row in rows]


def _settle_due(tx: Transaction, drained: list[Slice]) -> None:
    tx.many(
        "DELETE FROM search_due WHERE ticket_number = :number AND after_seq = :after",
        [{"number": row.number, "after": row.after} for row in drained if row.then is None],
    )
    tx.many(
        "UPDATE search_due SET after_seq = :then WHERE ticket_number = :number AND after_seq = :after",
        [row._asdict() for row in drained if row.then is not None],
    )


def _touched(changes: list[Any]) -> tuple[set[int], set[int], set[int], set[int]]:
    """What changes touch: tickets that began, messages, tickets that changed as a whole, customers."""
    opened: set[int] = set()
    messages: set[int] = set()
    tickets: set[int] = set()
    customers: set[int] = set()
    for change in changes:
        data: dict[str, Any] = change.data
        if change.kind in MESSAGE_KINDS:
            messages.add(data["message"])
        elif change.kind == "ticket.opened":
            opened.add(change.ticket_number)
        elif change.kind == "ticket.changed" and data.get("field") not in NOT_FOUND_BY:
            tickets.add(change.ticket_number)
        elif change.kind == "ticket.merged":
            tickets |= {change.ticket_number, data["into"]}
        elif change.kind == "ticket.split":
            tickets |= {change.ticket_number, data["new"]}
        elif change.kind == "customer.changed":
            customers.add(data["customer"])
    return opened, messages, tickets, customers


def _due(tx: Transaction, room: int) -> tuple[list[Slice], list[Any]]:
    """As many of the due tickets as there is room for, newest first, with their messages; a long one in slices."""
    drained: list[Slice] = []
    found: list[Any] = []
    whole: list[int] = []
    rows = tx.all(
        "SELECT d.ticket_number, d.after_seq, t.last_seq FROM search_due d JOIN ticket t ON t.number = d.ticket_number"
        " ORDER BY d.ticket_number DESC LIMIT :room",
        room=room,
    )
    for row in rows:
        left = row.last_seq - row.after_seq
        if left > room and drained:
            break
        if left > BATCH:
            after = row.after_seq + BATCH
            found += records(
                tx, f"m.ticket_number = {row.ticket_number} AND m.seq > {row.after_seq} AND m.seq <= {after}"
            )
            drained.append(Slice(row.ticket_number, row.after_seq, after))
            break
        if row.after_seq:
            found += records(tx, f"m.ticket_number = {row.ticket_number} AND m.seq > {row.after_seq}")
        else:
            whole.append(row.ticket_number)
        drained.append(Slice(row.ticket_number, row.after_seq, None))
        room -= max(left, 1)
    if whole:
        found += records(tx, f"m.ticket_number IN ({several(whole)})")
    return drained, found


def _tsvector(words: str) -> str:
    """Tokens as the text form of a tsvector. They hold letters, digits and `_` only, so quotes are safe."""
    places: dict[str, list[str]] = defaultdict(list)
    for place, word in enumerate(words.split(), 1):
        places[word].append(str(place))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


# ------------------------------------------------------------------------------------------------ the follower


class Indexer:
    """Keeps the index behind the feed. The composition runs `run` as a task and calls `kick` on every commit.

    `gather` is how long it waits after a kick, so that a busy desk is indexed in few batches, `patience` how long at
    most while more than `BUSY` changes a second come in; `look` how often it looks without having been kicked, for
    what other processes wrote. All in seconds.
    """

    def __init__(
        self,
        database: Database,
        *,
        batch: int = BATCH,
        gather: float = 0.25,
        patience: float = 3.0,
        look: float = 1.0,
    ) -> None:
        self._database = database
        self._batch = batch
        self._gather = gather
        self._patience = patience
        self._look = look
        self._kicked = asyncio.Event()
        self._kicks = 0

    def kick(self) -> None:
        """Something was committed."""
        self._kicks += 1
        self._kicked.set()

    async def run(self) -> None:
        """Follow the feed until cancelled. A failure is logged, and tried again at the next look."""
        while True:
            self._kicked.clear()
            self._kicks = 0
            try:
                await self._follow()
            except Exception:
                log.exception("The search index could not be brought up to date; it will be tried again")
            try:
                async with asyncio.timeout(self._look):
                    await self._kicked.wait()
            except TimeoutError:
                continue
            await self._gathered()

    async def _gathered(self) -> None:
        """A moment after a kick, and longer while much is going on: until a batch is full, or it is quieter."""
        loop = asyncio.get_running_loop()
        until, kicks = loop.time() + self._patience, -1
        while kicks < self._kicks < self._batch and loop.time() < until:
            kicks = self._kicks + int(BUSY * self._gather)
            await asyncio.sleep(self._gather)

    async def _follow(self) -> None:
        """Index what was committed before now. What comes meanwhile waits for the next round, to be a large batch."""
        while (work := await self._database.read(prepare, self._batch)).size:
            listed = work.rebuild or work.drained or work.due_tickets or work.due_customers
            if not await self._database.write(store, work) or (work.changes < self._batch and not listed):
                return

    async def catch_up(self) -> None:
        """Index until nothing is left, or somebody else is at it."""
        while (work := await self._database.read(prepare, self._batch)).size:
            if not await self._database.write(store, work):
                return
