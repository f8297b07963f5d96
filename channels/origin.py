"""Where a request comes from, as the house that receives it knows: behind a proxy the socket does not."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

ClientAddress = Callable[[web.Request], str]


def by_socket(request: web.Request) -> str:
    """The address at the other end of the socket, right where no proxy stands between."""
    return request.remote or ""
