"""Starting the desk: for production, and for playing."""

from __future__ import annotations

import asyncio
import errno
import logging
import sys

import uvloop
from aiohttp import web

from server.app import assemble, build, collect_less
from server.commands.output import errors
from server.demo import open_demo
from server.settings import Settings

BACKLOG = 4096
"""Connections that may stand before the door: every widget of a shop comes back at once after a restart."""


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


def _log(settings: Settings) -> None:
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
