"""Nine days of a shop's notices, with the desk killed all the time: `python -m tests.bad_days.notices_sigkill`.

Orders, payments, parcels and returns are told over HTTP, shuffled, late and again and again, in batches, one by one and
by signed webhooks, each until it was taken; letters leave by SMTP and LINE. Meanwhile the process is killed at random
moments, and its clock is moved from day to day. Afterwards what customers were told must be what a plain model
(`notices_model`) says, worked out one order after the other: each letter at its receiver, with its words, under one
Message-ID.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import aiohttp

from channels.line.simulator import Person, Served, Simulator, serving
from server.database import now, open_engine
from server.database.schema import migrate
from tests.bad_days.line_sigkill import SDK, SECRET
from tests.bad_days.notices_model import RULES, Order, look, send
from tests.bad_days.notices_story import MOMENTS, Fact, Life, lives
from tests.channels.email.network import MailServer, mail_server
from tests.desks import until
from tests.servers import Agent, Desk, Nursery, Street
from tests.servers.moved import CLOCK, move

MOVING = "tests.servers.moving"
LINKED, BLOCKED = 0.3, 0.25
"""How many customers are on LINE, and how many of those have blocked the shop there."""
MARK = re.compile(r"«([^»]*)»")
HOOK = """
mapping = 1
name = "shop"
kind = "http"

[parameters.webhook_secret]
secret = true

[http]
base = "https://shop.example"

[hook]
signature = { header = "X-Shop-Signature", secret = "${webhook_secret}", algorithm = "sha256", encoding = "base64" }

[[hook.event]]
topic = ""
stream = "returns"
items = "."

[[stream]]
name = "returns"
fact = "return"
id = "external_id"

