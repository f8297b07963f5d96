"""Order events to letters a second, words filled in a second, and what a tick costs with a million notices planned.

An event is a new order, of which its customer is thanked: told in stretches as a batch tells them, planned from the
change feed, rendered as mail with HTML, and written as a letter. The floor writes the rows that come of it (order,
line, state, notice, letter and changes) into the very same tables, with as many orders a commit, and decides nothing. A
tick is what the desk does whenever something may be due: it looks when the next notice is due, and sends the twenty
that are.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment

from bench import desks
from bench.ingest import _customers as customers
from bench.measuring import Report, interleaved, progress, seconds
from server.accounts import desk_settings
from server.customers.store import batch
from server.database import Database, Engine, Transaction
from server.notices import kinds, matters, planning, sending, settings, values, wording
from server.notices.settings import NoticeSettings
from server.notices.wording import Setting

LETTERS = "events to letters"
PLANNED = "planning and sending alone"
BARE = f"bare inserts, {batch.AT_ONCE} orders a commit"
FILLED, JINJA = "mails with HTML filled in", "bare Jinja, the same words"
TEXTS = "subjects and texts filled in"
URL = "https://desk.example.jp"
SIZES = (1_000, 100_000, 1_000_000)


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--events", type=int, default=1000, help="order events, each repetition")
    parser.add_argument("--planned", type=int, default=SIZES[-1], help="notices planned, at most")
    parser.add_argument("--postgres", action="store_true", help="ticks on PostgreSQL too")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("notices")
    many = 40 if options.quick else options.events
    _letters(report, options, many)
    _words(report, options, 50 if options.quick else 2000)
    most = 2_000 if options.quick else options.planned
    _ticks(report, options, desks.fresh(options.place, "notices-ticks"), "", most)
    if options.postgres:
        server = desks.Server(options)
        if server.url is None:
            report.notes.append(server.note)
        else:
            _ticks(report, options, server.fresh(), " on PostgreSQL", most)
    return report


# ------------------------------------------------------------------------------------------------ letters


def _letters(report: Report, options: argparse.Namespace, many: int) -> None:
    engines = {name: desks.fresh(options.place, f"notices-{name}") for name in ("floor", "desk")}
    floor = desks.attach(engines["floor"].path)
    floor.execute("PRAGMA foreign_keys=OFF")
    database = _desk(engines["desk"])
    turn = iter(range(10**6))

    def bare() -> None:
        first = next(turn) * many
        report.add(BARE, many / seconds(lambda: _insert(floor, first, many)), "1/s")

    def letters() -> None:
        facts = _orders(next(turn) * many, many)
        told = seconds(lambda: _tell(database, facts))
        sent = seconds(lambda: _work(database))
        report.add(LETTERS, many / (told + sent), "1/s")
        report.add(PLANNED, many / sent, "1/s")

    interleaved(options.repeat, {"bare": bare, "letters": letters})
    wanted = options.repeat * many
    found = database.read_now(lambda tx: tx.value("SELECT count(*) FROM letter"))
    if found != wanted:
        raise RuntimeError(f"{found} letters of {wanted} events")
    report.ratio("events to letters over bare inserts", LETTERS, BARE)
    report.ratio("planning and sending over bare inserts", PLANNED, BARE)
    floor.close()
    for engine in engines.values():
        desks.drop(engine)


def _desk(engine: Engine, people: int = 200) -> Database:
    database = Database(engine)
    database.write_now(desks.staff)
    database.write_now(settings.write, desks.AGENT, NoticeSettings(on=True))
    database.write_now(batch.tell_all, desks.AGENT, batch.read(customers(people)), 0)
    _work(database)
    return database


def _tell(database: Database, facts: list[dict[str, Any]]) -> None:
    for first in range(0, len(facts), batch.AT_ONCE):
        stretch = batch.read(facts[first : first + batch.AT_ONCE])
        refused = [each for each in database.write_now(batch.tell_all, desks.AGENT, stretch, first) if each.error]
        if refused:
            raise RuntimeError(str(refused[0]))


def _work(database: Database) -> None:
    """Plan and send all there is, as the two loops do."""
    while database.read_now(planning.next_due) is not None:
        database.write_now(planning.follow)
    while _due(database):
        database.write_now(sending.send_due, URL)


def _due(database: Database) -> bool:
    due = database.read_now(sending.next_due)
    return due is not None and due <= datetime.now(UTC)


def _orders(first: int, many: int, people: int = 200) -> list[dict[str, Any]]:
    pick, now = random.Random(first), datetime.now(UTC)
    return [
        {"kind": "order", "source": "bench", "external_id": f"o{number}", "revision": 1, "number": f"B-{number}",
         "shop": "本店", "ordered_at": (now - timedelta(minutes=5)).isoformat(),
         "customer": f"c{pick.randrange(people)}", "total": "5500", "tax": "500",
         "lines": [{"sku": f"S-{number % 99}", "name": "緑茶", "quantity": 2, "price": "2500"}]}
        for number in range(first, first + many)
    ]  # fmt: skip


def _insert(bare: sqlite3.Connection, first: int, many: int) -> None:
    tables = {"orders": 1, "order_line": 1, "order_status": 1, "notice": 1, "letter": 1, "change": 3}
    columns = {table: _columns(bare, table) for table in tables}
    statements = {
        table: f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        for table, (names, _) in columns.items()
    }
    for place in range(many):
        if place % batch.AT_ONCE == 0:
            bare.execute("BEGIN IMMEDIATE")
        number = first + place + 1
        for table, times in tables.items():
            for again in range(times):
                bare.execute(statements[table], _row(table, columns[table], number, number * times + again))
        if place % batch.AT_ONCE == batch.AT_ONCE - 1 or place == many - 1:
            bare.execute("COMMIT")


def _columns(bare: sqlite3.Connection, table: str) -> tuple[list[str], list[str]]:
    found = [(row[1], row[2]) for row in bare.execute(f"PRAGMA table_info({table})")]
    return [name for name, _ in found], [kind for _, kind in found]


LONG = {"body": '{"text": "' + "いつもありがとうございます。" * 60 + '", "html": "' + "<p>ご注文</p>" * 250 + '"}'}


def _row(table: str, columns: tuple[list[str], list[str]], number: int, id: int) -> list[Any]:
    """A row of plausible values: ids and keys that differ, a letter as long as one."""
    row: list[Any] = []
    for name, kind in zip(*columns, strict=True):
        if name in ("id", "seq"):
            row.append(id)
        elif name in LONG and table == "letter":
            row.append(LONG[name])
        elif name in ("external_id", "key", "about", "line", "recipient"):
            row.append(f"{name}:{id}")
        elif name in ("first_id", "token", "ticket_number", "message_id"):
            row.append(None)
        elif kind.startswith(("INT", "BIG", "BOOL")):
            row.append(number)
        else:
            row.append({"TIMESTAMP": "2026-11-22 00:00:00.000000", "JSON": "{}"}.get(kind, "placed"))
    return row


# ------------------------------------------------------------------------------------------------ words


def _words(report: Report, options: argparse.Namespace, many: int) -> None:
    engine = desks.fresh(options.place, "notices-words")
    database = _desk(engine, 5)
    _tell(database, _orders(0, 1, 5))
    words, said, setting, pieces = database.read_now(_said)
    plain = Environment(trim_blocks=True, lstrip_blocks=True)
    plain.filters.update(wording.FILTERS)
    bare = [plain.from_string(source) for source in (words.subject, _flat(words.text, pieces))]
    names = {"_setting": setting, **{name: getattr(said, name) for name in type(said).__struct_fields__}}

    def jinja() -> None:
        for template in bare:
            template.render(names)

    def texts() -> None:
        wording.fill(words, said, setting, pieces)

    def mails() -> None:
        wording.letter(words, said, setting, pieces, "email")

    def measure(name: str, work: Callable[[], None]) -> Callable[[], None]:
        def often() -> None:
            work()
            report.add(name, many / seconds(lambda: [work() for _ in range(many)]), "1/s")

        return often

    interleaved(
        options.repeat, {name: measure(name, work) for name, work in ((JINJA, jinja), (TEXTS, texts), (FILLED, mails))}
    )
    report.ratio("subjects and texts over bare Jinja", TEXTS, JINJA)
    report.ratio("mails with HTML over bare Jinja", FILLED, JINJA)
    desks.drop(engine)


def _said(tx: Transaction) -> tuple[Any, Any, Setting, dict[str, str]]:
    kind = kinds.one(tx, "thanks")
    matter = matters.one(tx, "order:1")
    words = wording.standing(tx, kind.name, "email", "ja")
    customer = tx.first("SELECT * FROM customer LIMIT 1")
    shop = values.shop_of(tx, "ja", "")
    assert matter is not None and words is not None
    said = values.of(matter, "", customer=customer, language="ja", shop=shop)
    zone = desk_settings.read(tx).zone or ZoneInfo("Asia/Tokyo")
    return words, said, Setting("ja", zone, settings.read(tx).calendar), wording.parts(tx, "email", "ja")


def _flat(text: str, pieces: dict[str, str]) -> str:
    """The same words without includes, in one template."""
    for name, piece in pieces.items():
        text = text.replace(f'{{% include "{name}" %}}', piece)
    return text


# ------------------------------------------------------------------------------------------------ ticks


def _ticks(report: Report, options: argparse.Namespace, engine: Engine, where: str, most: int) -> None:
    """The same ticks again and again, with more and more planned."""
    database = _desk(engine)
    facts = iter(_orders(0, 10**5 if not options.quick else 200))
    planned = 0
    for size in (each for each in SIZES if each <= max(most, SIZES[0])):
        database.write_now(_plan_far, planned, size - planned)
        planned = size
        progress(f"{size:,} notices are planned{where}")
        name = f"{size:,} planned{where}"
        looks = [seconds(lambda: database.read_now(sending.next_due)) for _ in range(5 if options.quick else 100)]
        report.add(f"when is the next due, {name}", statistics.median(looks) * 1000, "ms")
        for _ in range(1 if options.quick else 7):
            _tell(database, [next(facts) for _ in range(sending.AT_ONCE)])
            report.add(f"planning twenty, {name}", seconds(lambda: database.write_now(planning.follow)) * 1000, "ms")
            report.add(
                f"sending twenty, {name}", seconds(lambda: database.write_now(sending.send_due, URL)) * 1000, "ms"
            )
    first, last = f"{SIZES[0]:,} planned{where}", f"{planned:,} planned{where}"
    if first != last:
        for what in ("when is the next due", "planning twenty", "sending twenty"):
            report.ratio(f"{what}, {last} over {first}", f"{what}, {last}", f"{what}, {first}", "<= 1.5")
    if engine.dialect == "sqlite":
        desks.drop(engine)


def _plan_far(tx: Transaction, first: int, many: int) -> None:
    """So many notices more, due over the next year, about orders that are not there."""
    dice = random.Random(first)
    names = ("about", "kind", "subject", "revision", "copy_no", "advertising", "customer_id", "state", "reason",
             "words", "moment_at", "due_at", "until", "created_at")  # fmt: skip
    people = [row.id for row in tx.all("SELECT id FROM customer")]

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in range(first, first + many):
            due = tx.now + timedelta(hours=2, seconds=dice.randrange(365 * 86_400))
            yield (f"order:{10**9 + number}", "payment_due", "payment:p", "2027-01-01", 0, False, dice.choice(people),
                   "planned", "", "", due, due, due + timedelta(hours=36), tx.now)  # fmt: skip

    held: list[tuple[Any, ...]] = []
    for row in rows():
        held.append(row)
        if len(held) == 10_000:
            tx.add_all("notice", names, held)
            held.clear()
    tx.add_all("notice", names, held)
