""" "Was this helpful?": a form that needs no script and sets no cookie, once for each reader and article."""

from __future__ import annotations

from aiohttp import web

from server.errors import Forbidden, NotFound
from server.help import votes
from server.web.buckets import BUCKETS, Policy
from server.web.callers import browser_of, is_same_site, remote_of
from server.web.doors import DOORS
from server.web.help.pages import Place, helping, leaf_of

VOTES = Policy("help votes", 20, 60.0)


def routes() -> list[web.RouteDef]:
    """For the main centre and for the others."""
    return [
        web.post(root + r"/{lang:ja|en}/articles/{slug}/vote", helping(vote))
        for root in ("/help", r"/help/{centre:[a-z][a-z0-9-]{2,39}}")
    ]


async def vote(place: Place) -> web.StreamResponse:
    """Keep a vote, or what was written to it, and thank for it on the article's page."""
    request = place.request
    doors = request.app[DOORS]
    if not is_same_site(request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin"), request.host, doors):
        raise Forbidden("Another site sent this request.")
    leaf = leaf_of(place, request.match_info["slug"])
    if not place.centre.view.settings.votes:
        raise NotFound()
    address = remote_of(request)
    request.app[BUCKETS].take(VOTES, address).require()
    data = await request.post()
    helpful, words = data.get("helpful") == "yes", str(data.get("words") or "")
    who = votes.visitor(doors.secret, leaf.id, address, browser_of(request))
    await doors.database.write(votes.vote, leaf.id, place.centre.view.id, leaf.lang(place.lang), helpful, who, words)
    voted = "said" if words.strip() else "yes" if helpful else "no"
    raise web.HTTPSeeOther(place.link(f"articles/{leaf.slug(place.lang)}") + f"?voted={voted}#helpful")