[stream.fields]
external_id = "external_id"
revision = "revision"
order = "order"
status = "status"
amount = "amount"
at = "at"
"""
HOOK_SECRET = "the secret of the shop's webhooks"


@dataclass
class Account:
    """What was told, and what came of it."""

    events: int = 0
    orders: int = 0
    kills: int = 0
    told_again: int = 0
    mails: int = 0
    again: int = 0
    bubbles: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.events} events of {self.orders} orders, {self.kills} kills in {self.seconds:.0f} s"
            f" ({self.told_again} requests told again): {self.mails} mails and {self.bubbles} bubbles on LINE, exactly"
            f" those of the model, each once ({self.again} mails a second time under the same Message-ID)"
        )


class Ordeal:
    """One desk, a shop that tells it things, its customers, and its killer."""

    def __init__(
        self, desk: Desk, clock: Path, line: Simulator, served: Served, relay: MailServer, dice: random.Random
    ):
        self.desk, self.clock, self.line, self.served, self.relay, self.dice = desk, clock, line, served, relay, dice
        self.account = Account()
        self.over = False
        self.agent: Agent

    # -------------------------------------------------------------------------------------------- what stands

    async def prepare(self, people: int) -> None:
        """Accounts, customers on mail and LINE, kinds with words that can be compared, and the clock on Monday."""
        await self.desk.mailbox(self.relay)
        account = await self.desk.account(
            "line", "@216ru", name="LINE", channel_id=self.line.channel_id, channel_secret=SECRET,
            access_token=self.line.token, acknowledge=False, api_base=self.served.api_base,
            data_base=self.served.data_base, sticker_base=self.served.api_base,
        )  # fmt: skip
        self.line.webhooks.url = f"{self.desk.url}/line/webhook/{account}"
        self.line.webhooks.redeliver, self.line.webhooks.waits = True, [0.1] * 2000
        self.phones: dict[str, Person] = {
            f"c{n}": self.line.person(f"客{n}", friend=True) for n in range(int(people * LINKED))
        }
        self.customers = [f"c{n}" for n in range(people)]
        self.agent = await self.desk.agent()
        self._move(MOMENTS[0].at - now())
        await self.desk.start()
        await until(self.desk.lives, 60)
        await self._tell("PUT", "/notice-settings", {"on": True})
        ours = await self._tell("GET", "/notice-kinds")
        await asyncio.gather(
            *(self._tell("PUT", f"/notice-kinds/{kind['name']}", {**kind, "enabled": False}) for kind in ours),
            *(self._decide(trigger, rule.hours, rule.quiet) for trigger, rule in RULES.items()),
        )
        await self._tell(
            "POST", "/sources", {"name": "shop", "mapping": HOOK, "parameters": {"webhook_secret": HOOK_SECRET}}
        )
        facts = [self._customer(one) for one in self.customers]
        for first in range(0, len(facts), 500):
            await self._tell("POST", "/store/batch", {"items": facts[first : first + 500]})
        for one in self._blocked():
            self.phones[one].block()

    async def _decide(self, trigger: str, hours: int, quiet: bool) -> None:
        """A kind of the shop's own for each trigger; those that ship with the product are switched off."""
        wait = {"days": -2, "at": "10:00"} if trigger == "payment_due" else {}
        only = [{"test": "payment_method", "value": "card", "no": True}] if trigger == "paid" else []
        words = {
            "payment_due": "{{ money.due_at }}", "shipped": "{{ parcel.tracking_number }}",
            "delayed": "{{ parcel.expected_at or parcel.planned_at }}", "returned": "{{ money.amount }}",
            "refunded": "{{ money.amount }}",
        }.get(trigger, "")  # fmt: skip
        kind = {"name": f"our_{trigger}", "label": {"ja": trigger}, "trigger": trigger, "wait": wait,
                "conditions": only, "hours": hours, "quiet": quiet}  # fmt: skip
        await self._tell("PUT", f"/notice-kinds/our_{trigger}", kind)
        for channel in ("email", "line"):
            form = {"subject": "{{ order.number }}", "text": f"«{trigger}|{{{{ order.number }}}}|{words}»", "seen": 0}
            place = f"/notice-kinds/our_{trigger}/template?channel={channel}&language=ja"
            await self._tell("PUT", place, form)

    def _customer(self, one: str) -> Fact:
        contacts = [{"kind": "email", "address": f"{one}@customers.example"}]
        if one in self.phones:
            contacts.append({"kind": "line", "address": self.phones[one].id})
        return {"kind": "customer", "source": "shop", "external_id": one, "revision": 1, "name": f"客 {one}",
                "language": "ja", "contacts": contacts}  # fmt: skip

    def _blocked(self) -> list[str]:
        return list(self.phones)[: int(len(self.phones) * BLOCKED)]

    def _move(self, by: timedelta) -> None:
        move(self.clock, by)
        self._moved = by

    # -------------------------------------------------------------------------------------------- what happens

    async def run(self, told: list[Life], batch: int, between: float) -> None:
        """All of it; raises `AssertionError` where what customers were told is not what the model says."""
        began = time.monotonic()
        story, killer = asyncio.create_task(self._live(told, batch)), asyncio.create_task(self._kill(between))
        try:
            await asyncio.wait((story, killer), return_when=asyncio.FIRST_COMPLETED)
            if not story.done():
                await killer  # it ended before its time: let it say why
            self.over = True
            await story
            await killer
        finally:
            for task in (story, killer):
                task.cancel()
            await asyncio.gather(story, killer, return_exceptions=True)
        self.account.orders = len(told)
        await self.judge(told)
        self.account.seconds = time.monotonic() - began

    async def _live(self, told: list[Life], batch: int) -> None:
        """The nine days."""
        for place, moment in enumerate(MOMENTS):
            await self._tell("PUT", "/notice-hold", {"reason": "the ordeal"})
            self._move(moment.at - now())
            if not moment.held:
                await self._let_go()
            facts = [fact for life in told for fact in life.told[place]]
            self.dice.shuffle(facts)
            await self._tell_all(facts, batch)
            self.account.events += len(facts)
            await self._looked_through()
            await self._let_go()

    async def _tell_all(self, facts: Sequence[Fact], batch: int) -> None:
        """In batches, one by one, and by webhooks, several at a time; each until it was taken."""
        gate = asyncio.Semaphore(4)

        async def tell(work: Any) -> None:
            async with gate:
                await work

        jobs = []
        hooked = [fact for fact in facts if fact["kind"] == "return" and self.dice.random() < 0.5]
        single = [fact for fact in facts if fact["kind"] != "return" and self.dice.random() < 0.03]
        taken = {id(fact) for fact in (*hooked, *single)}
        rest = [fact for fact in facts if id(fact) not in taken]
        jobs += [self._hook(fact) for fact in hooked]
        jobs += [self._tell("POST", f"/store/{fact['kind']}s", {k: v for k, v in fact.items() if k != "kind"})
                 for fact in single]  # fmt: skip
        jobs += [self._batch(rest[first : first + batch]) for first in range(0, len(rest), batch)]
        self.dice.shuffle(jobs)
        await asyncio.gather(*map(tell, jobs))

    async def _batch(self, facts: Sequence[Fact]) -> None:
        answer = await self._tell("POST", "/store/batch", {"items": facts})
        assert not answer["counts"]["refused"], [each for each in answer["results"] if each["error"]][:3]

    async def _hook(self, fact: Fact) -> None:
        body = json.dumps({name: value for name, value in fact.items() if name not in ("kind", "source")}).encode()
        made = base64.b64encode(hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
        while True:
            try:
                async with self.agent.browser.http.post(
                    f"{self.desk.url}/sources/shop/hook", data=body, headers={"X-Shop-Signature": made}
                ) as answer:
                    if answer.status == 200:
                        found = json.loads(await answer.text())
                        assert not found["streams"]["returns"].get("refused"), found
                        return
                    assert answer.status == 503, await answer.text()
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            await self._again()

    async def _tell(self, method: str, path: str, body: Any = None) -> Any:
        """A request, until it was answered; told again under its key, where there is one."""
        headers = {"Idempotency-Key": f"{self.dice.getrandbits(64):x}"} if method == "POST" else {}
        while True:
            try:
                answer = await self.agent.ask(method, path, body, headers=headers)
                if answer.status < 300:
                    return answer.json if answer.text else None
                if method == "PUT" and "template" in path and answer.status == 409:
                    return None  # it was written, and its answer got lost
                assert answer.status in (409, 429, 503), answer.text
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            await self._again()

    async def _again(self) -> None:
        self.account.told_again += 1
        await asyncio.sleep(0.05)

    async def _kill(self, between: float) -> None:
        """Now and then it is gone, one time in ten while it starts."""
        while not self.over:
            if self.dice.random() < 0.9:
                await until(self.desk.lives, 60)
                await asyncio.sleep(min(self.dice.expovariate(1 / between), between * 4))
            else:
                await asyncio.sleep(self.dice.uniform(0, 0.3))
            await self.desk.kill()
            self.account.kills += 1
            await self.desk.unit(
                lambda tx: tx.run("UPDATE letter SET next_at = :now WHERE state = 'sending'", now=now())
            )
            await self.desk.start(wait=False)
        await until(self.desk.lives, 60)

    async def _looked_through(self) -> None:
        """The planner has seen all that was told."""
        telling = "kind IN ('order.changed', 'customer.changed', 'interaction.noted')"

        async def left() -> int:
            return await self.desk.count("change", f"seq > (SELECT seen FROM notice_desk) AND {telling}")

        await self._less_and_less(left)

    async def _let_go(self) -> None:
        """Nothing is held back any more, and all that is due has reached its receiver."""
        await self._tell("DELETE", "/notice-hold")

        async def left() -> int:
            at = (now() + self._moved).strftime("%Y-%m-%d %H:%M:%S")
            due = f"state = 'planned' AND due_at <= '{at}'"
            return await self.desk.count("notice", due) + await self.desk.count("letter", "state <> 'delivered'")

        await self._less_and_less(left)

    async def _less_and_less(self, left: Any) -> None:
        """Wait as long as it gets less."""
        least, since = await left(), time.monotonic()
        while least:
            await asyncio.sleep(0.1 if least < 500 else 1)
            many = await left()
            if many < least:
                least, since = many, time.monotonic()
            if time.monotonic() - since > 90:
                states = await self.desk.rows("SELECT state, count(*) AS many FROM letter GROUP BY state")
                raise AssertionError(f"{least} are left, and it gets no less: {states}\n{self.desk.said()[-2000:]}")

    # -------------------------------------------------------------------------------------------- what came of it

    async def judge(self, told: list[Life]) -> None:
        """What arrived is what the model says, no more and no less."""
        wanted = Counter(self._model(told))
        ids: dict[tuple[str, str], list[str]] = defaultdict(list)
        for got in self.relay.got:
            mail = message_from_bytes(got.content)
            parts = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "text/plain"]
            text = b"".join(part for part in parts if isinstance(part, bytes)).decode()
            ids[(got.recipients[0], "".join(_mark(text).split()))].append(str(mail["Message-ID"]))
        found = Counter({key: len(set(each)) for key, each in ids.items()})
        self.account.mails = sum(found.values())
        self.account.again = sum(len(each) for each in ids.values()) - self.account.mails
        for person in self.phones.values():
            for bubble in person.phone:
                found[(person.id, "".join(_mark(json.dumps(bubble.message, ensure_ascii=False)).split()))] += 1
                self.account.bubbles += 1
        missing, more = wanted - found, found - wanted
        said = [f"{len(missing)} were not told: {sorted(missing)[:8]}", f"{len(more)} too many: {sorted(more)[:8]}"]
        assert not missing and not more, "\n".join(said)
        seqs = await self.desk.rows("SELECT count(*) AS many, max(seq) AS last FROM change")
        assert seqs[0].many == seqs[0].last, "the change feed has a gap"

    def _model(self, told: list[Life]) -> Iterator[tuple[str, str]]:
        reached = {one: self.phones[one].id for one in self.phones if one not in self._blocked()}
        for life in told:
            to = reached.get(life.customer) or life.mail or f"{life.customer}@customers.example"
            order = Order()
            for place, moment in enumerate(MOMENTS):
                left = send(order, moment.at) if not moment.held else []
                for fact in life.told[place]:
                    order.hear(fact)
                look(order, moment.at)
                for trigger, words in (*left, *send(order, moment.at)):
                    yield to, f"{trigger}|{life.number}|{words}"


