"""A process that has imported the desk and forks one, or one of its commands, at each request."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ANSWERS = 70.0
"""In seconds: it answers at once, but for the first time, when it has yet to import the desk."""


class Nursery:
    """A process that has imported the desk and forks one, or one of its commands, at each request."""

    def __init__(self, *more: str) -> None:
        """`more` are modules to import beforehand, which a desk would only import when it needs them."""
        self._more = more
        self._one_at_a_time = threading.Lock()
        self._process = self._begun()

    def _begun(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.servers", *self._more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "300"},  # commands print tables, and a test looks for whole words
        )

    async def fork(self, environment: Mapping[str, str], folder: Path, words: Sequence[str], name: str) -> int:
        """A child that runs `madoguchi` with these words, its output in `name`.log and .errors; its process id."""
        order = json.dumps([dict(environment), str(folder), list(words), name]).encode() + b"\n"
        return await asyncio.to_thread(self._fork, order)

    def _fork(self, order: bytes) -> int:
        with self._one_at_a_time:
            answered = self._asked(order)
            if not answered:  # it stood still while it forked, as a process with threads may: another takes its place
                self._process.wait()
                self._process = self._begun()
                answered = self._asked(order)
        return int(answered)

    def _asked(self, order: bytes) -> bytes:
        """The nursery's answer; nothing when it gave none in its time, and was killed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        watch = threading.Timer(ANSWERS, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(order)
            self._process.stdin.flush()
            return self._process.stdout.readline()
        finally:
            watch.cancel()

    def close(self) -> None:
        """No more children."""
        self._process.communicate()


def raise_children() -> None:
    """The nursery's own work: a line in, a child's id out. Children that end are reaped by the system."""
    import_module("server.__main__")
    for module in sys.argv[1:]:
        import_module(module)
    for room in ("channel_accounts", "people", "running", "upkeep", "way_in"):
        import_module(f"server.commands.{room}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        child = os.fork()
        if child:
            os.write(1, f"{child}\n".encode())
        else:
            _live(*json.loads(line))


def _live(environment: dict[str, str], folder: str, words: list[str], name: str) -> None:
    """In the child: be `madoguchi`, and leave the exit status in `name`.status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(folder)
    for place, ending in ((1, "log"), (2, "errors")):
        os.dup2(os.open(f"{name}.{ending}", os.O_WRONLY | os.O_CREAT | os.O_APPEND), place)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(environment)
    sys.argv = ["madoguchi", *words]
    status: object = 1
    try:
        import_module("server.__main__").main()
        status = 0
    except SystemExit as ended:
        status = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        Path(f"{name}.status").write_text(str(status))
        os._exit(0)
