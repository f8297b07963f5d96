"""Order events a second into the shared store, by units of work and over HTTP, against bare inserts of the same rows.

An event is an order with its lines, payment and parcel as a shop tells it; a third tell of an order again, further on.
The floor writes an order's rows into the very same tables, with their indexes, and does nothing else: it neither knows
who bought nor whether the order was told before.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import aiohttp
import msgspec

from bench import desks, fill
from bench.measuring import Report, interleaved, progress, seconds
from bench.talking import running
from server.customers.store import batch
from server.database import Database, Engine

SINGLY = 20
"""Requests in flight when each tells of one order."""
BARE = f"bare inserts, {batch.AT_ONCE} orders a commit"
BESIDE = "bare inserts in turn with HTTP"
_FLOOR = (
    ("orders", ("id", "customer_id", "through_id", "source", "external_id", "revision", "digest", "number",
                "number_key", "shop", "said", "status", "said_payment", "payment", "currency", "total", "tax",
                "shipping", "discount", "paid", "refunded", "gift", "buyer", "recipient", "subscription", "note",
                "url", "ordered_at")),
    ("order_line", ("order_id", "position", "sku", "name", "quantity", "price")),
    ("order_status", ("order_id", "revision", "status", "at")),
    ("payment", ("order_id", "source", "external_id", "revision", "digest", "method", "status", "amount", "at")),
    ("shipment", ("order_id", "source", "external_id", "revision", "digest", "carrier", "tracking_number",
                  "tracking_key", "tracking_url", "status", "shipped_at", "recipient", "lines", "at")),
)  # fmt: skip


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--events", type=int, default=3000, help="order events of each way, each repetition")
    parser.add_argument("--customers", type=int, default=1000, help="customers who buy")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("ingest")
    many, people = (60, 20) if options.quick else (options.events, options.customers)
    engines = {name: desks.fresh(options.place, f"ingest-{name}") for name in ("floor", "units")}
    floor = desks.attach(engines["floor"].path)
    floor.execute("PRAGMA foreign_keys=OFF")
    database = Database(engines["units"])
    database.write_now(desks.staff)
    database.write_now(batch.tell_all, desks.AGENT, batch.read(_customers(people)), 0)
    turn = iter(range(10**6))

    def bare(name: str = BARE) -> None:
        first = next(turn) * many
        report.add(name, many / seconds(lambda: _insert(floor, first, many, people)), "1/s")

    def units() -> None:
        facts = _events(next(turn) * many, many, people)
        report.add("units of work", many / seconds(lambda: _tell(database, facts)), "1/s")

    interleaved(options.repeat, {"bare": bare, "units": units})
    engine = fill.desk(options.place, 60, index=False)
    before = Database(engine)
    before.write_now(batch.tell_all, desks.AGENT, batch.read(_customers(people)), 0)
    asyncio.run(_over_http(report, engine, options, many, people, turn, lambda: bare(BESIDE)))
    floor.close()
    for each in (engine, *engines.values()):
        desks.drop(each)
    shutil.rmtree(options.place / "talking-files", ignore_errors=True)
    report.ratio("units of work over bare inserts", "units of work", BARE)
    report.ratio("batches over HTTP over bare inserts", "over HTTP, batches of 1,000", BESIDE)
    report.ratio("one by one over HTTP over bare inserts", f"over HTTP, one by one, {SINGLY} in flight", BESIDE)
    return report


async def _over_http(
    report: Report,
    engine: Engine,
    options: argparse.Namespace,
    many: int,
    people: int,
    turn: Iterator[int],
    bare: Callable[[], None],
) -> None:
    with running("desk", engine, options.place) as desk:
        url = f"http://127.0.0.1:{desk.port}/api/v1/store"
        async with aiohttp.ClientSession() as session:
            gate, tokens = asyncio.Semaphore(SINGLY), cycle(fill.TOKENS)  # each has a limit of its own

            async def tell(path: str, body: Any) -> None:
                headers = {"Content-Type": "application/json", "Authorization": f"Bearer {next(tokens)}"}
                data = msgspec.json.encode(body)
                async with gate, session.post(f"{url}/{path}", data=data, headers=headers) as answer:
                    found = await answer.json()
                    if answer.status != 200 or found.get("counts", {}).get("refused"):
                        raise RuntimeError(f"{path}: {answer.status} {str(found)[:300]}")

            for _ in range(options.repeat):
                bare()
                events = _events(next(turn) * many, many, people)
                begin = asyncio.get_running_loop().time()
                for first in range(0, many, batch.MOST):
                    await tell("batch", {"items": events[first : first + batch.MOST]})
                took = asyncio.get_running_loop().time() - begin
                report.add("over HTTP, batches of 1,000", many / took, "1/s")
                single = [{name: value for name, value in each.items() if name != "kind"}
                          for each in _events(next(turn) * many, many, people)]  # fmt: skip
                begin = asyncio.get_running_loop().time()
                await asyncio.gather(*(tell("orders", each) for each in single))
                took = asyncio.get_running_loop().time() - begin
                report.add(f"over HTTP, one by one, {SINGLY} in flight", many / took, "1/s")
                progress("a repetition over HTTP is done")


def _tell(database: Database, facts: list[dict[str, Any]]) -> None:
    for first in range(0, len(facts), batch.AT_ONCE):
        stretch = batch.read(facts[first : first + batch.AT_ONCE])
        refused = [each for each in database.write_now(batch.tell_all, desks.AGENT, stretch, first) if each.error]
        if refused:
            raise RuntimeError(str(refused[0]))


def _customers(people: int) -> list[dict[str, Any]]:
    return [
        {"kind": "customer", "source": "bench", "external_id": f"c{who}", "revision": 1, "name": f"顧客 {who}",
         "contacts": [{"kind": "email", "address": f"c{who}@shop.example.jp"}]}
        for who in range(people)
    ]  # fmt: skip


def _events(first: int, many: int, people: int) -> list[dict[str, Any]]:
    """Events that were not told before; every third is of the order before it, which has been sent off."""
    pick = random.Random(first)
    base = datetime(2026, 1, 1, tzinfo=UTC)
    events: list[dict[str, Any]] = []
    for place in range(many):
        again = place % 3 == 2
        number = first + place - again
        at, price = base + timedelta(minutes=number), 1000 + number % 37 * 100
        customer = events[-1]["customer"] if again else f"c{pick.randrange(people)}"
        parcels = [{"external_id": f"s{number}", "carrier": "ヤマト運輸", "tracking_number": f"{number:012d}",
                    "status": "shipped", "shipped_at": at}] if again else []  # fmt: skip
        events.append(
            {"kind": "order", "source": "bench", "external_id": f"o{number}", "revision": 1 + again,
             "number": f"B-{number}", "shop": "本店", "ordered_at": at.isoformat(), "status": "preparing",
             "customer": customer, "total": str(price * 2), "tax": str(price * 2 // 11),
             "lines": [{"sku": f"S-{number % 99}", "name": "緑茶", "quantity": 2, "price": str(price)}],
             "payments": [{"external_id": f"p{number}", "method": "card", "amount": str(price * 2),
                           "at": at.isoformat()}],
             "shipments": [{**each, "shipped_at": at.isoformat()} for each in parcels]}
        )  # fmt: skip
    return events


def _insert(bare: sqlite3.Connection, first: int, many: int, people: int) -> None:
    """As many orders as there are events, row by row, each a new one."""
    statements = {
        table: f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        for table, names in _FLOOR
    }
    at = "2026-01-01 00:00:00.000000"
    for place in range(many):
        if place % batch.AT_ONCE == 0:
            bare.execute("BEGIN IMMEDIATE")
        number, price = first + place + 1, 10_000_000
        bare.execute(statements["orders"], (
            number, 1 + number % people, None, "bench", f"o{number}", 1, "0123456789abcdef", f"B-{number}",
            f"B{number}", "本店", "preparing", "preparing", "", "paid", "JPY", price, 0, 0, 0, price, 0, 0, "{}",
            "{}", "", "", "", at,
        ))  # fmt: skip
        bare.execute(statements["order_line"], (number, 1, f"S-{number % 99}", "緑茶", 2, price))
        bare.execute(statements["order_status"], (number, 1, "preparing", at))
        paid = (number, "bench", f"p{number}", 1, "0123456789abcdef", "card", "paid", price, at)
        bare.execute(statements["payment"], paid)
        parcel = (number, "bench", f"s{number}", 1, "0123456789abcdef", "yamato", f"{number:012d}", f"{number:012d}",
                  "", "shipped", at, "{}", "[]", at)  # fmt: skip
        bare.execute(statements["shipment"], parcel)
        if place % batch.AT_ONCE == batch.AT_ONCE - 1 or place == many - 1:
            bare.execute("COMMIT")
