"""Where customers answer a mail's question: a page that shows the answer once more, and the button that gives it."""

from __future__ import annotations

from aiohttp import web

from server.answers import choosing
from server.answers.links import Chosen
from server.errors import NotFound
from server.web.buckets import BUCKETS, Policy
from server.web.callers import remote_of
from server.web.doors import DOORS
from server.web.pages import render

KNOCKS = Policy("choices", 60, 60.0)


async def ask(request: web.Request) -> web.Response:
    """Nothing is chosen by looking: mail programs and scanners open every address."""
    try:
        return _page(request, await request.app[DOORS].database.read(choosing.shown, _chosen(request)))
    except NotFound:
        return _gone(request)


async def choose(request: web.Request) -> web.Response:
    """A person pressed the button."""
    request.app[BUCKETS].take(KNOCKS, remote_of(request)).require()
    try:
        return _page(request, await request.app[DOORS].database.write(choosing.choose, _chosen(request)))
    except NotFound:
        return _gone(request)


def _chosen(request: web.Request) -> Chosen:
    links = request.app[DOORS].choice_links
    found = links.opened(request.match_info["token"]) if links is not None else None
    if found is None:
        raise NotFound("This address leads nowhere.")
    return found


def _page(request: web.Request, shown: choosing.Shown) -> web.Response:
    language = shown.language if shown.language in ("ja", "en") else "ja"
    return render(request, "answers/choice.html", {"language": language, **shown._asdict(), "shop": shown.shop})


def _gone(request: web.Request) -> web.Response:
    """An address that is too old or cut off: what its reader can do instead."""
    return render(request, "answers/choice.html", {"state": "gone", "shop": ""}, status=404)


routes = [web.get("/choices/{token}", ask), web.post("/choices/{token}", choose)]
