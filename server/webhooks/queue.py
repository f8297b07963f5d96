"""The queue of outgoing webhooks: from the change feed to messages, which may leave now, and what came of each.

A message waits behind the unfinished ones of its subject, so that a customer, an order or a ticket is told of in
order. An address that does not answer rests, longer and longer, and is paused when nothing got through for days:
its place in the feed stands still then, and nothing is lost.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from server.database import Transaction
from server.database.types import dump
from server.events import Change, DeskChanged
from server.tickets.queries import change as read_change
from server.webhooks import bodies, kinds
from server.webhooks.sending import Outcome

BATCH = 100
"""Changes looked at in one go."""
MOST_WAITING = 1000
"""With so many messages on their way a webhook reads no further in the feed."""
AT_ONCE = 5
"""Messages to one address at the same time."""
WAITS = tuple(timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Between the tries of one message, as the specification proposes; together a little more than three days."""
DOUBTFUL = 5
"""After so many failures in a row an address rests between tries, and gets one message at a time."""
LONGEST_REST = timedelta(hours=1)
PATIENCE = timedelta(days=3)
"""After so long without success an address is paused."""
GONE = 410
EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Found(NamedTuple):
    """What the feed holds for one webhook between two places."""

    webhook: int
    since: int
    until: int
    rows: list[dict[str, Any]]


class Claimed(NamedTuple):
    """A message that leaves now."""

    id: int
    message: str
    body: str
    url: str
    secrets: str
    former: bool


def prepare(tx: Transaction, public_url: str) -> list[Found]:
    """The next messages of each webhook. Reads only."""
    found: list[Found] = []
    made: dict[tuple[int, str, bool], str] = {}
    for webhook in tx.all(
        "SELECT w.* FROM webhook w WHERE w.state = 'active' AND w.seq < (SELECT seq FROM change_counter)"
        " AND (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting') < :most"
        " ORDER BY w.id",
        most=MOST_WAITING,
    ):
        changes = [
            read_change(row)
            for row in tx.all(
                "SELECT * FROM change WHERE seq > :seq ORDER BY seq LIMIT :limit", seq=webhook.seq, limit=BATCH
            )
        ]
        rows = [row for change in changes for row in _messages(tx, webhook, change, made, public_url)]
        if changes:
            found.append(Found(webhook.id, webhook.seq, changes[-1].seq, rows))
    return found


def _messages(
    tx: Transaction, webhook: Any, change: Change, made: dict[tuple[int, str, bool], str], public_url: str
) -> list[dict[str, Any]]:
    if change.kind not in kinds.RELEVANT or change.by.removeprefix("source:") in _skipped(webhook, change):
        return []
    rows = []
    for place, happening in enumerate(kinds.happenings(tx, change)):
        if not kinds.wants(webhook.kinds, happening.kind) or kinds.is_kept_back(tx, happening):
            continue
        whole = bool(webhook.whole)
        name = (change.seq, happening.kind, whole)
        if name not in made:
            made[name] = bodies.compose(tx, change, happening, whole=whole, public_url=public_url)
        rows.append(
            {
                "webhook": webhook.id,
                "message": f"msg_{webhook.key}_{change.seq}" + (f"_{place}" if place else ""),
                "seq": change.seq,
                "kind": happening.kind,
                "subject": happening.subject,
                "body": made[name],
                "at": change.at,
            }
        )
    return rows


def _skipped(webhook: Any, change: Change) -> list[str]:
    return webhook.skip_sources if change.by.startswith("source:") else []


