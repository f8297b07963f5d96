"""Customers and orders as files: bringing them, trying, taking in, taking back, and taking files away."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from aiohttp import web
from msgspec import Meta

from channels.contract import TooLarge as ArrivalTooLarge
from server.accounts import desk_settings
from server.customers import exports
from server.customers.exports import Choice
from server.customers.imports import actions, queries
from server.customers.imports.fields import What
from server.customers.imports.plans import Plan
from server.customers.imports.views import ImportView, KeptView, ProblemView
from server.customers.sheets import Format
from server.customers.sheets.writing import MEDIA
from server.customers.views import View
from server.errors import NotFound, TooLarge
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()
CHUNK = 1 << 18
Name = Annotated[str, Meta(max_length=200)]
After = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Upload(Query, frozen=True, kw_only=True):
    """The file's name, and where it is read: its sheet, and the row of the column names (0: to be found)."""

    filename: Annotated[str, Meta(max_length=300)] = ""
    sheet: Name = ""
    header: Annotated[int, Meta(ge=0, le=100)] = 0


class Before(Query, frozen=True, kw_only=True):
    """Imports older than one of them."""

    before: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


class Problems(Query, frozen=True, kw_only=True):
    """Of the last dry run (`trial`) or of the import; after a row."""

    trial: bool = False
    after: After = 0


class AfterId(Query, frozen=True, kw_only=True):
    """After the id of an entry."""

    after: After = 0


class PlanForm(Form, frozen=True, kw_only=True):
    """What becomes of a file: a field for each column ("" leaves one out), and the choices of docs/import.md."""

    columns: Annotated[list[Name], Meta(max_length=actions.MOST_COLUMNS)]
    what: What = "customers"
    source: Annotated[str, Meta(min_length=1, max_length=60)] = "file"
    existing: Literal["update", "fill", "skip", "new"] = "update"
    twice: Literal["later", "first", "refuse"] = "later"
    unreadable: Literal["refuse", "leave"] = "refuse"
    verified: bool = True
    day_order: Literal["ymd", "mdy", "dmy"] = "ymd"


class RowsView(View, frozen=True, kw_only=True):
    """The column names of a file and its first 20 rows, as text."""

    headers: list[str]
    rows: list[list[str]]


class Wanted(Query, frozen=True, kw_only=True):
    """What to export: everything, a `segment` by id, or whom a `search` finds."""

    what: Literal["customers", "orders"] = "customers"
    format: Format = "csv"
    encoding: Literal["utf-8-sig", "cp932"] = "utf-8-sig"
    segment: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    search: Name = ""
    language: Literal["ja", "en"] = "ja"


@api.post("/imports", "Bring a file of customers or orders", takes=("application/octet-stream",), conflicts=False)
async def bring(call: Call, query: Upload) -> ImportView:
    """The body is the file: .xlsx, CSV or TSV. Its `plan` is that of the last file with these column names, or
    what they speak for. Nothing is written yet. For leads."""
    await call.read(queries.all, call.agent, limit=1)
    doors = call.doors
    try:
        stored = await doors.files.receive(call.request.content.iter_chunked(CHUNK), doors.max_import_bytes)
    except ArrivalTooLarge as error:
        raise TooLarge("At most {limit} bytes are taken here.", limit=doors.max_import_bytes) from error
    path = doors.files.path(stored.digest)
    look = await asyncio.to_thread(actions.look, path, sheet=query.sheet, header=query.header)
    return await call.write(actions.take, query.filename, stored, look)


@api.get("/imports", "The imports so far")
async def listed(call: Call, query: Before) -> list[ImportView]:
    """Newest first, 50 at a time. For leads, as everything here."""
    return await call.read(queries.all, call.agent, before=query.before)


@api.get("/imports/{id}", "One import")
async def one(call: Call, id: Number) -> ImportView:
    """`share` is of the work at hand; `trial` and `counts` say what would become of it and what became of it."""
    return await call.read(queries.one, call.agent, id)


@api.get("/imports/{id}/rows", "The first rows of a file")
async def rows(call: Call, id: Number) -> RowsView:
    """404 when the file was removed."""
    view = await call.read(queries.one, call.agent, id)
    if not view.digest:
        raise NotFound("The file is no longer here.")
    path = call.doors.files.path(view.digest)
    look = await asyncio.to_thread(actions.look, path, sheet=view.form.sheet, header=view.form.header)
    return RowsView(headers=look.headers, rows=look.rows)


@api.put("/imports/{id}/plan", "Say what the columns are", conflicts=True)
async def decide(call: Call, id: Number, form: PlanForm) -> ImportView:
    """Remembered for the next file with the same column names. 409 once it is under way or over."""
    plan = Plan(**{name: getattr(form, name) for name in Plan.__struct_fields__})
    return await call.write(actions.decide, id, plan)


@api.post("/imports/{id}/try", "Try an import", status=200)
async def attempt(call: Call, id: Number) -> ImportView:
    """Nothing is written; ask for the import until its state is `tried`."""
    return await call.write(actions.start, id, trial=True)


@api.post("/imports/{id}/start", "Take a file in", status=200)
async def start(call: Call, id: Number) -> ImportView:
    """In the background; ask for the import until its state is `done`. One that was cancelled or broke off goes on."""
    return await call.write(actions.start, id)


@api.post("/imports/{id}/cancel", "Stop an import", status=200)
async def cancel(call: Call, id: Number) -> ImportView:
    """After the rows that are under way."""
    return await call.write(actions.cancel, id)


@api.post("/imports/{id}/undo", "Take an import back", status=200)
async def undo(call: Call, id: Number) -> ImportView:
    """In the background, until its state is `undone`. What somebody changed since stays; see `kept`."""
    return await call.write(actions.undo, id)


@api.delete("/imports/{id}", "Remove the file of an import", conflicts=True)
async def remove(call: Call, id: Number) -> None:
    """One that was never taken in is gone; one that was cannot be taken back any more."""
    await call.write(actions.remove, id)


@api.get("/imports/{id}/problems", "What was wrong in a file")
async def problems(call: Call, id: Number, query: Problems) -> list[ProblemView]:
    """By row, 200 at a time; `*` stands for the row as a whole."""
    await call.read(queries.one, call.agent, id)
    return await call.read(queries.problems, call.agent, id, trial=query.trial, after=query.after)


@api.get("/imports/{id}/kept", "What stayed when an import was taken back")
async def kept(call: Call, id: Number, query: AfterId) -> list[KeptView]:
    """200 at a time."""
    await call.read(queries.one, call.agent, id)
    return await call.read(queries.kept, call.agent, id, after=query.after)


@api.get("/exports", "Customers or orders as a file", media=tuple(MEDIA.values()))
async def export(call: Call, query: Wanted) -> web.StreamResponse:
    """For Excel, written as it is read: UTF-8 with a mark, CP932 with stand-ins, or a workbook. For leads; it stands in
    the audit log."""
    choice = Choice(**{name: getattr(query, name) for name in Choice.__struct_fields__})
    begun = await call.write(exports.begin, choice, query.language)
    zone = (await call.read(desk_settings.read)).zone
    answer = web.StreamResponse(headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(choice.name)}"})
    answer.content_type = MEDIA[choice.format]
    await answer.prepare(call.request)
    async for piece in exports.pieces(call.database, choice, begun, query.language, zone):
        await answer.write(piece)
    await answer.write_eof()
    return answer
