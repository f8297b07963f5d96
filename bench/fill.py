"""A desk with as many tickets as wanted, written in bulk: three years of a shop, kept in the folder for later runs."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from bench import desks
from bench.data import Writer
from bench.measuring import progress
from server.accounts.models import ChannelAccount
from server.agents.models import Agent, ApiToken, Team
from server.agents.tokens import hash_token
from server.database import Database, Engine, Transaction, open_engine
from server.tickets.indexing import index_batch, rebuild
from server.tickets.life import PRIORITIES

SHAPE = 5
"""Raised when what is written here changes; filled desks of another shape are made anew."""
AGENTS = 12
POOL = 30_000
RARE = ("夜光塗料", "キャスター", "piezoelectric", "鑑定書付き")
STATUSES = ("done", "none_needed", "waiting", "open", "active")
CHUNK = 20_000
AWAY = timedelta(days=2000)
NOTHING = {"INTEGER": 0, "BIGINT": 0, "BOOLEAN": 0, "FLOAT": 0, "JSON": "{}"}
FILLED = ("agent", "team", "api_token", "channel_account", "tag", "customer", "contact", "ticket", "message",
          "ticket_tag", "mention", "ticket_count")  # fmt: skip
# Each hundredth of the tickets begins at the account of its place here; the oldest began at one that is closed.
ACCOUNTS = {1: "email", 2: "email", 3: "webchat", 4: "form", 5: "phone", 6: "api"}
SHARES = (1,) * 55 + (2,) * 20 + (3,) * 16 + (4,) * 8 + (5,)
OLD_ACCOUNT, OLD_TAG = 6, 5
TOKENS = [f"mdg_bench-only-{number}" for number in range(AGENTS)]


def desk(place: Path, tickets: int, *, index: bool, people: int | None = None) -> Engine:
    """A filled desk; made when it is not there yet. With `index` its search index is complete.

    `people` is how many customers there are; a fifth of the tickets unless said.
    """
    blank = desks.fresh(place, "blank")
    name = f"desk-{tickets}" if people is None else f"desk-{tickets}-of-{people}"
    path = place / f"{name}-{_mark(blank.path)}.db"
    if path.exists():
        _refit(path, blank.path)
    else:
        for old in place.glob(f"{name}-{'?' * 8}.*"):
            old.unlink()
        part = path.with_suffix(".part")
        shutil.copyfile(blank.path, part)
        Database(open_engine(f"sqlite:///{part}")).write_now(_staff)
        _fill(part, tickets, people)
        part.rename(path)
    desks.drop(blank)
    engine = open_engine(f"sqlite:///{path}")
    if index:
        complete(engine)
    return engine


def _mark(blank: Path) -> str:
    """Changes when what is written here changes, or the search index."""
    shapes = [sql for (kind, name), sql in _schema(sqlite3.connect(blank)).items() if name.startswith("search_")]
    return hashlib.sha256("\n".join([str(SHAPE), *sorted(shapes)]).encode()).hexdigest()[:8]


def _schema(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name"
    )
    return {(kind, name): sql for kind, name, sql in rows if not name.startswith("sqlite_")}


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, tuple[str, bool]]:
    return {name: (kind, bool(no)) for _, name, kind, no, *_ in connection.execute(f"PRAGMA table_info({table})")}


def _refit(path: Path, blank: Path) -> None:
    """Bring a desk of an older schema up to the newest: its rows stay, empty tables are made anew."""
    model, connection = sqlite3.connect(blank), sqlite3.connect(path, isolation_level=None)
    new, old = _schema(model), _schema(connection)
    for kind, name in old:
        if kind in ("index", "trigger") and old[kind, name] != new.get((kind, name)):
            connection.execute(f"DROP {kind} {name}")
    for kind, name in new:
        if kind != "table" or name.startswith("search_") or old.get((kind, name)) == new[kind, name]:
            continue
        if name not in FILLED:
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(new[kind, name])
            continue
        has, wants = _columns(connection, name), _columns(model, name)
        for column in has.keys() - wants.keys():
            connection.execute(f"ALTER TABLE {name} DROP COLUMN {column}")
        for column in wants.keys() - has.keys():
            type_, required = wants[column]
            default = f" NOT NULL DEFAULT '{NOTHING.get(type_, '')}'" if required else ""
            connection.execute(f"ALTER TABLE {name} ADD COLUMN {column} {type_}{default}")
    standing = _schema(connection)
    for (kind, name), sql in new.items():
        if kind in ("index", "trigger") and (kind, name) not in standing:
            connection.execute(sql)
    model.close()
    connection.close()


def complete(engine: Engine, batch: int = 5000) -> int:
    """Bring the search index up to date by the desk's own means; how many entries were written."""
    database = Database(engine)
    if not database.read_now(lambda tx: tx.value("SELECT 1 FROM search_ticket LIMIT 1")):
        database.write_now(rebuild)
    written = 0
    while done := database.write_now(index_batch, batch):
        written += done
        if written % (batch * 20) < batch:
            progress(f"indexed {written:,} tickets")
    return written


