"""The page of what customers are worth: its charts, how customers are measured, segments, and the spreadsheet."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server.accounts import desk_settings
from server.customers import overview, scale, segments
from server.customers.scale import ScaleSettings
from server.customers.segments import FIELDS, Condition, SegmentDraft
from server.errors import DeskError, Invalid
from server.web import spreadsheet
from server.web.admin.frame import agent, database, done, number, page, tried, typed

LINES = 3
"""Conditions of a new segment on this page; the API takes more."""


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/value", index),
        web.get("/admin/value/customers.csv", export),
        web.post("/admin/value", decide),
        web.post("/admin/value/segments", add),
        web.post("/admin/value/segments/{id}", remove),
    ]


async def index(request: web.Request) -> web.Response:
    """The charts and what they rest on."""
    await agent(request, "lead")
    return await _index(request)


async def decide(request: web.Request) -> web.StreamResponse:
    """Other bounds; everything is counted anew."""
    lead, data = await agent(request, "lead"), await typed(request)
    try:
        bounds = {
            name: [int(part) for part in data.get(name, "").replace("、", ",").split(",")]
            for name in ("recency_days", "orders", "spent")
        }
        given = {"currency": data.get("currency", "").strip().upper(), "by": data.get("by"), **bounds}
        wanted = msgspec.convert(given, ScaleSettings)
    except (ValueError, msgspec.ValidationError):
        return await _index(request, error=Invalid("Give four whole numbers for each, ascending, with commas."))
    kept, error = await tried(database(request).write(scale.decide, lead, wanted))
    return await _index(request, error=error) if kept is None else done("/admin/value", "saved")


async def add(request: web.Request) -> web.StreamResponse:
    """A new segment."""
    lead, data = await agent(request, "lead"), await typed(request)
    try:
        conditions = [found for place in range(LINES) if (found := _condition(data, place)) is not None]
        draft = msgspec.convert(
            {"name": data.get("name", ""), "conditions": conditions, "priority": data.get("priority", "")},
            SegmentDraft,
            from_attributes=True,
        )
    except (ValueError, msgspec.ValidationError):
        return await _index(request, error=Invalid("A condition has a value that does not fit its field."))
    made, error = await tried(database(request).write(segments.add, lead, draft))
    return await _index(request, error=error) if made is None else done("/admin/value", "added")


async def remove(request: web.Request) -> web.StreamResponse:
    """A segment no longer."""
    lead = await agent(request, "lead")
    await database(request).write(segments.remove, lead, number(request))
    return done("/admin/value", "removed")


async def export(request: web.Request) -> web.StreamResponse:
    """Every customer with orders, for a spreadsheet (UTF-8 with BOM); written piece by piece."""
    await database(request).write(overview.exported, await agent(request, "lead"))
    pieces = spreadsheet.by_id(database(request), overview.rows)
    return await spreadsheet.stream(request, "customers.csv", overview.COLUMNS, pieces)


def _condition(data: Any, place: int) -> Condition | None:
    """A line of the form. Raises `ValueError` for a value that is not of its field's kind."""
    field, text = data.get(f"field{place}", ""), data.get(f"value{place}", "").strip()
    if not field:
        return None
    kind = FIELDS[field].kind if field in FIELDS else "word"
    value = float(text) if kind == "number" else text not in ("", "0", "no", "いいえ") if kind == "yes" else text
    return msgspec.convert({"field": field, "op": data.get(f"op{place}", ""), "value": value}, Condition)


async def _index(request: web.Request, *, error: DeskError | None = None) -> web.Response:
    store = database(request)
    zone = (await store.read(desk_settings.read)).zone
    found = await store.read(overview.overview, zone)
    return await page(
        request,
        "value.html",
        error=error,
        all=found,
        cells={(cell.recency, cell.frequency): cell for cell in found.grid},
        most=max((cell.customers for cell in found.grid), default=1),
        busiest=max((month.new + month.returning for month in found.months), default=0) or 1,
        scale=await store.read(scale.settings),
        few=scale.FEW,
        segments=await store.read(segments.all),
        fields=list(FIELDS),
        places=range(LINES),
    )
