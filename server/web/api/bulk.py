"""Bulk letters: one message to many customers, approved by a second person."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from aiohttp import web
from msgspec import Meta

from channels.contract import TooLarge as ArrivalTooLarge
from server.accounts import desk_settings
from server.agents import require
from server.customers.imports import actions as files
from server.customers.sheets import Format
from server.customers.sheets.writing import MEDIA
from server.errors import TooLarge
from server.notices.bulk import actions, deciding, exporting, pace, queries
from server.notices.bulk.actions import BulkDraft
from server.notices.bulk.pace import BulkPaceSettings
from server.notices.bulk.views import BulkContent, BulkPage, BulkView, ProblemView, RecipientPage, SampleView
from server.web.call import Call
from server.web.callers import remote_of
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()
CHUNK = 1 << 18
After = Annotated[str, Meta(pattern="^[0-9]{1,15}$")]


class BulkQuery(Query, frozen=True, kw_only=True):
    """A page of them."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: After | None = None


class BulkForm(Form, frozen=True, kw_only=True):
    """A bulk letter as it is written: all of it at once."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    content: BulkContent = BulkContent()


class BulkEdit(BulkForm, frozen=True, kw_only=True):
    """The same, and the `version` that its writer had before them."""

    version: int | None = None


class Looked(Form, frozen=True, kw_only=True):
    """The version that was looked at."""

    version: int


class Address(Form, frozen=True, kw_only=True):
    """Where a test is mailed to; empty for one's own address."""

    to: Annotated[str, Meta(max_length=320)] = ""


class BulkFile(Query, frozen=True, kw_only=True):
    """The file's name, and where it is read: its sheet, and the row of the column names (0: to be found)."""

    filename: Annotated[str, Meta(max_length=300)] = ""
    sheet: Annotated[str, Meta(max_length=200)] = ""
    header: Annotated[int, Meta(ge=0, le=100)] = 0


class RecipientQuery(BulkQuery, frozen=True, kw_only=True):
    """Recipients of one state."""

    state: Literal["listed", "sent", "under_way", "delivered", "failed", "skipped"] | None = None


class ProblemQuery(Query, frozen=True, kw_only=True):
    """After a row of the file."""

    after: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


class ResultQuery(Query, frozen=True, kw_only=True):
    """How the file is written."""

    format: Format = "csv"
    language: Literal["ja", "en"] = "ja"


@api.get("/bulk-letters", "Bulk letters")
async def page(call: Call, query: BulkQuery) -> BulkPage:
    """Newest first. For leads, as everything here."""
    require(call.agent, "lead")
    return await call.read(queries.page, limit=query.limit, after=query.after)


@api.post("/bulk-letters", "Begin a bulk letter")
async def add(call: Call, form: BulkForm) -> BulkView:
    """Its recipients are listed in the background: ask for it until `listing` is `whole`. Nothing leaves yet."""
    return await call.write(actions.add, BulkDraft(name=form.name, content=form.content))


@api.get("/bulk-letters/{bulk}", "A bulk letter")
async def one(call: Call, bulk: Number) -> BulkView:
    """With how far it is."""
    require(call.agent, "lead")
    return await call.read(queries.one, bulk)


@api.put("/bulk-letters/{bulk}", "Write a bulk letter anew", conflicts=True)
async def edit(call: Call, bulk: Number, form: BulkEdit) -> BulkView:
    """It is a draft again, and needs approval anew. 409 while it is on its way: pause it first."""
    draft = BulkDraft(name=form.name, content=form.content, version=call.version(form.version))
    return await call.write(actions.edit, bulk, draft)


@api.delete("/bulk-letters/{bulk}", "Take a bulk letter away", conflicts=True)
async def remove(call: Call, bulk: Number) -> None:
    """409 once some of it has left."""
    await call.write(actions.remove, bulk)


@api.post(
    "/bulk-letters/{bulk}/file",
    "Bring the file of recipients",
    status=200,
    takes=("application/octet-stream",),
    conflicts=True,
)
async def bring(call: Call, bulk: Number, query: BulkFile) -> BulkView:
    """The body is the file: .xlsx, CSV or TSV. What its columns are is guessed; writing `choice` decides otherwise."""
    require(call.agent, "lead")
    doors = call.doors
    try:
        stored = await doors.files.receive(call.request.content.iter_chunked(CHUNK), doors.max_import_bytes)
    except ArrivalTooLarge as error:
        raise TooLarge("At most {limit} bytes are taken here.", limit=doors.max_import_bytes) from error
    path = doors.files.path(stored.digest)
    look = await asyncio.to_thread(files.look, path, sheet=query.sheet, header=query.header)
    return await call.write(actions.bring, bulk, query.filename, stored, look)


