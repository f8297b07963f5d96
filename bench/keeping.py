"""Bare SQLite commits of the rows of a chat's line, by one thread that takes all that wait into one commit."""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import desks

TABLES = (
    "CREATE TABLE arrival (id INTEGER PRIMARY KEY, account_id INTEGER, external_id TEXT, body BLOB, envelope TEXT,"
    " received_at TEXT, UNIQUE (account_id, external_id))",
    "CREATE TABLE message (id INTEGER PRIMARY KEY, ticket_number INTEGER, seq INTEGER, kind TEXT, contact_id INTEGER,"
    " account_id INTEGER, arrival_id INTEGER, external_id TEXT, text TEXT, envelope TEXT, created_at TEXT,"
    " UNIQUE (ticket_number, seq))",
    "CREATE TABLE ticket (number INTEGER PRIMARY KEY, conversation TEXT UNIQUE, last_seq INTEGER, last_text TEXT,"
    " version INTEGER, updated_at TEXT)",
    "CREATE TABLE change (seq INTEGER PRIMARY KEY, at TEXT, kind TEXT, by_whom TEXT, ticket_number INTEGER, data TEXT)",
)
TICKET = (
    "INSERT INTO ticket (conversation, last_seq, last_text, version, updated_at) VALUES (?1, 1, ?2, 1, ?3)"
    " ON CONFLICT DO UPDATE SET last_seq = last_seq + 1, last_text = ?2, version = version + 1, updated_at = ?3"
    " RETURNING number, last_seq"
)
ARRIVAL = "INSERT INTO arrival (account_id, external_id, body, envelope, received_at) VALUES (1, ?, ?, '{}', ?)"
MESSAGE = (
    "INSERT INTO message (ticket_number, seq, kind, contact_id, account_id, arrival_id, external_id, text, envelope,"
    " created_at) VALUES (?, ?, 'customer', 1, 1, ?, ?, ?, '{}', ?)"
)
CHANGE = "INSERT INTO change (at, kind, by_whom, ticket_number, data) VALUES (?, 'message.received', ?, ?, ?)"

Waiting = tuple[str, dict[str, Any], asyncio.Future[tuple[int, int]]]


class Keeper:
    """Keeps lines; each answer is the line's number and its ticket, once it is on disk."""

    def __init__(self, path: Path) -> None:
        connection = desks.bare(path.parent, path.stem)
        for statement in TABLES:
            connection.execute(statement)
        self._queue: queue.SimpleQueue[Waiting] = queue.SimpleQueue()
        threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def keep(self, conversation: str, line: dict[str, Any]) -> asyncio.Future[tuple[int, int]]:
        """Queue a line."""
        kept: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
        self._queue.put((conversation, line, kept))
        return kept

    def _run(self, connection: sqlite3.Connection) -> None:
        while True:
            group = [self._queue.get()]
            while not self._queue.empty():
                group.append(self._queue.get())
            connection.execute("BEGIN IMMEDIATE")
            found = [self._write(connection, conversation, line) for conversation, line, _ in group]
            connection.execute("COMMIT")
            group[0][2].get_loop().call_soon_threadsafe(self._tell, group, found)

    @staticmethod
    def _write(connection: sqlite3.Connection, conversation: str, line: dict[str, Any]) -> tuple[int, int]:
        now, name, text = datetime.now(UTC).isoformat(), f"{conversation}:{line['id']}", line["text"]
        arrival = connection.execute(ARRIVAL, (name, json.dumps(line), now)).lastrowid
        ((ticket, seq),) = connection.execute(TICKET, (conversation, text, now)).fetchall()
        message = connection.execute(MESSAGE, (ticket, seq, arrival, name, text, now)).lastrowid
        assert message is not None
        connection.execute(CHANGE, (now, conversation, ticket, json.dumps({"message": message, "seq": seq})))
        return message, ticket

    @staticmethod
    def _tell(group: list[Waiting], found: list[tuple[int, int]]) -> None:
        for (_, _, kept), numbers in zip(group, found, strict=True):
            kept.set_result(numbers)
