"""The help centre's doors: pages for readers and search engines, votes, and what is offered to those who type."""

from aiohttp import web

from server.web.doors import DOORS
from server.web.help import documents, files, hosts, offering, pages, voting

__all__ = ["hosts", "setup"]


def setup(app: web.Application) -> None:
    """Add the routes under `/help`, and let every centre's own host lead there."""
    app[pages.KEPT] = pages.Kept()
    app.middlewares.append(hosts.middleware)
    for module in (offering, files, documents, voting, pages):  # names before those who are anybody's
        app.add_routes(module.routes())
    app.on_startup.append(_ready)


async def _ready(app: web.Application) -> None:
    """Custom domains are known before the first request."""
    if (help := app[DOORS].help) is not None:
        await help.shelf()
