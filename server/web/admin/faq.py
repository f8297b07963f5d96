"""The pages of the FAQ: the articles, one of them, trying what they answer, and files in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from server import accounts, agents
from server.agents import AgentView, may
from server.errors import DeskError, Invalid, NotFound
from server.faq import actions, files, moving, queries
from server.faq.views import LANGUAGES, STATES, ArticleView, Content, Match
from server.help import queries as help_centres
from server.help.views import Reception
from server.web.admin.frame import agent, chosen, database, done, ids, number, page, tried, typed
from server.web.doors import DOORS
from server.web.help.preview import previewed

CHANNELS = ("email", "webchat", "line", "form", "api")
MOST_TRIED = 10_000


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/faq", index),
        web.get("/admin/faq/new", new),
        web.post("/admin/faq/new", add),
        web.post("/admin/faq/try", ask),
        web.post("/admin/faq/import", take),
        web.get("/admin/faq/export.csv", export_csv),
        web.get("/admin/faq/export.md", export_markdown),
        web.get("/admin/faq/{id}/preview", preview),
        web.get("/admin/faq/{id}", one),
        web.post("/admin/faq/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """The articles, and a place to try them."""
    await agent(request, "agent")
    return await _index(request)


async def new(request: web.Request) -> web.Response:
    """An empty article."""
    await agent(request, "agent")
    return await _form(request, None, Content(words={}))


async def add(request: web.Request) -> web.StreamResponse:
    """Keep a new draft."""
    writer, data = await agent(request, "agent"), await posted(request)
    content, error = _content(data)
    made = None
    if error is None:
        made, error = await tried(database(request).write(actions.add, writer, content))
    if made is None:
        return await _form(request, None, content, error=error)
    kept, error = await _keep_files(request, writer, made.id, data)
    if error is not None:
        return await _form(request, kept or made, made.content, error=error)
    return done(f"/admin/faq/{made.id}", "added")


async def one(request: web.Request) -> web.Response:
    """An article, and what it once was: `?version=` shows it as it was, to be saved again."""
    await agent(request, "agent")
    view = await database(request).read(queries.article, number(request))
    wanted = chosen(request.query.get("version"))
    if wanted is None or wanted == view.version:
        return await _form(request, view, view.content)
    versions = await database(request).read(queries.versions, view.id)
    then = next((each for each in versions if each.version == wanted), None)
    if then is None:
        raise NotFound("There is no such version.")
    return await _form(request, view, then.content, then=wanted)


async def preview(request: web.Request) -> web.Response:
    """The article as customers would read it, as it is being written."""
    await agent(request, "agent")
    return await previewed(request, number(request))


async def change(request: web.Request) -> web.StreamResponse:
    """Save, and, when a button said so, hand in, publish, take back or archive."""
    writer, data, id = await agent(request, "agent"), await posted(request), number(request)
    view = await database(request).read(queries.article, id)
    content, error = _content(data)
    saved = None
    wanted = data.get("do", "")
    if error is None:
        saved, error = await tried(
            database(request).write(actions.edit, writer, id, content, chosen(data.get("version")))
        )
    if saved is not None:
        saved, error = await _keep_files(request, writer, id, data, saved)
        if error is not None:
            return await _form(request, saved, saved.content, error=error)
    if saved is not None and wanted in STATES and wanted != saved.state:
        moved, error = await tried(database(request).write(actions.move, writer, id, wanted, saved.version))
        if moved is None:
            return await _form(request, saved, content, error=error)
    if saved is None:
        return await _form(request, view, content, error=error)
    return done("/admin/faq" if wanted == "archived" else f"/admin/faq/{id}", "saved")


async def ask(request: web.Request) -> web.StreamResponse:
    """What a message would get."""
    await agent(request, "agent")
    data = await typed(request)
    text, shop = str(data.get("text", ""))[:MOST_TRIED], str(data.get("shop", ""))
    faq = request.app[DOORS].faq
    found = await faq.match(text, shop=shop) if faq is not None and text.strip() else None
    return await _index(request, text=text, shop=shop, found=found)


async def take(request: web.Request) -> web.StreamResponse:
    """Take a file's articles in; all of them or none."""
    lead = await agent(request, "lead")
    data = await request.post()
    given = data.get("file")
    error: DeskError | None = Invalid(fields={"file": "is missing"})
    if isinstance(given, web.FileField) and given.filename:
        try:
            text = moving.decoded(given.file.read(moving.MOST_BYTES))
            rows = moving.read(text, "markdown" if given.filename.lower().endswith((".md", ".markdown")) else "csv")
            moved, error = await tried(
                database(request).write(moving.take, lead, rows, publish=data.get("publish") == "on")
            )
            if moved is not None and (moved.missing or moved.unknown):
                return await _index(request, missing=moved.missing, unknown=moved.unknown)
            if moved is not None:
                return done("/admin/faq", "added")
        except Invalid as wrong:
            error = wrong
    return await _index(request, error=error)


async def export_csv(request: web.Request) -> web.Response:
    """Every article, for a spreadsheet."""
    return await _export(request, "csv", "text/csv")


async def export_markdown(request: web.Request) -> web.Response:
    """Every article, to be read."""
    return await _export(request, "markdown", "text/markdown")


async def _export(request: web.Request, form: moving.Format, media: str) -> web.Response:
    await agent(request, "agent")
    text = moving.written(await database(request).read(moving.all_articles), form)
    name = "faq.md" if form == "markdown" else "faq.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type=media, charset="utf-8", headers=headers)


async def posted(request: web.Request) -> Any:
    """What was typed, and the files beside it."""
    data = await request.post()
    for name, value in data.items():
        if "\0" in name or (isinstance(value, str) and "\0" in value):
            raise Invalid("A field has a character that is not allowed.")
    return data


