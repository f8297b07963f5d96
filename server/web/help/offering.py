"""What forms and the chat's panel ask while somebody types: articles that may answer it. Nothing typed is kept.

Only pages of the desk itself may ask: the requests carry JSON, so another site's page would need our leave (CORS), and
none is given.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from aiohttp import web
from msgspec import Meta

from channels.wording import say
from server.errors import Forbidden, NotFound
from server.faq.views import Lang
from server.help.live import offer
from server.help.shelf import Centre
from server.help.views import Offer
from server.web.buckets import BUCKETS, Policy
from server.web.callers import is_same_site, remote_of
from server.web.doors import DOORS
from server.web.help.pages import help_of
from server.web.reading import BadRequest, body

ASKED = Policy("help offers", 40, 60.0)
LEAST_TYPED = 4
"""In characters; a word of Japanese has so many."""
MOST_BODY = 16_384
MOST_LISTED = 200
MOST_FOUND = 8
LONGEST_SEARCH = 200

T = TypeVar("T")
Slug = Annotated[str, Meta(max_length=64)]


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the box of a form or chat."""

    kind: Literal["form", "chat"]
    slug: Slug
    lang: Lang
    text: Annotated[str, Meta(max_length=4_000)] = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an offered article."""

    kind: Literal["form", "chat"]
    slug: Slug
    article: int
    what: Literal["opened", "solved"]


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered, with the words around it."""

    items: list[Offer]
    title: str
    open: str
    solved: str
    thanks: str
    """Said after `solved`."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A category with its articles, for the panel's list."""

    name: str
    items: list[Offer]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The articles of a centre, and where all of it stands."""

    url: str
    chapters: list[Shown]


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.post("/help/suggest", suggest),
        web.post("/help/find", found),
        web.post("/help/told", told),
        web.get("/help/list/{kind:form|chat}/{slug}/{lang:ja|en}", listed),
    ]


async def suggest(request: web.Request) -> web.Response:
    """At most three articles; 204 where nothing is offered, so that the page asks no more."""
    typed = await _body(request, Typed)
    centre = await help_of(request.app).offering(typed.kind, typed.slug)
    if centre is None:
        return web.Response(status=204)
    request.app[BUCKETS].take(ASKED, remote_of(request)).require()
    help = help_of(request.app)
    items = await help.offers(centre, typed.lang, typed.text) if len(typed.text.strip()) >= LEAST_TYPED else []
    for each in items:
        help.counts.count(typed.kind, "shown", each.id)
    return _offers(items, typed.lang)


async def found(request: web.Request) -> web.Response:
    """What a search in the panel finds, also by single words."""
    typed = await _body(request, Typed)
    centre = await help_of(request.app).offering(typed.kind, typed.slug)
    if centre is None:
        return web.Response(status=204)
    request.app[BUCKETS].take(ASKED, remote_of(request)).require()
    help = help_of(request.app)
    hits = await help.find(centre, typed.lang, typed.text[:LONGEST_SEARCH])
    return _offers([offer(centre, hit.leaf, typed.lang) for hit in hits[:MOST_FOUND]], typed.lang)


async def told(request: web.Request) -> web.Response:
    """An article was unfolded, or answered the question: a count."""
    said = await _body(request, Told)
    centre = await help_of(request.app).offering(said.kind, said.slug)
    if centre is None or said.article not in centre.leaves:
        raise NotFound()
    request.app[BUCKETS].take(ASKED, remote_of(request)).require()
    help_of(request.app).counts.count(said.kind, said.what, said.article)
    return web.Response(status=204)


async def listed(request: web.Request) -> web.Response:
    """The articles by category, the most read first."""
    asked = request.match_info
    centre = await help_of(request.app).offering(asked["kind"], asked["slug"])
    if centre is None:
        raise NotFound()
    lang: Lang = "en" if asked["lang"] == "en" else "ja"
    return _json(Listed(url=f"{centre.view.url}/{lang}/", chapters=_chapters(centre, lang)))


def _offers(items: list[Offer], lang: Lang) -> web.Response:
    return _json(
        Offers(
            items=items,
            title=say(lang, "This may answer it at once"),
            open=say(lang, "Read all of it"),
            solved=say(lang, "This answered my question"),
            thanks=say(lang, "We are glad that it helped. There is no need to send anything."),
        )
    )


def _chapters(centre: Centre, lang: Lang) -> list[Shown]:
    within = {leaf.id for chapter in centre.chapters for leaf in chapter.leaves}
    others = [leaf for leaf in centre.leaves.values() if leaf.id not in within]
    made = [
        Shown(name=chapter.name(lang), items=[offer(centre, leaf, lang) for leaf in chapter.leaves[:MOST_LISTED]])
        for chapter in centre.chapters
    ]
    if others:
        name = say(lang, "Other questions")
        made.append(Shown(name=name, items=[offer(centre, leaf, lang) for leaf in others[:MOST_LISTED]]))
    return made


async def _body(request: web.Request, shape: type[T]) -> T:
    doors = request.app[DOORS]
    if not is_same_site(request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin"), request.host, doors):
        raise Forbidden("Another site sent this request.")
    if request.content_type != "application/json":
        raise BadRequest("The request could not be read.")
    try:
        return msgspec.json.decode(await body(request, limit=MOST_BODY), type=shape)
    except msgspec.MsgspecError as error:
        raise BadRequest("The request could not be read.") from error


def _json(answer: msgspec.Struct) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")
