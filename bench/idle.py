"""Memory of an idle open widget on the desk, over that of a bare python-socketio connection.

The desk's clients offer permessage-deflate, as browsers do, and have said hello as new visitors; the bare server's
clients do not offer it.
"""

from __future__ import annotations

import argparse
import shutil

from bench import desks
from bench.measuring import Report, interleaved, progress
from bench.talking import desk_with_a_shop, running


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--clients", type=int, default=2000, help="how many widgets are open")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("idle")
    clients = 40 if options.quick else options.clients

    def measure(name: str, *, deflate: bool) -> None:
        progress(name)
        engine = desk_with_a_shop(options.place, "idle")[0] if name.startswith("desk") else None
        rest = 0.1 if options.quick else 3
        with running("desk" if engine is not None else "echo", engine, options.place) as server:
            found = server.ask("idle", clients=clients, warm=clients // 4, deflate=deflate, rest=rest)
        if engine is not None:
            desks.drop(engine)
        report.add(f"{name}, each", found["each"] / 1024, "KiB")

    interleaved(
        options.repeat,
        {
            "desk": lambda: measure("desk, deflate offered", deflate=True),
            "bare": lambda: measure("bare python-socketio", deflate=False),
        },
    )
    report.ratio(
        "an idle widget over a bare connection", "desk, deflate offered, each", "bare python-socketio, each", "<= 1.2"
    )
    shutil.rmtree(options.place / "talking-files", ignore_errors=True)
    return report
