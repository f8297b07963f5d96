"""The pages of what makes the FAQ better: phrasings to review, questions without an article; and the FAQ's results."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from aiohttp import web

from server.errors import DeskError
from server.faq.views import LANGUAGES
from server.lessons import counting, figures, gaps, phrasings
from server.lessons.views import Decision
from server.web import spreadsheet
from server.web.admin.frame import agent, chosen, database, done, ids, number, page, tried, typed

ADDRESS = "/admin/faq-lessons"
RESULTS = "/admin/faq-results"
PERIODS = (4, 13, 26, 52)
"""Weeks that may be looked back."""


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get(ADDRESS, index),
        web.post(ADDRESS, decide),
        web.post(f"{ADDRESS}/group", group),
        web.post(f"{ADDRESS}/gaps/{{id}}", settle),
        web.get(RESULTS, results),
        web.get(f"{RESULTS}/results.csv", export),
    ]


async def index(request: web.Request) -> web.Response:
    """What waits for a review."""
    await agent(request, "lead")
    return await _index(request)


async def decide(request: web.Request) -> web.StreamResponse:
    """Take and refuse: one by its own button, or all that are ticked."""
    lead, data = await agent(request, "lead"), await typed(request)
    decisions = _decisions(data)
    decided, error = await tried(database(request).write(phrasings.decide, lead, decisions))
    if decided is None:
        return await _index(request, error=error)
    return done(ADDRESS, "saved")


async def group(request: web.Request) -> web.StreamResponse:
    """Have questions without an article grouped now."""
    lead = await agent(request, "lead")
    await database(request).write(gaps.ask, lead)
    raise web.HTTPSeeOther(f"{ADDRESS}#gaps")


async def settle(request: web.Request) -> web.StreamResponse:
    """Open a draft of a question, or say that none is wanted."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    if data.get("do") == "write":
        made, error = await tried(database(request).write(gaps.write, lead, id))
        return await _index(request, error=error) if made is None else done(f"/admin/faq/{made.id}", "added")
    state: Literal["open", "dismissed"] = "open" if data.get("do") == "open" else "dismissed"
    view, error = await tried(database(request).write(gaps.dismiss, lead, id, state))
    return await _index(request, error=error) if view is None else done(ADDRESS, "saved")


async def results(request: web.Request) -> web.Response:
    """How the FAQ does."""
    await agent(request, "lead")
    weeks, channel, lang = _period(request), request.query.get("channel", "")[:40], request.query.get("lang", "")
    store = database(request)
    found = await store.read(figures.results, weeks, channel, lang if lang in LANGUAGES else "")
    return await page(
        request,
        "faq_results.html",
        found=found,
        weeks=weeks,
        periods=PERIODS,
        channel=channel,
        lang=lang,
        measured={one.name: one.counts for one in found.languages},
        busiest=max((max(one.counts.asked, one.counts.answered) for one in found.weeks), default=0) or 1,
        used=await store.read(counting.in_use) is not False,
    )


async def export(request: web.Request) -> web.StreamResponse:
    """The same numbers for a spreadsheet (UTF-8 with BOM)."""
    await agent(request, "lead")
    rows = await database(request).read(lambda tx: list(figures.rows(tx, _period(request))))

    async def pieces() -> AsyncIterator[Sequence[Sequence[Any]]]:
        yield rows

    return await spreadsheet.stream(request, "faq-results.csv", figures.COLUMNS, pieces())


def _period(request: web.Request) -> int:
    return next((each for each in PERIODS if str(each) == request.query.get("weeks")), PERIODS[1])


def _decisions(data: Any) -> list[Decision]:
    for name in ("take", "refuse"):
        if (one := chosen(data.get(name))) is not None:
            wanted, take = [one], name == "take"
            break
    else:
        wanted, take = ids(data, "ids"), data.get("do") == "take"
        if data.get("do") not in ("take", "refuse"):
            return []
    return [Decision(id=id, take=take, text=str(data.get(f"text.{id}", ""))[:500]) for id in wanted if id]


async def _index(request: web.Request, *, error: DeskError | None = None) -> web.Response:
    store = database(request)
    opened = await store.read(gaps.listed)
    return await page(
        request,
        "faq_lessons.html",
        drafts=[one for one in opened if one.answer],
        gaps=[one for one in opened if not one.answer],
        dismissed=await store.read(gaps.listed, "dismissed"),
        under_way=await store.read(gaps.under_way),
        grouped_at=await store.read(gaps.grouped_at),
        error=error,
        phrasings=await store.read(phrasings.waiting),
        waiting=await store.read(phrasings.count),
    )
