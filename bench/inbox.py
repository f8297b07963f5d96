"""The inbox's first page and a thread over HTTP, at a thousand and at a million tickets: may the cost grow? It may not.

Two desks run beside each other, and each request goes to one and then to the other. The ratio is the large desk's
p95 over the small one's; that of a filter its p95 at the large desk over that of the plain list there.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import time
from collections import defaultdict

import aiohttp

from bench import fill
from bench.measuring import Report, percentile, progress
from bench.talking import Running, running

PAGES = {
    "first page, unanswered": "/api/v1/tickets?view=open&limit=50",
    "first page, mine": "/api/v1/tickets?view=mine&limit=50",
    "first page, all": "/api/v1/tickets?view=all&sort=recent&limit=50",
}
FILTERS = {
    "urgent": "view=open&priority=urgent",
    "normal, done": "view=done&priority=normal",
    "one channel": "view=open&channel=webchat",
    "a closed account": "view=all&account=6",
    "one team": "view=open&team=3",
    "no team, mine": "view=mine&team=0",
    "a common tag": "view=all&tag=VIP",
    "an old tag": "view=all&tag=%E6%97%A7%E5%BA%97%E8%88%97",
    "an unknown tag": "view=all&tag=nothing",
    "a customer": "view=all&customer=77",
    "four at once": "view=all&priority=high&team=0&assignee=0&channel=form",
    "mentions": "view=mentions",
    "snoozed": "view=snoozed",
}
FIRST = "first page, all"


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--tickets", type=int, default=1_000_000, help="tickets of the large desk")
    parser.add_argument("--requests", type=int, default=300, help="requests of each kind, each repetition")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("inbox")
    large, small, requests = options.tickets, 1000, options.requests
    if options.quick:
        large, small, requests = 120, 60, 5
    desks = {size: fill.desk(options.place, size, index=False) for size in (small, large)}
    with running("desk", desks[small], options.place) as one, running("desk", desks[large], options.place) as other:
        for turn in range(options.repeat):
            progress(f"repetition {turn + 1}")
            waits = asyncio.run(_ask({small: one, large: other}, requests, turn))
            for name in waits:
                for size in (small, large):
                    for percent in (50, 95, 99):
                        value = percentile(waits[name][size], percent) * 1000
                        report.add(f"{name}, {size:,} tickets, p{percent}", value, "ms")
    for name in (*PAGES, "next page", "thread", "counts"):
        over, under = f"{name}, {large:,} tickets, p95", f"{name}, {small:,} tickets, p95"
        report.ratio(f"{name}: p95 at {large:,} over {small:,}", over, under, "<= 1.5")
    for name in FILTERS:
        page, plain = f"filter, {name}, {large:,} tickets, p95", f"{FIRST}, {large:,} tickets, p95"
        report.ratio(f"filter, {name}: p95 over that of the plain list at {large:,}", page, plain, "<= 3")
    shutil.rmtree(options.place / "talking-files", ignore_errors=True)
    if options.quick:
        for engine in desks.values():
            for path in engine.path.parent.glob(f"{engine.path.name}*"):
                path.unlink()
    return report


async def _ask(desks: dict[int, Running], requests: int, turn: int) -> dict[str, dict[int, list[float]]]:
    """Ask both desks in turn; the waits, in seconds, by name and size."""
    waits: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    pick = random.Random(turn)
    async with aiohttp.ClientSession() as session:

        async def get(size: int, path: str) -> tuple[float, dict[str, object]]:
            token = fill.TOKENS[pick.randrange(fill.AGENTS)]
            begin = time.perf_counter()
            async with session.get(
                f"http://127.0.0.1:{desks[size].port}{path}", headers={"Authorization": f"Bearer {token}"}
            ) as answer:
                body = await answer.read()
                took = time.perf_counter() - begin
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
                return took, await answer.json()

        after = {size: (await get(size, PAGES["first page, all"]))[1]["next"] for size in desks}
        for place in range(requests):
            for size in desks if place % 2 else reversed(desks):
                paths = {
                    **PAGES,
                    "next page": f"{PAGES['first page, all']}&after={after[size]}",
                    "thread": f"/api/v1/tickets/{pick.randrange(1, size + 1)}",
                    "counts": "/api/v1/tickets/counts",
                    **_filtered(place),
                }
                for name, path in paths.items():
                    waits[name][size].append((await get(size, path))[0])
    return waits


def _filtered(place: int) -> dict[str, str]:
    """A few of the filters, others each time: all of them would take long."""
    names = list(FILTERS)
    chosen = [names[(place * 3 + step) % len(names)] for step in range(3)]
    return {f"filter, {name}": f"/api/v1/tickets?{FILTERS[name]}&sort=recent&limit=50" for name in chosen}
