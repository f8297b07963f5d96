"""The pages of sources: what the desk reads from other systems, how it is doing, and what to do about what failed."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import BodyPartReader, web

from channels.wording import retold
from server.agents import AgentView
from server.customers import sources
from server.customers.sources import SourceDraft, Sources, SourceView, Tried, ready
from server.customers.sources import mapping as mappings
from server.customers.sources.mapping import Mapping
from server.database import Transaction
from server.errors import DeskError, Invalid, NotFound, TooLarge, Unavailable
from server.web.admin import wording
from server.web.admin.frame import agent, chosen, database, done, ids, page, typed
from server.web.doors import DOORS
from server.web.pages import language_of

ADDRESS = "/admin/sources"
CHUNK = 64 * 1024
SHOWN = 20
TAKEN = "file"


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get(ADDRESS, index),
        web.get(f"{ADDRESS}/new", choose),
        web.get(f"{ADDRESS}/new/{{ready}}", fresh),
        web.post(f"{ADDRESS}/new/{{ready}}", add),
        web.get(f"{ADDRESS}/{{name}}", show),
        web.post(f"{ADDRESS}/{{name}}", change),
        web.post(f"{ADDRESS}/{{name}}/file", take),
        web.get(f"{ADDRESS}/{{name}}/failures", failures),
        web.post(f"{ADDRESS}/{{name}}/failures", treat),
    ]


async def index(request: web.Request) -> web.Response:
    """Every source and how it is doing."""
    admin = await agent(request)
    found = await database(request).read(sources.all, admin, keys=request.app[DOORS].keys)
    return await page(request, "sources.html", sources=found, **_words(request))


async def choose(request: web.Request) -> web.Response:
    """The ready-made ones, and a mapping of one's own."""
    await agent(request)
    found = [(name, mappings.read(ready.text(name))) for name in ready.names()]
    return await page(request, "source_choose.html", ready=found, **_words(request))


async def fresh(request: web.Request) -> web.Response:
    """The form of a new one."""
    await agent(request)
    return await _form(request, {}, _ready_text(request))


async def add(request: web.Request) -> web.StreamResponse:
    """Look at a mapping, try it, or add it."""
    admin, data = await agent(request), await typed(request)
    text = data.get("mapping", "") or _ready_text(request)
    draft = _draft(data, text, request.match_info["ready"])
    try:
        match data.get("do"):
            case "look":
                mappings.read(text)
                return await _form(request, data, text)
            case "try":
                return await _form(request, data, text, tried=await _sources(request).try_draft(admin, draft))
        name = await database(request).write(sources.add, admin, draft, keys=request.app[DOORS].keys)
    except DeskError as error:
        return await _form(request, data, text, error=error)
    return done(f"{ADDRESS}/{name}", "added")


async def show(request: web.Request) -> web.Response:
    """One source."""
    return await _show(request, await agent(request))


async def change(request: web.Request) -> web.StreamResponse:
    """Save it, pull it, try it, compare, let it rest, accept a schema, or remove it."""
    admin, data, name = await agent(request), await typed(request), request.match_info["name"]
    desk, keys = database(request), request.app[DOORS].keys
    here = f"{ADDRESS}/{name}"
    try:
        match data.get("do"):
            case "pull" | "pull-all" as how:
                await desk.write(sources.pull_soon, admin, name, whole=how == "pull-all")
                return done(here, "resumed")
            case "try":
                return await _show(request, admin, tried=await _sources(request).try_source(admin, name))
            case "compare":
                ended = await _sources(request).compare_soon(admin, name)
                return done(here, "compared" if ended else "comparing")
            case "on" | "off" as how:
                draft = SourceDraft(enabled=how == "on")
                await desk.write(sources.edit, admin, name, draft, keys=keys, version=None)
                return done(here, "enabled" if how == "on" else "disabled")
            case "accept":
                await desk.write(sources.accept, admin, name, chosen(data.get("schema")) or 0)
                return done(here, "saved")
            case "remove":
                await desk.write(sources.remove, admin, name)
                return done(ADDRESS, "removed")
        draft = _draft(data, data.get("mapping", ""), "")
        await desk.write(sources.edit, admin, name, draft, keys=keys, version=chosen(data.get("version")))
    except NotFound:
        raise
    except DeskError as error:
        return await _show(request, admin, error=error, data=data)
    return done(here, "saved")


async def take(request: web.Request) -> web.StreamResponse:
    """A file for a source of the kind file: looked at, or learned from."""
    admin, name = await agent(request), request.match_info["name"]
    try:
        with tempfile.TemporaryDirectory(prefix="madoguchi-source-") as folder:
            path = Path(folder) / "file"
            how = await _received(request, path)
            if how == "try":
                tried = await _sources(request).try_source(admin, name, file=path)
                return await _show(request, admin, tried=tried)
            pulled = await _sources(request).take_file(admin, name, path)
    except NotFound:
        raise
    except DeskError as error:
        return await _show(request, admin, error=error)
    return await _show(request, admin, taken=next(iter(pulled.streams.values()), {}))


async def failures(request: web.Request) -> web.Response:
    """Records that could not be read, each with its payload."""
    admin = await agent(request)
    return await _failures(request, admin)


