"""Reconnect storm: 2,000 visitors drop and come back at once; how long until each knows everything again.

Each comes back with its token and from where it knows, and must be told the message it missed. Meanwhile ten more
visitors go on writing to one agent, 20 lines a second. The floor is a bare python-socketio server that answers the
same hello from memory.
"""

from __future__ import annotations

import argparse
import shutil

from bench import desks
from bench.measuring import Report, interleaved, percentile, progress
from bench.talking import desk_with_a_shop, running


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--clients", type=int, default=2000, help="how many drop and come back")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("storm")
    clients = 20 if options.quick else options.clients

    def measure(name: str) -> None:
        progress(name)
        engine, token = desk_with_a_shop(options.place, "storm") if name == "desk" else (None, "none")
        with running("desk" if engine is not None else "echo", engine, options.place) as server:
            found = server.ask("storm", clients=clients, token=token, calm=0.2 if options.quick else 3)
        if engine is not None:
            desks.drop(engine)
        report.add(f"{name}, all caught up", found["seconds"], "s")
        report.add(f"{name}, server CPU", max(found["cpu"], 0.001) / clients * 1e6, "us/client")
        for percent in (50, 99):
            report.add(f"{name}, caught up, p{percent}", percentile(found["each"], percent), "s")
            report.add(f"{name}, a line in the calm, p{percent}", percentile(found["calm"], percent), "ms")
            report.add(f"{name}, a line in the storm, p{percent}", percentile(found["stormy"], percent), "ms")
        report.facts.setdefault("came back without what they missed", {})[name] = found["behind"]
        report.add(f"{name}, clients' CPU", max(found["client_cpu"], 0.001) / clients * 1e6, "us/client")
        if any(found["wrong"].values()):
            report.notes.append(f"{name}: {found['wrong']}")

    interleaved(options.repeat, {"desk": lambda: measure("desk"), "bare echo": lambda: measure("bare echo")})
    report.ratio("all caught up, desk over bare echo", "desk, all caught up", "bare echo, all caught up")
    report.ratio("server CPU, desk over bare echo", "desk, server CPU", "bare echo, server CPU")
    shutil.rmtree(options.place / "talking-files", ignore_errors=True)
    return report
