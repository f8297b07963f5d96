"""An import goes on after a kill, stops when it is told to, and is worked on by one process."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.agents import DESK
from server.customers.imports import actions, queries, running
from server.customers.sheets import tables
from server.errors import Conflict
from tests.customers.imports.conftest import Counter
from tests.desks import until

HEAD = "会員番号,お名前,メールアドレス\n"


def people(many: int) -> str:
    return HEAD + "".join(f"{n},山田 {n},p{n}@example.jp\n" for n in range(many))


def counts(counter: Counter) -> tuple[int, int]:
    (row,) = counter.rows("SELECT count(*) AS n, count(DISTINCT name) AS m FROM customer")
    return row.n, row.m


async def test_a_killed_process_leaves_an_import_that_another_finishes_exactly_once(counter: Counter) -> None:
    view = await counter.bring(people(400))
    await counter.database.write(actions.start, DESK, view.id)
    program = Path(__file__).parent / "worker.py"
    worker = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, str(program), counter.database.engine.url, str(counter.files.folder), str(view.id)],
        stdout=subprocess.PIPE,
    )
    try:
        await until(lambda: counts(counter)[0] >= 100, seconds=60)
    finally:
        worker.send_signal(signal.SIGKILL)
        await asyncio.to_thread(worker.wait)
        assert worker.stdout is not None
        worker.stdout.close()
    done, _ = counts(counter)
    assert 100 <= done < 400
    importer = counter.importer()
    assert not await importer.take_over(view.id), "the lease of the dead process still runs"
    await counter.database.write(_later, view.id)
    view = await counter.work(view.id)
    assert (view.state, view.counts.rows, view.counts.new) == ("done", 400, 400)
    assert counts(counter) == (400, 400)
    await counter.undo(view.id)
    assert counts(counter) == (0, 0)


def _later(tx: Any, id: int) -> None:
    """The lease is over."""
    tx.run("UPDATE customer_import SET leased_until = :past WHERE id = :id", past=tx.now - timedelta(seconds=1), id=id)


async def test_the_importer_works_by_itself_when_it_is_kicked(counter: Counter) -> None:
    view = await counter.bring(people(20))
    importer = counter.importer()
    task = asyncio.create_task(importer.run())
    try:
        await counter.database.write(actions.start, DESK, view.id, trial=True)
        importer.kick()
        await until(lambda: counter.database.read_now(queries.view, view.id).state == "tried")
        await counter.database.write(actions.start, DESK, view.id)
        importer.kick()
        await until(lambda: counter.database.read_now(queries.view, view.id).state == "done")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert counts(counter) == (20, 20)


async def test_a_cancelled_import_stops_goes_on_and_can_be_taken_back(counter: Counter) -> None:
    view = await counter.bring(people(300))
    await counter.database.write(actions.start, DESK, view.id)
    importer = counter.importer()
    assert await importer.take_over(view.id)
    stopped = False

    def told(now: Any) -> None:
        nonlocal stopped
        if now.counts.rows >= 100 and not stopped:
            stopped = True
            counter.database.write_now(actions.cancel, DESK, view.id)

    await importer.work(view.id, told)
    view = await counter.database.read(queries.view, view.id)
    assert view.state == "cancelled" and 100 <= view.counts.rows < 300 and view.can_undo
    view = await counter.run(view.id)
    assert (view.state, view.counts.new) == ("done", 300) and counts(counter) == (300, 300)
    with pytest.raises(Conflict):
        await counter.database.write(actions.cancel, DESK, view.id)
    await counter.undo(view.id)
    assert counts(counter) == (0, 0)


async def test_a_file_that_breaks_off_is_taken_in_so_far_and_says_where(counter: Counter) -> None:
    view = await counter.bring(people(70) + '70,"' + "x" * (tables.LONGEST_CELL + 10))
    view = await counter.run(view.id)
    assert view.state == "failed" and "after row" in view.words and view.can_undo
    await counter.undo(view.id)
    assert counts(counter) == (0, 0)


async def test_one_row_that_the_database_refuses_does_not_stop_the_others(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = running.learning.learn

    def learn(tx: Any, job: Any, items: Any) -> Any:
        if any(item.key == "7" and item.fact is not None for item, _ in items):
            raise OverflowError("integer out of range")
        return real(tx, job, items)

    monkeypatch.setattr(running.learning, "learn", learn)
    view = await counter.take(people(20))
    assert (view.state, view.counts.new, view.counts.refused) == ("done", 19, 1)
    (problem,) = await counter.problems(view.id)
    assert problem.row == 9 and "refuses" in problem.reasons["*"]


async def test_files_and_journals_are_kept_for_a_while_only(counter: Counter) -> None:
    view = await counter.take(people(3))
    await counter.database.write(actions.sweep)
    assert (await counter.database.read(queries.view, view.id)).digest
    for days, has_file, can_undo in ((31, False, True), (91, False, False)):
        await counter.database.write(_age, view.id, days)
        await counter.database.write(actions.sweep)
        now = await counter.database.read(queries.view, view.id)
        assert (bool(now.digest), now.can_undo) == (has_file, can_undo)


def _age(tx: Any, id: int, days: int) -> None:
    tx.run("UPDATE customer_import SET finished_at = :then WHERE id = :id", then=tx.now - timedelta(days=days), id=id)
