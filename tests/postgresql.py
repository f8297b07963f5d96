"""A real PostgreSQL for tests, from the wheel that brings one."""

from __future__ import annotations

import os
import tempfile
import time
from functools import cache
from typing import Any

import psycopg

BEGINS = 120.0
"""In seconds: so long may a server take to begin; pgserver's own ten are short where several begin at once."""


@cache
def _library() -> Any:
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="madoguchi-run-")  # else pgserver's path library warns
    import pgserver
    from pgserver import postgres_server

    control = postgres_server.pg_ctl

    def patient(*words: Any, **more: Any) -> Any:
        return control(*words, **{**more, **({"timeout": BEGINS} if "timeout" in more else {})})

    postgres_server.pg_ctl = patient
    return pgserver


def start(folder: str) -> Any:
    """A server of one's own in an empty folder, which `cleanup()` deletes: pgserver's."""
    return _library().get_server(folder, cleanup_mode="delete")


def manage(server: str, command: str) -> None:
    """Make or drop a database. The server itself waits five seconds for those who are leaving it, so it is asked again
    where one of them stands still."""
    end = time.monotonic() + BEGINS
    while True:
        try:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(command)
            return
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > end:
                raise
