"""The pages of bulk letters: choose and write, look at samples, approve as a second person, see how far it is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from channels.wording import say
from server.accounts import desk_settings
from server.agents import may
from server.customers import segments
from server.customers.imports import actions as files
from server.customers.sheets.writing import MEDIA
from server.database import Transaction
from server.errors import DeskError, Invalid
from server.notices import kinds, wording
from server.notices.bulk import actions, deciding, exporting, letters, pace, queries, saying
from server.notices.bulk.actions import BulkDraft
from server.notices.bulk.pace import BulkPaceSettings
from server.notices.bulk.views import BulkContent, BulkView, BulkWords, OrderStatus
from server.web.admin.frame import agent, chosen, database, done, number, page, saw, tried, typed
from server.web.admin.imports import uploaded
from server.web.doors import DOORS
from server.web.pages import language_of

ADDRESS = "/admin/bulk-letters"
PLACES = (("email", "ja"), ("line", "ja"), ("email", "en"), ("line", "en"))
STATUSES: tuple[str, ...] = get_args(OrderStatus)
COLUMNS = ("email", "customer", "order", "line")
DECISIONS = {
    "send-back": deciding.send_back,
    "pause": deciding.pause,
    "resume": deciding.resume,
    "stop": deciding.stop,
    "retry": deciding.retry,
    "list": actions.list_again,
}


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get(ADDRESS, index),
        web.post(ADDRESS, begin),
        web.post(f"{ADDRESS}/pace", decide_pace),
        web.get(f"{ADDRESS}/{{id:[0-9]+}}", one),
        web.post(f"{ADDRESS}/{{id:[0-9]+}}", save),
        web.post(f"{ADDRESS}/{{id:[0-9]+}}/file", bring),
        web.post(f"{ADDRESS}/{{id:[0-9]+}}/do", decide),
        web.get(f"{ADDRESS}/{{id:[0-9]+}}/recipients", recipients),
        web.get(f"{ADDRESS}/{{id:[0-9]+}}/result.{{format:csv|xlsx}}", result),
        web.get(f"{ADDRESS}/{{id:[0-9]+}}/not-found.{{format:csv|xlsx}}", not_found),
    ]


async def index(request: web.Request) -> web.Response:
    """The bulk letters so far, a place to begin one, and the pace."""
    await agent(request, "lead")
    return await _index(request)


async def begin(request: web.Request) -> web.StreamResponse:
    """A new one, with words to begin with."""
    lead, data = await agent(request, "lead"), await typed(request)
    purpose = "advertising" if data.get("purpose") == "advertising" else "transactional"
    words = await database(request).read(_first_words, str(data.get("words", "")), purpose)
    draft = BulkDraft(name=str(data.get("name", ""))[:200], content=BulkContent(purpose=purpose, words=words))  # type: ignore[arg-type]  # one of both
    made, error = await tried(database(request).write(actions.add, lead, draft))
    if made is None:
        return await _index(request, error=error)
    return web.Response(status=303, headers={"Location": f"{ADDRESS}/{made.id}"})


async def decide_pace(request: web.Request) -> web.StreamResponse:
    """How fast they leave."""
    admin, data = await agent(request), await typed(request)
    wanted, error = None, None
    try:
        wanted = BulkPaceSettings(
            **{name: _whole(data.get(name)) for name in ("line", "email", "any_domain")},
            domains=_domains(str(data.get("domains", ""))),
        )
        await database(request).write(pace.write, admin, wanted)
    except Invalid as wrong:
        error = wrong
    return await _index(request, wanted=wanted, error=error) if error else done(ADDRESS, "saved")


async def one(request: web.Request) -> web.Response:
    """A bulk letter: to be written, approved, or on its way."""
    await agent(request, "lead")
    return await _one(request)


async def save(request: web.Request) -> web.StreamResponse:
    """Choice and words."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    store = database(request)
    before = await store.read(queries.one, id)
    zone = (await store.read(desk_settings.read)).zone
    try:
        content = _content(data, before.content, zone)
    except Invalid as wrong:
        return await _one(request, error=wrong)
    draft = BulkDraft(name=str(data.get("name", ""))[:200], content=content, version=_whole(data.get("version")))
    _, error = await tried(store.write(actions.edit, lead, id, draft))
    return await _one(request, content=content, error=error) if error else done(f"{ADDRESS}/{id}", "saved")


