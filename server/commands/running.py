"""Starting the desk: for production, and for playing."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import logging
import os
import sys

import uvloop
from aiohttp import web

from server.app import assemble, build, collect_less
from server.commands.output import errors
from server.demo import open_demo
from server.settings import Settings

BACKLOG = 4096
"""Connections that may stand before the door: every widget of a shop comes back at once after a restart."""
LARGE = 131_072
"""In bytes: what is asked of glibc from this size on lies by itself."""
ARENAS = 2
"""Heaps that threads share."""


def serve(settings: Settings) -> None:
    """Refuse a start that would be unsafe, else serve until told to stop."""
    missing = settings.missing()
    if missing:
        for words in missing:
            errors.print(f"[red]✗[/] {words}", highlight=False)
        sys.exit(2)
    _log(settings)
    run(build(assemble(settings)), settings)


def demo(settings: Settings, *, fresh: bool) -> None:
    """The desk with demo people, a demo shop, and a box where its letters land."""
    _log(settings)
    app, _ = open_demo(settings, fresh=fresh)
    run(app, settings)


def run(app: web.Application, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished."""
    _take_less_memory()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    app.on_startup.append(collect_less)
    try:
        web.run_app(
            app,
            host=settings.host,
            port=settings.port,
            print=None,
            access_log=None,
            shutdown_timeout=5,
            backlog=BACKLOG,
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        errors.print(
            f"[red]✗[/] {error.strerror}. Stop what listens there, or choose other ports with MADOGUCHI_PORT and "
            "MADOGUCHI_SMTP_PORT (the demo takes the one above it too).",
            highlight=False,
        )
        sys.exit(1)


def _take_less_memory() -> None:
    """Large arrays of the FAQ's matcher go back to the system as they are freed, and it calculates on one thread.

    Without a fixed threshold glibc moves them into its arenas, where holes stay (mallopt(3), M_MMAP_THRESHOLD and
    M_ARENA_MAX): some 25 MB with a thousand articles.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(-3, LARGE)
        mallopt(-8, ARENAS)


def _log(settings: Settings) -> None:
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
