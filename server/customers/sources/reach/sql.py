"""Databases by URL, read-only, through SQLAlchemy's core: pages by (updated, id), so that ties are never passed over.

A sweep of everything goes by the id alone: rows that change meanwhile keep their place, and the next sweep begins at
the newest mark that stood there when this one began.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from channels import guard
from server.customers.sources.mapping import Child, Find, Sql, Stream
from server.customers.sources.reach import marks
from server.customers.sources.reach.pages import Failed, Page, Record

DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql",
           "mariadb": "mysql+pymysql", "sqlite": "sqlite"}  # fmt: skip
CHILDREN_AT_ONCE = 500


class SqlReader:
    """A database of another system. `allow` and `folders` say where besides the open internet it may be."""

    def __init__(self, sql: Sql, *, allow: Sequence[str], folders: Sequence[str]) -> None:
        self._sql = sql
        self._allow = allow
        self._folders = folders
        self._connection: sa.Connection | None = None
        self._lock = asyncio.Lock()
        self._using = threading.Lock()
        self._closed = False

    async def begin(self, stream: Stream, position: Any, *, whole: bool) -> Any:
        """The newest mark that stands now is where the sweep after a whole one begins."""
        if not whole and position is not None:
            since = marks.kept(marks.earlier(marks.given(position), stream.overlap))
            return {"since": since, "after": None, "end": position}
        if _column(stream.updated) is None:
            return {"since": None, "after": None, "end": None}
        newest = await self._run(self._newest, stream)
        return {"since": None, "after": None, "end": marks.kept(newest)}

    async def page(self, stream: Stream, sweep: Any) -> Page:
        """The next rows, with their children in them."""
        page: Page = await self._run(self._page, stream, sweep)
        return page

    async def look_up(self, stream: Stream, find: Find, value: str) -> list[Record]:
        """Rows by a condition of the mapping, in which the value is a parameter."""
        records: list[Record] = await self._run(self._look_up, stream, find, value)
        return records

    async def test(self) -> str:
        """The database's version."""

        def version() -> str:
            info = ".".join(str(part) for part in self._open().dialect.server_version_info or ())
            return f"{self._open().dialect.name} {info}".strip()

        found: str = await self._run(version)
        return found

    async def close(self) -> None:
        """Close the connection; one in which a query still runs is closed by that query's thread when it ends."""
        self._closed = True
        await asyncio.to_thread(self._let_go)

    async def _run(self, work: Any, *args: Any) -> Any:
        async with self._lock:
            if self._closed:
                raise Failed("The database is not open any more.")
            return await asyncio.to_thread(self._work, work, *args)

    def _work(self, work: Any, *args: Any) -> Any:
        """In a thread, which nobody can stop: whoever is cancelled meanwhile must not take its connection away."""
        try:
            with self._using:
                try:
                    return self._try(work, *args)
                except BaseException:
                    self._drop()
                    raise
        finally:
            if self._closed:
                self._let_go()

    def _let_go(self) -> None:
        if self._using.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._using.release()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)

    def _try(self, work: Any, *args: Any) -> Any:
        try:
            return work(*args)
        except DBAPIError as error:
            raise Failed("The database says: {reason}", reason=_short(error.orig)) from error
        except ModuleNotFoundError as error:
            raise Failed("The driver {name} is missing: pip install 'madoguchi[mysql]'", name=error.name) from error
        except (SQLAlchemyError, OSError, ValueError, sqlite3.Error) as error:
            raise Failed("The database cannot be read: {reason}", reason=_short(error)) from error

    # ------------------------------------------------------------------------------------------------ opening

    def _open(self) -> sa.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sa.Connection:
        try:
            url = sa.make_url(self._sql.url)
        except SQLAlchemyError:
            raise Failed("The address of the database is no URL.") from None
        kind = url.drivername.partition("+")[0]
        if kind not in DRIVERS:
            raise Failed("Databases are postgresql://, mysql:// or sqlite:///, not {kind}://", kind=kind)
        url = url.set(drivername=DRIVERS[kind])
        if kind == "sqlite":
            return self._sqlite(url.database or "")
        self._check_host(url)
        seconds = max(1, int(self._sql.timeout))
        if url.drivername.startswith("postgresql"):
            options = f"-c default_transaction_read_only=on -c statement_timeout={seconds * 1000} -c timezone=UTC"
            arguments: dict[str, Any] = {"connect_timeout": 10, "options": options}
            isolation = "READ COMMITTED"
        else:
            arguments = {"connect_timeout": 10, "read_timeout": seconds, "charset": "utf8mb4",
                         "init_command": "SET SESSION TRANSACTION READ ONLY"}  # fmt: skip
            isolation = "READ COMMITTED"
        engine = sa.create_engine(
            url, poolclass=NullPool, connect_args=arguments, isolation_level=isolation, hide_parameters=True
        )
        return engine.connect()

    def _sqlite(self, name: str) -> sa.Connection:
        path = Path(name).resolve()
        if not self._within(path):
            raise Failed("{path} is not in a folder that MADOGUCHI_SOURCE_FOLDERS names.", path=str(path))
        if not path.is_file():
            raise Failed("There is no file {path}.", path=str(path))

        def connect() -> sqlite3.Connection:
            raw = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10, check_same_thread=False)
            raw.execute("PRAGMA query_only=ON")
            return raw

        return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True).connect()

    def _check_host(self, url: sa.URL) -> None:
        named = url.query.get("host") or url.host or "localhost"
        for host in [named] if isinstance(named, str) else named:
            folder = Path(host).resolve() if host.startswith("/") else None
            allowed = self._within(folder) if folder is not None else guard.may_reach(host, self._allow)
            if not allowed:
                raise Failed(
                    "{host} is not a public address. MADOGUCHI_OUTSIDE_ALLOW can name it (a socket's folder:"
                    " MADOGUCHI_SOURCE_FOLDERS).",
                    host=host,
                )

    def _within(self, path: Path) -> bool:
        return any(path.is_relative_to(Path(folder).resolve()) for folder in self._folders)

    # ------------------------------------------------------------------------------------------------ reading

    def _newest(self, stream: Stream) -> Any:
        column: Any = sa.column(_column(stream.updated) or "")
        return self._value(sa.select(sa.func.max(column)).select_from(self._table(stream)))

    def _page(self, stream: Stream, sweep: Any) -> Page:
        updated, key = _column(stream.updated), _column(stream.id) or "id"
        by_time = sweep["since"] is not None and updated is not None
        order: list[Any] = [sa.column(updated), sa.column(key)] if by_time and updated is not None else [sa.column(key)]
        query = self._select(stream).order_by(*order).limit(stream.size)
        after = [marks.given(each) for each in sweep["after"] or ()]
        if by_time and after:
            first, second = order
            query = query.where(sa.or_(first > after[0], sa.and_(first == after[0], second > after[1])))
        elif by_time:
            query = query.where(order[0] >= marks.given(sweep["since"]))
        elif after:
            query = query.where(order[0] > after[-1])
        rows = self._rows(query)
        whole = len(rows) < stream.size
        records = _grouped(rows, stream.group, whole=whole) if stream.group else rows
        if stream.group and not records:
            raise Failed("One record of {stream} has more than {size} rows: give a larger size.",
                         stream=stream.name, size=stream.size)  # fmt: skip
        for name, child in stream.children.items():
            self._add_children(name, child, records, key)
        if not records:
            return Page([], None, sweep["end"], self._shape(stream, rows))
        last = records[-1]
        if key not in last or (updated is not None and updated not in last):
            raise Failed("There is no column {name} in what {stream} reads.",
                         name=key if key not in last else updated, stream=stream.name)  # fmt: skip
        place = [marks.kept(last.get(updated or "")), marks.kept(last[key])]
        end = sweep["end"]
        if by_time:
            end = marks.kept(marks.later_of(marks.given(end), last[updated or ""]))
        following = {"since": sweep["since"], "after": place if by_time else place[1:], "end": end}
        shape = self._shape(stream, rows) if not after else {}
        return Page([marks.plain(one) for one in records], None if whole else following, end, shape)

    def _look_up(self, stream: Stream, find: Find, value: str) -> list[Record]:
        if find.sql:
            query: Any = sa.text(find.sql)
            rows = self._rows(query, {find.by: value})[: find.limit]
        else:
            query = self._select(stream).where(sa.text(find.where)).limit(find.limit)
            rows = self._rows(query, {find.by: value})
        records = _grouped(rows, stream.group, whole=True) if stream.group else rows
        for name, child in stream.children.items():
            self._add_children(name, child, records, _column(stream.id) or "id")
        return [marks.plain(one) for one in records]

    def _add_children(self, name: str, child: Child, records: list[Record], key: str) -> None:
        by_parent: dict[str, list[Record]] = {}
        ids = [one[key] for one in records]
        column: Any = sa.column(child.key)
        for first in range(0, len(ids), CHILDREN_AT_ONCE):
            query = self._select(child).where(column.in_(ids[first : first + CHILDREN_AT_ONCE]))
            query = query.order_by(column, *([sa.column(child.order)] if child.order else []))
            for row in self._rows(query):
                by_parent.setdefault(str(row[child.key]), []).append(marks.plain(row))
        for one in records:
            one[name] = by_parent.get(str(one[key]), [])

    def _select(self, asked: Stream | Child) -> Any:
        columns: list[Any] = [sa.column(name) for name in asked.columns] if isinstance(asked, Stream) else []
        return sa.select(*(columns or [sa.literal_column("*")])).select_from(self._table(asked))

    def _table(self, asked: Stream | Child) -> Any:
        if asked.sql:
            return sa.text(f"({asked.sql}) AS records")
        schema, _, name = asked.table.rpartition(".")
        return sa.table(name, schema=schema or self._sql.schema or None)

    def _shape(self, stream: Stream, rows: list[Record]) -> dict[str, str]:
        """Columns and their types, as the database declares them; of a query of the mapping's own, as its rows show."""
        if stream.sql or not stream.table:
            return {}
        schema, _, name = stream.table.rpartition(".")
        columns = sa.inspect(self._open()).get_columns(name, schema=schema or self._sql.schema or None)
        wanted = set(stream.columns)
        return {each["name"]: str(each["type"]) for each in columns if not wanted or each["name"] in wanted}

    def _rows(self, query: Any, parameters: dict[str, Any] | None = None) -> list[Record]:
        connection = self._open()
        try:
            return [dict(row) for row in connection.execute(query, parameters or {}).mappings()]
        finally:
            connection.rollback()

    def _value(self, query: Any) -> Any:
        connection = self._open()
        try:
            return connection.execute(query).scalar()
        finally:
            connection.rollback()


def _grouped(rows: list[Record], name: str, *, whole: bool) -> list[Record]:
    """Rows that follow each other with the same value as one record; the last may go on in the next page."""
    groups: list[Record] = []
    for row in rows:
        if groups and groups[-1][name] == row.get(name):
            groups[-1]["rows"].append(marks.plain(row))
        else:
            groups.append({**row, "rows": [marks.plain(row)]})
    return groups if whole else groups[:-1]


def _column(rule: str | dict[str, Any] | None) -> str | None:
    return rule if isinstance(rule, str) or rule is None else str(rule.get("from"))


def _short(error: object) -> str:
    return " ".join(str(error).split())[:500]


def _close(connection: sa.Connection) -> None:
    try:
        connection.close()
    except (SQLAlchemyError, sqlite3.Error):
        return
    connection.engine.dispose()
