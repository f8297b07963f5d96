"""Connections: how SQLite and PostgreSQL are opened, and what differs between them in constant SQL."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy
from sqlalchemy.pool import StaticPool

import server.database.types  # noqa: F401  # teaches sqlite3 the column types
from server.errors import Unavailable

if TYPE_CHECKING:
    import psycopg

Dialect = Literal["sqlite", "postgresql"]

_NAME = re.compile(r"(?<![:\w]):([a-z_]\w*)")


def raised(name: str = "Error", *others: type[Exception]) -> tuple[type[Exception], ...]:
    """The exceptions of this name (PEP 249) of sqlite3 and of psycopg, which is loaded only for PostgreSQL (9 MB), and
    others."""
    drivers = (sqlite3, sys.modules.get("psycopg"))
    return (*(getattr(driver, name) for driver in drivers if hasattr(driver, name)), *others)


@lru_cache(maxsize=2048)
def pyformat(sql: str) -> str:
    """Constant SQL with `:name` places, as psycopg wants it."""
    return _NAME.sub(r"%(\1)s", sql.replace("%", "%%"))


@dataclass(frozen=True, slots=True)
class Engine:
    """Where the database is. `url` is `sqlite:///path` or `postgresql://user@host/name`."""

    url: str
    dialect: Dialect

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.removeprefix("sqlite:///"))

    def connect(self, *, read_only: bool = False) -> Connection:
        """A new connection. Raises `Unavailable` with what to do when the database cannot be reached."""
        try:
            raw: Any = self._sqlite(read_only) if self.dialect == "sqlite" else self._postgresql(read_only)
        except raised("Error", OSError) as error:
            raise Unavailable("The database cannot be opened: {reason}", reason=str(error).strip()) from error
        return Connection(self, raw)

    def _sqlite(self, read_only: bool) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        raw = sqlite3.connect(
            self.path,
            isolation_level=None,
            detect_types=sqlite3.PARSE_DECLTYPES,
            check_same_thread=False,
            timeout=10,
            cached_statements=512,
        )
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA busy_timeout=10000")
        raw.execute("PRAGMA cache_size=-32000")
        raw.execute("PRAGMA mmap_size=268435456")
        raw.execute("PRAGMA temp_store=MEMORY")
        raw.execute("PRAGMA secure_delete=ON")  # what is deleted is gone from the file
        if read_only:
            raw.execute("PRAGMA query_only=ON")
        return raw

    def _postgresql(self, read_only: bool) -> psycopg.Connection[Any]:
        import psycopg

        raw = psycopg.connect(self.url, autocommit=True, connect_timeout=10)
        raw.execute("SET timezone='UTC'")
        raw.execute("SET jit=off")
        # Starting a process costs more than what a page reads.
        raw.execute("SET max_parallel_workers_per_gather=0")
        if read_only:
            raw.execute("SET default_transaction_read_only=on")
        return raw


def open_engine(url: str) -> Engine:
    """An engine for a database URL. Raises `ValueError` for a database that the desk does not speak."""
    if url.startswith("sqlite:///"):
        return Engine(url, "sqlite")
    if url.startswith(("postgresql://", "postgres://")):
        return Engine(url.replace("postgres://", "postgresql://", 1), "postgresql")
    raise ValueError(f"MADOGUCHI_DATABASE must begin with sqlite:/// or postgresql://, not {url.split(':')[0]}")


class Connection:
    """One connection, used by one thread: constant SQL at the driver, and SQLAlchemy on the very same connection."""

    def __init__(self, engine: Engine, raw: Any) -> None:
        self.dialect: Dialect = engine.dialect
        self.raw = raw
        self.alchemy = self._over(raw)

    def cursor(self, sql: str, parameters: dict[str, Any] | Sequence[Any] = ()) -> Any:
        """Run one statement; the rows have attributes named as the columns."""
        if self.dialect == "sqlite":
            cursor = self.raw.execute(sql, parameters)
            if description := cursor.description:
                cursor.row_factory = _row_factory(tuple([column[0] for column in description]))
            return cursor
        from psycopg.rows import namedtuple_row

        cursor = self.raw.cursor(row_factory=namedtuple_row)
        return cursor.execute(pyformat(sql), parameters or None)

    def many(self, sql: str, rows: list[dict[str, Any]]) -> None:
        """Run one statement for many rows."""
        cursor = self.raw.cursor()
        cursor.executemany(sql if self.dialect == "sqlite" else pyformat(sql), rows)

    def _over(self, raw: Any) -> sqlalchemy.Connection:
        """SQLAlchemy on this very connection. It neither begins, commits nor rolls back: the units do."""
        url = "sqlite://" if self.dialect == "sqlite" else "postgresql+psycopg://"
        engine = sqlalchemy.create_engine(url, creator=lambda: raw, poolclass=StaticPool)
        alchemy = engine.connect()
        for step in ("do_begin", "do_commit", "do_rollback"):
            setattr(engine.dialect, step, lambda _: None)
        return alchemy

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open at the driver."""
        if self.dialect == "sqlite":
            return bool(self.raw.in_transaction)
        from psycopg.pq import TransactionStatus

        return bool(self.raw.info.transaction_status != TransactionStatus.IDLE)

    def close(self) -> None:
        """Close, forgetting what was not committed."""
        self.raw.close()


@lru_cache(maxsize=2048)
def _row_factory(names: tuple[str, ...]) -> Any:
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names are data
    return lambda _cursor, values: row._make(values)
