"""The pages of the help centre: rendered once for each version of what stands in it, then handed out from memory."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from aiohttp import web

from channels.colours import properties
from channels.compression import compressed, takes_gzip
from channels.wording import choose, say
from server.errors import NotFound
from server.faq.views import LANGUAGES, FileView, Lang
from server.help import markup
from server.help.live import Help
from server.help.shelf import Centre, Leaf, Shelf
from server.web.buckets import BUCKETS, Policy
from server.web.callers import remote_of
from server.web.doors import DOORS
from server.web.help import structured
from server.web.help.hosts import own_centre
from server.web.pages import TEMPLATES

MOST_KEPT = 4_000
SEARCHES = Policy("help search", 60, 60.0)
LONGEST_QUERY = 200
SHOWN_IN_CATEGORY = 5
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'self'"
)
"""Nothing from elsewhere and no script at all: data for search engines needs no leave."""
WORDS = {"ja": "日本語", "en": "English"}
_ROBOT = re.compile(r"(?i)bot|crawl|spider|slurp|preview|monitor")
_NUMBER = re.compile(r"(\d{1,9})(?:-|$)")


class Rendered(NamedTuple):
    """A page as it leaves."""

    body: bytes
    zipped: bytes
    name: str


class Kept:
    """Rendered pages of the shelf as it stands; a changed shelf begins afresh."""

    def __init__(self) -> None:
        self._shelf: Shelf | None = None
        self._pages: OrderedDict[tuple[str, ...], Rendered] = OrderedDict()

    def get(self, shelf: Shelf, key: tuple[str, ...], render: Callable[[], str]) -> Rendered:
        """The page of a key, rendered if nobody asked for it since the last change."""
        if self._shelf is not shelf:
            self._shelf = shelf
            self._pages.clear()
        found = self._pages.get(key)
        if found is None:
            found = rendered(render())
            self._pages[key] = found
            if len(self._pages) > MOST_KEPT:
                self._pages.popitem(last=False)
        return found


KEPT = web.AppKey("help pages", Kept)


@dataclass(frozen=True)
class Place:
    """Where a request leads: a centre, a language, and how its addresses begin here."""

    request: web.Request
    shelf: Shelf
    centre: Centre
    lang: Lang
    prefix: str

    def link(self, path: str = "", lang: Lang | None = None) -> str:
        """An address on the host that was asked."""
        return f"{self.prefix}/{lang or self.lang}/{quote(path)}"

    def canonical(self, path: str = "", lang: Lang | None = None) -> str:
        """The one address that search engines are told."""
        return f"{self.centre.view.url}/{lang or self.lang}/{quote(path)}"

    def file(self, leaf: Leaf, file: FileView) -> str:
        """Where a file of an article is fetched."""
        return f"{self.prefix}/files/{leaf.id}/{file.id}/{quote(file.name)}"


def help_of(app: web.Application) -> Help:
    """The help centres. Raises `NotFound` where there are none."""
    help = app[DOORS].help
    if help is None:
        raise NotFound()
    return help


async def place_of(request: web.Request) -> Place:
    """Raises `NotFound` where no help centre is."""
    shelf = await help_of(request.app).shelf()
    slug = request.match_info.get("centre", "")
    own = own_centre(request)
    centre = (None if slug else own) if own is not None else shelf.at(slug)
    if centre is None:
        raise NotFound()
    asked = request.match_info.get("lang")
    lang = next((each for each in LANGUAGES if each == asked), centre.langs[0])
    return Place(request, shelf, centre, lang, "/help" if own is not None else centre.view.path)


def helping(
    handler: Callable[[Place], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler of one of the pages; what is not there gets a page that helps on."""

    async def handle(request: web.Request) -> web.StreamResponse:
        place = await place_of(request)
        try:
            if place.lang not in place.centre.langs:
                raise NotFound()
            return await handler(place)
        except NotFound:
            if place.lang not in place.centre.langs:
                place = Place(request, place.shelf, place.centre, place.centre.langs[0], place.prefix)
            html = draw(place, "missing.html", "", leaves=place.centre.popular())
            return send(request, rendered(html), status=404)

    return handle


