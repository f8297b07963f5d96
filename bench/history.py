"""The customer beside a ticket, over HTTP, at a thousand and at a million customers: may the cost grow? It may not.

Two desks run beside each other, and each request goes to one and then to the other. What is asked is what an agent
waits for: a ticket with its customer, orders, parcels, value and other tickets (all in one request), the customer's
timeline, and finding customers by whatever somebody says. The ratio is the large desk's p95 over the small one's.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import time
from collections import defaultdict
from urllib.parse import quote

import aiohttp

from bench import fill, purchases
from bench.data import Writer
from bench.measuring import Report, percentile, progress
from bench.talking import Running, running
from server.database import Engine

PERCENTS = (50, 95, 99)
Waits = dict[str, dict[int, list[float]]]


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    purchases.options(parser)
    parser.add_argument("--requests", type=int, default=200, help="requests of each kind, each repetition")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("history")
    large, small, requests = options.customers, 1000, options.requests
    if options.quick:
        large, small, requests = 120, 60, 3
    made = {size: purchases.desk(options.place, size) for size in (small, large)}
    for engine in made.values():
        _warm(engine)
    with running("desk", made[small], options.place) as one, running("desk", made[large], options.place) as other:
        for turn in range(options.repeat):
            progress(f"repetition {turn + 1}")
            waits = asyncio.run(_ask({small: one, large: other}, requests, turn))
            for name, sizes in waits.items():
                for size, found in sizes.items():
                    for percent in PERCENTS:
                        report.add(f"{name}, {size:,} customers, p{percent}", percentile(found, percent) * 1000, "ms")
    for name in waits:
        over, under = f"{name}, {large:,} customers, p95", f"{name}, {small:,} customers, p95"
        report.ratio(f"{name}: p95 at {large:,} over {small:,}", over, under, "<= 1.5")
    report.facts["large desk"] = f"{large:,} customers, {large * 5:,} orders, {large * 2:,} tickets"
    shutil.rmtree(options.place / "talking-files", ignore_errors=True)
    if options.quick:
        for engine in made.values():
            for path in engine.path.parent.glob(f"{engine.path.name}*"):
                path.unlink()
    return report


def _warm(engine: Engine) -> None:
    """Read the file once, so that the system's cache holds what fits, as after a day's work."""
    with engine.path.open("rb") as file:
        while file.read(1 << 24):
            pass


async def _ask(desks: dict[int, Running], requests: int, turn: int) -> Waits:
    """Ask both desks in turn; the waits, in seconds, by name and size."""
    waits: Waits = defaultdict(lambda: defaultdict(list))
    pick, writer = random.Random(turn), Writer(11)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {fill.TOKENS[0]}"}) as session:

        async def get(size: int, path: str) -> float:
            begin = time.perf_counter()
            async with session.get(f"http://127.0.0.1:{desks[size].port}{path}") as answer:
                body = await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
            return time.perf_counter() - begin

        for size in desks:  # once, so that nobody's first request counts
            for path in _paths(size, pick, writer).values():
                await get(size, path)
        for place in range(requests):
            for size in desks if place % 2 else reversed(desks):
                for name, path in _paths(size, pick, writer).items():
                    waits[name][size].append(await get(size, path))
    return waits


def _paths(size: int, pick: random.Random, writer: Writer) -> dict[str, str]:
    who = pick.randrange(1, size + 1)
    person = writer.person(who)
    ticket, order = pick.randrange(1, size * 2 + 1), pick.randrange(1, size * 5 + 1)
    found = {
        "by name": person.name,
        "by reading": person.kana or person.name,
        "by telephone": f"{person.phone[:4]}{who:08d}",
        "by order number": f"b-{order}",
        "by mail": person.email,
    }
    return {
        "ticket with its pane": f"/api/v1/tickets/{ticket}",
        "timeline": f"/api/v1/customers/{who}/timeline",
        "timeline of who bought most": "/api/v1/customers/1/timeline",
        "suggestions": f"/api/v1/customers/{who}/suggestions",
        **{f"customer, {name}": f"/api/v1/customers?q={quote(words)}" for name, words in found.items()},
    }
