"""Units of work: what commits together, what fails alone, and the order of the change feed."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import datetime
from typing import Any

import pytest

from server.accounts.models import DeskSetting
from server.agents.models import Team
from server.database import Database, Engine, Transaction, open_engine
from server.database.types import dump
from server.errors import Invalid, Unavailable
from server.events import Change, DeskChanged, Event

NAMES = ("by row", "by statement")


def add_team(tx: Transaction, name: str) -> int:
    tx.record(DeskChanged(what="team"))
    return tx.insert("team", name=name)


def add_team_as_row(tx: Transaction, name: str) -> int:
    team = tx.add(Team(name=name))
    tx.record(DeskChanged(what="team", id=team.id))
    assert team.id is not None
    return team.id


def add_then_refuse(tx: Transaction) -> None:
    tx.insert("team", name="never")
    tx.record(DeskChanged(what="never"))
    raise Invalid("no")


def names(tx: Transaction) -> list[str]:
    return [row.name for row in tx.all("SELECT name FROM team ORDER BY id")]


async def test_units_that_wait_together_commit_together_and_fail_alone(database: Database) -> None:
    heard: list[tuple[Change, Event]] = []
    database.on_commit(heard.extend)
    results = await asyncio.gather(
        database.write(add_team, "a"),
        database.write(add_then_refuse),
        database.write(add_team_as_row, "b"),
        database.write(add_team_as_row, "a"),
        database.write(add_team, "c"),
        return_exceptions=True,
    )
    assert isinstance(results[1], Invalid)
    assert "IntegrityError" in type(results[3]).__name__
    assert await database.read(names) == ["a", "b", "c"]
    assert [change.seq for change, _ in heard] == [1, 2, 3]


async def test_results_come_out_in_the_order_the_units_were_queued(database: Database) -> None:
    heard: list[int] = []
    database.on_commit(lambda changes: heard.extend(change.seq for change, _ in changes))
    futures = [database.write(add_team, f"team {n}") for n in range(300)]
    ids = await asyncio.gather(*futures)
    assert ids == sorted(ids)
    assert heard == list(range(1, 301))


async def test_two_processes_on_one_database_leave_no_gap_in_the_feed(engine: Engine) -> None:
    one, other = Database(engine), Database(engine)
    await asyncio.gather(
        *(database.write(add_team, f"{name}{n}") for n in range(50) for name, database in (("a", one), ("b", other)))
    )
    seqs = await one.read(lambda tx: [row.seq for row in tx.all("SELECT seq FROM change ORDER BY seq")])
    assert seqs == list(range(1, 101))
    await one.close()
    await other.close()


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read.?only"):
        await database.read(add_team, "a")
    assert await database.read(names) == []


async def test_a_locked_database_is_waited_for_and_nothing_is_lost(sqlite_engine: Engine) -> None:
    database = Database(sqlite_engine)
    await database.write(add_team, "first")
    lock = sqlite3.connect(sqlite_engine.path, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    waiting = database.write(add_team, "second")
    asyncio.get_running_loop().call_later(0.3, lock.execute, "ROLLBACK")
    assert await waiting == 2
    lock.close()
    await database.close()


@pytest.mark.parametrize("url", ["sqlite:////proc/no/such/place.db", "postgresql://nobody@127.0.0.1:1/none"])
async def test_a_database_that_is_gone_says_so_and_the_caller_can_offer_again(url: str) -> None:
    database = Database(open_engine(url))
    with pytest.raises(Unavailable):
        await database.write(add_team, "a")
    await database.close()


async def test_json_and_times_are_the_same_by_row_and_by_statement(database: Database) -> None:
    value = {"名": ["a", 1, None, {"deep": True}], "empty": {}}

    def by_row(tx: Transaction) -> datetime:
        tx.add(DeskSetting(name="by row", value=value, updated_at=tx.now))
        return tx.now

    def by_statement(tx: Transaction) -> None:
        tx.run(
            "INSERT INTO desk_setting (name, value, updated_at) VALUES ('by statement', :value, :now)",
            value=dump(value),
            now=tx.now,
        )

    def read(tx: Transaction) -> list[tuple[Any, datetime]]:
        rows = [tx.one("SELECT * FROM desk_setting WHERE name = :name", name=name) for name in NAMES]
        return [(row.value, row.updated_at) for row in (*rows, *(tx.get(DeskSetting, name) for name in NAMES))]

    at = await database.write(by_row)
    await database.write(by_statement)
    found = await database.read(read)
    assert [kept for kept, _ in found] == [value] * 4
    assert found[0][1] == found[2][1] == at
