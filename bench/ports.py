"""Ports that stay free until a server listens there: below those that the system hands out by itself."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket

_FIRST, _MANY = 30_000, 2_700
_next = itertools.count(os.getpid() * 37)


def free_port() -> int:
    """A port that nobody listens at; another process is given another stretch of them."""
    while True:
        port = _FIRST + next(_next) % _MANY
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
