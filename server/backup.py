"""One archive of everything: the rows of one moment and the files that they name, while the desk goes on working.

The archive is a gzipped tar: `manifest.json`, `rows/TABLE.jsonl` with one JSON array a row, `files/DIGEST`. Rows are
written in words that both databases know, so an archive taken on SQLite can be restored on PostgreSQL: that is how a
desk moves.
"""

from __future__ import annotations

import base64
import io
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
from sqlalchemy import Boolean, LargeBinary, Table
from sqlmodel import SQLModel

from server.database import Engine, Json, UtcDateTime, now
from server.database.engine import Connection
from server.database.schema import import_models, migrate, newest, revision
from server.database.types import dump
from server.errors import Conflict, Invalid
from server.files import Files

FORMAT = 1
AT_ONCE = 500
SNAPSHOT = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}


class Summary(NamedTuple):
    """What an archive holds."""

    rows: int
    files: int
    missing: list[str]
    revision: str


def write(engine: Engine, files: Files, target: Path) -> Summary:
    """Write an archive; the desk may be working. The target appears whole or not at all.

    Files that the rows name and the store has lost are told in `missing`; the archive is good without them.
    """
    import_models()
    connection = engine.connect(read_only=True)
    unfinished = target.with_name(target.name + ".part")
    try:
        connection.cursor(SNAPSHOT[connection.dialect])
        at = revision(connection) or ""
        if at != newest():
            raise Conflict("The database is not up to date. Run `madoguchi migrate` first.")
        rows, kept, missing = 0, 0, []
        with tarfile.open(unfinished, "w:gz", compresslevel=3) as archive:
            for table in SQLModel.metadata.sorted_tables:
                rows += _add_table(archive, connection, table)
            for digest in _named(connection):
                path = files.path(digest)
                if path.exists():
                    archive.add(path, f"files/{digest}")
                    kept += 1
                else:
                    missing.append(digest)
            manifest = {"format": FORMAT, "revision": at, "made_at": now(), "rows": rows, "files": kept}
            _add_bytes(archive, "manifest.json", orjson.dumps(manifest))
        unfinished.replace(target)
        return Summary(rows, kept, missing, at)
    finally:
        unfinished.unlink(missing_ok=True)
        connection.close()


def restore(engine: Engine, files: Files, source: Path) -> Summary:
    """Fill a blank database and the file store from an archive, in one transaction.

    Raises `Conflict` when the database holds anything, `Invalid` when the archive is broken or newer than this desk.
    """
    import_models()
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest = _manifest(archive)
            migrate(engine)
            connection = engine.connect()
            try:
                return _fill(connection, files, archive, manifest)
            finally:
                connection.close()
    except (tarfile.TarError, EOFError, OSError, KeyError, orjson.JSONDecodeError) as error:
        raise Invalid("The archive cannot be read: {reason}", reason=str(error)) from error


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    file = archive.extractfile("manifest.json")
    assert file is not None
    manifest: dict[str, Any] = orjson.loads(file.read())
    if manifest["format"] > FORMAT or manifest["revision"] > newest():
        raise Invalid("The archive was made by a newer desk. Update this one first.")
    if manifest["revision"] != newest():
        raise Invalid(
            "The archive was made at revision {old}. Restore it with that version, then update.",
            old=manifest["revision"],
        )
    return manifest


