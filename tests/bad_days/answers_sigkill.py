"""The desk killed again and again while it answers by itself: `python -m tests.bad_days.answers_sigkill --kills 40`.

Mails and LINE messages come in, each from somebody new: what an article answers, what none does, what a flow answers.
LINE is slow, and so is the relay. Meanwhile the process is killed at random moments, between a message's coming in and
the answer's going out too. Afterwards each message must have exactly one answer or acknowledgement: one bubble on one
phone, or one letter under one Message-ID.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any, ClassVar

import msgspec

from channels.line.simulator import Person, Served, Simulator, serving
from server.agents import DESK
from server.database import Transaction
from server.flows import actions, ready
from server.flows.steps import Start
from tests.answers import shelf
from tests.bad_days import ordeal as ordeals
from tests.bad_days.line_sigkill import SDK, SECRET
from tests.bad_days.sigkill import SlowRelay
from tests.channels.email.network import mail_server
from tests.desks import until
from tests.servers import Desk, a_mail

ANSWERED = [shelf.SHIPPING[0], shelf.CANCEL[0], shelf.PASSWORD[0]]
UNKNOWN = ["昨日届いた茶碗の色が写真と違うのですが", "店舗はどこにありますか", "領収書の宛名を変えてください"]
LED = ["メニュー"]
UNTOLD = (
    "SELECT m.text FROM message m WHERE m.kind = 'customer' AND NOT EXISTS"
    " (SELECT 1 FROM message a WHERE a.ticket_number = m.ticket_number AND a.kind = 'auto')"
)


@dataclass
class Account(ordeals.Account):
    """What was asked, and what came of it."""

    mails: set[str] = field(default_factory=set)
    people: list[Person] = field(default_factory=list)
    how: Counter[str] = field(default_factory=Counter)
    left_again: int = 0

    def __str__(self) -> str:
        said = ", ".join(f"{many} {how}s" for how, many in sorted(self.how.items()))
        return (
            f"{self.kills} kills in {self.seconds:.0f} s: {len(self.mails)} mails and {len(self.people)} LINE messages,"
            f" each answered exactly once ({said}); {self.left_again} letters left a second time under the same"
            " Message-ID"
        )


class Ordeal(ordeals.Ordeal):
    """A mailbox and a LINE account that answer by themselves, and people who each ask once."""

    between: ClassVar[float] = 1.0
    account: Account

    def __init__(self, desk: Desk, relay: SlowRelay, line: Simulator, served: Served) -> None:
        super().__init__(desk)
        self.relay = relay
        self.line = line
        self.served = served
        self.account = Account()

    async def prepare(self) -> None:
        """Articles, a flow that begins with its word, and both accounts switched on."""
        line = await self.desk.account(
            "line", "@216ru", name="LINE", channel_id=self.line.channel_id, channel_secret=SECRET,
            access_token=self.line.token, acknowledge=True, api_base=self.served.api_base,
            data_base=self.served.data_base, sticker_base=self.served.api_base,
        )  # fmt: skip
        self.line.webhooks.url = f"{self.desk.url}/line/webhook/{line}"
        self.line.webhooks.redeliver, self.line.webhooks.waits = True, [0.1] * 2000
        mail = await self.desk.mailbox(self.relay, acknowledge=True)

        def answer(tx: Transaction) -> None:
            shelf.publish(tx, DESK)
            for account in (line, mail):
                shelf.switch_on(tx, DESK, account)
            content = msgspec.structs.replace(ready.sample(), start=Start(words=LED))
            flow = actions.add(tx, DESK, "窓口", content).id
            actions.change(tx, DESK, flow, accounts=[line])
            actions.publish(tx, DESK, flow)
            actions.enable(tx, DESK, flow, True)

        await self.desk.unit(answer)

    def work(self) -> Iterable[Coroutine[Any, Any, None]]:
        """People ask both ways; LINE thinks before it answers."""
        return [self.mails(0), self.mails(1), self.lines(), self.be_slow(), self.hurry()]

    def calm(self) -> None:
        """LINE is quick."""
        self.line.faults.clear()

    async def mails(self, sender: int) -> None:
        """Like a mail server: each mail is offered until it was taken."""
        n = 0
        while not self.over:
            n += 1
            who, text = f"c{sender}-{n}@customer.example", random.choice(random.choice((ANSWERED, UNKNOWN)))
            raw = a_mail(text, sender=f"客 <{who}>", subject=text, id=f"m{sender}-{n}")
            while True:
                try:
                    said = await self.desk.mail(raw, sender=who)
                except (OSError, TimeoutError):
                    said = ""
                if said.startswith("250"):
                    self.account.mails.add(who)
                    break
                assert not said.startswith("5"), said
                await asyncio.sleep(0.05)
            await asyncio.sleep(random.uniform(0.05, 0.5))

    async def lines(self) -> None:
        """Somebody new with a phone, again and again."""
        while not self.over:
            person = self.line.person(f"客{len(self.account.people)}", friend=True)
            person.text(random.choice(random.choice((ANSWERED, UNKNOWN, LED))))
            self.account.people.append(person)
            await asyncio.sleep(random.uniform(0.1, 0.5))

    async def be_slow(self) -> None:
        """A kill finds answers that LINE was given and has not confirmed."""
        while not self.over:
            await asyncio.sleep(random.uniform(0.02, 0.1))
            for path in ("/message/reply", "/message/push"):
                self.line.fail_next(None, path=path, delay=random.uniform(0, 0.15))

    async def hurry(self) -> None:
        """Waits of minutes are cut short, so that each letter is tried often."""
        while not self.over:
            await asyncio.sleep(0.5)
            await self.at_once("letter", "state = 'waiting'")

    async def settle(self) -> None:
        """Everything is taken, decided about and delivered."""
        await self.line.settled()

        async def all_told() -> bool:
            return not await self.desk.rows(UNTOLD)

        await until(all_told, 120)
        await self.all_left()

    async def judge(self) -> None:
        """Every promise, one by one."""
        asked = await self.desk.count("message", "kind = 'customer'")
        assert asked == len(self.account.mails) + len(self.account.people)
        own = await self.desk.rows("SELECT ticket_number, automatic FROM message WHERE kind = 'auto'")
        assert set(Counter(row.ticket_number for row in own).values()) == {1}
        assert len(own) == asked
        self.account.how.update(row.automatic for row in own)

        ids: dict[str, list[str]] = defaultdict(list)
        for got in self.relay.got:
            ids[got.recipients[0]].append(str(message_from_bytes(got.content)["Message-ID"]))
        assert set(ids) == self.account.mails
        assert {who for who, sent in ids.items() if len(set(sent)) != 1} == set()
        self.account.left_again = sum(len(sent) - 1 for sent in ids.values())
        shown = {person.name: sum(bubble.ours for bubble in person.phone) for person in self.account.people}
        assert {name: many for name, many in shown.items() if many != 1} == {}


async def ordeal(desk: Desk, kills: int) -> Account:
    """Run one against this desk, not started yet."""
    line = Simulator("1657000000", SECRET)
    async with mail_server(SlowRelay()) as relay, serving(line) as served:
        assert isinstance(relay, SlowRelay)
        one = Ordeal(desk, relay, line, served)
        await one.run(kills)
        return one.account


if __name__ == "__main__":
    ordeals.long_run(__doc__, ordeal, sdk=SDK)
