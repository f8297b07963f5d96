"""What customers are worth after ten thousand new orders: brought up to date one by one, against everything anew.

The desk is that of `history`. The orders are rows of as many customers; what is timed is what the desk does after each:
counting that customer's orders. Everything anew is one statement over all orders. Beside it the looks that rest on it:
the lines between the scores, the page, a segment, and what a new ticket's priority asks. All of it is taken back.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from bench import desks, purchases
from bench.measuring import Report, percentile, progress, seconds
from server.customers import overview, scale, segments, value
from server.customers.segments import Condition, SegmentDraft
from server.database import Database, Transaction

TOKYO = ZoneInfo("Asia/Tokyo")
_ORDER = (
    "INSERT INTO orders (customer_id, source, external_id, revision, digest, number, number_key, shop, said, status,"
    " said_payment, payment, currency, total, tax, shipping, discount, paid, refunded, gift, buyer, recipient,"
    " subscription, note, url, ordered_at) VALUES (:who, 'bench', :key, 1, '', :key, :key, '', 'placed', 'placed', '',"
    " 'paid', 'JPY', 50000000, 0, 0, 0, 50000000, 0, :no, '{}', '{}', '', '', '', :now)"
)


class TakenBack(Exception):
    """Raised at the end of a unit, so that the desk stays as it was."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    purchases.options(parser)
    parser.add_argument("--orders", type=int, default=10_000, help="new orders, each of another customer if there are")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("value")
    people, many = (120, 40) if options.quick else (options.customers, options.orders)
    engine = purchases.desk(options.place, people)
    database = Database(engine)
    for turn in range(options.repeat):
        buyers = random.Random(turn).choices(range(1, people + 1), k=many)
        _undone(database, lambda tx, buyers=buyers, turn=turn: _refresh(report, tx, buyers, turn))  # type: ignore[misc]
        _undone(database, lambda tx: _anew(report, tx))
        _undone(database, lambda tx: _looks(report, tx, people))
        progress(f"repetition {turn + 1}")
    if options.quick:
        desks.drop(engine)
    refreshed = f"brought up to date after {many:,} orders"
    report.ratio("brought up to date over everything anew", refreshed, "everything anew")
    report.facts["desk"] = f"{people:,} customers, {people * 5:,} orders"
    return report


def _undone(database: Database, unit: Callable[[Transaction], None]) -> None:
    def work(tx: Transaction) -> None:
        unit(tx)
        raise TakenBack

    try:
        database.write_now(work)
    except TakenBack:
        return


def _refresh(report: Report, tx: Transaction, buyers: list[int], turn: int) -> None:
    tx.many(_ORDER, [{"who": who, "key": f"new-{turn}-{place}", "no": False, "now": tx.now}
                     for place, who in enumerate(buyers)])  # fmt: skip
    times = [seconds(lambda who=who: value.refresh(tx, who)) for who in buyers]  # type: ignore[misc]
    report.add(f"brought up to date after {len(buyers):,} orders", sum(times), "s")
    report.add("one customer, median", percentile(times, 50) * 1000, "ms")
    report.add("one customer, p95", percentile(times, 95) * 1000, "ms")


def _anew(report: Report, tx: Transaction) -> None:
    tx.run("DELETE FROM customer_value")
    report.add("everything anew", seconds(lambda: tx.run(purchases.VALUES)), "s")


def _looks(report: Report, tx: Transaction, people: int) -> None:
    conditions = [Condition(field="spent", op="at_least", value=30_000.0),
                  Condition(field="recency", op="at_least", value=4.0)]  # fmt: skip
    draft = SegmentDraft(name="bench", conditions=conditions, priority="high")
    looks: dict[str, Callable[[], Any]] = {
        "the lines between the scores": lambda: scale.count(tx),
        "the page of all customers": lambda: overview.overview(tx, TOKYO),
        "how many a segment has": lambda: segments.preview(tx, conditions),
    }
    for name, look in looks.items():
        report.add(name, seconds(look), "s")
    segments.add(tx, desks.AGENT, draft)
    asked = random.Random(1).choices(range(1, people + 1), k=200)
    times = [seconds(lambda who=who: segments.raised(tx, who, "normal")) for who in asked]  # type: ignore[misc]
    report.add("what a new ticket's priority asks, p95", percentile(times, 95) * 1000, "ms")
