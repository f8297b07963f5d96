"""Following the change feed: nothing passed over, nothing lost with a process, nothing kept twice by two of them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.database import Database, Engine, Follower, Keep, Stretch, Transaction
from server.errors import Unavailable
from server.events import AgentAvailable, DeskChanged
from tests.desks import until


class Namer(Follower):
    """Makes a team of each number in the feed: one after the other so that twice is once, or all of a stretch `once`,
    which would fail the second time."""

    desk = "flow_desk"
    kinds = ("desk.changed",)
    at_once = 3
    longest_sleep = 3600.0
    away = "Teams cannot be made now: %s"
    stumbled = "The namer stumbled"

    def __init__(self, database: Database, *, once: bool = False) -> None:
        super().__init__(database)
        self.once = once
        self.tried: list[list[int]] = []
        self.wanted: Callable[[], bool] = lambda: True
        self.after: Callable[[], Awaitable[object]] = _nothing
        """Awaited when the work on a stretch is done, and its place has not moved."""
        self.rings: list[float] = []

    def in_use(self, tx: Transaction) -> bool:
        return self.wanted()

    async def take(self, stretch: Stretch) -> Keep | None:
        numbers = [change.data["id"] for change in stretch.changes]
        self.tried.append(numbers)
        if not self.once:
            for number in numbers:
                await self._database.write(_make_unless_there, number)
        await self.after()
        return (lambda tx: _make(tx, numbers)) if self.once else None

    async def ring(self) -> float:
        return self.rings.pop() if self.rings else self.longest_sleep


async def _nothing() -> None:
    return


def _make_unless_there(tx: Transaction, number: int) -> None:
    if not tx.value("SELECT 1 FROM team WHERE name = :name", name=str(number)):
        _make(tx, [number])


def _make(tx: Transaction, numbers: list[int]) -> None:
    for number in numbers:
        tx.insert("team", name=str(number))


def _happen(tx: Transaction, *numbers: int) -> None:
    """Each is a change, with one of another kind before it."""
    for number in numbers:
        tx.record(AgentAvailable(agent=number, state="online"))
        tx.record(DeskChanged(what="x", id=number))


def made(tx: Transaction) -> list[int]:
    return [int(row.name) for row in tx.all("SELECT name FROM team ORDER BY id")]


def place(tx: Transaction) -> int:
    return int(tx.value("SELECT seen FROM flow_desk"))


@pytest.fixture
async def database(database: Database) -> Database:
    await database.write(lambda tx: tx.insert("flow_desk", id=1, seen=0))
    return database


@pytest.fixture
async def beside(engine: Engine, database: Database) -> AsyncIterator[Database]:
    """The same database, as another process has it open."""
    opened = Database(engine)
    yield opened
    await opened.close()


@pytest.mark.parametrize("once", [False, True])
async def test_what_a_process_died_over_is_found_by_the_next(database: Database, beside: Database, once: bool) -> None:
    await database.write(_happen, 1, 2)
    dying = Namer(database, once=once)
    dying.after = asyncio.Event().wait
    running = asyncio.create_task(dying.run())
    await until(lambda: dying.tried)
    if not once:
        await until(lambda: _is(database, made, [1, 2]))
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled(), "it stops when it is told to"
    assert await database.read(place) == 0
    assert await database.read(made) == ([] if once else [1, 2])

    next_one = Namer(beside, once=once)
    assert not await next_one.look()
    assert next_one.tried == [[1, 2]]
    assert (await beside.read(made), await beside.read(place)) == ([1, 2], 4)
    assert not await next_one.look()
    await database.write(lambda tx: tx.record(AgentAvailable(agent=1, state="away")))
    assert not await next_one.look()
    assert next_one.tried == [[1, 2]], "nothing is looked at twice without need, nor what it does not follow"
    assert await beside.read(place) == 5


async def test_two_processes_at_one_stretch_keep_it_once_and_never_go_back(
    database: Database, beside: Database
) -> None:
    slow, quick = Namer(database, once=True), Namer(beside, once=True)
    go_on = asyncio.Event()
    slow.after = go_on.wait
    await database.write(_happen, 1, 2)
    held = asyncio.create_task(slow.look())
    await until(lambda: slow.tried)
    await database.write(_happen, 3)
    assert await quick.look(), "a full stretch"
    go_on.set()
    await held
    assert slow.tried == [[1, 2]] and quick.tried == [[1, 2, 3]]
    assert (await database.read(made), await database.read(place)) == ([1, 2, 3], 6)

    slow, quick = Namer(database), Namer(beside)
    go_on.clear()
    slow.after = go_on.wait
    await database.write(_happen, 4)
    held = asyncio.create_task(slow.look())
    await until(lambda: slow.tried)
    await database.write(_happen, 5)
    await quick.look()
    go_on.set()
    await held
    assert slow.tried == [[4]] and quick.tried == [[4, 5]]
    assert (await database.read(made), await database.read(place)) == ([1, 2, 3, 4, 5], 10)


async def test_a_stretch_that_fails_is_tried_again_as_a_whole(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    namer = Namer(database)
    raised: list[Exception] = [Unavailable("gone"), RuntimeError("odd")]

    async def fail() -> None:
        if raised:
            raise raised.pop()

    namer.after = fail
    await database.write(_happen, 1)
    running = asyncio.create_task(namer.run())
    await until(lambda: "The namer stumbled" in caplog.text)
    assert await database.read(place) == 0
    await database.write(_happen, 2)
    namer.kick()
    await until(lambda: "Teams cannot be made now: gone" in caplog.text)
    assert await database.read(place) == 0
    namer.kick()
    await until(lambda: _is(database, place, 4))
    assert namer.tried == [[1], [1, 2], [1, 2]]
    assert await database.read(made) == [1, 2]
    levels = [record.levelno for record in caplog.records if record.name == __name__]
    assert levels == [logging.ERROR, logging.WARNING], "each says itself what became of it"
    running.cancel()
    await asyncio.wait([running])


async def test_what_comes_while_it_works_or_learns_that_it_is_idle_is_not_slept_over(database: Database) -> None:
    namer = Namer(database)
    go_on = asyncio.Event()
    namer.after = go_on.wait
    running = asyncio.create_task(namer.run())
    await database.write(_happen, 1)
    namer.kick()
    await until(lambda: namer.tried)
    await database.write(_happen, 2)
    namer.kick()
    go_on.set()
    await until(lambda: _is(database, made, [1, 2]))

    asked, answer = threading.Event(), threading.Event()

    def not_any_more() -> bool:
        asked.set()
        answer.wait(60)
        return False

    namer.wanted = not_any_more
    namer.changed()
    await until(asked.is_set)
    looks: list[bool] = []

    def again() -> bool:
        looks.append(True)
        return True

    namer.wanted = again
    namer.changed()
    answer.set()
    await until(lambda: looks and not namer.idle)
    await database.write(_happen, 3)
    namer.kick()
    await until(lambda: _is(database, made, [1, 2, 3]))

    namer.wanted = lambda: False
    namer.changed()
    await until(lambda: namer.idle)
    looks.clear()
    namer.wanted = again
    for number in range(4, 12):
        await database.write(_happen, number)
        namer.kick()
    assert not looks, "while nobody needs it, it costs nothing"
    namer.changed()
    await until(lambda: _is(database, place, 22))
    assert [number for numbers in namer.tried for number in numbers] == list(range(1, 12)), "in order, each once"
    assert max(map(len, namer.tried)) == namer.at_once
    running.cancel()
    await asyncio.wait([running])


async def test_it_rings_once_the_feed_is_followed_and_again_in_its_time(database: Database) -> None:
    namer = Namer(database)
    namer.rings = [0.01, 0.0, 0.01]
    await database.write(_happen, *range(1, 8))
    running = asyncio.create_task(namer.run())
    await until(lambda: not namer.rings)
    assert namer.tried == [[1, 2, 3], [4, 5, 6], [7]]
    assert await database.read(place) == 14
    running.cancel()
    await asyncio.wait([running])


async def _is(database: Database, unit: Callable[[Transaction], object], wanted: object) -> bool:
    return await database.read(unit) == wanted
