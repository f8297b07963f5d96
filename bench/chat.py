"""Durable chat: visitor says it over a websocket, commit (SQLite FULL), acknowledged, seen by every agent's console.

The floor, in the same run and with the same clients, is a bare python-socketio server that answers and tells the same
from memory: nothing is read, written or kept. Nothing may be lost, doubled, or out of order in a conversation.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable

from bench import desks
from bench.measuring import Report, interleaved, percentile, progress
from bench.talking import desk_with_a_shop, running

SIZES = {"5 agents": (100, 5), "20 agents": (200, 20)}


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--messages", type=int, default=4000, help="messages of a run")
    parser.add_argument("--in-flight", type=int, default=50, help="unacknowledged messages at any time")
    parser.add_argument("--rate", type=float, default=150, help="messages a second in the open loop")
    parser.add_argument("--only", choices=[*SIZES, "open"], help="one part of it")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("chat")
    wrong = {"lost": 0, "doubled": 0, "misordered": 0, "refused": 0}
    count = 40 if options.quick else options.messages
    sizes = {"5 agents": (8, 2)} if options.quick else SIZES

    def measure(kind: str, name: str, visitors: int, agents: int, rate: float = 0.0) -> None:
        progress(f"{kind}, {name}")
        engine, token = desk_with_a_shop(options.place, "chat") if kind == "desk" else (None, "none")
        messages = min(count, int(rate * 10)) if rate else count
        with running(kind, engine, options.place) as server:
            found = server.ask(
                "chat",
                visitors=visitors,
                agents=agents,
                token=token,
                messages=messages,
                in_flight=options.in_flight,
                rate=rate,
            )
        if engine is not None:
            desks.drop(engine)
        for what, how_many in found["wrong"].items():
            wrong[what] += how_many
        if found["refusals"]:
            report.notes.append(f"{kind}, {name}: {found['refusals'][0]}")
        if not rate:
            report.add(f"{kind}, {name}", messages / found["seconds"], "messages/s")
        report.add(f"{kind}, {name}, server CPU", max(found["cpu"], 0.01) / messages * 1e6, "us/message")
        for percent in (50, 95, 99):
            report.add(f"{kind}, {name}, seen by all, p{percent}", percentile(found["seen"], percent), "ms")
        for percent in (50, 99):
            report.add(f"{kind}, {name}, acknowledged, p{percent}", percentile(found["acked"], percent), "ms")

    measures: dict[str, Callable[[], None]] = {}
    for name, (visitors, agents) in sizes.items():
        for kind in ("desk", "echo"):
            if options.only in (None, name):
                measures[f"{kind} {name}"] = lambda k=kind, n=name, v=visitors, a=agents: measure(k, n, v, a)  # type: ignore[misc]
    if options.only in ((None, "open") if not options.quick else ("open",)):
        for kind in ("desk", "echo"):
            measures[f"{kind} open"] = lambda k=kind: measure(k, "open loop", *(sizes["5 agents"]), options.rate)  # type: ignore[misc]
    interleaved(options.repeat, measures)
    report.ratio("desk over bare echo, 5 agents", "desk, 5 agents", "echo, 5 agents", ">= 0.85")
    report.ratio("desk over bare echo, 20 agents", "desk, 20 agents", "echo, 20 agents", ">= 0.85")
    for percent, goal in ((50, ""), (99, "")):
        what = f"open loop, seen by all, p{percent}"
        report.ratio(f"open loop, p{percent}, over bare echo", f"desk, {what}", f"echo, {what}", goal)
    report.facts["wrong"] = wrong
    if any(wrong.values()):
        report.notes.append(f"Not all was right: {wrong}")
    shutil.rmtree(options.place / "talking-files", ignore_errors=True)
    return report
