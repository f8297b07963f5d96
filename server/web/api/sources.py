"""Sources: stores of other systems that the desk reads, how each is doing, and what could not be read."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from server.agents import AgentView
from server.customers import sources
from server.customers.sources import (
    ComparisonView,
    FailurePage,
    FailureView,
    Freshness,
    Pulled,
    ShapeView,
    SourceDraft,
    Sources,
    SourceView,
    Tried,
    ready,
)
from server.customers.views import View
from server.database import Transaction
from server.errors import TooLarge, Unavailable
from server.web.api.shapes import Cursor, Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()
Name = Annotated[str, Meta(min_length=1, max_length=60, pattern="^[a-z0-9][a-z0-9._-]*$")]
Value = Annotated[str, Meta(max_length=20_000)]
Mapping = Annotated[str, Meta(max_length=200_000)]


class SourceForm(Form, frozen=True, kw_only=True):
    """A source. `mapping` is the TOML of docs/sources.md, or `ready` the name of a ready-made one.

    `parameters` are what the mapping asks for. In an edit, what is left out stays, and so do secrets. `compare_every`
    is in days, `every` in minutes.
    """

    mapping: Mapping | None = None
    ready: Annotated[str, Meta(max_length=60)] | None = None
    parameters: dict[Annotated[str, Meta(max_length=60)], Value] = {}
    enabled: bool | None = None
    every: Annotated[int, Meta(ge=1, le=10_080)] | None = None
    compare_every: Annotated[int, Meta(ge=0, le=366)] | None = None

    def draft(self, name: str | None = None) -> SourceDraft:
        """The same as the domain takes it."""
        return SourceDraft(
            name=name,
            mapping=self.mapping,
            ready=self.ready,
            parameters=self.parameters,
            enabled=self.enabled,
            every=self.every,
            compare_every=self.compare_every,
        )


class NewSource(SourceForm, frozen=True, kw_only=True):
    """Without a `name` it has the mapping's own."""

    name: Name | None = None


class SourceEdit(SourceForm, frozen=True, kw_only=True):
    """Made of a `version`, or with If-Match, it is refused when somebody changed the source since."""

    version: Version | None = None


class PullForm(Form, frozen=True, kw_only=True):
    """With `whole` everything is read, from the beginning. With `wait` the answer comes when it is done."""

    whole: bool = False
    wait: bool = False


