"""Search at a million messages, over bare FTS5 of the same query; indexing beside the chat, its speed and its lag.

`tickets.search` answers a whole page: tiers, rows of twenty tickets, snippets of the original text with highlights.
The floor asks the same FTS5 table for the same words: the newest twenty rows with FTS5's own snippet, nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench import desks, fill, unit
from bench.measuring import Report, interleaved, percentile, progress
from server import language, tickets
from server.app import SWITCH_INTERVAL
from server.database import Database, Engine
from server.language import Phrase
from server.tickets.indexing import Indexer, index_batch
from server.tickets.views import SearchPage

FIXED = {
    "two kanji": ("返品", "解約", "配送", "領収", "交換", "在庫"),
    "rare word": fill.RARE,
    "phrase": ("返品の送料はこちらの負担", "追跡番号を入れても", '"parcel"', "クレジットカードで支払い済み"),
    "two words": ("返品 サイズ", "領収書 インボイス", "佐藤 返品", "damaged refund"),
    "one character": ("偽", "届", "紺"),
}
FLOOR = (
    "SELECT rowid, snippet(search_message, 1, '[', ']', '…', 20) FROM search_message"
    " WHERE search_message MATCH ? ORDER BY rowid DESC LIMIT 20"
)


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--tickets", type=int, default=610_000, help="tickets of the desk; 1.65 messages each")
    parser.add_argument("--postgres", action="store_true", help="ask PostgreSQL too (takes long to fill)")
    parser.add_argument("--rounds", type=int, default=20, help="how often each query is asked, each repetition")
    parser.add_argument("--messages", type=int, default=6000, help="chat messages of a run with the index on and off")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("search")
    count, rounds, messages = (120, 1, 60) if options.quick else (options.tickets, options.rounds, options.messages)
    engine = fill.desk(options.place, count, index=True)
    others: dict[str, Engine] = {"SQLite": engine}
    if options.postgres:
        server = desks.Server(options)
        if server.url is None:
            report.notes.append(server.note)
        else:
            others["PostgreSQL"] = server.fresh()
            fill.copy(engine, others["PostgreSQL"])
            fill.complete(others["PostgreSQL"])
    report.facts["desk"] = _size(engine)
    _ask_all(report, options, count, rounds, others)
    _follow(report, options, messages)
    if options.quick:
        desks.drop(engine)
    return report


def _size(engine: Engine) -> str:
    rows = desks.attach(engine.path)
    counts = [rows.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("ticket", "message")]
    rows.close()
    return f"{counts[0]:,} tickets, {counts[1]:,} messages"


# ------------------------------------------------------------------------------------------------ asking


def _ask_all(report: Report, options: argparse.Namespace, count: int, rounds: int, engines: dict[str, Engine]) -> None:
    asked = queries(count, rounds)
    floor = desks.attach(engines["SQLite"].path)
    measures: dict[str, Callable[[], None]] = {"floor": lambda: _floor(report, floor, asked)}
    databases = {name: Database(engine) for name, engine in engines.items()}
    for name in databases:
        measures[name] = lambda n=name: _ask(report, n, databases[n], asked)  # type: ignore[misc]
    interleaved(options.repeat, measures)
    floor.close()
    for database in databases.values():
        asyncio.run(database.close())
    for kind in (*asked, "all queries"):
        for name in engines:
            for percent in (50, 95):
                goal = "<= 3" if (kind, name, percent) == ("all queries", "SQLite", 95) else ""
                report.ratio(
                    f"{name}, {kind}: p{percent} over bare FTS5",
                    f"{name}, {kind}, p{percent}",
                    f"bare FTS5, {kind}, p{percent}",
                    goal,
                )


def queries(count: int, rounds: int) -> dict[str, list[str]]:
    """Each kind of query, so often; numbers and names are others each time."""
    pick = random.Random(5)
    asked = {kind: [words[place % len(words)] for place in range(rounds * 4)] for kind, words in FIXED.items()}
    asked["order number"] = [f"MDG-{pick.randrange(1, count + 1):07d}" for _ in range(rounds * 4)]
    asked["telephone"] = [f"090{pick.randrange(1, max(count // 15, 2)) * 3:08d}" for _ in range(rounds * 4)]
    return asked


def _ask(report: Report, name: str, database: Database, asked: dict[str, list[str]]) -> None:
    progress(f"asking {name}")

    def answer(query: str) -> SearchPage:
        return database.read_now(tickets.search, desks.AGENT, query)

    _measure(report, name, asked, answer)


def _floor(report: Report, connection: sqlite3.Connection, asked: dict[str, list[str]]) -> None:
    progress("asking bare FTS5")

    def answer(query: str) -> Sequence[Any]:
        return connection.execute(FLOOR, (" AND ".join(map(_fts5, language.phrases(query))),)).fetchall()

    _measure(report, "bare FTS5", asked, answer)


def _fts5(phrase: Phrase) -> str:
    """The phrase as anybody would ask FTS5 for it."""
    text = '"' + " ".join(phrase.tokens) + '"' + (" *" if phrase.prefix else "")
    return f'({text} OR "{phrase.phone}")' if phrase.phone else text


def _measure(report: Report, name: str, asked: dict[str, list[str]], answer: Callable[[str], object]) -> None:
    every: list[float] = []
    for kind, some in asked.items():
        for query in dict.fromkeys(some):
            answer(query)
        waits = []
        for query in some:
            begin = time.perf_counter()
            answer(query)
            waits.append(time.perf_counter() - begin)
        every += waits
        report.add(f"{name}, {kind}, p50", percentile(waits, 50) * 1000, "ms")
        report.add(f"{name}, {kind}, p95", percentile(waits, 95) * 1000, "ms")
    for percent in (50, 95, 99):
        report.add(f"{name}, all queries, p{percent}", percentile(every, percent) * 1000, "ms")


# ------------------------------------------------------------------------------------------------ following


def _follow(report: Report, options: argparse.Namespace, messages: int) -> None:
    """The chat with the index off and on, 50 at once; how far behind the index is at 100 messages a second."""
    engine = unit.prepared(options)
    sys.setswitchinterval(SWITCH_INTERVAL)

    async def chat(index: bool) -> float:
        database = Database(engine)
        indexer = Indexer(database)
        await indexer.catch_up()
        database.on_commit(lambda _: indexer.kick() if index else None)
        task = asyncio.create_task(indexer.run()) if index else None
        try:
            rate, _ = await unit.drive(lambda number, text: database.write(unit.received, number, text), 50, messages)
            return rate
        finally:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await database.close()

    def batches() -> None:
        database = Database(engine)
        begin, done = time.perf_counter(), 0
        while some := database.write_now(index_batch, 100):
            done += some
        report.add("indexing, alone", done / (time.perf_counter() - begin), "messages/s")

    def off() -> None:
        report.add("chat, index off", asyncio.run(chat(False)), "messages/s")
        batches()

    def on() -> None:
        report.add("chat, index on", asyncio.run(chat(True)), "messages/s")

    def lag() -> None:
        waits = asyncio.run(_lag(engine, messages // 10))
        for percent in (50, 99):
            report.add(f"lag of the index at 100 messages/s, p{percent}", percentile(waits, percent), "s")

    interleaved(options.repeat, {"off": off, "on": on, "lag": lag})
    report.ratio("chat with the index on, over off", "chat, index on", "chat, index off", ">= 0.85")
    report.hold("lag of the index, p99, in seconds", "lag of the index at 100 messages/s, p99", "<= 1")
    desks.drop(engine)


async def _lag(engine: Engine, messages: int) -> list[float]:
    """How long each message waits for the index, in seconds: an open stream of a hundred a second."""
    database = Database(engine)
    indexer = Indexer(database)
    await indexer.catch_up()
    committed: dict[int, float] = {}

    def note(changes: Sequence[tuple[Any, Any]]) -> None:
        committed.update((change.seq, time.perf_counter()) for change, _ in changes)
        indexer.kick()

    database.on_commit(note)
    task = asyncio.create_task(indexer.run())
    waits: list[float] = []

    async def watch() -> None:
        while len(waits) < messages:
            done = await database.read(lambda tx: tx.value("SELECT seq FROM search_progress"))
            now = time.perf_counter()
            for seq in [seq for seq in committed if seq <= done]:
                waits.append(now - committed.pop(seq))
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    for place in range(messages):
        await database.write(unit.received, 1 + place % unit.TICKETS, f"返品の件です {place}")
        await asyncio.sleep(0.01)
    await watching
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.close()
    return waits
