"""The help centres, the words of categories, how articles are received, and the files of articles."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from server.errors import TooLarge
from server.faq import files
from server.faq.views import ArticleView, FileView, Lang
from server.help import actions, queries
from server.help.views import CategoryView, CategoryWords, CentreSettings, CentreView, ReceptionView
from server.tickets.attachments import FileRecord
from server.web.api.files import SERVED, Upload, hand_out
from server.web.api.shapes import Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()


class CentreForm(Form, frozen=True, kw_only=True):
    """All of a help centre. `domain` is a host of its own; null or empty: none."""

    slug: Annotated[str, Meta(max_length=40)]
    domain: Annotated[str, Meta(max_length=253)] | None = None
    settings: CentreSettings
    version: Version | None = None


class CategoryForm(Form, frozen=True, kw_only=True):
    """What a category is called; `key` is what the articles say. Without a `position` a new one goes to the end."""

    key: Annotated[str, Meta(max_length=60)]
    words: dict[Lang, CategoryWords]
    position: Annotated[int, Meta(ge=1, le=10_000)] | None = None


@api.get("/help-centres", "The help centres")
async def all_centres(call: Call) -> list[CentreView]:
    """The main one, at `/help`, first."""
    return await call.read(queries.centres, call.doors.public_url)


@api.post("/help-centres", "Make a help centre", scope="admin")
async def add_centre(call: Call, form: CentreForm) -> CentreView:
    """For admins. Nobody sees it until its settings say `on`."""
    made = await call.write(
        actions.create, form.slug, form.domain or "", form.settings, public_url=call.doors.public_url
    )
    return _told(call, made)


@api.put("/help-centres/{centre}", "Change a help centre", scope="admin", conflicts=True)
async def edit_centre(call: Call, centre: Number, form: CentreForm) -> CentreView:
    """For admins; all of its settings at once."""
    changed = await call.write(
        actions.save,
        centre,
        form.slug,
        form.domain or "",
        form.settings,
        public_url=call.doors.public_url,
        version=call.version(form.version),
    )
    return _told(call, changed)


@api.delete("/help-centres/{centre}", "Take a help centre away", scope="admin")
async def remove_centre(call: Call, centre: Number) -> None:
    """For admins. The articles stay; readers' votes in it go."""
    await call.write(actions.remove, centre)
    if call.doors.help is not None:
        call.doors.help.changed()


@api.get("/article-categories", "The categories of articles")
async def all_categories(call: Call) -> list[CategoryView]:
    """In their order; those that nobody described have the id 0 and come last."""
    return await call.read(queries.categories)


@api.put("/article-categories", "Say what a category is called")
async def name_category(call: Call, form: CategoryForm) -> CategoryView:
    """For leads. Articles keep the key; readers see the words."""
    return await call.write(actions.name_category, form.key, form.words, form.position)


@api.delete("/article-categories/{category}", "Forget the words of a category")
async def forget_category(call: Call, category: Number) -> None:
    """For leads. The articles keep it."""
    await call.write(actions.forget_category, category)


@api.get("/articles/reception", "How articles are received")
async def reception(call: Call) -> ReceptionView:
    """Votes of all time and what happened in the last thirty days; the articles that helped least first."""
    return await call.read(queries.reception)


@api.get("/articles/{article}/files", "The files of an article")
async def article_files(call: Call, article: Number) -> list[FileView]:
    """Those of its draft, in their order."""
    return await call.read(files.attached, article)


@api.post("/articles/{article}/files", "Add a file to an article", takes=("application/octet-stream",))
async def add_article_file(call: Call, article: Number, query: Upload) -> ArticleView:
    """The body is the file, up to 20 MB; its name is in `filename`. A file of a name that the article has takes that
    one's place. It is in the draft until that is published."""
    request = call.request
    if (request.content_length or 0) > files.MOST_BYTES:
        raise TooLarge("At most {limit} bytes are taken here.", limit=files.MOST_BYTES)
    stored = await call.doors.files.receive(request.content.iter_chunked(65_536), files.MOST_BYTES)
    media = request.headers.get("Content-Type", "")
    return await call.write(files.keep, article, [(query.filename, media, stored.digest, stored.size)])


@api.get("/articles/{article}/files/{file}", "Fetch a file of an article", media=SERVED)
async def article_file(call: Call, article: Number, file: Number) -> web.StreamResponse:
    """Also of an earlier version. Sent as a download, unless it is a picture, a film or a voice."""
    found, digest = await call.read(files.digest, article, file)
    record = FileRecord(
        id=found.id, digest=digest, filename=found.name, content_type=found.content_type, size=found.size
    )
    return await hand_out(call, record, as_download=False)


@api.delete("/articles/{article}/files/{file}", "Take a file out of an article")
async def remove_article_file(call: Call, article: Number, file: Number) -> ArticleView:
    """Out of its draft; earlier versions keep it."""
    return await call.write(files.drop, article, file)


def _told(call: Call, view: CentreView) -> CentreView:
    """Whoever saved and looks sees it, also before the feed has told this process."""
    if call.doors.help is not None:
        call.doors.help.changed()
    return view