def store(tx: Transaction, found: list[Found]) -> int:
    """Queue what was prepared, unless somebody else was faster; how many changes were passed."""
    passed = 0
    for one in found:
        moved = tx.run(
            "UPDATE webhook SET seq = :until WHERE id = :id AND seq = :since AND state = 'active'",
            id=one.webhook,
            since=one.since,
            until=one.until,
        )
        if not moved:
            continue
        passed += one.until - one.since
        tx.many(
            "INSERT INTO webhook_delivery (webhook_id, message, seq, kind, subject, body, state, attempts, next_at,"
            " words, at, created_at) VALUES (:webhook, :message, :seq, :kind, :subject, :body, 'waiting', 0, :now, '',"
            " :at, :now) ON CONFLICT (webhook_id, message) DO NOTHING",
            [{**row, "now": tx.now} for row in one.rows],
        )
    return passed


def claim(tx: Transaction) -> list[Claimed]:
    """Messages that may leave now; each try is booked before the network is called."""
    claimed: list[Claimed] = []
    for webhook in tx.all(
        "SELECT w.*, (SELECT count(*) FROM webhook_delivery s WHERE s.webhook_id = w.id AND s.state = 'sending'"
        " AND s.seq > 0) AS sending FROM webhook w"
        " WHERE w.state = 'active' AND (w.rest_until IS NULL OR w.rest_until <= :now) ORDER BY w.id",
        now=tx.now,
    ):
        room = (1 if webhook.failures >= DOUBTFUL else AT_ONCE) - webhook.sending
        rows = [] if room <= 0 else tx.all(
            "SELECT d.id, d.message, d.body, d.attempts FROM webhook_delivery d WHERE d.state = 'waiting'"
            " AND d.webhook_id = :webhook AND d.next_at <= :now AND NOT EXISTS (SELECT 1 FROM webhook_delivery e"
            " WHERE e.webhook_id = d.webhook_id AND e.subject = d.subject AND e.state IN ('waiting', 'sending')"
            " AND (e.seq < d.seq OR (e.seq = d.seq AND e.id < d.id))) ORDER BY d.seq, d.id LIMIT :room",
            webhook=webhook.id,
            now=tx.now,
            room=room,
        )  # fmt: skip
        former = webhook.former_until is not None and webhook.former_until > tx.now
        for row in rows:
            tx.run("UPDATE webhook_delivery SET state = 'sending', attempts = attempts + 1 WHERE id = :id", id=row.id)
            claimed.append(Claimed(row.id, row.message, row.body, webhook.url, webhook.secrets, former))
    return claimed


def begin_test(tx: Transaction, id: int, public_url: str, name: str) -> Claimed:
    """A test message, which leaves past the queue and is not tried again."""
    webhook = tx.one("SELECT * FROM webhook WHERE id = :id", id=id)
    body, message = bodies.test(tx, webhook.name, public_url), f"msg_{webhook.key}_test_{name}"
    made = tx.insert(
        "webhook_delivery",
        webhook_id=id,
        message=message,
        seq=0,
        kind=kinds.TEST,
        subject=message,
        body=body,
        state="sending",
        attempts=1,
        words="",
        at=tx.now,
        created_at=tx.now,
    )
    former = webhook.former_until is not None and webhook.former_until > tx.now
    return Claimed(made, message, body, webhook.url, webhook.secrets, former)


def next_due(tx: Transaction) -> datetime | None:
    """When something that waits for its time may leave; None when nothing does."""
    found: datetime | None = None
    for webhook in tx.all("SELECT id, rest_until FROM webhook WHERE state = 'active'"):
        resting: datetime | None = webhook.rest_until
        resting = resting if resting is not None and resting > tx.now else None
        row = tx.first(
            "SELECT next_at FROM webhook_delivery WHERE state = 'waiting' AND webhook_id = :id AND next_at > :after"
            " ORDER BY next_at LIMIT 1",
            id=webhook.id,
            after=EVER if resting else tx.now,
        )
        if row is not None:
            at: datetime = max(row.next_at, resting) if resting else row.next_at
            found = at if found is None else min(found, at)
    return found