@api.post("/bulk-letters/{bulk}/list", "List the recipients anew", status=200, conflicts=True)
async def list_again(call: Call, bulk: Number) -> BulkView:
    """As segment, orders and ways are now."""
    return await call.write(actions.list_again, bulk)


@api.get("/bulk-letters/{bulk}/samples", "Ten letters as they will be")
async def samples(call: Call, bulk: Number) -> list[SampleView]:
    """Of different ways and languages, filled in with their recipients' values."""
    require(call.agent, "lead")
    found = await call.read(queries.samples, bulk)
    if (looks := call.doors.looks) is not None:
        for each in found:
            looks.saw(call.agent.id, "customer", each.customer, remote_of(call.request), "api")
    return found


@api.post("/bulk-letters/{bulk}/test", "Mail samples", status=202)
async def test(call: Call, bulk: Number, form: Address) -> None:
    """One for each way and language, to an address of yours."""
    await call.write(actions.send_test, bulk, form.to)


@api.post("/bulk-letters/{bulk}/ask", "Ask for approval", status=200, conflicts=True)
async def ask(call: Call, bulk: Number, form: Looked) -> BulkView:
    """422 with what is in the way."""
    return await call.write(deciding.ask, bulk, form.version)


@api.post("/bulk-letters/{bulk}/approve", "Approve a bulk letter", status=200, conflicts=True)
async def approve(call: Call, bulk: Number, form: Looked) -> BulkView:
    """It leaves. 403 for everybody who wrote it; 409 when it is another version by now."""
    return await call.write(deciding.approve, bulk, form.version)


@api.post("/bulk-letters/{bulk}/send-back", "Send a bulk letter back", status=200, conflicts=True)
async def send_back(call: Call, bulk: Number) -> BulkView:
    """It waits for approval no more, and is a draft."""
    return await call.write(deciding.send_back, bulk)


@api.post("/bulk-letters/{bulk}/pause", "Pause a bulk letter", status=200, conflicts=True)
async def pause(call: Call, bulk: Number) -> BulkView:
    """Nothing more of it leaves, also of what waits in the way out."""
    return await call.write(deciding.pause, bulk)


@api.post("/bulk-letters/{bulk}/resume", "Let a bulk letter go on", status=200, conflicts=True)
async def resume(call: Call, bulk: Number) -> BulkView:
    """Where it stopped."""
    return await call.write(deciding.resume, bulk)


@api.post("/bulk-letters/{bulk}/stop", "End a bulk letter", status=200, conflicts=True)
async def stop(call: Call, bulk: Number) -> BulkView:
    """What has not left is never sent."""
    return await call.write(deciding.stop, bulk)


@api.post("/bulk-letters/{bulk}/retry", "Send a bulk letter again to whom it did not reach", status=200, conflicts=True)
async def retry(call: Call, bulk: Number) -> BulkView:
    """By whatever way leads to them now. 409 when there is nobody."""
    return await call.write(deciding.retry, bulk)


@api.get("/bulk-letters/{bulk}/recipients", "The recipients of a bulk letter")
async def recipients(call: Call, bulk: Number, query: RecipientQuery) -> RecipientPage:
    """Each with how it fares."""
    require(call.agent, "lead")
    await call.read(queries.one, bulk)
    return await call.read(queries.recipients, bulk, state=query.state or "", limit=query.limit, after=query.after)


@api.get("/bulk-letters/{bulk}/problems", "Rows of the file that found nobody")
async def problems(call: Call, bulk: Number, query: ProblemQuery) -> list[ProblemView]:
    """In the order of the file, 100 at a time."""
    require(call.agent, "lead")
    await call.read(queries.one, bulk)
    return await call.read(queries.problems, bulk, after=query.after)


@api.get("/bulk-letters/{bulk}/result", "What became of a bulk letter, as a file", media=tuple(MEDIA.values()))
async def result(call: Call, bulk: Number, query: ResultQuery) -> web.StreamResponse:
    """Everybody, with how it went; it stands in the audit log."""
    await call.write(exporting.begin, bulk, "recipients")
    zone = (await call.read(desk_settings.read)).zone
    name = f"bulk-{bulk}.{query.format}"
    answer = web.StreamResponse(headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})
    answer.content_type = MEDIA[query.format]
    await answer.prepare(call.request)
    async for piece in exporting.recipients(call.database, bulk, query.format, query.language, zone):
        await answer.write(piece)
    await answer.write_eof()
    return answer


@api.get("/bulk-pace", "How fast bulk letters leave")
async def standing_pace(call: Call) -> BulkPaceSettings:
    """Letters a minute."""
    return await call.read(pace.read)


@api.put("/bulk-pace", "Decide how fast bulk letters leave", scope="admin")
async def decide_pace(call: Call, form: BulkPaceSettings) -> BulkPaceSettings:
    """All of it at once; what is left out is as it ships."""
    return await call.write(pace.write, form)
