"""One chat-like message through `database.write`, at 1 and 50 producers, over bare SQL in group commit.

Both write the same rows into the same tables with the same durability: find the ticket, insert the message, move the
ticket, one row of the change feed. The floor is a writer thread with a queue and constant SQL, and nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bench import desks
from bench.data import Writer
from bench.measuring import Report, interleaved, percentile, progress
from channels.contract import InboundMessage, Party
from server import tickets
from server.database import Database, Engine, Transaction
from server.events import MessageReceived

TICKETS = 100
FIND = "SELECT number, last_seq FROM ticket WHERE number = :number"
INSERT = (
    "INSERT INTO message (ticket_number, seq, kind, contact_id, account_id, external_id, subject, text, envelope,"
    " created_at) VALUES (:number, :seq, 'customer', 1, 1, NULL, '', :text, '{}', :now) RETURNING id"
)
MOVE = (
    "UPDATE ticket SET last_seq = :seq, last_text = :text, updated_at = :now, version = version + 1"
    " WHERE number = :number"
)
COUNT = "UPDATE change_counter SET seq = seq + 1 RETURNING seq"
CHANGE = (
    "INSERT INTO change (seq, at, kind, by_whom, ticket_number, data)"
    " VALUES (:seq, :at, 'message.received', 'customer:1', :number, :data)"
)
Say = Callable[[int, str], Awaitable[object]]


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--messages", type=int, default=6000, help="messages of a run with 50 producers")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("unit")
    count = 60 if options.quick else options.messages
    engine = prepared(options)

    def measure(name: str, producers: int, work: Callable[[int, int], Awaitable[tuple[float, list[float]]]]) -> None:
        progress(f"{name}, {producers} producers")
        rate, waits = asyncio.run(_awaited(work(producers, count if producers > 1 else count // 5)))
        report.add(f"{name}, {producers} at once", rate, "messages/s")
        report.add(f"{name}, {producers} at once, p50", percentile(waits, 50) * 1000, "ms")
        report.add(f"{name}, {producers} at once, p99", percentile(waits, 99) * 1000, "ms")

    async def bare(producers: int, messages: int) -> tuple[float, list[float]]:
        writer = BareWriter(engine)
        try:
            return await drive(writer.say, producers, messages)
        finally:
            writer.close()

    async def unit(producers: int, messages: int) -> tuple[float, list[float]]:
        database = Database(engine)
        try:
            return await drive(lambda number, text: database.write(say, number, text), producers, messages)
        finally:
            await database.close()

    async def receive(producers: int, messages: int) -> tuple[float, list[float]]:
        database = Database(engine)
        try:
            return await drive(lambda number, text: database.write(received, number, text), producers, messages)
        finally:
            await database.close()

    measures: dict[str, Callable[[], None]] = {}
    for producers in (1, 50):
        for name, work in (("bare SQL", bare), ("database.write", unit), ("tickets.receive", receive)):
            measures[f"{name} {producers}"] = lambda n=name, p=producers, w=work: measure(n, p, w)  # type: ignore[misc]
    interleaved(options.repeat, measures)
    for producers in (1, 50):
        for name in ("database.write", "tickets.receive"):
            report.ratio(f"{name} over bare SQL, {producers} at once", f"{name}, {producers} at once",
                         f"bare SQL, {producers} at once")  # fmt: skip
    desks.drop(engine)
    return report


async def _awaited(work: Awaitable[tuple[float, list[float]]]) -> tuple[float, list[float]]:
    return await work


def prepared(options: argparse.Namespace) -> Engine:
    """A desk with a few chats."""
    engine = desks.fresh(options.place, "unit")
    database = Database(engine)
    database.write_now(desks.staff, "webchat")

    def begin(tx: Transaction) -> None:
        for number in range(TICKETS):
            _receive(tx, number, "こんにちは")

    database.write_now(begin)
    return engine


async def drive(say: Say, producers: int, messages: int) -> tuple[float, list[float]]:
    """So many messages by so many producers, each of whom waits for its answer; the rate, and how long each waited."""
    writer = Writer(7)
    lines = [writer.chat() for _ in range(200)]
    waits: list[float] = []

    async def produce(place: int) -> None:
        for turn in range(messages // producers):
            begin = time.perf_counter()
            await say(1 + (place * 7 + turn) % TICKETS, lines[(place + turn) % len(lines)])
            waits.append(time.perf_counter() - begin)

    begin = time.perf_counter()
    await asyncio.gather(*(produce(place) for place in range(producers)))
    return len(waits) / (time.perf_counter() - begin), waits


def say(tx: Transaction, number: int, text: str) -> int:
    """The same statements as the floor's, as a unit of work."""
    ticket = tx.one(FIND, number=number)
    seq = ticket.last_seq + 1
    message = int(tx.value(INSERT, number=number, seq=seq, text=text, now=tx.now))
    tx.run(MOVE, number=number, seq=seq, text=text, now=tx.now)
    tx.record(MessageReceived(ticket=number, message=message, seq=seq), "customer:1")
    return seq


def received(tx: Transaction, number: int, text: str) -> int:
    """What the desk really does with a customer's message, apart from keeping its raw bytes."""
    return _receive(tx, number - 1, text)


def _receive(tx: Transaction, number: int, text: str) -> int:
    message = InboundMessage(
        external_id=f"{time.perf_counter_ns()}-{number}",
        sender=Party("visitor", f"visitor-{number}", "山田 花子"),
        text=text,
        sent_at=tx.now,
        conversation=f"chat-{number}",
    )
    return tickets.receive(tx, 1, message).message


class BareWriter:
    """The floor: tasks put their words on a queue, one thread writes all that wait and commits once."""

    def __init__(self, engine: Engine) -> None:
        self._connection = desks.attach(engine.path)
        self._queue: queue.SimpleQueue[tuple[int, str, asyncio.Future[int]] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def say(self, number: int, text: str) -> asyncio.Future[int]:
        """Written when the future is done."""
        future: asyncio.Future[int] = self._loop.create_future()
        self._queue.put((number, text, future))
        return future

    def close(self) -> None:
        """Let the thread end."""
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            while len(group) < 200 and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    self._queue.put(None)
                    break
                group.append(following)
            self._connection.execute("BEGIN IMMEDIATE")
            done = [(future, self._write(self._connection, number, text)) for number, text, future in group]
            self._connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(_settle, done)

    @staticmethod
    def _write(connection: sqlite3.Connection, number: int, text: str) -> int:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        _, last = connection.execute(FIND, {"number": number}).fetchone()
        values = {"number": number, "seq": last + 1, "text": text, "now": now}
        (message,) = connection.execute(INSERT, values).fetchone()
        connection.execute(MOVE, values)
        (seq,) = connection.execute(COUNT).fetchone()
        data = f'{{"message":{message},"seq":{last + 1}}}'
        connection.execute(CHANGE, {"seq": seq, "at": now, "number": number, "data": data})
        return int(last + 1)


def _settle(done: list[tuple[asyncio.Future[int], int]]) -> None:
    for future, result in done:
        future.set_result(result)