async def _keep_files(
    request: web.Request, writer: AgentView, id: int, data: Any, saved: ArticleView | None = None
) -> tuple[ArticleView, DeskError | None]:
    """Store the files that came with the form, and name them in the draft."""
    store = request.app[DOORS].files
    sent = [each for each in data.getall("files", []) if isinstance(each, web.FileField) and each.filename]
    view = await database(request).read(queries.article, id) if saved is None else saved
    if not sent:
        return view, None
    stored = []
    for each in sent:
        size = each.file.seek(0, 2)
        each.file.seek(0)
        if size > files.MOST_BYTES:
            return view, Invalid(fields={"attachments": "is larger than 20 MB"})
        kept = await asyncio.to_thread(store.keep, iter(partial(each.file.read, 65_536), b""))
        stored.append((each.filename, each.content_type or "", kept.digest, kept.size))
    changed, error = await tried(database(request).write(files.keep, writer, id, stored))
    return (view if changed is None else changed), error


def _content(data: Any) -> tuple[Content, DeskError | None]:
    """What was typed, as far as it can be an article, and what is wrong with it."""
    kept: dict[str, Any] = {
        "words": {
            lang: {
                "question": data.get(f"words.{lang}.question", ""),
                "phrasings": data.get(f"words.{lang}.phrasings", "").splitlines(),
                "full": data.get(f"words.{lang}.full", ""),
                "short": data.get(f"words.{lang}.short", ""),
            }
            for lang in LANGUAGES
        },
        "category": data.get("category", ""),
        "channels": [each for each in CHANNELS if each in data.getall("channels", [])],
        "shops": data.getall("shops", []),
        "audience": "internal" if data.get("audience") == "internal" else "public",
        "owner": chosen(data.get("owner")),
        "related": [
            found for each in data.get("related", "").replace("、", ",").split(",") if (found := chosen(each.strip()))
        ],
        "attachments": ids(data, "attachments"),
    }
    problems: dict[str, str] = {}
    for name in ("valid_from", "valid_until", "review_on"):
        if given := data.get(name, ""):
            try:
                kept[name] = date.fromisoformat(given)
            except ValueError:
                problems[name] = "must be a date like 2026-08-20"
    for lang in LANGUAGES:
        if not any(kept["words"][lang].values()):
            del kept["words"][lang]
    try:
        content = msgspec.convert(kept, Content)
    except msgspec.ValidationError as error:
        return Content(words={}), Invalid(fields={"words": str(error)})
    return content, Invalid("Some fields need another look.", fields=problems) if problems else None


async def _index(
    request: web.Request,
    *,
    text: str = "",
    shop: str = "",
    found: Match | None = None,
    error: DeskError | None = None,
    missing: Sequence[str] = (),
    unknown: Sequence[str] = (),
) -> web.Response:
    caller = await agent(request, "agent")
    state, category = request.query.get("state", ""), request.query.get("category", "")
    words, after = request.query.get("q", "")[:200], request.query.get("after", "")
    of_shop = request.query.get("shop", "")
    store, leads = database(request), may(caller, "lead")
    listed = await store.read(
        queries.page,
        state=next((each for each in STATES if each == state), None),
        category=category or None,
        shop=of_shop or None,
        words=words,
        due=request.query.get("due") == "1",
        after=after or None,
    )
    titles = {}
    for entry in found.entries if found is not None else ():
        titles[entry.id] = (await store.read(queries.article, int(entry.id))).title
    return await page(
        request,
        "faq.html",
        error=error,
        articles=listed,
        categories=await store.read(queries.categories),
        state=state,
        category=category,
        q=words,
        text=text,
        tried_shop=shop,
        of_shop=of_shop,
        shop_choices=[(each, each) for each in await store.read(accounts.shops)],
        lost=await store.read(queries.lost_shops) if leads else [],
        found=found,
        titles=titles,
        states=STATES,
        leads=leads,
        missing=missing,
        unknown=unknown,
        due=request.query.get("due") == "1",
        waiting=await store.read(queries.to_look_at),
        names={one.id: one.name for one in await store.read(agents.all_agents)},
        today=await store.read(queries.today),
    )


async def _form(
    request: web.Request,
    view: ArticleView | None,
    content: Content,
    *,
    error: DeskError | None = None,
    then: int | None = None,
) -> web.Response:
    caller = await agent(request, "agent")
    store = database(request)
    people = [(one.id, one.name) for one in await store.read(agents.all_agents) if one.active]
    return await page(
        request,
        "faq_article.html",
        error=error,
        article=view,
        content=content,
        languages=LANGUAGES,
        channels=CHANNELS,
        shops=list(dict.fromkeys([*await store.read(accounts.shops), *content.shops])),
        people=people,
        people_names={f"agent:{id}": name for id, name in people},
        categories=await store.read(queries.categories),
        versions=await store.read(queries.versions, view.id) if view is not None else [],
        attached=await store.read(files.files, view.id, content.attachments) if view is not None else [],
        related=await store.read(queries.titles, content.related),
        then=then,
        public=await _public(request, view),
        received=await _received(request, view),
        today=await store.read(queries.today),
        leads=may(caller, "lead"),
    )


async def _public(request: web.Request, view: ArticleView | None) -> str:
    """Where customers read the article; empty when they cannot."""
    help = request.app[DOORS].help
    return await help.link(view.id) if view is not None and help is not None else ""


async def _received(request: web.Request, view: ArticleView | None) -> Reception | None:
    """What readers made of it."""
    if view is None:
        return None
    found = (await database(request).read(help_centres.reception, view.id)).articles
    return found[0] if found else None
