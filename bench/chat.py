"""Durable chat: visitor says it over a websocket, commit (SQLite FULL), acknowledged, seen by every agent's console.

Two floors, in the same run and with the same clients: a bare python-socketio server that answers and tells the same
packets from memory, and the same one with bare SQLite commits (FULL, all that wait in one) of the same rows before it
answers. Nothing may be lost, doubled, or out of order in a conversation.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable

from bench import desks
from bench.measuring import Report, interleaved, percentile, progress
from bench.talking import desk_with_a_shop, running

SIZES = {"5 agents": (100, 5, 0), "20 agents": (200, 20, 0), "2,000 idle": (100, 5, 2000)}
"""Visitors who write, agents, and widgets that are merely open."""
KINDS = {"desk": "desk", "echo": "echo", "kept": "echo with commits"}


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
    sizes = {"5 agents": (8, 2, 0), "2,000 idle": (8, 2, 20)} if options.quick else SIZES

    def measure(kind: str, name: str, visitors: int, agents: int, idle: int, rate: float = 0.0) -> None:
        what = f"{KINDS[kind]}, {name}"
        progress(what)
        engine, token = desk_with_a_shop(options.place, "chat") if kind == "desk" else (None, "none")
        messages = min(count, int(rate * 10)) if rate else count
        with running(kind, engine, options.place) as server:
            found = server.ask(
                "chat",
                visitors=visitors,
                agents=agents,
                idle=idle,
                token=token,
                messages=messages,
                in_flight=options.in_flight,
                rate=rate,
            )
        if engine is not None:
            desks.drop(engine)
        for fault, how_many in found["wrong"].items():
            wrong[fault] += how_many
        if found["refusals"]:
            report.notes.append(f"{what}: {found['refusals'][0]}")
        if not rate:
            report.add(what, messages / found["seconds"], "messages/s")
        report.add(f"{what}, server CPU", max(found["cpu"], 0.01) / messages * 1e6, "us/message")
        report.add(f"{what}, clients' CPU", max(found["client_cpu"], 0.001) / messages * 1e6, "us/message")
        for percent in (50, 95, 99):
            report.add(f"{what}, seen by all, p{percent}", percentile(found["seen"], percent), "ms")
        for percent in (50, 99):
            report.add(f"{what}, acknowledged, p{percent}", percentile(found["acked"], percent), "ms")

    measures: dict[str, Callable[[], None]] = {}
    for name, size in sizes.items():
        for kind in KINDS:
            if options.only in (None, name) and (kind != "kept" or name == "5 agents"):
                measures[f"{kind} {name}"] = lambda k=kind, n=name, s=size: measure(k, n, *s)  # type: ignore[misc]
    if options.only in ((None, "open") if not options.quick else ("open",)):
        for kind in KINDS:
            measures[f"{kind} open"] = lambda k=kind: measure(k, "open loop", *sizes["5 agents"], options.rate)  # type: ignore[misc]
    interleaved(options.repeat, measures)
    for name in sizes:
        goal = ">= 0.85" if name != "2,000 idle" else ""
        report.ratio(f"{name}: messages/s, desk over bare echo", f"desk, {name}", f"echo, {name}", goal)
        report.ratio(f"{name}: server CPU", f"desk, {name}, server CPU", f"echo, {name}, server CPU")
        report.ratio(f"{name}: messages/s, over echo with commits", f"desk, {name}", f"echo with commits, {name}")
    report.ratio("2,000 idle: messages/s, over the desk without them", "desk, 2,000 idle", "desk, 5 agents")
    for percent in (50, 99):
        seen = f"open loop, seen by all, p{percent}"
        report.ratio(f"open loop, p{percent}, over bare echo", f"desk, {seen}", f"echo, {seen}")
        report.ratio(f"open loop, p{percent}, over echo with commits", f"desk, {seen}", f"echo with commits, {seen}")
    report.facts["wrong"] = wrong
    if any(wrong.values()):
        report.notes.append(f"Not all was right: {wrong}")
    for left in (*options.place.glob("floor.db*"),):
        left.unlink(missing_ok=True)
    shutil.rmtree(options.place / "talking-files", ignore_errors=True)
    return report