def is_due(tx: Transaction) -> bool:
    """Whether something waits whose time has come, be it behind another of its subject."""
    row = tx.first(
        "SELECT 1 FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id AND d.state = 'waiting'"
        " AND d.next_at <= :now WHERE w.state = 'active' AND (w.rest_until IS NULL OR w.rest_until <= :now) LIMIT 1",
        now=tx.now,
    )
    return row is not None


def any_active(tx: Transaction) -> bool:
    """Whether there is anybody to tell."""
    return tx.first("SELECT 1 FROM webhook WHERE state = 'active' LIMIT 1") is not None


def pick_up(tx: Transaction) -> int:
    """What a process that is no more was sending waits again; how many messages."""
    tx.run(
        "UPDATE webhook_delivery SET state = 'failed', finished_at = :now WHERE state = 'sending' AND seq = 0",
        now=tx.now,
    )
    return tx.run("UPDATE webhook_delivery SET state = 'waiting', next_at = :now WHERE state = 'sending'", now=tx.now)


def settle(tx: Transaction, id: int, outcome: Outcome) -> None:
    """Write down what came of a try, and what follows from it for the message and its address."""
    row = tx.first("SELECT * FROM webhook_delivery WHERE id = :id", id=id)
    if row is None:  # its webhook was removed meanwhile
        return
    tx.insert(
        "webhook_try",
        delivery_id=id,
        at=outcome.at,
        milliseconds=outcome.milliseconds,
        status=outcome.status,
        words=outcome.words,
        request=dump(outcome.headers),
        answer=outcome.answer,
    )
    if outcome.ok:
        _finish(tx, id, "delivered", outcome)
    elif row.seq == 0 or outcome.status == GONE or row.attempts > len(WAITS):
        _finish(tx, id, "failed", outcome)
    else:
        wait = max(WAITS[row.attempts - 1] * (1 + random.random() / 10), outcome.after or timedelta())
        tx.run(
            "UPDATE webhook_delivery SET state = 'waiting', next_at = :next, status = :status, words = :words"
            " WHERE id = :id",
            id=id,
            next=tx.now + wait,
            status=outcome.status,
            words=outcome.words,
        )
    if row.seq:
        _judge(tx, row.webhook_id, outcome)


def _finish(tx: Transaction, id: int, state: str, outcome: Outcome) -> None:
    tx.run(
        "UPDATE webhook_delivery SET state = :state, next_at = NULL, finished_at = :now, status = :status,"
        " words = :words WHERE id = :id",
        id=id,
        state=state,
        now=tx.now,
        status=outcome.status,
        words=outcome.words,
    )


def _judge(tx: Transaction, id: int, outcome: Outcome) -> None:
    """What a try says of the address itself."""
    if outcome.ok:
        tx.run(
            "UPDATE webhook SET failures = 0, failing_since = NULL, rest_until = NULL, delivered_at = :now, words = ''"
            " WHERE id = :id",
            id=id,
            now=tx.now,
        )
        return
    lock = " FOR UPDATE" if tx.dialect == "postgresql" else ""
    webhook = tx.one(f"SELECT * FROM webhook WHERE id = :id{lock}", id=id)
    failures, since = webhook.failures + 1, webhook.failing_since or tx.now
    rest = outcome.after or timedelta()
    if failures >= DOUBTFUL:
        rest = max(rest, min(timedelta(seconds=5 * 2 ** min(failures - DOUBTFUL, 12)), LONGEST_REST))
    state = webhook.state
    if outcome.status == GONE:
        state = "gone"
    elif state == "active" and tx.now - since >= PATIENCE:
        state = "paused"
    tx.run(
        "UPDATE webhook SET failures = :failures, failing_since = :since, rest_until = :rest, state = :state,"
        " words = :words WHERE id = :id",
        id=id,
        failures=failures,
        since=since,
        rest=tx.now + rest if rest else None,
        state=state,
        words=outcome.words,
    )
    if state != webhook.state or not webhook.failures:
        tx.record(DeskChanged(what="webhook", id=id))
