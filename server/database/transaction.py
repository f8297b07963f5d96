"""One unit of work as the domain sees it: constant SQL, a SQLModel session when wanted, and events to record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel

from server.database.engine import Connection, Dialect
from server.database.types import now
from server.errors import NotFound
from server.events import Event

Row = Any
AT_ONCE = 32
"""How many rows one INSERT takes: each length is prepared once."""
WIDTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 200)
"""How many rows a list of values has; what is over is filled up with rows of NULL."""
Model = TypeVar("Model", bound=SQLModel)


class Transaction:
    """Handed to a unit as its first argument. `now` stands still for the whole unit."""

    __slots__ = ("_actor", "_connection", "_session", "kept", "now", "recorded")

    def __init__(self, connection: Connection, at: datetime | None = None) -> None:
        self._connection = connection
        self._session: Session | None = None
        self._actor = "system"
        self.now = at or now()
        self.kept: dict[Any, Any] | None = None
        self.recorded: list[tuple[Event, str]] = []

    @property
    def dialect(self) -> Dialect:
        """For the few statements that must differ."""
        return self._connection.dialect

    def all(self, sql: str, **parameters: Any) -> list[Row]:
        """All rows of constant SQL with `:name` places. Rows have attributes; JSON and times are converted."""
        self._settle()
        return list(self._connection.cursor(sql, parameters).fetchall())

    def first(self, sql: str, **parameters: Any) -> Row | None:
        """The first row, or None."""
        self._settle()
        return self._connection.cursor(sql, parameters).fetchone()

    def one(self, sql: str, **parameters: Any) -> Row:
        """The row that must be there. Raises `LookupError`, a bug of the caller's, when it is not."""
        row = self.first(sql, **parameters)
        if row is None:
            raise LookupError(f"no row: {sql}")
        return row

    def value(self, sql: str, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.first(sql, **parameters)
        return row[0] if row is not None else None

    def run(self, sql: str, **parameters: Any) -> int:
        """Run a statement; how many rows it touched."""
        self._settle()
        return int(self._connection.cursor(sql, parameters).rowcount)

    def many(self, sql: str, rows: list[dict[str, Any]]) -> None:
        """Run a statement once for each row."""
        self._settle()
        if rows:
            self._connection.many(sql, rows)

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row; its id."""
        found = self.put(table, **values)
        assert found is not None
        return found

    def put(self, table: str, *, unless: str = "", **values: Any) -> int | None:
        """Insert one row; its id, or None when there is one with the same columns `unless` ("a, b") already.

        SQLite is not asked for the id: to fetch an answer is to wait for the interpreter once more.
        """
        self._settle()
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        sql = f"INSERT INTO {table} ({names}) VALUES ({places})"
        if unless:
            sql += f" ON CONFLICT ({unless}) DO NOTHING"
        if self.dialect == "sqlite":
            done = self._connection.cursor(sql, values)
            return int(done.lastrowid) if done.rowcount else None
        row = self._connection.cursor(f"{sql} RETURNING id", values).fetchone()
        return int(row[0]) if row is not None else None

    def put_all(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows of SQLite in few statements: each that is carried out waits for the interpreter once."""
        self._settle()
        names, place = ", ".join(columns), f"({', '.join('?' * len(columns))})"
        for begin in range(0, len(rows), AT_ONCE):
            some = rows[begin : begin + AT_ONCE]
            sql = f"INSERT INTO {table} ({names}) VALUES {', '.join([place] * len(some))}"
            self._connection.cursor(sql, [value for row in some for value in row])

    def add_all(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows, on either database."""
        if self.dialect == "sqlite":
            self.put_all(table, columns, rows)
        else:
            places = ", ".join(f":{name}" for name in columns)
            sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
            self.many(sql, [dict(zip(columns, row, strict=True)) for row in rows])

    def ids(self, table: str, many: int) -> Sequence[int]:
        """Ids for so many rows that the caller inserts in this unit."""
        if self.dialect == "sqlite":
            last = int(self.value(f"SELECT max(id) FROM {table}") or 0)
            return range(last + 1, last + 1 + many)
        found = "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :many)"
        return [int(row[0]) for row in self.all(found, table=table, many=many)]

    def numbers(self, name: str) -> str:
        """What `IN` compares an id with: the members of the JSON list of numbers (`dump`) that `name` is given as."""
        if self.dialect == "sqlite":
            return f"(SELECT value FROM json_each(:{name}))"
        return f"(SELECT CAST(jsonb_array_elements_text(CAST(:{name} AS jsonb)) AS bigint))"

    def listed(self, name: str) -> str:
        """What `IN` compares a text with: the members of the JSON list of texts (`dump`) that `name` is given as."""
        if self.dialect == "sqlite":
            return f"(SELECT value FROM json_each(:{name}))"
        return f"(SELECT jsonb_array_elements_text(CAST(:{name} AS jsonb)))"

    def over(self, sql: str, width: int, values: Sequence[Any], *before: Any) -> Row | None:
        """Run a statement of SQLite over a list of rows, which stands at its `{rows}`; the first row of the answer.

        Each row has `width` values, named column1, column2 …; rows of NULL may follow. The places before the list take
        the values `before`.
        """
        self._settle()
        many = len(values) // width
        wide = next((one for one in WIDTHS if one >= many), many)
        place = f"({', '.join('?' * width)})"
        parameters = [*before, *values, *([None] * (width * (wide - many)))]
        return self._connection.cursor(sql.replace("{rows}", ", ".join([place] * wide)), parameters).fetchone()

    @property
    def session(self) -> Session:
        """A SQLModel session in this very transaction; flushed, never committed, by the unit's end."""
        if self._session is None:
            self._session = Session(
                self._connection.alchemy, expire_on_commit=False, join_transaction_mode="rollback_only"
            )
        return self._session

    def get(self, model: type[Model], key: Any) -> Model:
        """A row by its key. Raises `NotFound`."""
        found = self.session.get(model, key)
        if found is None:
            raise NotFound("There is no {what} {key}.", what=model.__name__.lower(), key=key)
        return found

    def add(self, row: Model) -> Model:
        """Insert a SQLModel row; it has its id afterwards."""
        self.session.add(row)
        self.session.flush()
        return row

    @contextmanager
    def acting(self, actor: str) -> Iterator[None]:
        """Events recorded inside are by this actor ("agent:3")."""
        before, self._actor = self._actor, actor
        try:
            yield
        finally:
            self._actor = before

    def record(self, event: Event, by: str | None = None) -> None:
        """Add an event to the change feed; it is announced after the commit, and gone on rollback."""
        self.recorded.append((event, by or self._actor))

    def _settle(self) -> None:
        """What the session holds must be in the database before constant SQL looks there."""
        if self._session is not None:
            self._session.flush()

    def finish(self) -> None:
        """The end of the unit: write what the session still holds. Called by the database, not by units."""
        if self._session is not None:
            self._session.flush()
            self._session.expunge_all()

    def abandon(self) -> None:
        """The unit failed: forget the session without writing."""
        if self._session is not None:
            self._session.expunge_all()
