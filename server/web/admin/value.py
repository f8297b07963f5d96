"""The page of what customers are worth: its charts, how customers are measured, and the spreadsheet."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.accounts import desk_settings
from server.customers import overview, scale
from server.customers.scale import ScaleSettings
from server.errors import DeskError, Invalid
from server.web import spreadsheet
from server.web.admin.frame import agent, database, done, page, tried, typed

BOUNDS = ("recency_days", "orders", "spent")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/value", index),
        web.get("/admin/value/customers.csv", export),
        web.post("/admin/value", decide),
    ]


async def index(request: web.Request) -> web.Response:
    """The charts and what they rest on."""
    await agent(request, "lead")
    return await _index(request)


async def decide(request: web.Request) -> web.StreamResponse:
    """Other bounds; everything is counted anew."""
    lead, data = await agent(request, "lead"), await typed(request)
    given: dict[str, object] = {"currency": data.get("currency", "").strip().upper(), "by": data.get("by")}
    shown = {name: [data.get(f"{name}.{place}", "") for place in range(4)] for name in BOUNDS}
    try:
        wanted = msgspec.convert(
            given | {name: [int(each.replace(",", "")) for each in four] for name, four in shown.items()},
            ScaleSettings,
        )
    except (ValueError, msgspec.ValidationError):
        wrong = Invalid("Each of the bounds must be a whole number, and the currency three letters.")
        return await _index(request, error=wrong, shown={**given, **shown})
    kept, error = await tried(database(request).write(scale.decide, lead, wanted))
    return (
        await _index(request, error=error, shown={**given, **shown}) if kept is None else done("/admin/value", "saved")
    )


async def export(request: web.Request) -> web.StreamResponse:
    """Every customer with orders, for a spreadsheet (UTF-8 with BOM); written piece by piece."""
    await database(request).write(overview.exported, await agent(request, "lead"))
    pieces = spreadsheet.by_id(database(request), overview.rows)
    return await spreadsheet.stream(request, "customers.csv", overview.COLUMNS, pieces)


async def _index(
    request: web.Request, *, error: DeskError | None = None, shown: dict[str, object] | None = None
) -> web.Response:
    """`shown` is what was typed into the form when it could not be kept."""
    store = database(request)
    zone = (await store.read(desk_settings.read)).zone
    found = await store.read(overview.read, zone)
    return await page(
        request,
        "value.html",
        error=error,
        all=found,
        cells={(cell.recency, cell.frequency): cell for cell in found.grid},
        most=max((cell.customers for cell in found.grid), default=1),
        busiest=max((month.new + month.returning for month in found.months), default=0) or 1,
        scale=shown or msgspec.structs.asdict(await store.read(scale.settings)),
        few=scale.FEW,
        many=scale.MANY,
    )
