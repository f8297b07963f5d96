"""What customers are worth: how they are measured, all of them at a glance, and segments of them."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from server.accounts import desk_settings
from server.customers import overview, scale, segments, worth
from server.customers import view as customer_view
from server.customers.overview import Overview
from server.customers.scale import ScaleSettings, Standing
from server.customers.segments import Condition, SegmentDraft, SegmentPage, SegmentView
from server.customers.views import ValueView, View
from server.errors import NotFound
from server.web import spreadsheet
from server.web.api.shapes import Paged
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()
Conditions = Annotated[list[Condition], Meta(min_length=1, max_length=segments.MOST_CONDITIONS)]


class SegmentForm(Form, frozen=True, kw_only=True):
    """A segment: customers of whom all conditions are true."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    conditions: Conditions
    priority: segments.Priority = ""


class ConditionsForm(Form, frozen=True, kw_only=True):
    """Conditions that no segment has yet."""

    conditions: Conditions


class ManyView(View, frozen=True, kw_only=True):
    """How many customers."""

    customers: int


@api.get("/customers/{customer}/value", "What a customer bought so far")
async def value(call: Call, customer: Number) -> ValueView:
    """With RFM scores and decile; 404 for one without orders."""
    await call.read(customer_view, customer)
    if (found := await call.read(worth, customer)) is None:
        raise NotFound("This customer has bought nothing yet.")
    return found


@api.get("/customer-value", "All customers at a glance")
async def everybody(call: Call) -> Overview:
    """The RFM grid, deciles, how many never bought, and new and returning customers of the last twelve months. Of very
    many customers it is as old as `at` says, an hour at most."""
    settings = await call.read(desk_settings.read)
    return await call.read(overview.read, settings.zone)


@api.get("/customer-value/csv", "The value of every customer, as a table", media=(spreadsheet.MEDIA,))
async def table(call: Call) -> web.StreamResponse:
    """Of every customer with orders; UTF-8 with BOM. For leads; it stands in the history."""
    await call.write(overview.exported)
    pieces = spreadsheet.by_id(call.database, overview.rows)
    return await spreadsheet.stream(call.request, "customers.csv", overview.COLUMNS, pieces)


@api.get("/customer-value/scale", "How customers are measured")
async def settings(call: Call) -> ScaleSettings:
    """By fifths of all customers (quantile), or by bounds."""
    return await call.read(scale.settings)


@api.put("/customer-value/scale", "Measure customers otherwise")
async def decide(call: Call, form: ScaleSettings) -> Standing:
    """And count anew where the lines between the scores lie; by itself that happens every hour."""
    return await call.write(scale.decide, form)


@api.get("/segments", "Segments of customers")
async def listed(call: Call) -> list[SegmentView]:
    """Each with how many customers are in it now."""
    return await call.read(segments.all)


@api.post("/segments", "Make a segment", conflicts=False)
async def add(call: Call, form: SegmentForm) -> SegmentView:
    """Fields: recency, frequency, monetary (1 to 5), decile, orders, spent, average, return_rate, days_since_first,
    days_since_last, rank, tag, language, company, sku, vip, opted_out, bought."""
    return await call.write(segments.add, _draft(form))


@api.post("/segments/count", "How many customers conditions are true of", status=200, conflicts=False)
async def count(call: Call, form: ConditionsForm) -> ManyView:
    """Without making a segment of them."""
    return ManyView(customers=await call.read(segments.preview, form.conditions))


@api.get("/segments/{segment}", "One segment")
async def one(call: Call, segment: Number) -> SegmentView:
    """With how many customers are in it now."""
    return await call.read(segments.one, segment)


@api.put("/segments/{segment}", "Change a segment")
async def change(call: Call, segment: Number, form: SegmentForm) -> SegmentView:
    """As a whole."""
    return await call.write(segments.change, segment, _draft(form))


@api.delete("/segments/{segment}", "Remove a segment")
async def remove(call: Call, segment: Number) -> None:
    """Its customers stay as they are."""
    await call.write(segments.remove, segment)


@api.get("/segments/{segment}/customers", "The customers of a segment")
async def members(call: Call, segment: Number, query: Paged) -> SegmentPage:
    """As they are in it now, by id, with what each bought."""
    return await call.read(segments.page, segment, limit=query.limit, after=query.after)


@api.get("/segments/{segment}/csv", "The customers of a segment, as a table", media=(spreadsheet.MEDIA,))
async def members_table(call: Call, segment: Number) -> web.StreamResponse:
    """UTF-8 with BOM. For leads; it stands in the history."""
    await call.write(overview.exported, segment)
    pieces = spreadsheet.by_id(call.database, overview.members, segment)
    return await spreadsheet.stream(call.request, f"segment-{segment}.csv", overview.COLUMNS, pieces)


def _draft(form: SegmentForm) -> SegmentDraft:
    return SegmentDraft(name=form.name, conditions=form.conditions, priority=form.priority)
