"""Flows: customers led through the ready-made one, turns a second over filing their words and answering one fixed line.

A turn is a customer's message filed in a unit of its own and looked at by the loop that follows the change feed, which
moves the run, says what comes next and books what was done in one unit more. The floor files the same messages and
answers each in a unit of its own by a line that is always the same. `in memory` is the leading alone.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable

from bench import desks
from bench.measuring import Report, interleaved, percentile, progress
from channels.contract import InboundMessage, Party
from server import tickets
from server.accounts.models import ChannelAccount
from server.agents import DESK
from server.answers import speaking
from server.answers.speaking import Drawing, Network, Words
from server.database import Database, Engine, Transaction
from server.faq.live import Faq
from server.faq.views import Match
from server.flows import actions, leading, ready
from server.flows.live import Flows
from server.flows.talk import Heard
from server.flows.world import DeskWorld

TOLD = ("こんにちは", "返品・交換", "A-1024", "返品", "破損・不良", "スキップ", "はい")
"""What each customer says: from the greeting through the form to the person who takes over."""
DRAWING = Drawing({"webchat": Network(13, 20)})
FIXED = Words("担当者が確認のうえ、こちらでお答えいたします。少々お待ちください。")
LED, BARE = 1, 2
"""The accounts: one with the flow, one without."""
NOTHING: dict[str, Match] = {}
IN_MEMORY = 20
"""Times as many turns: they take next to no time."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--customers", type=int, default=100, help="customers who are led at once")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("flows")
    customers = 3 if options.quick else options.customers
    engine = desks.fresh(options.place, "flows")
    Database(engine).write_now(_furnish)

    def measure(name: str, work: Callable[[Database, list[str]], Awaitable[list[float]]]) -> None:
        progress(name)
        begin, cpu = time.perf_counter(), time.process_time()
        waits = asyncio.run(_opened(engine, customers, work))
        took, used = time.perf_counter() - begin, time.process_time() - cpu
        turns = customers * len(TOLD)
        report.add(name, turns / took, "turns/s")
        report.add(f"{name}, processor", used / turns * 1000, "ms/turn")
        report.add(f"{name}, for a round of {customers}, median", percentile(waits, 50) * 1000, "ms")

    def in_memory() -> None:
        database = Database(engine)
        try:
            begin = time.perf_counter()
            turns = sum(database.read_now(_led_in_memory) for _ in range(customers * IN_MEMORY // 10 or 1))
            report.add("in memory", turns / (time.perf_counter() - begin), "turns/s")
        finally:
            asyncio.run(database.close())

    interleaved(
        options.repeat,
        {
            "floor": lambda: measure("filed and answered by one line", _answered),
            "led": lambda: measure("led", _led),
            "memory": in_memory,
        },
    )
    report.ratio("led over one fixed line", "led", "filed and answered by one line", ">= 0.35")
    report.facts["turns"] = " → ".join(TOLD)
    desks.drop(engine)
    return report


def _furnish(tx: Transaction) -> None:
    desks.staff(tx, "webchat")
    tx.add(ChannelAccount(id=BARE, kind="webchat", name="Bare", address="bare.example", created_at=tx.now))
    flow = actions.add(tx, DESK, "窓口", ready.sample())
    actions.change(tx, DESK, flow.id, accounts=[LED])
    actions.publish(tx, DESK, flow.id)
    actions.enable(tx, DESK, flow.id, True)


async def _opened(
    engine: Engine, customers: int, work: Callable[[Database, list[str]], Awaitable[list[float]]]
) -> list[float]:
    database = Database(engine)
    try:
        return await work(database, [f"{time.perf_counter_ns()}-{place}" for place in range(customers)])
    finally:
        await database.close()


async def _answered(database: Database, names: list[str]) -> list[float]:
    """Each round files what all say, and answers one after the other, as the loop does."""
    waits: list[float] = []
    for turn, text in enumerate(TOLD):
        begin = time.perf_counter()
        for number in await asyncio.gather(*(database.write(_say, BARE, name, turn, text) for name in names)):
            await database.write(_answer, number)
        waits.append(time.perf_counter() - begin)
    return waits


async def _led(database: Database, names: list[str]) -> list[float]:
    """The same, but a flow answers."""
    flows = Flows(database, Faq(database), DRAWING)
    await _follow(flows)  # past what the floor said
    waits: list[float] = []
    numbers: list[int] = []
    for turn, text in enumerate(TOLD):
        begin = time.perf_counter()
        numbers = await asyncio.gather(*(database.write(_say, LED, name, turn, text) for name in names))
        await _follow(flows)
        waits.append(time.perf_counter() - begin)
    ended = await database.read(_handed, numbers)
    if ended != len(numbers):
        raise RuntimeError(f"only {ended} of {len(numbers)} customers were led to the end")
    return waits


async def _follow(flows: Flows) -> None:
    while await flows.look():
        continue


def _say(tx: Transaction, account: int, name: str, turn: int, text: str) -> int:
    message = InboundMessage(
        external_id=f"{name}-{turn}",
        sender=Party("visitor", name, "山田 花子"),
        text=text,
        sent_at=tx.now,
        conversation=name,
        language="ja",
    )
    return tickets.receive(tx, account, message).ticket


def _answer(tx: Transaction, number: int) -> None:
    if speaking.speak(tx, number, FIXED, DRAWING) is None:
        raise RuntimeError("the fixed line could not be said")


def _handed(tx: Transaction, numbers: list[int]) -> int:
    listed = ", ".join(map(str, numbers))
    found = tx.value(f"SELECT count(*) FROM flow_run WHERE ticket_number IN ({listed}) AND state = 'handed'")
    return int(found or 0)


def _led_in_memory(tx: Transaction) -> int:
    """Ten customers, led without a row; how many turns that was."""
    scenario = ready.sample()
    world = DeskWorld(tx, channel="webchat", shop="", customer=None, team=None, who="", found=NOTHING)
    for _ in range(10):
        moved = leading.begin(scenario, "ja", world)
        for text in TOLD[1:]:
            if moved.state is None:
                raise RuntimeError("the flow was over too soon")
            moved = leading.hear(scenario, moved.state, Heard(text), world)
    return 10 * len(TOLD)
