"""`madoguchi serve` as a process of its own, and what it costs to have it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.ports import free_port
from server.database import Engine


class Serving:
    """A running desk. `started` is how many seconds it took from the process's start to the first answer."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            **os.environ,
            "MADOGUCHI_SECRET": "benchmarks-only-benchmarks-only-benchmarks",
            "MADOGUCHI_DATABASE": engine.url,
            "MADOGUCHI_FILES": str(folder / "serving-files"),
            "MADOGUCHI_PUBLIC_URL": self.url,
            "MADOGUCHI_PORT": str(self.port),
            "MADOGUCHI_LOG_LEVEL": "ERROR",
        }
        begin = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, "-m", "server", "serve"], env=environment)
        while not self._answers():
            if self.process.poll() is not None:
                raise RuntimeError(f"madoguchi serve ended with {self.process.returncode}")
            if time.perf_counter() - begin > 120:
                self.stop()
                raise RuntimeError("madoguchi serve did not answer within two minutes")
            time.sleep(0.002)
        self.started = time.perf_counter() - begin

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def memory(self) -> tuple[float, float]:
        """RSS and PSS in MiB."""
        found = psutil.Process(self.process.pid).memory_full_info()
        return found.rss / 2**20, getattr(found, "pss", found.uss) / 2**20

    def resident(self) -> dict[str, float]:
        """What of it lies in memory, in MB: all, its own, and what is a file's and could be read again."""
        status = self._status()
        return {
            "resident": status["VmRSS"],
            "resident, its own": status["RssAnon"] + status["RssShmem"],
            "resident, of files": status["RssFile"],
        }

    def highest(self) -> float:
        """The most that ever lay in memory, in MB."""
        return self._status()["VmHWM"]

    def processor(self) -> float:
        """Seconds of processor that it took so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def _status(self) -> dict[str, float]:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return {name: int(rest.split()[0]) * 1024 / 1e6 for name, _, rest in (line.partition(":") for line in lines)
                if rest.endswith(" kB")}  # fmt: skip

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(60)


@contextmanager
def serving(engine: Engine, folder: Path) -> Iterator[Serving]:
    """A desk that runs inside the block."""
    running = Serving(engine, folder)
    try:
        yield running
    finally:
        running.stop()
