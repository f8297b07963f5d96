"""Start-up time of `madoguchi serve` to its first answer on /healthz, and its memory when idle.

The floor is a Python process that imports aiohttp and answers the same request.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time

from bench import desks
from bench.measuring import Report, interleaved
from bench.serving import serving

IDLE = 3.0
"""In seconds: how long a desk stands idle before its memory is read."""
FLOOR = """
import sys
from aiohttp import web
async def healthz(request):
    return web.json_response({"ok": True})
app = web.Application()
app.router.add_get("/healthz", healthz)
async def up(_):
    print("up", flush=True)
app.on_startup.append(up)
web.run_app(app, host="127.0.0.1", port=0, print=None)
"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.set_defaults(repeat=5)


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("start")
    blank = desks.fresh(options.place, "start")

    def desk() -> None:
        with serving(blank, options.place) as running:
            report.add("madoguchi serve, to the first answer", running.started, "s")
            time.sleep(0 if options.quick else IDLE)
            resident, proportional = running.memory()
            report.add("memory idle, resident (RSS)", resident, "MiB")
            report.add("memory idle, proportional (PSS)", proportional, "MiB")

    def floor() -> None:
        begin = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", FLOOR], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        report.add("bare aiohttp, to the start", time.perf_counter() - begin, "s")
        process.terminate()
        process.wait()
        process.stdout.close()

    interleaved(options.repeat, {"desk": desk, "floor": floor})
    report.ratio("start over bare aiohttp", "madoguchi serve, to the first answer", "bare aiohttp, to the start")
    desks.drop(blank)
    shutil.rmtree(options.place / "serving-files", ignore_errors=True)
    return report
