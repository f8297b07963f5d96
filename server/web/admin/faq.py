"""The pages of the FAQ: the articles, one of them, trying what they answer, and files in and out."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from aiohttp import web

from server import agents
from server.agents import may
from server.errors import DeskError, Invalid
from server.faq import actions, moving, queries
from server.faq.views import LANGUAGES, STATES, Content, Match
from server.web.admin.frame import agent, chosen, database, done, number, page, tried, typed
from server.web.doors import DOORS

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
    writer, data = await agent(request, "agent"), await typed(request)
    content, error = _content(data)
    made = None
    if error is None:
        made, error = await tried(database(request).write(actions.add, writer, content))
    if made is None:
        return await _form(request, None, content, error=error)
    return done(f"/admin/faq/{made.id}", "added")


async def one(request: web.Request) -> web.Response:
    """An article, and what it once was."""
    await agent(request, "agent")
    view = await database(request).read(queries.article, number(request))
    return await _form(request, view, view.content)


async def change(request: web.Request) -> web.StreamResponse:
    """Save, and, when a button said so, hand in, publish, take back or archive."""
    writer, data, id = await agent(request, "agent"), await typed(request), number(request)
    view = await database(request).read(queries.article, id)
    content, error = _content(data)
    saved = None
    wanted = data.get("do", "")
    if error is None:
        saved, error = await tried(
            database(request).write(actions.edit, writer, id, content, chosen(data.get("version")))
        )
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
    text = str((await typed(request)).get("text", ""))[:MOST_TRIED]
    faq = request.app[DOORS].faq
    found = await faq.match(text) if faq is not None and text.strip() else None
    return await _index(request, text=text, found=found)


async def take(request: web.Request) -> web.StreamResponse:
    """Take a file's articles in; all of them or none."""
    lead = await agent(request, "lead")
    data = await request.post()
    given = data.get("file")
    error: DeskError | None = Invalid(fields={"file": "is missing"})
    if isinstance(given, web.FileField) and given.filename:
        try:
            text = given.file.read(moving.MOST_BYTES).decode("utf-8-sig")
            rows = moving.read(text, "markdown" if given.filename.lower().endswith((".md", ".markdown")) else "csv")
            moved, error = await tried(
                database(request).write(moving.take, lead, rows, publish=data.get("publish") == "on")
            )
            if moved is not None:
                return done("/admin/faq", "added")
        except UnicodeDecodeError:
            error = Invalid(fields={"file": "is not text in UTF-8"})
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
        "audience": "internal" if data.get("audience") == "internal" else "public",
        "owner": chosen(data.get("owner")),
        "related": [
            found for each in data.get("related", "").replace("、", ",").split(",") if (found := chosen(each.strip()))
        ],
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
    request: web.Request, *, text: str = "", found: Match | None = None, error: DeskError | None = None
) -> web.Response:
    caller = await agent(request, "agent")
    state, category = request.query.get("state", ""), request.query.get("category", "")
    words, after = request.query.get("q", "")[:200], request.query.get("after", "")
    store = database(request)
    listed = await store.read(
        queries.page,
        state=next((each for each in STATES if each == state), None),
        category=category or None,
        words=words,
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
        found=found,
        titles=titles,
        states=STATES,
        leads=may(caller, "lead"),
    )


async def _form(request: web.Request, view: Any, content: Content, *, error: DeskError | None = None) -> web.Response:
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
        people=people,
        people_names={f"agent:{id}": name for id, name in people},
        categories=await store.read(queries.categories),
        versions=await store.read(queries.versions, view.id) if view is not None else [],
        leads=may(caller, "lead"),
    )
