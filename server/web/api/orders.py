"""Orders by number, and what is kept of customers here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.customers import attributes
from server.customers.attributes import AttributeView, Kind
from server.customers.orders import queries as orders
from server.customers.orders.views import OrderView
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()
FieldName = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[a-z][a-z0-9_]*$")]
Label = Annotated[str, Meta(max_length=200)]


class FindOrders(Query, frozen=True, kw_only=True):
    """The number of an order or of a parcel."""

    number: Annotated[str, Meta(min_length=1, max_length=200)]


class AttributeForm(Form, frozen=True, kw_only=True):
    """Something that this shop keeps of its customers."""

    kind: Kind
    label_ja: Label
    label_en: Label = ""
    choices: Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=200)] = []
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0


@api.get("/orders", "Find orders")
async def find(call: Call, query: FindOrders) -> list[OrderView]:
    """By an order's or a parcel's number, in any writing."""
    return await call.read(orders.find, query.number)


@api.get("/orders/{order}", "One order")
async def view(call: Call, order: Number) -> OrderView:
    """As it stands, with the statuses it had."""
    return await call.read(orders.view, order)


@api.get("/customer-fields", "What is kept of customers here")
async def fields(call: Call) -> list[AttributeView]:
    """Their names, kinds and labels; values are in a customer's `attributes`."""
    return await call.read(attributes.all)


@api.put("/customer-fields/{name}", "Keep something of customers")
async def put_field(call: Call, name: FieldName, form: AttributeForm) -> AttributeView:
    """Make it, or give it other words or choices; its kind stays."""
    attribute = AttributeView(name=name, **{each: getattr(form, each) for each in AttributeForm.__struct_fields__})
    return await call.write(attributes.put, attribute)


@api.delete("/customer-fields/{name}", "Keep something of customers no longer")
async def remove_field(call: Call, name: FieldName) -> None:
    """The values stay in the database, unseen, until the name is used again."""
    await call.write(attributes.remove, name)
