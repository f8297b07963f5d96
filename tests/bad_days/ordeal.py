"""A desk killed again and again under load, and the account of what was promised: what such ordeals have in common."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import aiohttp

from server.database import open_engine
from server.database.schema import migrate
from tests.desks import until
from tests.servers import Agent, Desk, Nursery, Street


@dataclass
class Account:
    """What was promised, and what came of it."""

    kills: int = 0
    replies: set[str] = field(default_factory=set)
    posted_again: int = 0
    seconds: float = 0.0


class Ordeal:
    """One desk, its agents, and its killer. Who else there is, and what they were promised, is a subclass's."""

    between: ClassVar[float] = 0.3
    """Seconds that a desk works before it is killed, on average; one in ten is killed while it starts."""
    account: Account

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.over = False
        self._agent: Agent

    async def prepare(self) -> None:
        """What must stand before the desk starts."""
        raise NotImplementedError

    def work(self) -> Iterable[Coroutine[Any, Any, None]]:
        """What everybody does until it is over."""
        raise NotImplementedError

    def calm(self) -> None:
        """It is over: nothing goes wrong any more."""

    async def settle(self) -> None:
        """What the dead left behind is taken up; waits of minutes are not waited for."""
        raise NotImplementedError

    async def judge(self) -> None:
        """Every promise, one by one."""
        raise NotImplementedError

    async def run(self, kills: int) -> None:
        """Everything; raises `AssertionError` where a promise was broken."""
        began = time.monotonic()
        await self.prepare()
        self._agent = await self.desk.agent()
        await self.desk.start()
        tasks = [asyncio.create_task(one) for one in self.work()]
        try:
            for _ in range(kills):
                if random.random() < 0.9:
                    await until(self.desk.lives, 90)
                    await asyncio.sleep(random.expovariate(1 / self.between))
                else:
                    await asyncio.sleep(random.uniform(0, 0.3))
                for task in tasks:
                    if task.done():
                        await task  # it ended before its time: let it say why
                await self.desk.kill()
                self.account.kills += 1
                await self.desk.start(wait=False)
            await until(self.desk.lives, 90)
            self.over = True
            self.calm()
            async with asyncio.timeout(60):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.settle()
        await self.judge()
        await self.judge_the_books()
        self.account.seconds = time.monotonic() - began

    async def reply(self, replier: int) -> None:
        """Like a console: each reply is posted, under its key, until it was accepted."""
        n = 0
        while not self.over:
            n += 1
            text = f"答え r{replier}-{n}."
            body: dict[str, Any] | None = None
            while True:
                try:
                    if body is None:
                        rows = await self._agent.get("/tickets?view=all&sort=recent&limit=50")
                        row = random.choice(rows["items"])
                        body = {"text": text, "seen": row["last_seq"]}
                    path, headers = f"/tickets/{row['number']}/replies", {"Idempotency-Key": f"r{replier}-{n}"}
                    answer = await self._agent.ask("POST", path, body, headers=headers)
                    if answer.status == 201:
                        self.account.replies.add(text)
                        break
                    assert answer.status in (409, 503), answer.text
                except (aiohttp.ClientError, OSError, TimeoutError, IndexError):
                    pass
                self.account.posted_again += 1
                await asyncio.sleep(0.05)

    async def at_once(self, table: str, states: str) -> None:
        """Rows in these states need not wait for their time."""
        await self.desk.unit(
            lambda tx: tx.run(f"UPDATE {table} SET next_at = :now WHERE {states} AND next_at > :now", now=tx.now)
        )

    async def all_left(self) -> None:
        """Every letter is delivered."""
        end = time.monotonic() + 120
        while await self.desk.count("letter", "state <> 'delivered'"):
            assert time.monotonic() < end, await self.desk.rows("SELECT id, state, words, attempts FROM letter")
            await self.at_once("letter", "state IN ('waiting', 'sending')")
            await asyncio.sleep(0.5)

    async def judge_the_books(self) -> None:
        """Nothing is half written: every reply once, numbers without gaps, files that are there."""
        said = await self.desk.rows("SELECT text FROM message WHERE kind = 'agent'")
        assert Counter(row.text for row in said) == dict.fromkeys(self.account.replies, 1)
        seqs = [row.seq for row in await self.desk.rows("SELECT seq FROM change ORDER BY seq")]
        assert seqs == list(range(1, len(seqs) + 1)), "the change feed has a gap"
        for row in await self.desk.rows(
            "SELECT t.number, t.last_seq, count(*) AS many, max(m.seq) AS newest FROM ticket t"
            " JOIN message m ON m.ticket_number = t.number GROUP BY t.number, t.last_seq"
        ):
            assert row.last_seq == row.many == row.newest, row
        digests = await self.desk.rows("SELECT digest FROM arrival WHERE digest IS NOT NULL")
        lost = [row.digest for row in digests if not self.desk.parts.files.path(row.digest).exists()]
        assert lost == [], "a row names a file that was never kept"


async def _alone(ordeal: Callable[[Desk, int], Awaitable[Account]], sdk: str, kills: int, database: str | None) -> None:
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-sigkill-"))
    nursery = Nursery(sdk) if sdk else Nursery()
    url = database or f"sqlite:///{folder}/desk.db"
    migrate(open_engine(url))
    street = Street(folder, nursery, lambda: url)
    try:
        account = await ordeal(street.desk(), kills)
        sys.stdout.write(f"{account}\n")
    finally:
        await street.close()
        nursery.close()
        shutil.rmtree(folder)


def long_run(words: str | None, ordeal: Callable[[Desk, int], Awaitable[Account]], *, sdk: str = "") -> None:
    """The command line of an ordeal."""
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--database", help="a blank database; SQLite in a temporary folder unless given")
    chosen = parser.parse_args()
    asyncio.run(_alone(ordeal, sdk, chosen.kills, chosen.database))
