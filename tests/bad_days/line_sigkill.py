"""The desk killed again and again between LINE and its agents: `python -m tests.bad_days.line_sigkill --kills 300`.

People write texts and send pictures, and LINE offers each event again until it was taken; agents answer, each answer
posted with an Idempotency-Key until it was accepted; LINE is slow, and now and then takes a push and loses its answer.
Meanwhile the process is killed at random moments. Afterwards each event must be exactly one message, each picture
must be here, and each answer exactly one bubble on one phone.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from channels.line.simulator import Person, Served, Simulator, serving
from tests.bad_days import ordeal as ordeals
from tests.desks import until
from tests.servers import Desk

PEOPLE, REPLIERS = 6, 4
SECRET = "the channel secret of the ordeal"
SDK = "linebot.v3.messaging"
"""Imported before the desks are forked: its second would pass before most of them are killed."""


@dataclass
class Account(ordeals.Account):
    """What was promised, and what came of it."""

    events: set[str] = field(default_factory=set)
    offered_again: int = 0
    lost_answers: int = 0
    repeats: int = 0
    pictures: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills in {self.seconds:.0f} s: {len(self.events)} events taken from LINE"
            f" ({self.offered_again} offered again), each exactly one message, {self.pictures} pictures fetched;"
            f" {len(self.replies)} answers accepted ({self.posted_again} posted again), each exactly one bubble,"
            f" though LINE lost {self.lost_answers} of its answers and heard {self.repeats} of the pushes again"
        )


class Ordeal(ordeals.Ordeal):
    """A simulated LINE and its people."""

    between: ClassVar[float] = 0.7
    account: Account

    def __init__(self, desk: Desk, line: Simulator, served: Served) -> None:
        super().__init__(desk)
        self.line = line
        self.served = served
        self.people: list[Person] = [line.person(f"客{n}", friend=True) for n in range(PEOPLE)]
        self.account = Account()

    async def prepare(self) -> None:
        """One official account, whose events are offered until they were taken."""
        id = await self.desk.account(
            "line", "@216ru", name="LINE", channel_id=self.line.channel_id, channel_secret=SECRET,
            access_token=self.line.token, acknowledge=False, api_base=self.served.api_base,
            data_base=self.served.data_base, sticker_base=self.served.api_base,
        )  # fmt: skip
        self.line.webhooks.url = f"{self.desk.url}/line/webhook/{id}"
        self.line.webhooks.redeliver, self.line.webhooks.waits = True, [0.1] * 2000

    def work(self) -> Iterable[Coroutine[Any, Any, None]]:
        """People write, agents answer, LINE has bad days."""
        return [*map(self.write, self.people), *map(self.reply, range(REPLIERS)), self.be_ill(), self.hurry()]

    def calm(self) -> None:
        """LINE is well."""
        self.line.faults.clear()

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
            await self.at_once("letter", "state = 'waiting'")

    async def settle(self) -> None:
        """Everything is taken, fetched and delivered; waits of minutes are not waited for."""
        taken = -1
        while True:  # on a busy machine much has piled up: as long as it gets less
            try:
                async with asyncio.timeout(60):
                    await self.line.settled()
                break
            except TimeoutError:
                before, taken = taken, await self.desk.count("arrival")
                assert taken > before, "LINE offers events, and none is taken"

        async def all_fetched() -> bool:
            await self.at_once("errand", "1 = 1")
            return await self.desk.count("errand", "what = 'file'") == 0

        await until(all_fetched, 120)
        await self.all_left()

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

        shown = Counter(bubble.text for person in self.people for bubble in person.phone)
        assert shown == dict.fromkeys(self.account.replies, 1), [text for text, many in shown.items() if many > 1]
        pushes = [call.status for call in self.line.calls if call.path.endswith("/message/push")]
        self.account.lost_answers, self.account.repeats = pushes.count(500), pushes.count(409)


async def ordeal(desk: Desk, kills: int) -> Account:
    """Run one against this desk, not started yet."""
    line = Simulator("1657000000", SECRET)
    async with serving(line) as served:
        one = Ordeal(desk, line, served)
        await one.run(kills)
        return one.account


if __name__ == "__main__":
    ordeals.long_run(__doc__, ordeal, sdk=SDK)
