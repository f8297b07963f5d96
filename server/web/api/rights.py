"""People's rights: what customers ask of us, are given, have put right, have stopped, have erased."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta

from server.customers.actions import CustomerEdit
from server.customers.rights import corrections, requests, stops
from server.customers.rights.corrections import CorrectionView
from server.customers.rights.requests import RequestKind, RequestView
from server.customers.rights.stops import Purpose, StopView
from server.customers.views import CustomerView
from server.privacy import erasing, foreseeing
from server.privacy.disclosure import Choices
from server.privacy.foreseeing import ErasurePreview
from server.web import sign_in
from server.web.api.customers import CustomerForm
from server.web.api.shapes import Id, Moment, Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.giving import give_archive
from server.web.reading import Form, Query

api = Api()
Text = Annotated[str, Meta(max_length=5000)]
Short = Annotated[str, Meta(max_length=200)]


class Wanted(Query, frozen=True, kw_only=True):
    """Whether agents' internal notes and who looked at the customer go along."""

    notes: bool = False
    looks: bool = True


class CorrectionForm(CustomerForm, frozen=True, kw_only=True):
    """Fields as they are right, and the request that asked for it."""

    request: Id | None = None


class StopForm(Form, frozen=True, kw_only=True):
    """For what the customer's data may not be used any more, and the request that asked for it."""

    purpose: Purpose
    note: Text = ""
    request: Id | None = None


class Asked(Query, frozen=True, kw_only=True):
    """Open ones, closed ones or all; or one customer's."""

    state: Literal["open", "closed", "all"] = "open"
    customer: Id | None = None


class RequestForm(Form, frozen=True, kw_only=True):
    """Who asked for what, how it came, and how it was checked who they are."""

    kind: RequestKind
    customer: Id | None = None
    requester: Short = ""
    received_by: Short = ""
    received_at: Moment | None = None
    identity: Text = ""
    note: Text = ""


class RequestEdit(Form, frozen=True, kw_only=True):
    """What is left out stays."""

    customer: Id | None = None
    requester: Short | None = None
    identity: Text | None = None
    note: Text | None = None
    version: Version | None = None


class CloseForm(Form, frozen=True, kw_only=True):
    """What came of it. A refusal says why."""

    state: Literal["done", "refused", "withdrawn"]
    outcome: Text = ""


class EraseForm(Form, frozen=True, kw_only=True):
    """The customer's number, typed; and one's own password where one has one and is signed in by a browser."""

    confirm: Short
    password: Annotated[str, Meta(max_length=200)] = ""


@api.get("/customers/{customer}/disclosure", "Everything that is kept of a customer", media=("application/zip",))
async def disclose(call: Call, customer: Number, query: Wanted) -> web.StreamResponse:
    """A ZIP of JSON, pages in Japanese and English, and files. For leads; it stands in the audit log."""
    return await give_archive(call.request, call.agent, customer, Choices(notes=query.notes, looks=query.looks))


@api.post("/customers/{customer}/corrections", "Put something right", status=200)
async def correct(call: Call, customer: Number, form: CorrectionForm) -> CustomerView:
    """What it was before is kept; sources do not write over it; other systems hear `customer.corrected`."""
    changes = CustomerEdit(**{name: getattr(form, name) for name in CustomerEdit.__struct_fields__})
    version = call.version(form.version)
    return await call.write(corrections.correct, customer, changes, request=form.request, version=version)


@api.get("/customers/{customer}/corrections", "What was put right")
async def corrected(call: Call, customer: Number) -> list[CorrectionView]:
    """Newest first, each as it was and as it is."""
    return await call.read(corrections.history, customer)


@api.post("/customers/{customer}/stops", "Stop using a customer's data for something", status=200, conflicts=False)
async def stop(call: Call, customer: Number, form: StopForm) -> list[StopView]:
    """`automatic`: nothing leaves by itself. `lists`: not in segments and spreadsheets. `disclosure`: nothing is told
    to other systems. `all`: each of them."""
    return await call.write(stops.stop, customer, form.purpose, note=form.note, request=form.request)


@api.get("/customers/{customer}/stops", "What may not be used")
async def stopped(call: Call, customer: Number) -> list[StopView]:
    """Newest first, also those that were lifted."""
    return await call.read(stops.history, customer)


@api.delete("/customers/{customer}/stops/{purpose}", "Allow it again")
async def lift(call: Call, customer: Number, purpose: Purpose) -> list[StopView]:
    """404 when it was not stopped."""
    return await call.write(stops.lift, customer, purpose)


@api.get("/customers/{customer}/erasure", "What an erasure would take and leave")
async def foresee(call: Call, customer: Number) -> ErasurePreview:
    """How much goes, what stays and why, which backups still hold it, and on which day it would be done."""
    return await call.read(foreseeing.preview, customer)


@api.get("/rights-requests", "What people asked of us")
async def asked(call: Call, query: Asked) -> list[RequestView]:
    """Those that are open, the nearest deadline first; others newest first."""
    return await call.read(requests.all, state=query.state, customer=query.customer)


@api.post("/rights-requests", "Write down what somebody asks")
async def note(call: Call, form: RequestForm) -> RequestView:
    """The day by which it must be answered follows from the rules."""
    return await call.write(
        requests.note,
        form.kind,
        customer=form.customer,
        requester=form.requester,
        received_by=form.received_by,
        received_at=form.received_at,
        identity=form.identity,
        note=form.note,
    )


@api.get("/rights-requests/{request}", "One request")
async def view(call: Call, request: Number) -> RequestView:
    """As it stands."""
    return await call.read(requests.view, request)


@api.patch("/rights-requests/{request}", "Change a request")
async def change(call: Call, request: Number, form: RequestEdit) -> RequestView:
    """Whose it is, how it was checked, what else is to be said. 409 when it is closed."""
    return await call.write(
        requests.change,
        request,
        customer=form.customer,
        requester=form.requester,
        identity=form.identity,
        note=form.note,
        version=call.version(form.version),
    )


@api.post("/rights-requests/{request}/close", "Answer, refuse or withdraw a request", status=200)
async def close(call: Call, request: Number, form: CloseForm) -> RequestView:
    """An erasure is closed by the desk once it is done; it can be refused or withdrawn here."""
    return await call.write(requests.close, request, form.state, form.outcome)


@api.post("/rights-requests/{request}/erase", "Decide an erasure", status=200)
async def erase(call: Call, request: Number, form: EraseForm) -> RequestView:
    """It is done on its day; until then it can be called off, and nothing of the customer's is used. For admins."""
    if call.caller is not None:
        await sign_in.prove(call.request, call.caller, form.password)
    decided = await call.write(erasing.decide, request, form.confirm)
    if call.doors.keeper is not None:
        call.doors.keeper.kick()
    return decided


@api.delete("/rights-requests/{request}/erase", "Call an erasure off", conflicts=True)
async def call_off(call: Call, request: Number) -> RequestView:
    """Before its day. 409 when it has begun."""
    return await call.write(erasing.call_off, request)
