"""What programs read of the help centre: the sitemap, a feed of what changed, and the word to robots."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

from server.errors import NotFound
from server.faq.views import Lang
from server.help import markup
from server.help.shelf import Leaf
from server.web.help.hosts import own_centre
from server.web.help.pages import Place, help_of, place_of


def routes() -> list[web.RouteDef]:
    """All of them."""
    made = [web.get("/robots.txt", robots), web.get("/sitemap.xml", sitemap)]
    for root in ("/help", r"/help/{centre:[a-z][a-z0-9-]{2,39}}"):
        made += [web.get(f"{root}/sitemap.xml", sitemap), web.get(root + r"/{lang:ja|en}/feed.xml", feed)]
    return made


async def robots(request: web.Request) -> web.Response:
    """The help centre may be read, the desk not. Raises `NotFound` where no help centre is."""
    shelf = await help_of(request.app).shelf()
    own = own_centre(request)
    shown = [own] if own is not None else [each for each in shelf.centres if each.view.domain is None]
    shown = [each for each in shown if each.view.settings.indexed]
    if not shelf.centres:
        raise NotFound()
    lines = ["User-agent: *"]
    for centre in shown:
        lines.append(f"Allow: {'/help' if own is not None else centre.view.path}/")
    lines.append("Disallow: /")
    lines += [f"Sitemap: {centre.view.url}/sitemap.xml" for centre in shown]
    return web.Response(text="\n".join(lines) + "\n", headers={"Cache-Control": "max-age=3600"})


async def sitemap(request: web.Request) -> web.Response:
    """Every page in every language that it is written in (sitemaps.org, with Google's xhtml:link)."""
    if request.path == "/sitemap.xml" and own_centre(request) is None:
        raise NotFound()
    place = await place_of(request)
    if not place.centre.view.settings.indexed:
        raise NotFound()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n' + "".join(_entries(place)) + "</urlset>\n"
    )
    return _xml(request, body, "application/xml")


async def feed(request: web.Request) -> web.Response:
    """What was published or changed in a language, the newest first (Atom, RFC 4287)."""
    place = await place_of(request)
    if place.lang not in place.centre.langs:
        raise NotFound()
    leaves = place.centre.newest(place.lang)
    home = place.canonical()
    changed = max((leaf.changed.isoformat() for leaf in leaves), default="1970-01-01T00:00:00Z")
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{place.lang}">\n',
        f"<title>{escape(place.centre.name(place.lang))}</title><id>{escape(home)}</id><updated>{changed}</updated>\n",
        f'<link rel="alternate" href={quoteattr(home)}/>',
        f'<link rel="self" href={quoteattr(place.canonical("feed.xml"))}/>\n',
        f"<author><name>{escape(place.centre.name(place.lang))}</name></author>\n",
        *(_entry(place, leaf) for leaf in leaves),
        "</feed>\n",
    ]
    return _xml(request, "".join(parts), "application/atom+xml")


def _entry(place: Place, leaf: Leaf) -> str:
    address = place.canonical(f"articles/{leaf.slug(place.lang)}")
    # The id stays when the words change (RFC 4287 §4.2.6).
    lasting = place.canonical(f"articles/{leaf.id}")
    html = markup.page(leaf.answer(place.lang), {}).html
    return (
        f"<entry><title>{escape(leaf.words(place.lang).question)}</title><id>{escape(lasting)}</id>"
        f"<link href={quoteattr(address)}/><published>{leaf.published.isoformat()}</published>"
        f'<updated>{leaf.changed.isoformat()}</updated><content type="html">{escape(html)}</content></entry>\n'
    )


def _entries(place: Place) -> Iterator[str]:
    centre = place.centre
    yield from _pages({lang: place.canonical("", lang) for lang in centre.langs}, "")
    for chapter in centre.chapters:
        path = {lang: place.canonical(f"categories/{chapter.slug(lang)}", lang) for lang in centre.langs}
        yield from _pages(path, "")
    for leaf in centre.leaves.values():
        path = {
            lang: place.canonical(f"articles/{leaf.slug(lang)}", lang) for lang in centre.langs if lang in leaf.langs
        }
        yield from _pages(path, leaf.changed.isoformat())


def _pages(addresses: dict[Lang, str], changed: str) -> Iterator[str]:
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{lang}" href={quoteattr(address)}/>'
        for lang, address in addresses.items()
    )
    for address in addresses.values():
        yield (
            f"<url><loc>{escape(address)}</loc>"
            + (f"<lastmod>{changed}</lastmod>" if changed else "")
            + (others if len(addresses) > 1 else "")
            + "</url>\n"
        )


def _xml(request: web.Request, body: str, media: str) -> web.Response:
    response = web.Response(text=body, content_type=media, charset="utf-8", headers={"Cache-Control": "no-cache"})
    name = hashlib.sha256(body.encode()).hexdigest()[:20]
    response.etag = name
    if request.if_none_match and any(tag.value == name for tag in request.if_none_match):
        return web.Response(status=304, headers={"ETag": f'"{name}"', "Cache-Control": "no-cache"})
    response.enable_compression()
    return response
