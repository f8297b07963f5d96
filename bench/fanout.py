"""One room message to 50, 500 and 2,000 clients: what a delivery costs with our `fan_out`, and with others.

The others are Node's own socket.io server, bare aiohttp websockets (one `send_str` for each) and python-socketio's
`emit`, which hands each recipient to a task. All say the same packet of the change feed; `desk` is the whole thing: a
chat message is committed and told to so many consoles.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable

from bench import desks
from bench.measuring import Report, interleaved, percentile, progress
from bench.talking import desk_with_a_shop, running, why_no_node

KINDS = {"fan_out": "direct", "Node": "node", "aiohttp": "plain", "emit": "emit"}


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--sizes", type=int, nargs="*", default=[50, 500, 2000], help="how many clients hear it")
    parser.add_argument("--deliveries", type=int, default=60_000, help="deliveries of a run")
    parser.add_argument("--only", nargs="*", choices=[*KINDS, "desk"], help="some of them")
    parser.add_argument("--window", type=int, default=4, help="messages under way at once")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("fanout")
    sizes = [8] if options.quick else options.sizes
    deliveries = 160 if options.quick else options.deliveries

    def measure(name: str, clients: int) -> None:
        progress(f"{name}, {clients}")
        messages = max(deliveries // clients, 20)
        with running(KINDS[name]) as server:
            found = server.ask(
                "fan", clients=clients, messages=messages, window=options.window, plain=name == "aiohttp"
            )
        tell(name, clients, found["deliveries"], found["seconds"], found["cpu"], found["waits"])

    def whole(clients: int) -> None:
        progress(f"desk, {clients}")
        messages = max(deliveries // clients, 20)
        engine, token = desk_with_a_shop(options.place, "fanout")
        with running("desk", engine, options.place) as server:
            found = server.ask("chat", visitors=2, agents=clients, token=token, messages=messages, in_flight=1, rate=0)
        desks.drop(engine)
        tell("desk", clients, messages * clients, found["seconds"], found["cpu"], found["seen"])
        if any(found["wrong"].values()):
            report.notes.append(f"desk, {clients}: {found['wrong']}")

    def tell(name: str, clients: int, told: int, took: float, cpu: float, waits: list[float]) -> None:
        report.add(f"{name}, {clients}", told / took, "deliveries/s")
        report.add(f"{name}, {clients}, server CPU", max(cpu, 0.01) / told * 1e6, "us/delivery")
        report.add(f"{name}, {clients}, heard by all, p50", percentile(waits, 50), "ms")
        report.add(f"{name}, {clients}, heard by all, p99", percentile(waits, 99), "ms")

    without = why_no_node()
    if without:
        report.notes.append(f"Node's socket.io server was not measured: {without}")
    measures: dict[str, Callable[[], None]] = {}
    for clients in sizes:
        for name in KINDS:
            if (name == "Node" and without) or (options.only and name not in options.only):
                continue
            measures[f"{name} {clients}"] = lambda n=name, c=clients: measure(n, c)  # type: ignore[misc]
        if not options.only or "desk" in options.only:
            measures[f"desk {clients}"] = lambda c=clients: whole(c)  # type: ignore[misc]
    interleaved(options.repeat, measures)
    for clients in sizes:
        cost = f"{clients}, server CPU"
        report.ratio(f"CPU, {clients}: fan_out over Node", f"fan_out, {cost}", f"Node, {cost}", "<= 1.4")
        report.ratio(f"CPU, {clients}: fan_out over aiohttp", f"fan_out, {cost}", f"aiohttp, {cost}", "<= 1.4")
        report.ratio(f"CPU, {clients}: fan_out over emit", f"fan_out, {cost}", f"emit, {cost}")
        report.ratio(f"CPU, {clients}: desk over aiohttp", f"desk, {cost}", f"aiohttp, {cost}")
    report.notes.append("desk: one message under way at a time, its receipt and its commit counted in.")
    shutil.rmtree(options.place / "talking-files", ignore_errors=True)
    return report