def _staff(tx: Transaction) -> None:
    desks.staff(tx)
    for number in range(AGENTS):
        if number:
            tx.add(Agent(id=number + 1, email=f"agent{number}@bench.example", name=f"係 {number}", created_at=tx.now))
        secret = hash_token(TOKENS[number])
        tx.add(
            ApiToken(
                agent_id=number + 1, name="bench", secret_hash=secret, hint="", scopes="read write", created_at=tx.now
            )
        )
    for id, kind in ACCOUNTS.items():
        if id > 1:
            tx.add(
                ChannelAccount(
                    id=id, kind=kind, name=f"窓口 {id}", address=f"desk{id}@shop.example.jp", created_at=tx.now
                )
            )
    for id, name in enumerate(("配送班", "返品班", "法人班"), 1):
        tx.add(Team(id=id, name=name))
    for id, name in enumerate(("返品", "配送", "VIP", "要返金", "旧店舗"), 1):
        tx.run("INSERT INTO tag (id, name, color) VALUES (:id, :name, '#64748b')", id=id, name=name)


def _fill(path: Path, tickets: int, people: int | None) -> None:
    """Rows straight into the tables: without indexes and triggers first, which are made again at the end."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        "cache_size=-1000000",
        "foreign_keys=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    aside = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger' OR type = 'index'"
        " AND tbl_name IN ('ticket', 'message', 'contact', 'ticket_tag'))"
    ).fetchall()
    for kind, name, _ in aside:
        connection.execute(f"DROP {kind} {name}")
    rows = Rows(tickets, people)
    connection.execute("BEGIN")
    for table, stream in (("customer", rows.customers()), ("contact", rows.contacts())):
        _pour(connection, table, stream)
    stream = rows.tickets()
    done = 0
    while chunk := list(islice(stream, CHUNK)):
        _pour(connection, "ticket", (ticket for ticket, _ in chunk))
        _pour(connection, "message", (message for _, messages in chunk for message in messages))
        _pour(connection, "ticket_tag", rows.tags([ticket for ticket, _ in chunk]))
        _pour(connection, "mention", rows.mentions(chunk))
        done += len(chunk)
        progress(f"wrote {done:,} tickets")
    connection.execute(
        "INSERT INTO ticket_count (status, team_id, assignee_id, spam, tickets)"
        " SELECT status, COALESCE(team_id, 0), COALESCE(assignee_id, 0), spam, count(*) FROM ticket"
        " WHERE merged_into IS NULL GROUP BY 1, 2, 3, 4"
    )
    for _, _, sql in aside:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _pour(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows, None)
    if first is None:
        return
    # Columns that are younger than this file get what is nothing of their kind.
    others = [
        (name, NOTHING.get(kind.partition("(")[0], ""))
        for _, name, kind, required, default, key in connection.execute(f"PRAGMA table_info({table})")
        if required and default is None and not key and name not in first
    ]
    names = [*first, *(name for name, _ in others)]
    tail = tuple(value for _, value in others)
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    connection.execute(sql, (*first.values(), *tail))
    connection.executemany(sql, ((*row.values(), *tail) for row in rows))


def copy(source: Engine, target: Engine) -> None:
    """The same desk on PostgreSQL: what was filled, row by row."""
    rows = sqlite3.connect(source.path)
    with psycopg.connect(target.url) as connection:
        connection.execute("SET session_replication_role = replica")  # neither triggers nor foreign keys
        connection.execute("SET timezone = 'UTC'")
        for table in FILLED:
            names = [row[1] for row in rows.execute(f"PRAGMA table_info({table})")]
            with connection.cursor().copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as stream:
                for row in rows.execute(f"SELECT {', '.join(names)} FROM {table}"):
                    stream.write_row(row)
            progress(f"copied {table}")
        for table, key in (("ticket", "number"), ("message", "id"), ("customer", "id"), ("contact", "id")):
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), (SELECT max({key}) FROM {table}))"
            )
    rows.close()
    with psycopg.connect(target.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


class Rows:
    """The rows of a filled desk. A fifth as many customers as tickets; four messages on a ticket in five, one else."""

    def __init__(self, tickets: int, people: int | None = None) -> None:
        self.count = tickets
        self.people = people or max(tickets // 5, 1)
        self.random = random.Random(tickets)
        self.writer = Writer(11)
        self.begin = datetime.now(UTC) - timedelta(days=1000)
        self.step = timedelta(days=999) / max(tickets, 1)
        people = [self.writer.person(number) for number in range(200)]
        self.firsts = [self.writer.first(people[number % 200]) for number in range(min(POOL, tickets))]
        self.answers = [self.writer.answer("ja" if number % 5 else "en") for number in range(2000)]
        self.messages = 0

    def customers(self) -> Iterator[dict[str, Any]]:
        """A row for each customer."""
        self.contacts_of: list[tuple[str, str, str]] = []
        for id in range(1, self.people + 1):
            person = self.writer.person(id)
            self.contacts_of.append((person.email, person.phone if id % 3 == 0 else "", person.name))
            yield {
                "id": id,
                "name": person.name,
                "kana": person.kana,
                "company": person.company,
                "language": person.language,
                "note": "",
                "blocked": 0,
                "version": 1,
                "created_at": _text(self.begin),
                "updated_at": _text(self.begin),
            }

    def contacts(self) -> Iterator[dict[str, Any]]:
        """A mail address for everybody, a telephone number for a third."""
        for id, (email, phone, name) in enumerate(self.contacts_of, 1):
            yield self._contact(id, id, "email", email, name)
            if phone:
                yield self._contact(self.people + id, id, "phone", f"{phone[:4]}{id:08d}", name)

    def _contact(self, id: int, customer: int, kind: str, address: str, name: str) -> dict[str, Any]:
        at = _text(self.begin)
        return {
            "id": id, "customer_id": customer, "kind": kind, "address": address, "name": name, "reachable": 1,
            "unreachable_because": "", "created_at": at, "seen_at": at,
        }  # fmt: skip

    def tickets(self) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Each ticket with its messages, oldest first."""
        pick = self.random.random
        for number in range(1, self.count + 1):
            at = self.begin + self.step * number
            customer = 1 + int(pick() * self.people)
            subject, text = self.firsts[int(pick() * len(self.firsts))]
            status = STATUSES[_place(pick(), (0.88, 0.91, 0.95, 0.985))]
            messages = [self._message(number, 1, "customer", customer, self._own(number, text), at)]
            if number % 5 == 0:
                for seq in range(2, 5):
                    answer = self.answers[int(pick() * len(self.answers))]
                    kind = ("agent", "customer", "note")[seq - 2]
                    messages.append(self._message(number, seq, kind, customer, answer, at + timedelta(hours=seq)))
            if number % 1000 == 0:
                for seq in range(5, 61):
                    messages.append(self._message(number, seq, "customer", customer, self.writer.chat(), at))
            last = messages[-1]
            assignee = 1 + number % AGENTS if pick() < 0.8 else None
            rank = _place(pick(), (0.08, 0.96, 0.997))
            account = OLD_ACCOUNT if number <= self.count // 2000 else SHARES[int(pick() * 100)]
            merged = status == "done" and number % 50 == 1 and number > 1
            yield (
                {
                    "number": number, "subject": subject, "status": status, "priority": PRIORITIES[rank],
                    "priority_rank": rank, "assignee_id": assignee, "team_id": (None, 1, 1, 2, 3)[number % 5],
                    "customer_id": customer, "contact_id": customer, "account_id": account,
                    "channel": ACCOUNTS[account], "conversation": None, "token": f"t{number:x}", "language": "ja",
                    "spam": int(number % 97 == 0), "merged_into": number - 1 if merged else None, "hint": "",
                    "snoozed_until": _text(at + AWAY) if status == "waiting" and number % 100 == 7 else None,
                    "waiting_since": _text(at), "last_seq": len(messages), "last_text": last["text"][:160],
                    "last_kind": last["kind"], "version": 1, "edited": "{}", "fields": "{}", "created_at": _text(at),
                    "updated_at": last["created_at"],
                },
                messages,
            )  # fmt: skip

    def tags(self, tickets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """A tag on every seventh, and one more on a third of the oldest."""
        for number in (ticket["number"] for ticket in tickets):
            if number % 7 == 0:
                yield {"ticket_number": number, "tag_id": 1 + number // 7 % 4}
            if number % 3 == 0 and number <= self.count // 50:
                yield {"ticket_number": number, "tag_id": OLD_TAG}

    def mentions(self, chunk: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> Iterator[dict[str, Any]]:
        """Somebody named in one thread of a thousand."""
        for ticket, messages in chunk:
            number = ticket["number"]
            if number % 1000 == 3:
                yield {
                    "agent_id": 1 + number // 1000 % AGENTS,
                    "ticket_number": number,
                    "message_id": messages[-1]["id"],
                }

    def _own(self, number: int, text: str) -> str:
        """A text of the pool made this ticket's own: an order number, and one in 20,000 a rare word."""
        more = f"\n{RARE[number // 20_000 % len(RARE)]}" if number % 20_000 == 7 else ""
        return f"{text}\nMDG-{number:07d}{more}"

    def _message(self, number: int, seq: int, kind: str, contact: int, text: str, at: datetime) -> dict[str, Any]:
        self.messages += 1
        return {
            "id": self.messages, "ticket_number": number, "seq": seq, "kind": kind,
            "agent_id": 1 if kind in ("agent", "note") else None, "contact_id": contact if kind == "customer" else None,
            "account_id": 1, "arrival_id": None, "external_id": f"{self.messages}@bench", "subject": "", "text": text,
            "whole_text": None, "html": None, "envelope": '{"from":{"address":"someone@example.jp"}}',
            "automatic": None, "withdrawn_at": None, "created_at": _text(at),
        }  # fmt: skip


def _place(value: float, limits: tuple[float, ...]) -> int:
    return sum(value >= limit for limit in limits)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")
