"""Ports that stay free until the test listens there: below those that the system hands out by itself, and each test
process has its own stretch of them."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket

_FIRST = 10_000 + 5_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_next = itertools.count(os.getpid() % 2_000)
_NOT_FOR_BROWSERS = 10_080
"""The one port of these that browsers refuse to open (https://fetch.spec.whatwg.org/#port-blocking)."""


def free_port() -> int:
    """A port that nobody listens at, nor at the one after it."""
    while True:
        port = _FIRST + next(_next) * 2 % 4_998
        if port == _NOT_FOR_BROWSERS:
            continue
        with contextlib.suppress(OSError), _taken(port), _taken(port + 1):
            return port


def _taken(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))
