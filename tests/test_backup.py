"""Backups: one archive of a moment, restored on either database with everything as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import SQLModel

from channels.contract import Attachment
from server import backup, tickets
from server.database import Database, Engine, Transaction, open_engine
from server.errors import Conflict, Invalid
from server.files import Files
from server.tickets import TicketEdit
from tests import postgresql
from tests.conftest import _database_url
from tests.desks import ScriptedChannel, TestDesk, a_message


def everything(tx: Transaction) -> dict[str, list[Any]]:
    """All rows of all tables, in words that both databases share."""
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
        listed = ", ".join(f'"{column.name}"' for column in table.columns)
        rows = tx.all(f'SELECT {listed} FROM "{table.name}" ORDER BY {order}')
        found[table.name] = [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows]
    return found


async def test_a_backup_taken_while_working_is_restored_on_both_databases(
    desk: TestDesk, scripted: ScriptedChannel, files: Files, tmp_path: Path, engine: Engine, blank_sqlite: Path,
    postgresql_server: str,
) -> None:  # fmt: skip
    file = Attachment("見積書.pdf", "application/pdf", 4, lambda: iter([b"%PDF"]))
    scripted.says["x"] = [a_message("with a file", attachments=(file,))]
    first = await desk.accept("x")
    large = "y" * 100_000
    scripted.says[large] = [a_message("large arrival")]
    second = await desk.accept(large)
    assert first.ticket and second.ticket
    await desk.reply(first.ticket, "answer")
    await desk.database.write(tickets.edit, desk.agent, first.ticket, TicketEdit(tags=["返品"], priority="high"))
    await desk.database.write(tickets.merge, desk.agent, first.ticket, second.ticket)
    archive = tmp_path / "desk.tar.gz"
    summary = backup.write(engine, files, archive)
    assert summary.files == 2 and not summary.missing
    expected = await desk.database.read(everything)

    def normal(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
        return {
            name: [tuple(bool(v) if v in (0, 1) else v for v in row) for row in kept] for name, kept in rows.items()
        }

    name = f"restored_{uuid4().hex}"  # others may have the same server
    postgresql.manage(postgresql_server, f'CREATE DATABASE "{name}"')
    targets = [f"sqlite:///{tmp_path / 'restored.db'}", _database_url(postgresql_server, name)]
    for place, url in enumerate(targets):
        target, store = open_engine(url), Files(tmp_path / f"restored-files-{place}")
        backup.restore(target, store, archive)
        database = Database(target)
        assert normal(await database.read(everything)) == normal(expected)
        digest = (await database.read(tickets.thread, desk.agent, second.ticket)).messages[-1]
        assert digest.ticket == second.ticket
        assert {path.name for path in store.folder.glob("??/??/*")} == {p.name for p in files.folder.glob("??/??/*")}
        with pytest.raises(Conflict):
            backup.restore(target, store, archive)
        # The restored desk goes on counting where the old one was.
        moved = TestDesk(database, store, desk.channels)
        moved.agent, moved.account = desk.agent, desk.account
        scripted.says["after"] = [a_message("after the move", sender="new@customer.example")]
        accepted = await moved.inbox.accept(desk.arrival(b"after"))
        assert accepted.ticket == second.ticket + 1
        await moved.close()
        await database.close()
    postgresql.manage(postgresql_server, f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_broken_archive_is_refused_in_words(tmp_path: Path, sqlite_engine: Engine, files: Files) -> None:
    archive = tmp_path / "broken.tar.gz"
    archive.write_bytes(b"not an archive")
    with pytest.raises(Invalid, match="cannot be read"):
        backup.restore(sqlite_engine, files, archive)
