"""The pages of imports: bringing a file, what its columns are, trying it, how far it is, what was refused, undo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from channels.contract import TooLarge as ArrivalTooLarge
from channels.wording import say
from server.customers import attributes
from server.customers.imports import actions, fields, plans, queries, returning
from server.customers.imports.plans import Plan
from server.customers.imports.views import WORKING, ImportView, ProblemView
from server.errors import DeskError, Invalid, NotFound
from server.files import Stored
from server.web import wrong
from server.web.admin.frame import agent, chosen, database, done, number, page, tried, typed
from server.web.doors import DOORS
from server.web.pages import language_of

CHUNK = 1 << 18
SHOWN = 50
EXAMPLES = 3


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/imports", index),
        web.post("/admin/imports", bring),
        web.get("/admin/imports/{id}", one),
        web.post("/admin/imports/{id}", act),
        web.get("/admin/imports/{id}/refused", refused),
    ]


async def index(request: web.Request) -> web.Response:
    """The imports so far, and a place to bring a file."""
    return await _index(request)


async def bring(request: web.Request) -> web.StreamResponse:
    """Take a file in, as it comes, without holding it."""
    lead = await agent(request, "lead")
    try:
        name, stored = await uploaded(request)
        look = await asyncio.to_thread(actions.look, request.app[DOORS].files.path(stored.digest))
    except Invalid as error:
        return await _index(request, error=error)
    made = await database(request).write(actions.take, lead, name, stored, look)
    return _to(made.id)


async def one(request: web.Request) -> web.Response:
    """One import, as it stands."""
    return await _one(request, number(request))


async def act(request: web.Request) -> web.StreamResponse:
    """Whatever its button says."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    store, wanted = database(request), data.get("do", "")
    view = await store.read(queries.one, lead, id)
    plain = {"cancel": actions.cancel, "undo": actions.undo, "go-on": actions.start}
    if wanted in plain:
        _, error = await tried(store.write(plain[wanted], lead, id))
    elif wanted == "remove":
        await store.write(actions.remove, lead, id)
        return done("/admin/imports", "removed")
    elif wanted == "reread":
        error = await _reread(request, view, data)
    else:
        plan = _plan(data, view)
        kept, error = await tried(store.write(actions.decide, lead, id, plan))
        if kept is None:
            return await _one(request, id, plan=plan, error=error)
        if wanted in ("try", "run"):
            _, error = await tried(store.write(actions.start, lead, id, trial=wanted == "try"))
    if error is not None:
        return await _one(request, id, error=error)
    return done(f"/admin/imports/{id}", "saved") if wanted == "save" else _to(id)


async def refused(request: web.Request) -> web.StreamResponse:
    """The rows that were refused or taken in part, as a file like the one that came."""
    lead, id = await agent(request, "lead"), number(request)
    store, language = database(request), language_of(request)
    view = await store.read(queries.one, lead, id)
    if not view.digest:
        raise NotFound("The file is no longer here.")
    trial = view.started_at is None

    def more(after: int) -> list[ProblemView]:
        return store.read_now(queries.problems, lead, id, trial=trial, limit=500, after=after)

    def said(problem: ProblemView) -> str:
        return "; ".join(_reason(language, name, words) for name, words in problem.reasons.items())

    path = request.app[DOORS].files.path(view.digest)
    pieces = returning.pieces(path, view, more, say(language, "Why it was refused"), said)
    answer = web.StreamResponse(
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(returning.name(view))}"}
    )
    answer.content_type = "application/octet-stream"
    await answer.prepare(request)
    while piece := await asyncio.to_thread(next, pieces, b""):
        await answer.write(piece)
    await answer.write_eof()
    return answer


def _to(id: int) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/admin/imports/{id}"})


async def uploaded(request: web.Request) -> tuple[str, Stored]:
    """The file of the form, kept. Raises `Invalid` for none, or one that is too large."""
    doors = request.app[DOORS]
    if request.content_type != "multipart/form-data":
        raise Invalid(fields={"file": "is missing"})
    parts = await request.multipart()
    while (part := await parts.next()) is not None:
        name = getattr(part, "filename", None)
        if getattr(part, "name", None) != "file" or not name:
            continue

        async def chunks(part: Any = part) -> AsyncIterator[bytes]:
            while chunk := await part.read_chunk(CHUNK):
                yield chunk

        try:
            return str(name), await doors.files.receive(chunks(), doors.max_import_bytes)
        except ArrivalTooLarge as error:
            limit = f"{doors.max_import_bytes // 1_000_000} MB"
            raise Invalid("The file is larger than {limit}.", limit=limit) from error
    raise Invalid(fields={"file": "is missing"})


