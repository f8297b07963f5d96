"""Customers: who they are and what they wrote about."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from server import customers, tickets
from server.customers import changes, queries
from server.customers.actions import CustomerEdit
from server.customers.changes import ChangeView
from server.customers.orders import queries as orders
from server.customers.orders.views import OrderPage, SubscriptionView
from server.customers.store.facts import AddressFact, ConsentFact
from server.customers.views import ConsentView, CustomerView
from server.notices import queries as notices
from server.tickets import TicketFilter
from server.tickets.timeline import TimelinePage
from server.tickets.views import TicketPage
from server.web.api.shapes import Moment, Paged, Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()
Short = Annotated[str, Meta(max_length=200)]


class Find(Query, frozen=True, kw_only=True):
    """Part of a name, its reading, a company or an address."""

    q: Annotated[str, Meta(max_length=200)] = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class CustomerForm(Form, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

    name: Short | UnsetType = UNSET
    kana: Short | UnsetType = UNSET
    family_name: Short | UnsetType = UNSET
    given_name: Short | UnsetType = UNSET
    family_kana: Short | UnsetType = UNSET
    given_kana: Short | UnsetType = UNSET
    honorific: Short | UnsetType = UNSET
    company: Short | UnsetType = UNSET
    department: Short | UnsetType = UNSET
    birthday: date | UnsetType | None = UNSET
    sex: Literal["", "female", "male", "other"] | UnsetType = UNSET
    language: Literal["ja", "en"] | UnsetType | None = UNSET
    time_zone: Short | UnsetType = UNSET
    member_rank: Short | UnsetType = UNSET
    tags: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=50)] | UnsetType = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET
    vip: bool | UnsetType = UNSET
    opted_out: bool | UnsetType = UNSET
    notices_by: Literal["", "line", "email", "none"] | UnsetType = UNSET
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


class Along(Paged, frozen=True, kw_only=True):
    """A page of the timeline; `kinds` are those wanted, with commas; all of them unless said. `until` leaves out what
    came later: it leads to a time."""

    kinds: list[Annotated[str, Meta(max_length=20)]] = []
    until: Moment | None = None


@api.get("/customers/{customer}/timeline", "What happened with a customer")
async def timeline(call: Call, customer: Number, query: Along) -> TimelinePage:
    """Messages of all channels, notes, notices, orders, payments, shipments, returns and interactions, newest first."""
    found = await call.read(
        tickets.timeline, customer, kinds=query.kinds, limit=query.limit, after=query.after, until=query.until
    )
    return await call.read(notices.named, found)


@api.get("/customers/{customer}/orders", "A customer's orders")
async def their_orders(call: Call, customer: Number, query: Paged) -> OrderPage:
    """Newest first, with lines, payments, shipments and returns."""
    await call.read(customers.view, customer)
    return await call.read(orders.page, customer, limit=query.limit, after=query.after)


@api.get("/customers/{customer}/subscriptions", "A customer's subscriptions")
async def their_subscriptions(call: Call, customer: Number) -> list[SubscriptionView]:
    """Those that run first."""
    await call.read(customers.view, customer)
    return await call.read(orders.subscriptions, customer)


@api.post("/customers/{customer}/addresses", "Write down an address")
async def add_address(call: Call, customer: Number, form: AddressFact) -> CustomerView:
    """One more; those that a source told change with the source."""
    return await call.write(customers.add_address, customer, form)


@api.delete("/customers/{customer}/addresses/{address}", "Remove an address")
async def remove_address(call: Call, customer: Number, address: Number) -> CustomerView:
    """One that was written down here."""
    return await call.write(customers.remove_address, customer, address)


@api.post("/customers/{customer}/consents", "Note a consent")
async def consent(call: Call, customer: Number, form: ConsentFact) -> CustomerView:
    """A yes or no, with its time; the latest of a purpose and channel counts."""
    return await call.write(customers.note_consent, customer, form)


@api.get("/customers/{customer}/consents", "What a customer agreed to and refused")
async def consents(call: Call, customer: Number) -> list[ConsentView]:
    """Every yes and no, oldest first, with who noted it."""
    await call.read(customers.view, customer)
    return await call.read(queries.consent_history, customer)


@api.get("/customers/{customer}/changes", "Who changed a customer's entry")
async def their_changes(call: Call, customer: Number) -> list[ChangeView]:
    """Which fields, when and by whom; newest first, the last 200."""
    await call.read(customers.view, customer)
    return await call.read(changes.history, customer)


@api.get("/customers/{customer}/tickets", "A customer's tickets")
async def their_tickets(call: Call, customer: Number, query: Paged) -> TicketPage:
    """Last changed first."""
    await call.read(customers.view, customer)
    wanted = TicketFilter(customer=customer)
    return await call.read(tickets.page, call.agent, wanted, sort="recent", limit=query.limit, after=query.after)
