"""Pages of the help centre as admins look at them before anybody else does."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from server.accounts import desk_settings
from server.database import Transaction
from server.errors import NotFound
from server.faq import files
from server.faq import queries as articles
from server.faq.views import LANGUAGES, ArticleView, FileView, Lang
from server.help import queries, shelf
from server.help.shelf import Centre, Leaf, Shelf
from server.help.views import CentreSettings, CentreView
from server.web.doors import DOORS
from server.web.help.pages import Place, draw, draw_article, rendered, send


async def previewed(request: web.Request, id: int) -> web.Response:
    """An article as it is being written, in the look of the first help centre."""
    public_url = request.app[DOORS].public_url

    def look(tx: Transaction) -> tuple[Shelf, Centre, ArticleView, tuple[FileView, ...]]:
        view = articles.article(tx, id)
        attached = tuple(files.files(tx, id, view.content.attachments))
        return (*_first(tx, public_url, None), view, attached)

    found, centre, view, attached = await request.app[DOORS].database.read(look)
    leaf = Leaf(id, view.content, view.created_at, datetime.now(UTC), attached)
    if not leaf.langs:
        raise NotFound("There is nothing to see yet: the article has no answer.")
    place = Place(request, found, centre, _lang(request, leaf.langs[0]), centre.view.path)
    return send(request, rendered(draw_article(place, leaf, preview=True)))


async def previewed_centre(request: web.Request, id: int) -> web.Response:
    """The first page of a help centre, on or off."""
    public_url = request.app[DOORS].public_url
    found, centre = await request.app[DOORS].database.read(_first, public_url, id)
    place = Place(request, found, centre, _lang(request, centre.langs[0]), centre.view.path)
    return send(request, rendered(draw(place, "home.html", "", preview=True)))


def _first(tx: Transaction, public_url: str, id: int | None) -> tuple[Shelf, Centre]:
    """A centre whether or not it is on; without an id the first one, or one that stands in for it."""
    desk = desk_settings.read(tx)
    today = articles.today(tx)
    if id is not None:
        view = queries.centre(tx, id, public_url)
    else:
        standing = CentreView(
            id=0, slug="main", domain=None, settings=CentreSettings(), version=0, path="/help", url=f"{public_url}/help"
        )
        view = next(iter(queries.centres(tx, public_url)), standing)
    public = {leaf.id: leaf for leaf in shelf.leaves(tx, today)}
    centre = shelf.centre_of(view, desk.shop_name, queries.categories(tx), public.values())
    return Shelf(today, desk.zone, (centre,), {}, public), centre


def _lang(request: web.Request, otherwise: Lang) -> Lang:
    return next((each for each in LANGUAGES if each == request.query.get("lang")), otherwise)