def _mark(text: str) -> str:
    found = set(MARK.findall(text))
    assert len(found) == 1, text
    return str(found.pop())


async def ordeal(
    desk: Desk, clock: Path, *, events: int, seed: int, between: float, people: int = 40, batch: int = 60
) -> Account:
    """Run one against this desk, not started yet, whose clock is in that file."""
    dice = random.Random(seed)
    desk.settings["test_clock"] = str(clock)
    assert f"MADOGUCHI_{'test_clock'.upper()}" == CLOCK
    line = Simulator("1657000000", SECRET)
    async with serving(line) as served, mail_server(MailServer()) as relay:
        one = Ordeal(desk, clock, line, served, relay, dice)
        await one.prepare(people)
        await one.run(lives(dice, one.customers, events), batch, between)
        return one.account


async def _alone(chosen: argparse.Namespace) -> None:
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-notices-"))
    nursery = Nursery(SDK, MOVING)
    url = chosen.database or f"sqlite:///{folder}/desk.db"
    migrate(open_engine(url))
    street = Street(folder, nursery, lambda: url)
    try:
        account = await ordeal(
            street.desk(), folder / "clock", events=chosen.events, seed=chosen.seed, between=chosen.between,
            people=max(40, min(chosen.events // 50, 1000)), batch=500,
        )  # fmt: skip
        sys.stdout.write(f"{account}\n")
    finally:
        await street.close()
        nursery.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--between", type=float, default=5.0, help="seconds that a desk lives, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="a blank database; SQLite in a temporary folder unless given")
    asyncio.run(_alone(parser.parse_args()))