async def treat(request: web.Request) -> web.StreamResponse:
    """Read failures again, or look away from them."""
    admin, data, name = await agent(request), await typed(request), request.match_info["name"]
    desk, picked = database(request), ids(data, "ids")
    if data.get("do") == "retry-all":
        counts = await desk.write(sources.retry, admin, name)
    elif data.get("do") == "retry" and picked:
        counts = await desk.write(sources.retry, admin, name, picked)
    else:
        for id in picked:
            await desk.write(sources.ignore, admin, id, ignored=data.get("do") == "ignore")
        return done(f"{ADDRESS}/{name}/failures", "saved")
    return done(f"{ADDRESS}/{name}/failures", "still-refused" if counts.get("refused") else "retried")


async def _failures(request: web.Request, admin: AgentView) -> web.Response:
    name, asked = request.match_info["name"], request.query
    state = asked.get("state", "") if asked.get("state") in ("open", "ignored") else "open"
    view = await _view(request, admin)
    found = await database(request).read(
        sources.failures, admin, name, state=state, before=chosen(asked.get("after")), limit=SHOWN
    )
    pretty = {one.id: msgspec.json.format(msgspec.json.encode(one.payload), indent=2).decode() for one in found.items}
    return await page(
        request, "source_failures.html", view=view, found=found, state=state, pretty=pretty, **_words(request)
    )


async def _view(request: web.Request, admin: AgentView) -> SourceView:
    keys = request.app[DOORS].keys
    return await database(request).read(sources.view, admin, request.match_info["name"], keys=keys)


async def _show(
    request: web.Request,
    admin: AgentView,
    *,
    error: DeskError | None = None,
    data: Any = None,
    tried: Tried | None = None,
    taken: dict[str, int] | None = None,
) -> web.Response:
    view = await _view(request, admin)
    shapes, compared = await database(request).read(_along, admin, view.name)
    return await page(
        request,
        "source.html",
        error=error,
        view=view,
        data=data or {},
        tried=tried,
        taken=taken,
        shapes=[each for each in shapes if each.version > 1][:SHOWN],
        compared=compared,
        public_url=request.app[DOORS].public_url,
        **_words(request),
    )


def _along(tx: Transaction, admin: AgentView, name: str) -> tuple[Any, Any]:
    """Schemas, and the newest comparison of each stream."""
    newest: dict[str, Any] = {}
    for each in sources.comparisons(tx, admin, name, limit=60):
        newest.setdefault(each.stream, each)
    return sources.shapes(tx, admin, name), list(newest.values())


async def _form(
    request: web.Request, data: Any, text: str, *, error: DeskError | None = None, tried: Tried | None = None
) -> web.Response:
    found: Mapping | None = None
    try:
        found = await asyncio.to_thread(mappings.read, text) if text else None
    except Invalid as wrong:
        error = error or wrong
    return await page(
        request, "source_new.html", error=error, ready=request.match_info["ready"], mapping=found, text=text,
        data=data, tried=tried, **_words(request),
    )  # fmt: skip


def _ready_text(request: web.Request) -> str:
    name = request.match_info["ready"]
    return "" if name == "own" else ready.text(name)


def _draft(data: Any, text: str, name: str) -> SourceDraft:
    """What was typed. Raises `Invalid` for numbers that are none."""
    given = {key.removeprefix("parameters."): value for key, value in data.items() if key.startswith("parameters.")}
    whole = {
        "name": data.get("name", "").strip() or None,
        "mapping": text.replace("\r\n", "\n") or None,
        "ready": name if name not in ("", "own") else None,
        "parameters": given,
        "every": chosen(data.get("every")),
        "compare_every": chosen(data.get("compare_every")),
    }
    try:
        return msgspec.convert(whole, SourceDraft)
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$.")
        raise Invalid(fields={place.rstrip("`") or "name": words}) from error


async def _received(request: web.Request, path: Path) -> str:
    """The file of the form goes to `path`; which button was pressed. Raises `Invalid` without one."""
    limit, how, found = request.app[DOORS].max_upload_bytes, "", False
    if request.content_type != "multipart/form-data":
        raise Invalid(fields={TAKEN: "is missing"})
    parts = await request.multipart()
    while isinstance(part := await parts.next(), BodyPartReader):
        if part.name == "do":
            how = (await part.read(decode=True)).decode("utf-8", "replace")[:20]
        elif part.name == TAKEN and part.filename:
            found, size = True, 0
            with await asyncio.to_thread(path.open, "wb") as file:
                while chunk := await part.read_chunk(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge("At most {limit} bytes are taken here.", limit=limit)
                    file.write(chunk)
    if not found:
        raise Invalid(fields={TAKEN: "is missing"})
    return how


def _sources(request: web.Request) -> Sources:
    found = request.app[DOORS].sources
    if found is None:
        raise Unavailable("The desk is stopping.")
    return found


def _words(request: web.Request) -> dict[str, Any]:
    """How titles and words of mappings and sources are said in the reader's language."""
    language = language_of(request)

    def title(words: str | dict[str, str]) -> str:
        return words if isinstance(words, str) else words.get(language) or next(iter(words.values()), "")

    def told(words: str) -> str:
        whole = retold(language, words)
        return whole if whole != words else wording.said(words, language=language)

    return {"title_of": title, "told": told}
