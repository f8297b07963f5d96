"""Column types that mean the same on SQLite and PostgreSQL, in SQLModel rows and in constant SQL alike.

Constant SQL goes past SQLAlchemy, so the drivers themselves convert: the columns are declared TIMESTAMP, JSON and
BOOLEAN, and `register` teaches sqlite3 to read and write them as psycopg does.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON, TIMESTAMP, TypeDecorator, TypeEngine, UserDefinedType


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


class _Plain(UserDefinedType[Any]):
    """A SQLite column whose values the driver converts by the declared name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC. A naive one is refused: it is a bug where it was made."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_Plain("TIMESTAMP"))
        return dialect.type_descriptor(TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a datetime without time zone")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None


class Json(TypeDecorator[Any]):
    """A JSON value: jsonb on PostgreSQL, text on SQLite."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_Plain("JSON"))
        return dialect.type_descriptor(postgresql.JSONB(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return dump(value) if value is not None and dialect.name == "sqlite" else value


def dump(value: Any) -> str:
    """A value as JSON text, for a parameter of constant SQL."""
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)


def stored(value: datetime) -> str:
    """A time as SQLite keeps it: text of one width, so that it sorts; for what goes past the driver."""
    if value.tzinfo is None:
        raise ValueError("a datetime without time zone")
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:26]


def _read_datetime(value: bytes) -> datetime:
    return datetime.fromisoformat(value.decode()).replace(tzinfo=UTC)


def register() -> None:
    """Teach sqlite3 the column types. Once a process."""
    sqlite3.register_adapter(datetime, stored)
    sqlite3.register_converter("timestamp", _read_datetime)
    sqlite3.register_converter("json", orjson.loads)
    sqlite3.register_converter("boolean", lambda value: value != b"0")


register()
