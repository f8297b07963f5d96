"""The doors of the desk: pages, JSON and sockets. They read a request, make one call, and answer."""

from __future__ import annotations

from aiohttp import web

from server.web import (
    account_page,
    admin,
    article_files,
    choices,
    console,
    documentation,
    headers,
    health,
    idempotency,
    notice_links,
    pages,
    problems,
    public_files,
    sign_in,
    source_hooks,
    unsubscribe,
)
from server.web.api import api, pictures
from server.web.buckets import BUCKETS, Buckets
from server.web.callers import CALLERS, Callers
from server.web.doors import DOORS, Doors
from server.web.feed import FEED, Feed
from server.web.help import setup as open_help
from server.web.live import LIVE, Live

__all__ = ["DOORS", "FEED", "LIVE", "Doors", "Feed", "Live", "idempotency", "setup"]

PAGES = (
    documentation,
    sign_in,
    account_page,
    console,
    health,
    pictures,
    public_files,
    source_hooks,
    notice_links,
    choices,
    article_files,
    unsubscribe,
)


def setup(app: web.Application, doors: Doors, *, feed: Feed, buckets: Buckets | None = None) -> None:
    """Open every door but those of the channels.

    The caller gives `feed.announce` to the database, and starts the feed before the doors let anybody in.
    """
    callers = Callers(doors.database)
    live = Live(doors, feed, callers)
    app[DOORS], app[FEED], app[CALLERS], app[LIVE] = doors, feed, callers, live
    app[BUCKETS] = buckets or Buckets()
    app[idempotency.UNDER_WAY] = idempotency.UnderWay()
    app[pages.TEMPLATES] = pages.environment(doors)
    app[documentation.DOCUMENT] = documentation.made_for(app)
    feed.listen_first(callers.hear)
    feed.listen(callers.hear)
    app.middlewares.extend([headers.log_access, problems.middleware])
    app.on_response_prepare.append(headers.on_prepare)
    for module in PAGES:
        app.add_routes(module.routes)
    api.attach(app)
    admin.setup(app)
    open_help(app)
    live.server.attach(app)
    app.on_startup.append(_begin)
    app.on_shutdown.append(_let_go)


async def _begin(app: web.Application) -> None:
    """After the parts below stand."""
    await app[LIVE].open()


async def _let_go(app: web.Application) -> None:
    """Consoles are let go before the parts below them stop."""
    await app[LIVE].close()
