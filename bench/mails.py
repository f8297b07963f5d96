"""Mails filed per second, from raw bytes to a ticket on disk, over a bare parse and one commit each.

The real path is `Desk.accept` with the real email channel, 50 mails in flight as an IMAP poll brings them, and one at a
time. The floor parses the same mails with the standard library (`compat32`), finds out whether it has them, who
wrote and which conversation they continue, and inserts the same kinds of rows into bare tables, with a commit for
each mail (what the goal is held against) and with 50 in one commit. Both keep the raw bytes, both with FULL durability.
"""

from __future__ import annotations

import argparse
import asyncio
import email
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from typing import Any

from aiohttp import web

from bench import desks
from bench.letters import Post
from bench.measuring import Report, interleaved, percentile, progress, seconds
from channels.contract import Account, Arrival, Raw
from server.app import Parts, assemble
from server.database import Engine, Transaction
from server.settings import Settings

ACCOUNT = Account(1, "email", "Bench", "support@shop.example.jp")
TABLES = (
    "arrival (id INTEGER PRIMARY KEY, account_id, external_id, received_at, body, UNIQUE (account_id, external_id))",
    "customer (id INTEGER PRIMARY KEY, name, created_at)",
    "contact (id INTEGER PRIMARY KEY, customer_id, address UNIQUE, name, seen_at)",
    "ticket (number INTEGER PRIMARY KEY, customer_id, contact_id, subject, status, last_seq, last_text, updated_at)",
    "message (id INTEGER PRIMARY KEY, ticket_number, seq, external_id UNIQUE, sender, subject, text, html, created_at)",
    "attachment (id INTEGER PRIMARY KEY, message_id, filename, size, body BLOB)",
    "change (seq INTEGER PRIMARY KEY, kind, ticket_number, message_id)",
)


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--mails", type=int, default=2000, help="mails of each run")
    parser.add_argument("--only-sqlite", action="store_true", help="leave PostgreSQL out")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("mails")
    mails = Post(1).mails(20 if options.quick else options.mails)
    report.facts["mails"] = f"{len(mails)}, mean {sum(map(len, mails)) / len(mails):,.0f} bytes"
    server = None if options.only_sqlite else desks.Server(options)
    if server and server.note:
        report.notes.append(server.note)

    def real(name: str, flight: int, make: Callable[[], Engine], index: bool = False) -> None:
        progress(name)
        rate, waits, facts = asyncio.run(filed(options, make(), mails, flight, index))
        report.add(name, rate, "mails/s")
        report.add(f"{name}, p50", percentile(waits, 50) * 1000, "ms")
        report.add(f"{name}, p99", percentile(waits, 99) * 1000, "ms")
        report.facts[name] = facts

    def floor(name: str, group: int) -> None:
        progress(name)
        report.add(name, len(mails) / seconds(lambda: bare(options, mails, group)), "mails/s")

    def only_read() -> None:
        channel = assemble(settings(options, "sqlite:///none.db")).channels["email"]
        channel.attach(web.Application(), _NoDesk())  # type: ignore[arg-type]
        rate = len(mails) / seconds(lambda: [channel.read(arrival(place, raw)) for place, raw in enumerate(mails)])
        report.add("reading alone (EmailChannel.read)", rate, "mails/s")

    def only_parse() -> None:
        report.add("parsing alone (compat32)", len(mails) / seconds(lambda: [parsed(raw) for raw in mails]), "mails/s")

    fresh = lambda: desks.fresh(options.place, "mails")  # noqa: E731
    measures: dict[str, Callable[[], None]] = {
        "floor 1": lambda: floor("floor, one commit each", 1),
        "sqlite 50": lambda: real("SQLite, 50 in flight", 50, fresh),
        "floor 50": lambda: floor("floor, 50 per commit", 50),
        "sqlite 1": lambda: real("SQLite, one at a time", 1, fresh),
        "sqlite indexed": lambda: real("SQLite, 50 in flight, index following", 50, fresh, True),
        "read": only_read,
        "parse": only_parse,
    }
    if server and server.url:
        made = server.fresh
        measures["postgresql 50"] = lambda: real("PostgreSQL, 50 in flight", 50, made)
    interleaved(options.repeat, measures)
    report.ratio("SQLite over one commit each", "SQLite, 50 in flight", "floor, one commit each", ">= 0.35")
    report.ratio("SQLite over 50 per commit", "SQLite, 50 in flight", "floor, 50 per commit")
    report.ratio("SQLite, one at a time, over one commit each", "SQLite, one at a time", "floor, one commit each")
    report.ratio("index following, over without", "SQLite, 50 in flight, index following", "SQLite, 50 in flight")
    report.ratio("PostgreSQL over SQLite", "PostgreSQL, 50 in flight", "SQLite, 50 in flight")
    report.ratio("EmailChannel.read over compat32", "reading alone (EmailChannel.read)", "parsing alone (compat32)")
    for path in options.place.glob("mails*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return report


class _NoDesk:
    """Signs, and nothing else: what `attach` asks for."""

    def sign(self, _purpose: str, _text: str) -> str:
        return "x" * 26


# ------------------------------------------------------------------------------------------------ the real path


def settings(options: argparse.Namespace, database: str) -> Settings:
    """The desk's settings for a benchmark."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own argument
        secret="benchmarks-only-benchmarks-only-benchmarks",
        database=database,
        files=options.place / "mails-files",
        public_url="http://127.0.0.1:8025",
    )


def arrival(place: int, raw: bytes) -> Arrival:
    """A mail as the SMTP listener or a mailbox offers it."""
    envelope = {"sender": "someone@example.jp", "recipients": ["support@shop.example.jp"]}
    return Arrival(ACCOUNT, f"{place}", Raw(raw), "message/rfc822", datetime.now(UTC), envelope)


async def filed(
    options: argparse.Namespace, engine: Engine, mails: Sequence[bytes], flight: int, index: bool
) -> tuple[float, list[float], str]:
    """File all mails, so many in flight; the rate, each mail's wait, and what stands in the database afterwards."""
    parts = assemble(settings(options, engine.url))
    parts.channels["email"].attach(web.Application(), parts.desk)
    parts.database.write_now(desks.staff)
    await parts.desk.load_accounts()
    offered = iter(enumerate(mails))
    waits: list[float] = []

    async def offer() -> None:
        for place, raw in offered:
            begin = time.perf_counter()
            await parts.desk.accept(arrival(place, raw))
            waits.append(time.perf_counter() - begin)

    follower = asyncio.create_task(_follow(parts)) if index else None
    begin = time.perf_counter()
    await asyncio.gather(*(offer() for _ in range(flight)))
    rate = len(mails) / (time.perf_counter() - begin)
    facts = parts.database.read_now(_standing)
    if follower is not None:
        begin = time.perf_counter()
        follower.cancel()
        await asyncio.gather(follower, return_exceptions=True)
        await parts.indexer.catch_up()
        facts += f"; the index was up to date {time.perf_counter() - begin:.2f} s after the last mail"
    await parts.desk.close()
    await parts.database.close()
    return rate, waits, facts


async def _follow(parts: Parts) -> None:
    parts.database.on_commit(lambda _: parts.indexer.kick())
    await parts.indexer.run()


def _standing(tx: Transaction) -> str:
    count: Callable[[str], Any] = lambda table: tx.value(f"SELECT count(*) FROM {table}")  # noqa: E731
    return (
        f"{count('ticket')} tickets, {count('message')} messages, {count('attachment')} files, "
        + f"{tx.value('''SELECT count(*) FROM arrival WHERE state <> 'filed' ''')} in quarantine"
    )


# ------------------------------------------------------------------------------------------------ the floor


def bare(options: argparse.Namespace, mails: Sequence[bytes], group: int) -> None:
    """Parse and insert, nothing more."""
    connection = desks.bare(options.place, "mails-floor")
    for table in TABLES:
        connection.execute(f"CREATE TABLE {table}")
    for start in range(0, len(mails), group):
        connection.execute("BEGIN IMMEDIATE")
        for place, raw in enumerate(mails[start : start + group], start):
            _insert(connection, place, raw)
        connection.execute("COMMIT")
    connection.close()


def parsed(raw: bytes) -> tuple[Message, str, str, list[tuple[str, bytes]]]:
    """What the standard library makes of a mail: its texts, decoded, and its files."""
    message = email.message_from_bytes(raw)
    text, html = "", ""
    files: list[tuple[str, bytes]] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        if part.get_filename():
            files.append((str(make_header(decode_header(part.get_filename() or ""))), data))
        elif part.get_content_type() == "text/html":
            html = data.decode(part.get_content_charset() or "utf-8", "replace")
        else:
            text = data.decode(part.get_content_charset() or "utf-8", "replace")
    return message, text, html, files


def _insert(connection: sqlite3.Connection, place: int, raw: bytes) -> None:
    run = connection.execute
    message, text, html, files = parsed(raw)
    now = datetime.now(UTC).isoformat()
    if run("SELECT 1 FROM arrival WHERE account_id = 1 AND external_id = ?", (str(place),)).fetchone():
        return
    run("INSERT INTO arrival (account_id, external_id, received_at, body) VALUES (1, ?, ?, ?)", (str(place), now, raw))
    written, address = parseaddr(message["From"])
    name, subject = (str(make_header(decode_header(words))) for words in (written, message["Subject"]))
    contact = run("SELECT id, customer_id FROM contact WHERE address = ?", (address,)).fetchone()
    if contact is None:
        customer = run("INSERT INTO customer (name, created_at) VALUES (?, ?)", (name, now)).lastrowid
        values = (customer, address, name, now)
        contact = (
            run("INSERT INTO contact (customer_id, address, name, seen_at) VALUES (?, ?, ?, ?)", values).lastrowid,
            customer,
        )
    found = None
    for reference in reversed((message["References"] or "").split()):
        found = run(
            "SELECT t.number, t.last_seq FROM message m JOIN ticket t ON t.number = m.ticket_number"
            " WHERE m.external_id = ?",
            (reference,),
        ).fetchone()
        if found:
            break
    if found is None:
        columns = "customer_id, contact_id, subject, status, last_seq, last_text, updated_at"
        number = run(
            f"INSERT INTO ticket ({columns}) VALUES (?, ?, ?, 'open', 0, '', ?)", (contact[1], contact[0], subject, now)
        ).lastrowid
        run("INSERT INTO change (kind, ticket_number) VALUES ('ticket.opened', ?)", (number,))
        found = (number, 0)
    row = (found[0], found[1] + 1, message["Message-ID"], address, subject, text, html, now)
    columns = "ticket_number, seq, external_id, sender, subject, text, html, created_at"
    id = run(f"INSERT INTO message ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid
    for filename, data in files:
        values = (id, filename, len(data), data)
        run("INSERT INTO attachment (message_id, filename, size, body) VALUES (?, ?, ?, ?)", values)
    values = (found[1] + 1, text[:160], now, found[0])
    run("UPDATE ticket SET last_seq = ?, last_text = ?, updated_at = ? WHERE number = ?", values)
    values = (found[0], id)
    run("INSERT INTO change (kind, ticket_number, message_id) VALUES ('message.received', ?, ?)", values)
