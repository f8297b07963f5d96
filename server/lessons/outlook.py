"""What may be expected of the articles, beside what was measured: reckoned by the loop that learns, read by pages."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from server.database import Transaction
from server.database.types import dump
from server.faq.views import Outlook

EVERY = timedelta(days=1)
"""What customers ask moves the expectation too."""


def stale(tx: Transaction) -> str | None:
    """Of which articles it is to be reckoned now; None while the last one stands."""
    row = tx.first("SELECT outlook_of, outlook_at FROM lesson_desk")
    if row is None:
        return None
    live = tx.one("SELECT count(*) AS n, sum(live_version) AS v FROM article WHERE live_version IS NOT NULL")
    now = f"{live.n}:{live.v or 0}"
    return now if now != row.outlook_of or row.outlook_at is None or tx.now - row.outlook_at >= EVERY else None


def keep(tx: Transaction, found: list[Outlook], of: str) -> None:
    """Write it down."""
    tx.run(
        "UPDATE lesson_desk SET outlook = :outlook, outlook_of = :of, outlook_at = :now",
        outlook=dump(found), of=of, now=tx.now,
    )  # fmt: skip


def read(tx: Transaction) -> tuple[list[Outlook], datetime | None]:
    """The last one, and when it was reckoned."""
    row = tx.first("SELECT outlook, outlook_at FROM lesson_desk")
    return (msgspec.convert(row.outlook, list[Outlook]), row.outlook_at) if row is not None else ([], None)