def routes() -> list[web.RouteDef]:
    """All of them, for the main centre and for the others."""
    made = []
    for root in ("/help", r"/help/{centre:[a-z][a-z0-9-]{2,39}}"):
        made += [
            web.get(f"{root}/", begin),
            web.get(root, begin),
            web.get(root + r"/{lang:ja|en}", begin),
            web.get(root + r"/{lang:ja|en}/", helping(home)),
            web.get(root + r"/{lang:ja|en}/search", helping(search)),
            web.get(root + r"/{lang:ja|en}/categories/{slug}", helping(category)),
            web.get(root + r"/{lang:ja|en}/articles/{slug}", helping(article)),
            web.get(root + r"/{lang:ja|en}/{rest:.*}", helping(nothing)),
            web.get(root + "/style/{name}.css", style),
        ]
    return made


async def begin(request: web.Request) -> web.StreamResponse:
    """To the reader's language, if the centre has it."""
    place = await place_of(request)
    asked = request.match_info.get("lang") or choose(request.headers.get("Accept-Language"), place.centre.langs[0])
    lang = asked if asked in place.centre.langs else place.centre.langs[0]
    raise web.HTTPFound(f"{place.prefix}/{lang}/", headers={"Vary": "Accept-Language"})


async def home(place: Place) -> web.StreamResponse:
    """The categories, and what is read most."""
    path = ""
    return keep(place, "home", lambda: draw(place, "home.html", path, data=structured.site(place)))


async def category(place: Place) -> web.StreamResponse:
    """A category's articles."""
    asked = place.request.match_info["slug"]
    chapter = place.centre.chapter(asked)
    if chapter is None:
        raise NotFound()
    path = f"categories/{chapter.slug(place.lang)}"
    if asked != chapter.slug(place.lang):
        return onward(place.link(path))
    data = structured.category(place, chapter, path)
    return keep(place, path, lambda: draw(place, "category.html", path, chapter=chapter, data=data))


async def article(place: Place) -> web.StreamResponse:
    """An article. An address with words that it once had leads to the one that it has."""
    asked = place.request.match_info["slug"]
    leaf = leaf_of(place, asked)
    path = f"articles/{leaf.slug(place.lang)}"
    if asked != leaf.slug(place.lang):
        return onward(place.link(path))
    voted = place.request.query.get("voted", "")
    voted = voted if voted in ("yes", "no", "said") else ""
    if not _ROBOT.search(place.request.headers.get("User-Agent", "")) and not voted:
        help_of(place.request.app).counts.count("page", "viewed", leaf.id)
    return keep(place, f"{path}?{voted}", lambda: draw_article(place, leaf, voted=voted))


async def search(place: Place) -> web.StreamResponse:
    """What is found. Of the words nothing is kept, unless they find nothing: then by themselves, for a lead to read."""
    query = " ".join(place.request.query.get("q", "").replace("\0", "").split())[:LONGEST_QUERY]
    hits = []
    if query:
        place.request.app[BUCKETS].take(SEARCHES, remote_of(place.request)).require()
        help = help_of(place.request.app)
        hits = await help.find(place.centre, place.lang, query)
        help.counts.count("search", "searched")
        if not hits:
            help.counts.count("search", "nothing")
            help.counts.missed(place.lang, query)
    return send(place.request, rendered(draw(place, "search.html", "search", q=query, hits=hits)))


async def nothing(place: Place) -> web.StreamResponse:
    """No page has this address."""
    raise NotFound()


