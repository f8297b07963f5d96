"""Which letters leave next: due, first in their line, and booked as being tried before any network is called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from server.database import Transaction
from server.delivery.steps import note_try
from server.events import LetterMoved

LEASE = timedelta(minutes=3)
"""How long an attempt may take before the letter counts as dropped by whoever carried it."""


def claim(
    tx: Transaction, limit: int, *, busy: tuple[int, ...] = (), together: Mapping[str, int] | None = None
) -> list[Any]:
    """Letters whose time has come, first in their line only, now booked as being tried. `busy` accounts wait.

    Of the kinds of accounts in `together` so many letters of one line are taken at once, behind the first one; which
    they are is written down, so that every later try is of the same ones.

    The attempt is written before the network is called: a process that dies in between leaves a letter that is
    offered again when the lease is over, not one that is forgotten, nor one that two carry at once.
    """
    skip = "" if tx.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
    resting = f" AND l.account_id NOT IN ({', '.join(str(int(one)) for one in busy)})" if busy else ""
    due = tx.all(
        "SELECT l.* FROM letter l WHERE l.state IN ('waiting', 'sending') AND l.next_at <= :now"
        " AND NOT EXISTS (SELECT 1 FROM letter o WHERE o.line = l.line AND o.id < l.id"
        f" AND o.state IN ('waiting', 'sending')){resting} ORDER BY l.next_at, l.id LIMIT :limit{skip}",
        now=tx.now,
        limit=limit,
    )
    if together:
        due = _with_followers(tx, due, together)
    for letter in due:
        tx.run(
            "UPDATE letter SET state = 'sending', attempts = attempts + 1, next_at = :lease,"
            " first_try_at = COALESCE(first_try_at, :now) WHERE id = :id",
            lease=tx.now + LEASE,
            now=tx.now,
            id=letter.id,
        )
        note_try(tx, letter.id, "started")
        if letter.state != "sending":
            tx.record(
                LetterMoved(ticket=letter.ticket_number, letter=letter.id, message=letter.message_id, state="sending")
            )
    return due


def _with_followers(tx: Transaction, due: list[Any], together: Mapping[str, int]) -> list[Any]:
    """Each letter of these accounts with those right behind it that leave with it."""
    kinds = {row.id: row.kind for row in tx.all("SELECT id, kind FROM channel_account") if row.kind in together}
    found: list[Any] = []
    for head in due:
        found.append(head)
        if head.account_id not in kinds:
            continue
        bundle = [head, *_followers(tx, head, together[kinds[head.account_id]] - 1)]
        found += bundle[1:]
        if head.batch is None:
            for letter in bundle:
                tx.run("UPDATE letter SET batch = :batch WHERE id = :id", batch=head.key, id=letter.id)
    return found


def _followers(tx: Transaction, head: Any, most: int) -> list[Any]:
    """What leaves with a letter: what left with it before, else what waits right behind it and is of its kind."""
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    behind = tx.all(
        "SELECT * FROM letter WHERE line = :line AND id > :id AND state IN ('held', 'waiting', 'sending')"
        f" ORDER BY id LIMIT :most{lock}",
        line=head.line,
        id=head.id,
        most=most,
    )
    if head.batch is not None:
        return [letter for letter in behind if letter.batch == head.batch and letter.state != "held"]
    alike: list[Any] = []
    for letter in behind:
        same = (letter.account_id, bool(letter.body.get("automatic"))) == (
            head.account_id,
            bool(head.body.get("automatic")),
        )
        if letter.state != "waiting" or letter.batch is not None or letter.next_at > tx.now or not same:
            break
        alike.append(letter)
    return alike


def pick_up(tx: Transaction) -> int:
    """At a start: letters that a killed process dropped need not wait for the end of their lease. How many.

    Only on SQLite, where one process carries letters; on PostgreSQL another one may have them in hand.
    """
    if tx.dialect != "sqlite":
        return 0
    return tx.run("UPDATE letter SET next_at = :now WHERE state = 'sending'", now=tx.now)


def next_due(tx: Transaction) -> Any:
    """When the next letter's time comes; None when nothing waits."""
    row = tx.first("SELECT next_at FROM letter WHERE state IN ('waiting', 'sending') ORDER BY next_at LIMIT 1")
    return row.next_at if row else None
