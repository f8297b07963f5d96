"""The desk killed again and again between LINE and its agents: `python -m tests.bad_days.line_sigkill --kills 300`.

People write texts and send pictures, and LINE offers each event again until it was taken; agents answer, each answer
posted with an Idempotency-Key until it was accepted; LINE is slow, and now and then takes a push and loses its answer.
Meanwhile the process is killed at random moments. Afterwards each event must be exactly one message, each picture
must be here, and each answer exactly one bubble on one phone.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from channels.line.simulator import Person, Served, Simulator, serving
from server.database import open_engine
from server.database.schema import migrate
from tests.desks import until
from tests.servers import Agent, Desk, Nursery, Street

PEOPLE, REPLIERS = 6, 4
SECRET = "the channel secret of the ordeal"
SDK = "linebot.v3.messaging"
"""Imported before the desks are forked: its second would pass before most of them are killed."""


@dataclass
class Account:
    """What was promised, and what came of it."""

    kills: int = 0
    events: set[str] = field(default_factory=set)
    offered_again: int = 0
    replies: set[str] = field(default_factory=set)
    posted_again: int = 0
    lost_answers: int = 0
    repeats: int = 0
    pictures: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills in {self.seconds:.0f} s: {len(self.events)} events taken from LINE"
            f" ({self.offered_again} offered again), each exactly one message, {self.pictures} pictures fetched;"
            f" {len(self.replies)} answers accepted ({self.posted_again} posted again), each exactly one bubble,"
            f" though LINE lost {self.lost_answers} of its answers and heard {self.repeats} of the pushes again"
        )


class Ordeal:
    """One desk, one simulated LINE, its people, its agents, and its killer."""

    def __init__(self, desk: Desk, line: Simulator, served: Served) -> None:
        self.desk = desk
        self.line = line
        self.served = served
        self.people: list[Person] = [line.person(f"客{n}", friend=True) for n in range(PEOPLE)]
        self.account = Account()
        self.over = False
        self._agent: Agent

    async def run(self, kills: int) -> Account:
        """Everything; raises `AssertionError` where a promise was broken."""
        began = time.monotonic()
        id = await self.desk.account(
            "line", "@216ru", name="LINE", channel_id=self.line.channel_id, channel_secret=SECRET,
            access_token=self.line.token, acknowledge=False, api_base=self.served.api_base,
            data_base=self.served.data_base, sticker_base=self.served.api_base,
        )  # fmt: skip
        self.line.webhooks.url = f"{self.desk.url}/line/webhook/{id}"
        self.line.webhooks.redeliver, self.line.webhooks.waits = True, [0.1] * 2000
        self._agent = await self.desk.agent()
        await self.desk.start()
        work = [*(self.write(person) for person in self.people), *(self.reply(n) for n in range(REPLIERS))]
        tasks = [asyncio.create_task(one) for one in (*work, self.be_ill(), self.hurry())]
        try:
            for _ in range(kills):
                if random.random() < 0.9:
                    await until(self.desk.lives, 30)
                    await asyncio.sleep(random.expovariate(1 / 0.7))
                else:
                    await asyncio.sleep(random.uniform(0, 0.3))
                for task in tasks:
                    if task.done():
                        await task
                await self.desk.kill()
                self.account.kills += 1
                await self.desk.start(wait=False)
            await until(self.desk.lives, 30)
            self.over = True
            self.line.faults.clear()
            async with asyncio.timeout(60):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.settle()
        await self.judge()
        self.account.seconds = time.monotonic() - began
        return self.account

    # ---------------------------------------------------------------------------------------------- the load

    async def write(self, person: Person) -> None:
        """Somebody with a phone: LINE offers each event until it was taken."""
        n = 0
        while not self.over:
            n += 1
            said = person.image() if n % 5 == 0 else person.text(f"{person.name} {n}")
            self.account.events.add(said.message_id)
            await asyncio.sleep(random.uniform(0.02, 0.2))

    async def be_ill(self) -> None:
        """LINE thinks before it answers, and now and then takes a push and answers nothing."""
        while not self.over:
            await asyncio.sleep(random.uniform(0.02, 0.15))
            lost = random.random() < 0.3
            self.line.fail_next(
                500 if lost else None, path="/message/push", after_accepting=lost, delay=random.uniform(0, 0.05)
            )

    async def hurry(self) -> None:
        """Waits of minutes are cut short, so that each letter is tried often."""
        while not self.over:
            await asyncio.sleep(0.5)
            await self.desk.unit(
                lambda tx: tx.run(
                    "UPDATE letter SET next_at = :now WHERE state = 'waiting' AND next_at > :now", now=tx.now
                )
            )

    async def reply(self, replier: int) -> None:
        """Like a console: each answer is posted, under its key, until it was accepted."""
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
                    answer = await self._agent.ask(
                        "POST",
                        f"/tickets/{row['number']}/replies",
                        body,
                        headers={"Idempotency-Key": f"r{replier}-{n}"},
                    )
                    if answer.status == 201:
                        self.account.replies.add(text)
                        break
                    assert answer.status in (409, 503), answer.text
                except (aiohttp.ClientError, OSError, TimeoutError, IndexError):
                    pass
                self.account.posted_again += 1
                await asyncio.sleep(0.05)

    # ------------------------------------------------------------------------------------------- the account

    async def settle(self) -> None:
        """Everything is taken, fetched and delivered; waits of minutes are not waited for."""
        async with asyncio.timeout(120):
            await self.line.settled()

        async def all_done() -> bool:
            for table, states in (("letter", "state IN ('waiting', 'sending')"), ("errand", "1 = 1")):
                await self.desk.unit(
                    lambda tx, table=table, states=states: tx.run(  # type: ignore[misc]
                        f"UPDATE {table} SET next_at = :now WHERE {states} AND next_at > :now", now=tx.now
                    )
                )
            letters = await self.desk.count("letter", "state <> 'delivered'")
            return letters == 0 and await self.desk.count("errand", "what = 'file'") == 0

        end = time.monotonic() + 120
        while not await all_done():
            assert time.monotonic() < end, await self.desk.rows("SELECT id, state, words, attempts FROM letter")
            await asyncio.sleep(0.5)

    async def judge(self) -> None:
        """Every promise, one by one."""
        rows = await self.desk.rows("SELECT external_id FROM message WHERE kind = 'customer'")
        assert Counter(row.external_id for row in rows) == dict.fromkeys(self.account.events, 1)
        assert await self.desk.count("arrival", "state <> 'filed'") == 0
        self.account.offered_again = len(self.line.webhooks.attempts) - len(self.account.events)
        files = await self.desk.rows("SELECT state, digest FROM attachment")
        assert {file.state for file in files} <= {"here"}, Counter(file.state for file in files)
        assert all(self.desk.parts.files.path(file.digest).exists() for file in files)
        self.account.pictures = len(files)

        said = await self.desk.rows("SELECT text FROM message WHERE kind = 'agent'")
        assert Counter(row.text for row in said) == dict.fromkeys(self.account.replies, 1)
        shown = Counter(bubble.text for person in self.people for bubble in person.phone)
        assert shown == dict.fromkeys(self.account.replies, 1), [text for text, many in shown.items() if many > 1]
        pushes = [call.status for call in self.line.calls if call.path.endswith("/message/push")]
        self.account.lost_answers, self.account.repeats = pushes.count(500), pushes.count(409)
        seqs = [row.seq for row in await self.desk.rows("SELECT seq FROM change ORDER BY seq")]
        assert seqs == list(range(1, len(seqs) + 1)), "the change feed has a gap"


async def ordeal(desk: Desk, kills: int) -> Account:
    """Run one against this desk, not started yet."""
    line = Simulator("1657000000", SECRET)
    async with serving(line) as served:
        return await Ordeal(desk, line, served).run(kills)


async def _alone(kills: int, database: str | None) -> None:
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-line-sigkill-"))
    nursery = Nursery(SDK)
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


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--database", help="a blank database; SQLite in a temporary folder unless given")
    chosen = parser.parse_args()
    asyncio.run(_alone(chosen.kills, chosen.database))


if __name__ == "__main__":
    main()
