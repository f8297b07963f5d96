"""Everything that has to hold, in one command for a person and for CI: style, types, import rules, schema, tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable

LINT: dict[str, list[str]] = {
    "style": [f"{BIN}/ruff", "check", "."],
    "format": [f"{BIN}/ruff", "format", "--check", "server", "channels", "migrations", "bench", "tests", "widgets"],
    "types": [f"{BIN}/mypy"],
    "import rules": [f"{BIN}/lint-imports"],
    "browser code": [PYTHON, "-m", "widgets.build", "--check"],
}
MOST_SECONDS = 1800
"""How long the tests may take: more than that is a defect to be told, not a machine to be waited for."""
TESTS = [PYTHON, "-m", "pytest", "-n", "3", "--dist", "loadgroup", "-q", "--durations=25"]


def missing() -> list[str]:
    """What the machine lacks, each with what to do."""
    found = []
    if shutil.which("chromium") is None:
        found.append("Chromium is missing (Debian: apt-get install chromium fonts-noto-cjk)")
    if shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        found.append("MariaDB's server is missing (Debian: apt-get install mariadb-server-core)")
    return found


def run(name: str, command: list[str]) -> bool:
    """One check; whether it held."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        quiet = name in LINT
        running = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            start_new_session=True,
        )
        try:
            status = running.wait(MOST_SECONDS)
        except BaseException as stopped:  # too long, or Ctrl-C: what it started ends with it
            os.killpg(running.pid, signal.SIGKILL)
            status = running.wait()
            if not isinstance(stopped, subprocess.TimeoutExpired):
                raise
            sys.stdout.write(f"{name}: not done after {MOST_SECONDS} s\n")
        if quiet and status:
            output.seek(0)
            sys.stdout.write(output.read().decode(errors="replace"))
    mark = "ok" if status == 0 else "FAILED"
    sys.stdout.write(f"{name}: {mark} ({time.monotonic() - began:.0f} s)\n")
    sys.stdout.flush()
    return status == 0


def main() -> int:
    """Run every check, also after one failed; the exit status."""
    only_lint = "--only-lint" in sys.argv
    lacking = [] if only_lint else missing()
    for words in lacking:
        sys.stdout.write(words + "\n")
    if lacking:
        return 2
    failed = [name for name, command in LINT.items() if not run(name, command)]
    if not only_lint and not run("tests", TESTS):
        failed.append("tests")
    if failed:
        sys.stdout.write(f"Did not hold: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
