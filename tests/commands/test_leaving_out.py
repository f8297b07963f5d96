"""A server that is started does without packages that it never calls."""

from __future__ import annotations

import subprocess
import sys

STARTED = """
import sys
from server.commands.leaving_out import UNUSED, left_out
with left_out():
    from server.commands import running
print(sorted({name.partition(".")[0] for name in sys.modules} & set(UNUSED)), "socketio" in sys.modules)
import requests
"""


def test_a_server_starts_without_what_it_does_not_use_and_can_load_it_later() -> None:
    done = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"