async def _reread(request: web.Request, view: ImportView, data: Any) -> DeskError | None:
    lead = await agent(request, "lead")
    path = request.app[DOORS].files.path(view.digest)
    header = chosen(data.get("header")) or 0
    what = data.get("what") if data.get("what") in fields.SETS else None
    try:
        sheet = data.get("sheet", "") or view.form.sheet
        look = await asyncio.to_thread(actions.look, path, sheet=sheet, header=header)
    except Invalid as error:
        return error
    _, wrong_now = await tried(database(request).write(actions.reread, lead, view.id, look, what))
    return wrong_now


def _plan(data: Any, view: ImportView) -> Plan:
    """What was chosen on the form."""
    given = {
        "what": view.plan.what,
        "columns": [data.get(f"columns.{place}", "") for place in range(len(view.headers))],
        "source": data.get("source", "").strip(),
        "verified": data.get("verified") == "on",
        "unreadable": "leave" if data.get("unreadable") == "on" else "refuse",
        **{name: data.get(name, "") for name in ("existing", "twice", "day_order")},
    }
    try:
        return msgspec.convert(given, Plan)
    except msgspec.ValidationError as error:
        raise Invalid("A field has a value that is none of its choices.") from error


def _reason(language: str, name: str, words: str) -> str:
    told = wrong.said(language, words)
    return told if name == "*" else say(language, "{label}: {value}", label=name, value=told)


async def _index(request: web.Request, *, error: DeskError | None = None) -> web.Response:
    lead = await agent(request, "lead")
    before = chosen(request.query.get("before"))
    listed = await database(request).read(queries.all, lead, limit=SHOWN, before=before)
    limit = f"{request.app[DOORS].max_import_bytes // 1_000_000:,} MB"
    return await page(request, "imports.html", error=error, imports=listed, shown=SHOWN, limit=limit)


async def _one(
    request: web.Request, id: int, *, plan: Plan | None = None, error: DeskError | None = None
) -> web.Response:
    lead, store, language = await agent(request, "lead"), database(request), language_of(request)
    view = await store.read(queries.one, lead, id)
    deciding = view.state in ("new", "tried") and bool(view.digest)
    look, own = None, []
    if deciding:
        path = request.app[DOORS].files.path(view.digest)
        look = await asyncio.to_thread(actions.look, path, sheet=view.form.sheet, header=view.form.header)
        own = await store.read(attributes.all)
    problems = await store.read(queries.problems, lead, id, trial=view.started_at is None, limit=SHOWN)
    return await page(
        request,
        "import.html",
        error=error,
        view=view,
        plan=plan or view.plan,
        working=view.state in WORKING,
        look=look,
        examples=_examples(look),
        groups=_groups(language, (plan or view.plan).what, own),
        problems_found=[
            (one.row, one.refused, [_reason(language, name, words) for name, words in one.reasons.items()])
            for one in problems
        ],
        kept=[(one, wrong.said(language, one.why)) for one in await store.read(queries.kept, lead, id, limit=SHOWN)],
        counts=view.trial if view.started_at is None else view.counts,
        words=wrong.said(language, view.words),
        remembers=plans.digest(view.headers)[:6],
    )


def _examples(look: actions.Look | None) -> list[list[str]]:
    if look is None:
        return []
    found: list[list[str]] = []
    for place in range(len(look.headers)):
        cells = [row[place] for row in look.rows if place < len(row) and row[place]]
        found.append(list(dict.fromkeys(cells))[:EXAMPLES])
    return found


def _groups(language: str, what: fields.What, own: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields to choose from, in groups: title, and (name, label) each."""
    listed: dict[str, list[tuple[str, str]]] = {}
    for name, field in fields.SETS[what].items():
        side, _, _ = name.rpartition(".")
        title = {"buyer": "Buyer", "recipient": "Recipient"}.get(side, "Customers" if what == "customers" else "Orders")
        listed.setdefault(say(language, title), []).append((name, say(language, field.label)))
    if own:
        labels = [(f"attributes.{one.name}", one.label_ja if language == "ja" else one.label_en) for one in own]
        listed[say(language, "Fields of your own")] = [(name, label or name) for name, label in labels]
    return list(listed.items())