async def style(request: web.Request) -> web.StreamResponse:
    """The one stylesheet: the centre's colours, then what all centres share."""
    place = await place_of(request)
    response = web.Response(text=stylesheet(request.app, place.centre), content_type="text/css", charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.enable_compression()
    return response


# ------------------------------------------------------------------------------------------------------- parts


def leaf_of(place: Place, slug: str) -> Leaf:
    """The article of an address. Raises `NotFound`."""
    number = _NUMBER.match(slug)
    leaf = place.centre.leaves.get(int(number[1])) if number else None
    if leaf is None:
        raise NotFound()
    return leaf


def draw_article(place: Place, leaf: Leaf, *, voted: str = "", preview: bool = False) -> str:
    """An article's page; as a preview also one that nobody may read yet."""
    lang = leaf.lang(place.lang)
    path = f"articles/{leaf.slug(place.lang)}"
    address = partial(place.file, leaf) if not preview else (lambda file: file.url)
    files = [(file, address(file)) for file in leaf.files]
    body = markup.page(leaf.answer(place.lang), {file.name: url for file, url in files})
    pictured = {url for file, url in files if url in body.html and file.content_type.startswith("image/")}
    return draw(
        place,
        "article.html",
        path,
        leaf=leaf,
        own=lang,
        body=body,
        files=[(file, url) for file, url in files if url not in pictured],
        chapter=place.centre.chapter_of(leaf),
        related=place.centre.related(leaf),
        voted=voted,
        preview=preview,
        spoken=leaf.langs,
        data="" if preview else structured.article(place, leaf, path),
    )


def draw(place: Place, template: str, path: str, **context: Any) -> str:
    """A page of the help centre. `path` is what follows the language in its address."""
    app, centre, lang = place.request.app, place.centre, place.lang
    settings = centre.view.settings
    doors = app[DOORS]
    known = {
        "language": lang,
        "_": partial(say, lang),
        "place": place,
        "centre": centre,
        "settings": settings,
        "name": centre.name(lang),
        "path": path,
        "languages": [(each, WORDS[each]) for each in centre.langs],
        "spoken": centre.langs,
        "style": f"{place.prefix}/style/{_style_name(app, centre)}.css",
        "form": f"{doors.public_url}/forms/{quote(settings.form)}?lang={lang}" if settings.form else "",
        "chat": f"{doors.public_url}/chat/panel/{quote(settings.chat)}?lang={lang}" if settings.chat else "",
        "logo": f"{place.prefix}/logo/{settings.logo}.webp" if settings.logo else "",
        "day": partial(structured.day, lang=lang, zone=place.shelf.zone),
        "most": SHOWN_IN_CATEGORY,
        "q": "",
        "data": "",
        "preview": False,
        **context,
    }
    return app[TEMPLATES].get_template(f"help/{template}").render(known)


def keep(place: Place, key: str, render: Callable[[], str]) -> web.StreamResponse:
    """A page from memory."""
    whole = (place.prefix, str(place.centre.view.id), place.lang, key)
    return send(place.request, place.request.app[KEPT].get(place.shelf, whole, render))


def rendered(html: str) -> Rendered:
    """A page ready to leave."""
    body = html.encode()
    return Rendered(body, gzip.compress(body, 6, mtime=0), hashlib.sha256(body).hexdigest()[:20])


def send(request: web.Request, page: Rendered, *, status: int = 200) -> web.Response:
    """A browser asks each time whether it changed, so that a published change is seen at once."""
    zipped = takes_gzip(request)
    response = web.Response(body=page.zipped if zipped else page.body, content_type="text/html", charset="utf-8")
    compressed(response, gzip=zipped)
    response.set_status(status)
    response.headers["Cache-Control"] = "no-cache" if status == 200 else "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if status == 200:
        response.etag = page.name
        if request.if_none_match and any(tag.value in (page.name, "*") for tag in request.if_none_match):
            response.set_status(304)
            response.body = None
            response.headers.popall("Content-Encoding", None)
    return response


def onward(address: str) -> web.Response:
    """To where a page is now. Not for ever: the words may come back."""
    return web.Response(status=301, headers={"Location": address, "Cache-Control": "no-cache"})


def stylesheet(app: web.Application, centre: Centre) -> str:
    """The centre's colours, then what all centres share."""
    path = app[DOORS].templates / "help" / "help.css"
    return properties(centre.view.settings.colour, (255, 255, 255), (21, 24, 30)) + _shared(path)


def _style_name(app: web.Application, centre: Centre) -> str:
    return hashlib.sha256(stylesheet(app, centre).encode()).hexdigest()[:12]


_SHARED: dict[Path, tuple[int, str]] = {}


def _shared(path: Path) -> str:
    changed = path.stat().st_mtime_ns
    if (kept := _SHARED.get(path)) is None or kept[0] != changed:
        _SHARED[path] = (changed, path.read_text("utf-8"))
    return _SHARED[path][1]