async def bring(request: web.Request) -> web.StreamResponse:
    """The file of its recipients, as it comes."""
    lead, id = await agent(request, "lead"), number(request)
    try:
        name, stored = await uploaded(request)
        look = await asyncio.to_thread(files.look, request.app[DOORS].files.path(stored.digest))
    except Invalid as error:
        return await _one(request, error=error)
    _, error_now = await tried(database(request).write(actions.bring, lead, id, name, stored, look))
    return await _one(request, error=error_now) if error_now else done(f"{ADDRESS}/{id}", "saved")


async def decide(request: web.Request) -> web.StreamResponse:
    """Whatever its button says."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    store, wanted, version = database(request), str(data.get("do", "")), _whole(data.get("version"))
    error: DeskError | None = None
    match wanted:
        case "ask":
            _, error = await tried(store.write(deciding.ask, lead, id, version))
        case "approve":
            _, error = await tried(store.write(deciding.approve, lead, id, version))
        case "test":
            _, error = await tried(store.write(actions.send_test, lead, id, str(data.get("to", ""))[:320]))
        case "remove":
            _, error = await tried(store.write(actions.remove, lead, id))
            if error is None:
                return done(ADDRESS, "removed")
        case _ if wanted in DECISIONS:
            _, error = await tried(store.write(DECISIONS[wanted], lead, id))
        case _:
            error = Invalid(fields={"do": "is not one of the choices"})
    return await _one(request, error=error) if error else done(f"{ADDRESS}/{id}", "saved")


async def recipients(request: web.Request) -> web.Response:
    """Who is written to, and how each fares."""
    await agent(request, "lead")
    id, state = number(request), request.query.get("state", "")
    store = database(request)
    view = await store.read(queries.one, id)
    found = await store.read(
        lambda tx: queries.recipients(
            tx, id, state=state if state in queries.STATES else "", after=request.query.get("after")
        )
    )
    return await page(
        request, "bulk_recipients.html", view=view, found=found, state=state, saying=saying, progress=queries.progress
    )


async def result(request: web.Request) -> web.StreamResponse:
    """What became of it, as a file."""
    lead, id = await agent(request, "lead"), number(request)
    store, language = database(request), language_of(request)
    name = await store.write(exporting.begin, lead, id, "recipients")
    zone = (await store.read(desk_settings.read)).zone
    format: Any = request.match_info["format"]
    return await _file(request, name, format, exporting.recipients(store, id, format, language, zone))


async def not_found(request: web.Request) -> web.StreamResponse:
    """The rows of its file that found nobody, with the reason."""
    lead, id = await agent(request, "lead"), number(request)
    store, language = database(request), language_of(request)
    name = await store.write(exporting.begin, lead, id, "not found")
    digest = await store.read(lambda tx: tx.value("SELECT digest FROM bulk_letter WHERE id = :id", id=id))
    path = request.app[DOORS].files.path(digest) if digest else None
    format: Any = request.match_info["format"]
    name = f"{name} {say(language, 'not found')}"
    return await _file(request, name, format, exporting.problems(store, id, path, format, language))


async def _file(request: web.Request, name: str, format: Any, pieces: Any) -> web.StreamResponse:
    place = quote(f"{name}.{format}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{place}", "Cache-Control": "no-store"}
    answer = web.StreamResponse(headers=headers)
    answer.content_type = MEDIA[format]
    await answer.prepare(request)
    async for piece in pieces:
        await answer.write(piece)
    await answer.write_eof()
    return answer


async def _index(
    request: web.Request, *, wanted: BulkPaceSettings | None = None, error: DeskError | None = None
) -> web.Response:
    caller, store = await agent(request, "lead"), database(request)
    return await page(
        request,
        "bulk_letters.html",
        error=error,
        found=await store.read(lambda tx: queries.page(tx, after=request.query.get("after"))),
        kinds=await store.read(kinds.all),
        pace=wanted or await store.read(pace.read),
        saying=saying,
        admin=may(caller, "admin"),
    )


async def _one(
    request: web.Request, *, content: BulkContent | None = None, error: DeskError | None = None
) -> web.Response:
    caller, store, id = await agent(request, "lead"), database(request), number(request)
    view = await store.read(queries.one, id)
    if content is not None:
        view = msgspec.structs.replace(view, content=content)
    samples = await store.read(queries.samples, id) if view.state in ("draft", "asked", "paused") else []
    for each in samples:
        saw(request, caller, each.customer)
    around = await store.read(_around, view)
    zone = (await store.read(desk_settings.read)).zone
    return await page(
        request,
        "bulk_letter.html",
        error=error,
        view=view,
        samples=samples,
        statuses=STATUSES,
        columns=COLUMNS,
        places=PLACES,
        words={(each.way, each.language): each for each in view.content.words},
        starts=view.content.start_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if view.content.start_at else "",
        saying=saying,
        wrote=caller.id in around["writers"],
        file_words=_file_words(view),
        **around,
    )


def _around(tx: Transaction, view: BulkView) -> dict[str, Any]:
    """What the page shows besides the letter."""
    row = tx.one("SELECT * FROM bulk_letter WHERE id = :id", id=view.id)
    return {
        "writers": row.writers,
        "approvers": deciding.approvers(tx, row),
        "obstacles": deciding.obstacles(tx, row) if view.state == "draft" else [],
        "faults": letters.faults(tx, view.content, view.row_names),
        "lost": queries.problems(tx, view.id, limit=20),
        "segments": (listed := segments.all(tx, counted=False)),
        "segment_choices": [(each.id, each.name) for each in listed],
        "articles": [
            each.sku for each in tx.all("SELECT DISTINCT sku FROM order_line WHERE sku <> '' ORDER BY sku LIMIT 300")
        ],
        "held": bool(tx.value("SELECT 1 FROM notice_desk WHERE held_by <> ''")),
    }


def _file_words(view: BulkView) -> list[tuple[int, str, str, str]]:
    """Place, name, what it finds people by, and what templates call it, of each column of the file."""
    columns = view.content.choice.columns
    return [
        (place, header, columns[place] if place < len(columns) else "", name)
        for place, (header, name) in enumerate(zip(view.headers, view.row_names, strict=True))
    ]


def _first_words(tx: Transaction, kind: str, purpose: str) -> list[BulkWords]:
    """The words of a kind of notice to begin with, or those of a bare frame."""
    frame = "bulk_advertising" if purpose == "advertising" else "bulk"
    found = []
    for way, language in PLACES:
        standing = wording.standing(tx, kind, way, language) if kind in {each.name for each in kinds.all(tx)} else None
        words = standing or wording.shipped(frame, way, language)
        if words is not None:
            found.append(BulkWords(way=way, language=language, subject=words.subject, text=words.text))  # type: ignore[arg-type]  # of PLACES
    return found


def _content(data: Any, before: BulkContent, zone: ZoneInfo) -> BulkContent:
    """What was chosen and written. Raises `Invalid`."""
    width = max((int(name.partition(".")[2]) + 1 for name in data if name.startswith("columns.")), default=0)
    choice = {
        "by": data.get("by") if data.get("by") in ("segment", "buyers", "file") else before.choice.by,
        "segment": chosen(data.get("segment")),
        "product": str(data.get("product", "")).replace("\r\n", "\n")[:4000],
        "since": str(data.get("since", "")),
        "until": str(data.get("until", "")),
        "statuses": [each for each in STATUSES if each in data.getall("statuses", [])],
        "columns": [str(data.get(f"columns.{place}", "")) for place in range(min(width, files.MOST_COLUMNS))]
        or before.choice.columns,
    }
    words = [
        {
            "way": way,
            "language": language,
            "subject": str(data.get(f"subject.{way}.{language}", ""))[:500].strip(),
            "text": str(data.get(f"text.{way}.{language}", "")).replace("\r\n", "\n")[:20_000].strip(),
        }
        for way, language in PLACES
    ]
    given = {
        "purpose": "advertising" if data.get("purpose") == "advertising" else "transactional",
        "choice": choice,
        "words": [each for each in words if each["subject"] or each["text"]],
        "ways": [each for each in ("line", "email") if each in data.getall("ways", [])],
        "quiet": data.get("quiet") == "on",
        "start_at": _moment(str(data.get("start_at", "")), zone),
    }
    try:
        return msgspec.convert(given, BulkContent)
    except msgspec.ValidationError as error:
        raise Invalid("A field has a value that is none of its choices.") from error


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """What a field of day and time says, on the desk's clock. Raises `Invalid`."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone).astimezone(UTC)
    except ValueError as error:
        raise Invalid(fields={"start_at": "is no day and time"}) from error


def _domains(text: str) -> dict[str, int]:
    """`docomo.ne.jp 60`, one a line. Raises `Invalid`."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        domain, _, rate = line.strip().lower().partition(" ")
        if domain:
            found[domain] = _whole(rate)
            if not found[domain]:
                raise Invalid(fields={"domains": "is no list of domains and numbers"})
    return found


def _whole(given: Any) -> int:
    text = str(given or "0").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0
