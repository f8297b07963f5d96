"""Units of work: one writer thread that runs all that wait under one commit, and readers beside it.

Each waiting unit runs in a savepoint of its own: one that fails rolls back alone and only its caller hears of it.
After the commit results and changes come out in commit order. Changes get their `seq` as the last thing before
the commit, from a counter row, whose lock makes the feed gap-free and in commit order on PostgreSQL as well, also
between processes.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from server.database.engine import Connection, Engine, raised
from server.database.group import Unit, run_together
from server.database.journal import write_changes
from server.database.shapes import prepare
from server.database.transaction import Transaction
from server.errors import Unavailable
from server.events import Change, Event

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)

MOST_UNITS_PER_COMMIT = 200
GROUPS_APART = 50
TRIES = 3
SNAPSHOT = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ"}

Announce = Callable[[Sequence[tuple[Change, Event]]], None]


class Database:
    """`write` and `read` run plain synchronous units; nothing else touches the database."""

    def __init__(self, engine: Engine, *, readers: int = 4) -> None:
        prepare()
        self.engine = engine
        self._queue: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._local = threading.local()
        self._open: list[Connection] = []
        self._announce: Announce = lambda _changes: None
        self._closed = False
        self._apart = 0
        """For how many more groups each unit gets a savepoint."""

    def on_commit(self, announce: Announce) -> None:
        """Who hears the changes of each commit, on the event loop, in commit order. One hearer: the composition."""
        self._announce = announce

    def write(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[R]:
        """Run a unit that may write. Queued before this returns, so two calls keep their order.

        The future raises what the unit raised, or `Unavailable` when the database could not commit.
        """
        if self._closed:
            raise Unavailable("The desk is stopping.")
        if self._writer is None:
            self._writer = threading.Thread(target=self._run, name="writer", daemon=True)
            self._writer.start()
        unit = Unit(function, args, kwargs, asyncio.get_running_loop())
        self._queue.put(unit)
        return unit.future

    async def read(self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a unit that only reads, on a connection of its own, in one snapshot."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: self._read_now(function, *args, **kwargs)
        )

    def write_now(self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a writing unit in this thread, with a connection of its own: for the command line and the tests."""
        connection = self.engine.connect()
        try:
            self._begin(connection)
            tx = Transaction(connection)
            result = function(tx, *args, **kwargs)
            tx.finish()
            write_changes(connection, tx.recorded)
            connection.cursor("COMMIT")
            return result
        except raised("OperationalError") as error:
            raise Unavailable("The database is not available: {reason}", reason=str(error).strip()) from error
        finally:
            connection.close()

    def read_now(self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a reading unit in this thread."""
        return self._read_now(function, *args, **kwargs)

    async def close(self) -> None:
        """Run what is queued, then stop."""
        self._closed = True
        if self._writer is not None:
            self._queue.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._readers.shutdown(wait=True)
        for connection in self._open:
            connection.close()

    # ------------------------------------------------------------------------------------------- reading

    def _read_now(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        for attempt in range(TRIES):
            connection: Connection | None = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = self.engine.connect(read_only=True)
                self._open.append(connection)
            try:
                connection.cursor(SNAPSHOT[connection.dialect])
                try:
                    tx = Transaction(connection)
                    result = function(tx, *args, **kwargs)
                    tx.abandon()
                    return result
                finally:
                    connection.cursor("ROLLBACK")
            except raised("OperationalError") as error:
                self._local.connection = None
                self._open.remove(connection)
                connection.close()
                if attempt == TRIES - 1 or not _passing(error):
                    raise Unavailable("The database is not available: {reason}", reason=str(error).strip()) from error
        raise AssertionError("unreachable")

    # ------------------------------------------------------------------------------------------- writing

    def _run(self) -> None:
        connection: Connection | None = None
        while True:
            first = self._queue.get()
            if first is None:
                break
            group = [first]
            stop = False
            while len(group) < MOST_UNITS_PER_COMMIT:
                try:
                    unit = self._queue.get_nowait()
                except queue.Empty:
                    break
                if unit is None:
                    stop = True
                    break
                group.append(unit)
            connection = self._commit_group(connection, group)
            if stop:
                break
        if connection is not None:
            connection.close()

    def _commit_group(self, connection: Connection | None, group: list[Unit]) -> Connection | None:
        """Run a group under one commit and hand out the results; gives the connection to go on with."""
        for attempt in range(TRIES):
            try:
                if connection is None:
                    connection = self.engine.connect()
                changes = self._try_group(connection, group)
            except Exception as error:
                connection = _reset(connection)
                if attempt < TRIES - 1 and _passing(error):
                    time.sleep(0.05 * 4**attempt * (1 + random.random()))
                    continue
                log.exception("A commit of %d units failed", len(group))
                reason = (
                    error
                    if isinstance(error, Unavailable)
                    else Unavailable("The database could not commit: {reason}", reason=str(error).strip())
                )
                for unit in group:
                    unit.error, unit.result = reason, None
                changes = []
            break
        _hand_out(group, changes, self._announce)
        return connection

    def _try_group(self, connection: Connection, group: list[Unit]) -> list[tuple[Change, Event]]:
        """All units of a group and their changes, committed.

        A unit that fails must roll back alone, but hardly any does: a group goes without savepoints, and is carried
        out again with them when one was needed.
        """
        self._begin(connection)
        alone = len(group) == 1
        one_by_one = self._apart > 0
        apart = not alone and one_by_one
        recorded: list[tuple[Event, str]] = []
        for unit in group:
            unit.error, unit.result = None, None
        place = 0
        singly = len(group) if one_by_one else 0
        while place < len(group):
            unit = group[place]
            tx = Transaction(connection)
            by_itself = place < singly
            try:
                done = 0
                if not by_itself:
                    done, alone_after = run_together(tx, group, place)
                    singly = place + done + alone_after
                    by_itself = not done
                if by_itself:
                    if apart:
                        connection.cursor("SAVEPOINT unit")
                    unit.result = unit.function(tx, *unit.args, **unit.kwargs)
                    tx.finish()
                    done = 1
            except Exception as error:
                tx.abandon()
                if not connection.in_transaction or (_passing(error) and not isinstance(error, Unavailable)):
                    raise  # the database itself gave way: the whole group is tried again
                unit.error = error
                connection.cursor("ROLLBACK TO SAVEPOINT unit" if apart else "ROLLBACK")
                if not one_by_one and not by_itself:
                    log.warning("Units could not be carried out together, so each is by itself", exc_info=error)
                if not one_by_one and not (alone and by_itself):
                    self._apart = GROUPS_APART
                    return self._try_group(connection, group)
                if alone:
                    return []
                done = 1
            else:
                recorded.extend(tx.recorded)
            if apart:
                connection.cursor("RELEASE SAVEPOINT unit")
            place += done
        self._apart = max(0, self._apart - 1)
        changes = write_changes(connection, recorded)
        connection.cursor("COMMIT")
        return changes

    @staticmethod
    def _begin(connection: Connection) -> None:
        connection.cursor("BEGIN IMMEDIATE" if connection.dialect == "sqlite" else "BEGIN")


def _reset(connection: Connection | None) -> Connection | None:
    """After a failure: the same connection rolled back, or None when it is of no more use."""
    if connection is None:
        return None
    try:
        if connection.in_transaction:
            connection.cursor("ROLLBACK")
        connection.cursor("SELECT 1")
    except raised():
        try:
            connection.close()
        except raised():
            log.debug("A broken connection could not be closed", exc_info=True)
        return None
    return connection


def _passing(error: BaseException) -> bool:
    """Whether the database may well take the same units a moment later."""
    if isinstance(error, sqlite3.OperationalError):
        return "locked" in str(error) or "busy" in str(error)
    return isinstance(error, raised("OperationalError"))


def _hand_out(group: list[Unit], changes: list[tuple[Change, Event]], announce: Announce) -> None:
    """Results to their callers and changes to their hearer, on the loop, in commit order."""

    def on_loop(units: list[Unit], heard: list[tuple[Change, Event]]) -> None:
        for unit in units:
            if unit.future.cancelled():
                continue
            if unit.error is not None:
                unit.future.set_exception(unit.error)
            else:
                unit.future.set_result(unit.result)
        if heard:
            announce(heard)

    loops = {id(unit.loop): unit.loop for unit in group}
    for place, loop in enumerate(loops.values()):
        mine = [unit for unit in group if unit.loop is loop]
        try:
            loop.call_soon_threadsafe(on_loop, mine, changes if place == 0 else [])
        except RuntimeError:
            log.debug("The event loop was gone before its units were answered")
