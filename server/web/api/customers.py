"""Customers: who they are and what they wrote about."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from server import customers, tickets
from server.customers.actions import CustomerEdit
from server.customers.views import CustomerView
from server.tickets import TicketFilter
from server.tickets.views import TicketPage
from server.web.api.shapes import Paged, Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()


class Find(Query, frozen=True, kw_only=True):
    """Part of a name, its reading, a company or an address."""

    q: Annotated[str, Meta(max_length=200)] = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class CustomerForm(Form, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

    name: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    kana: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    company: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    language: Literal["ja", "en"] | UnsetType | None = UNSET
    note: Annotated[str, Meta(max_length=20_000)] | UnsetType = UNSET
    version: Version | None = None


@api.get("/customers", "Find customers")
async def find(call: Call, query: Find) -> list[CustomerView]:
    """Newest first."""
    return await call.read(customers.find, query.q, limit=query.limit)


@api.get("/customers/{customer}", "One customer with all contacts")
async def view(call: Call, customer: Number) -> CustomerView:
    """By id."""
    return await call.read(customers.view, customer)


@api.patch("/customers/{customer}", "Change a customer")
async def edit(call: Call, customer: Number, form: CustomerForm) -> CustomerView:
    """409 with the customer as it stands when the version is stale."""
    changes = CustomerEdit(**{name: getattr(form, name) for name in CustomerEdit.__struct_fields__})
    return await call.write(customers.edit, customer, changes, version=call.version(form.version))


@api.put("/customers/{customer}/block", "File what this customer writes as spam")
async def block(call: Call, customer: Number) -> CustomerView:
    """From now on."""
    return await call.write(customers.block, customer, True)


@api.delete("/customers/{customer}/block", "Let this customer write again")
async def unblock(call: Call, customer: Number) -> CustomerView:
    """What was filed as spam stays there."""
    return await call.write(customers.block, customer, False)


@api.get("/customers/{customer}/tickets", "A customer's tickets")
async def their_tickets(call: Call, customer: Number, query: Paged) -> TicketPage:
    """Last changed first."""
    await call.read(customers.view, customer)
    wanted = TicketFilter(customer=customer)
    return await call.read(tickets.page, call.agent, wanted, sort="recent", limit=query.limit, after=query.after)