class TryForm(Query, frozen=True, kw_only=True):
    """How many records of each stream."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 20


class Which(Query, frozen=True, kw_only=True):
    """Part of the failures."""

    state: Literal["open", "ignored", "all"] = "open"
    stream: Annotated[str, Meta(max_length=60)] = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: Cursor | None = None


class Wait(Query, frozen=True, kw_only=True):
    """How many seconds to wait for what is asked of the sources."""

    wait: Annotated[float, Meta(ge=0, le=20)] = 0.0


class Retried(View, frozen=True, kw_only=True):
    """How many records were new, changed, the same, stale, or refused again."""

    counts: dict[str, int]


class ReadyView(View, frozen=True, kw_only=True):
    """A ready-made mapping."""

    name: str
    mapping: str


@api.get("/sources", "All sources", scope="admin")
async def every(call: Call) -> list[SourceView]:
    """For admins, with how each is doing."""
    return await call.read(sources.all, call.agent, keys=call.doors.keys)


@api.get("/ready-sources", "Ready-made sources", scope="admin")
async def ready_made(call: Call) -> list[ReadyView]:
    """Mappings to which a shop adds its own address and keys."""
    return [ReadyView(name=name, mapping=ready.text(name)) for name in ready.names()]


@api.post("/sources", "Add a source", scope="admin", idempotent=False)
async def add(call: Call, form: NewSource) -> SourceView:
    """Pulled at once, if it is enabled. 422 says what is wrong with the mapping, by place."""
    return await call.write(_added, form.draft(form.name), keys=call.doors.keys)


@api.get("/sources/{source}", "One source", scope="admin")
async def view(call: Call, source: Name) -> SourceView:
    """With its mapping; secrets are not shown."""
    return await call.read(sources.view, call.agent, source, keys=call.doors.keys)


@api.put("/sources/{source}", "Change a source", scope="admin", conflicts=True)
async def edit(call: Call, source: Name, form: SourceEdit) -> SourceView:
    """What is left out stays. A stream that is read in another way now begins anew."""
    version = call.version(form.version)
    return await call.write(_edited, source, form.draft(), keys=call.doors.keys, version=version)


@api.delete("/sources/{source}", "Remove a source", scope="admin")
async def remove(call: Call, source: Name) -> None:
    """What was learned from it stays."""
    await call.write(sources.remove, source)


@api.post("/sources/{source}/pull", "Pull a source now", status=200, scope="admin", idempotent=False)
async def pull(call: Call, source: Name, form: PullForm) -> Pulled:
    """What changed since the last pull, or everything. 409 while it is being pulled."""
    if form.wait:
        return await _sources(call).pull(call.agent, source, whole=form.whole)
    await call.write(sources.pull_soon, source, whole=form.whole)
    return Pulled(source=source, streams={}, whole=form.whole)


@api.post("/sources/{source}/test", "Go to a source once", status=200, scope="admin", idempotent=False)
async def test(call: Call, source: Name) -> Tried:
    """A dry run of its first records: nothing is written."""
    return await _sources(call).try_source(call.agent, source)


@api.post("/sources/try", "Try a mapping", status=200, scope="admin", idempotent=False)
async def attempt(call: Call, form: NewSource, query: TryForm) -> Tried:
    """What would become of the first records of each stream; nothing is written."""
    return await _sources(call).try_draft(call.agent, form.draft(form.name), most=query.limit)


@api.post("/sources/{source}/file", "Give a source a file", status=200, scope="admin", conflicts=True,
          idempotent=False, takes=("application/octet-stream",))  # fmt: skip
async def take_file(call: Call, source: Name) -> Pulled:
    """CSV, TSV or XLSX, of a source of the kind file. The body is the file."""
    async with received(call) as path:
        return await _sources(call).take_file(call.agent, source, path)


@api.get("/sources/{source}/failures", "Records that could not be read", scope="admin")
async def failures(call: Call, source: Name, query: Which) -> FailurePage:
    """With the record as it was and what is wrong with it, the latest first."""
    before = int(query.after) if query.after and query.after.isdecimal() else None
    return await call.read(
        sources.failures, call.agent, source, state=query.state, stream=query.stream, before=before, limit=query.limit
    )


@api.post("/sources/{source}/failures/retry", "Read all failed records again", status=200, scope="admin")
async def retry_all(call: Call, source: Name) -> Retried:
    """Those that are open, by the mapping as it is now."""
    return await call.write(_retried, source, None)


@api.get("/source-failures/{failure}", "One failed record", scope="admin")
async def failure(call: Call, failure: Number) -> FailureView:
    """As it was when it was last seen."""
    return await call.read(sources.failure, call.agent, failure)


@api.post("/source-failures/{failure}/retry", "Read a failed record again", status=200, scope="admin")
async def retry(call: Call, failure: Number) -> Retried:
    """As it was kept, by the mapping as it is now."""
    return await call.write(_retried, None, failure)


@api.put("/source-failures/{failure}/ignored", "Look away from a failed record", scope="admin")
async def ignore(call: Call, failure: Number) -> FailureView:
    """It counts no more, until it can be read."""
    return await call.write(_ignored, failure, True)


@api.delete("/source-failures/{failure}/ignored", "Look at a failed record again", scope="admin")
async def notice(call: Call, failure: Number) -> FailureView:
    """It counts again."""
    return await call.write(_ignored, failure, False)


@api.get("/sources/{source}/schemas", "What a source's records look like", scope="admin")
async def shapes(call: Call, source: Name) -> list[ShapeView]:
    """Versions by stream, the newest first, each with what changed."""
    return await call.read(sources.shapes, call.agent, source)


@api.put("/sources/{source}/schemas/{schema}/accepted", "Say that a changed schema is well", scope="admin")
async def accept(call: Call, source: Name, schema: Number) -> list[ShapeView]:
    """And those before it. A pull that was held up by it goes on."""
    return await call.write(_accepted, source, schema)


@api.get("/sources/{source}/comparisons", "Comparisons of both sides", scope="admin")
async def comparisons(call: Call, source: Name) -> list[ComparisonView]:
    """The newest first: counts and checksums by month, and which records differ."""
    return await call.read(sources.comparisons, call.agent, source)


@api.post("/sources/{source}/comparisons", "Compare both sides now", status=200, scope="admin", idempotent=False)
async def compare(call: Call, source: Name) -> list[ComparisonView]:
    """Reads everything on the other side, and learns nothing by it."""
    return await _sources(call).compare(call.agent, source)


@api.post("/customers/{customer}/freshen", "Ask the sources for a customer", status=200, idempotent=False)
async def freshen(call: Call, customer: Number, query: Wait) -> list[Freshness]:
    """How old what each source said is. What is older than a minute is asked for: what comes in `wait` seconds counts
    in the answer, the rest is told by events."""
    return await _sources(call).freshen(call.agent, customer, wait=query.wait)


def _sources(call: Call) -> Sources:
    if call.doors.sources is None:
        raise Unavailable("The desk is stopping.")
    return call.doors.sources


@asynccontextmanager
async def received(call: Call) -> AsyncIterator[Path]:
    """The body as a file, for as long as it is needed. Raises `TooLarge`."""
    limit = call.doors.max_upload_bytes
    with tempfile.TemporaryDirectory(prefix="madoguchi-source-") as folder:
        path = Path(folder) / "file"
        size = 0
        with await asyncio.to_thread(path.open, "wb") as file:
            async for chunk in call.request.content.iter_chunked(64 * 1024):
                size += len(chunk)
                if size > limit:
                    raise TooLarge("At most {limit} bytes are taken here.", limit=limit)
                file.write(chunk)
        yield path


def _added(tx: Transaction, agent: AgentView, draft: SourceDraft, *, keys: sources.Seals) -> SourceView:
    return sources.view(tx, agent, sources.add(tx, agent, draft, keys=keys), keys=keys)


def _edited(
    tx: Transaction, agent: AgentView, name: str, draft: SourceDraft, *, keys: sources.Seals, version: int | None
) -> SourceView:
    sources.edit(tx, agent, name, draft, keys=keys, version=version)
    return sources.view(tx, agent, name, keys=keys)


def _ignored(tx: Transaction, agent: AgentView, id: int, ignored: bool) -> FailureView:
    sources.ignore(tx, agent, id, ignored=ignored)
    return sources.failure(tx, agent, id)


def _accepted(tx: Transaction, agent: AgentView, name: str, id: int) -> list[ShapeView]:
    sources.accept(tx, agent, name, id)
    return sources.shapes(tx, agent, name)


def _retried(tx: Transaction, agent: AgentView, name: str | None, id: int | None) -> Retried:
    if id is not None:
        found = sources.failure(tx, agent, id)
        return Retried(counts=dict(sources.retry(tx, agent, found.source, [id])))
    return Retried(counts=dict(sources.retry(tx, agent, str(name))))