def _fill(connection: Connection, files: Files, archive: tarfile.TarFile, manifest: dict[str, Any]) -> Summary:
    tables = {table.name: table for table in SQLModel.metadata.sorted_tables}
    connection.cursor("BEGIN IMMEDIATE" if connection.dialect == "sqlite" else "BEGIN")
    if any(connection.cursor(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in ("agent", "channel_account")):
        raise Conflict("This database is in use. Restore into a blank one.")
    connection.cursor("DELETE FROM change_counter")
    with _untriggered(connection):
        rows = kept = 0
        for member in archive:
            folder, _, name = member.name.partition("/")
            if folder == "rows":
                file = archive.extractfile(member)
                assert file is not None
                rows += _read_table(connection, tables[name.removesuffix(".jsonl")], file)
            elif folder == "files":
                content = archive.extractfile(member)
                assert content is not None
                stored = files.keep(_pieces(content))
                if stored.digest != name:
                    raise Invalid("The file {digest} in the archive is damaged.", digest=name)
                kept += 1
    if connection.dialect == "postgresql":
        _restart_sequences(connection, list(tables.values()))
    connection.cursor("DELETE FROM search_progress")
    connection.cursor("INSERT INTO search_progress (id, seq, format) VALUES (1, 0, 0)")  # no format: built anew
    connection.cursor("COMMIT")
    return Summary(rows, kept, [], manifest["revision"])


class _untriggered:  # reads as a statement
    """The counters come with the rows: the triggers that keep them rest meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: list[str] = []

    def __enter__(self) -> None:
        if self._connection.dialect == "postgresql":
            self._connection.cursor("SET CONSTRAINTS ALL DEFERRED")  # a ticket may point to a later one
            self._connection.cursor("ALTER TABLE ticket DISABLE TRIGGER USER")
            return
        for row in self._connection.cursor("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall():
            self._kept.append(row.sql)
            self._connection.cursor(f'DROP TRIGGER "{row.name}"')
        self._connection.cursor("PRAGMA defer_foreign_keys=ON")

    def __exit__(self, failed: object, *_: object) -> None:
        if failed is not None:
            return
        if self._connection.dialect == "postgresql":
            self._connection.cursor("SET CONSTRAINTS ALL IMMEDIATE")
            self._connection.cursor("ALTER TABLE ticket ENABLE TRIGGER USER")
        for sql in self._kept:
            self._connection.cursor(sql)


def _add_table(archive: tarfile.TarFile, connection: Connection, table: Table) -> int:
    names = [column.name for column in table.columns]
    many = 0
    with tempfile.TemporaryFile() as spool:
        for row in _rows(connection, table, names):
            spool.write(orjson.dumps([_plain(value) for value in row]) + b"\n")
            many += 1
        info = tarfile.TarInfo(f"rows/{table.name}.jsonl")
        head = orjson.dumps(names) + b"\n"
        info.size = len(head) + spool.tell()
        spool.seek(0)
        archive.addfile(info, _Joined(head, spool))
    return many


class _Joined(io.RawIOBase):
    """A few bytes, then a file."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        """As a file's."""
        first = self._head.read(size)
        return first + self._rest.read(size - len(first) if size >= 0 else -1)


def _rows(connection: Connection, table: Table, names: list[str]) -> Iterator[Any]:
    order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    listed = ", ".join(f'"{name}"' for name in names)
    sql = f'SELECT {listed} FROM "{table.name}" ORDER BY {order}'
    if connection.dialect == "sqlite":
        yield from connection.cursor(sql)
        return
    connection.cursor(f"DECLARE backup NO SCROLL CURSOR FOR {sql}")
    while found := connection.cursor(f"FETCH {AT_ONCE} FROM backup").fetchall():
        yield from found
    connection.cursor("CLOSE backup")


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, (bytes, memoryview)) else value


def _read_table(connection: Connection, table: Table, file: IO[bytes]) -> int:
    names: list[str] = orjson.loads(file.readline())
    convert = [_converter(table, name) for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    sql = f'INSERT INTO "{table.name}" ({listed}) VALUES ({", ".join(f":{name}" for name in names)})'
    many = 0
    batch: list[dict[str, Any]] = []
    for line in file:
        values = orjson.loads(line)
        batch.append({name: make(value) for name, make, value in zip(names, convert, values, strict=True)})
        if len(batch) == AT_ONCE:
            connection.many(sql, batch)
            many += len(batch)
            batch = []
    if batch:
        connection.many(sql, batch)
    return many + len(batch)


def _converter(table: Table, name: str) -> Any:
    kind = table.columns[name].type
    if isinstance(kind, UtcDateTime):
        return lambda value: datetime.fromisoformat(value) if value is not None else None
    if isinstance(kind, Json):
        return lambda value: dump(value) if value is not None else None
    if isinstance(kind, LargeBinary):
        return lambda value: base64.b64decode(value) if value is not None else None
    if isinstance(kind, Boolean):
        return lambda value: bool(value) if value is not None else None
    return lambda value: value


def _restart_sequences(connection: Connection, tables: list[Table]) -> None:
    for table in tables:
        for column in table.primary_key.columns:
            sequence = connection.cursor(
                "SELECT pg_get_serial_sequence(:table, :column)", {"table": f'"{table.name}"', "column": column.name}
            ).fetchone()[0]
            if sequence:
                next_one = f'COALESCE((SELECT max("{column.name}") FROM "{table.name}"), 0) + 1'
                connection.cursor(f"SELECT setval(:sequence, {next_one}, false)", {"sequence": sequence})


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(1 << 18):
        yield piece


def _named(connection: Connection) -> list[str]:
    rows = connection.cursor(
        "SELECT digest FROM attachment UNION SELECT digest FROM arrival WHERE digest IS NOT NULL"
        " UNION SELECT picture FROM agent WHERE picture <> ''"
        " UNION SELECT picture FROM contact WHERE picture IS NOT NULL UNION SELECT digest FROM published_file"
        " ORDER BY digest"
    ).fetchall()
    return [row.digest for row in rows]


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))
