"""The pages of people's requests: the log with its deadlines, one request and what is done for it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from server import customers
from server.accounts import desk_settings
from server.agents import AgentView, may
from server.customers.actions import EDITABLE, CustomerEdit
from server.customers.rights import audit, corrections, requests, stops
from server.customers.rights.audit import AuditFilter
from server.customers.rights.requests import KINDS, RequestKind, RequestView
from server.customers.rights.stops import Purpose
from server.errors import DeskError, Invalid
from server.privacy import erasing, foreseeing
from server.privacy.disclosure import Choices
from server.web import sign_in
from server.web.admin.frame import agent, chosen, database, done, number, page, saw, tried, typed
from server.web.callers import caller_of
from server.web.doors import DOORS
from server.web.giving import give_archive

CORRECTED = tuple(name for name in EDITABLE if name not in ("attributes", "tags", "vip", "opted_out"))
LOOKS = 30


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/rights", index),
        web.post("/admin/rights", note),
        web.get("/admin/rights/{id}", show),
        web.post("/admin/rights/{id}", act),
        web.get("/admin/customers/{id}/rights", of_customer),
        web.post("/admin/customers/{id}/rights", act_for_customer),
        web.get("/admin/customers/{id}/disclosure.zip", disclose),
    ]


async def index(request: web.Request) -> web.Response:
    """What was asked, the nearest deadline first."""
    await agent(request, "agent")
    return await _index(request)


async def note(request: web.Request) -> web.StreamResponse:
    """One more."""
    writer, data = await agent(request, "agent"), await typed(request)
    made, error = await tried(_note(request, writer, data, chosen(data.get("customer"))))
    return await _index(request, error=error, given=data) if made is None else done(f"/admin/rights/{made.id}", "added")


async def show(request: web.Request) -> web.Response:
    """One request."""
    viewer = await agent(request, "agent")
    return await _show(request, viewer)


async def act(request: web.Request) -> web.StreamResponse:
    """What is done for it."""
    writer, data, id = await agent(request, "agent"), await typed(request), number(request)
    done_, error = await tried(_act(request, writer, id, data))
    return (
        await _show(request, writer, error=error, given=data) if done_ is None else done(f"/admin/rights/{id}", "saved")
    )


async def of_customer(request: web.Request) -> web.Response:
    """Everything about one customer's rights."""
    viewer = await agent(request, "agent")
    return await _customer(request, viewer)


async def act_for_customer(request: web.Request) -> web.StreamResponse:
    """A request begun, a use stopped or allowed again."""
    writer, data, id = await agent(request, "agent"), await typed(request), number(request)
    if "purpose" not in data:
        made, error = await tried(_note(request, writer, {**data, "kind": data.get("do", "")}, id))
        if made is not None:
            return done(f"/admin/rights/{made.id}", "added")
    else:
        changed, error = await tried(_stop(request, writer, id, data, None))
        if changed is not None:
            return done(f"/admin/customers/{id}/rights", "saved")
    return await _customer(request, writer, error=error)


async def disclose(request: web.Request) -> web.StreamResponse:
    """Everything that is kept of a customer, as a ZIP."""
    lead = await agent(request, "lead")
    choices = Choices(notes=request.query.get("notes") == "on", looks=request.query.get("looks", "on") == "on")
    return await give_archive(request, lead, number(request), choices)


async def _note(request: web.Request, writer: AgentView, data: Any, customer: int | None) -> RequestView:
    zone = (await database(request).read(desk_settings.read)).zone
    kind = data.get("kind", "")
    if kind not in KINDS:
        raise Invalid(fields={"kind": "is not one of the choices"})
    return await database(request).write(
        requests.note,
        writer,
        cast(RequestKind, kind),
        customer=customer,
        requester=data.get("requester", "")[:200],
        received_by=data.get("received_by", "")[:200],
        received_at=_day(data.get("received_at", ""), zone),
        identity=data.get("identity", "")[:5000],
        note=data.get("note", "")[:5000],
    )


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    """A day as a form gives it: its beginning here. Raises `Invalid`."""
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  # the desk's zone comes next
    except ValueError as error:
        raise Invalid(fields={"received_at": "is not a day"}) from error
    return datetime.combine(day, time(), zone).astimezone(UTC)


async def _act(request: web.Request, writer: AgentView, id: int, data: Any) -> RequestView:
    """One button of a request's page. Raises what the deed raises."""
    write = database(request).write
    do = data.get("do", "")
    found = await database(request).read(requests.view, id)
    if do == "change":
        return await write(
            requests.change,
            writer,
            id,
            customer=chosen(data.get("customer")),
            requester=data.get("requester", "")[:200],
            identity=data.get("identity", "")[:5000],
            note=data.get("note", "")[:5000],
        )
    if do == "close":
        return await write(requests.close, writer, id, data.get("state", ""), data.get("outcome", "")[:5000])
    if found.customer is None:
        raise Invalid(fields={"customer": "is missing"})
    if do == "correct":
        await _correct(request, writer, found, data)
    elif do in ("stop", "lift"):
        await _stop(request, writer, found.customer, data, id)
    elif do == "erase":
        await sign_in.prove(request, await caller_of(request), data.get("password", ""))
        decided = await write(erasing.decide, writer, id, data.get("confirm", ""))
        if (keeper := request.app[DOORS].keeper) is not None:
            keeper.kick()
        return decided
    elif do == "call_off":
        return await write(erasing.call_off, writer, id)
    else:
        raise Invalid(fields={"do": "is not one of the choices"})
    return found


async def _correct(request: web.Request, writer: AgentView, found: RequestView, data: Any) -> None:
    name, value = data.get("field", ""), data.get("value", "").replace("\r\n", "\n").strip()
    if name not in CORRECTED:
        raise Invalid(fields={"field": "is not one of the choices"})
    try:
        given = {name: value or None if name in ("birthday", "language") else value}
        changes = msgspec.convert(given, CustomerEdit)
    except msgspec.ValidationError as error:
        raise Invalid(fields={"value": "does not fit this field"}) from error
    assert found.customer is not None
    await database(request).write(corrections.correct, writer, found.customer, changes, request=found.id)


async def _stop(request: web.Request, writer: AgentView, customer: int, data: Any, asked: int | None) -> Any:
    purpose = data.get("purpose", "")
    if data.get("do") == "lift":
        return await database(request).write(stops.lift, writer, customer, purpose)
    return await database(request).write(
        stops.stop, writer, customer, cast(Purpose, purpose), note=data.get("note", "")[:5000], request=asked
    )


async def _index(request: web.Request, *, error: DeskError | None = None, given: Any = None) -> web.Response:
    state = request.query.get("state", "open")
    state = state if state in ("open", "closed") else "open"
    return await page(
        request,
        "rights.html",
        error=error,
        requests=await database(request).read(requests.all, state=state),
        state=state,
        given=given or {},
        customer=chosen(request.query.get("customer")) or "",
    )


async def _show(
    request: web.Request, viewer: AgentView, *, error: DeskError | None = None, given: Any = None
) -> web.Response:
    read = database(request).read
    found = await read(requests.view, number(request))
    customer = None
    if found.customer is not None:
        customer = await read(customers.view, found.customer)
        saw(request, viewer, found.customer)
    erasure = found.kind == "erasure" and found.customer is not None and found.state in ("open", "waiting")
    return await page(
        request,
        "right.html",
        error=error,
        view=found,
        customer=customer,
        given=given or {},
        preview=await read(foreseeing.preview, cast(int, found.customer)) if erasure else None,
        corrected=await read(corrections.history, found.customer)
        if found.customer and found.kind == "correction"
        else [],
        stops=await read(stops.history, found.customer) if found.customer and found.kind == "stop" else [],
        fields=CORRECTED,
        purposes=stops.PURPOSES,
    )


async def _customer(request: web.Request, viewer: AgentView, *, error: DeskError | None = None) -> web.Response:
    read, id = database(request).read, number(request)
    customer = await read(customers.view, id)
    saw(request, viewer, id)
    looks = await read(audit.search, AuditFilter(customer=id), limit=LOOKS) if may(viewer, "admin") else None
    return await page(
        request,
        "customer_rights.html",
        error=error,
        customer=customer,
        requests=await read(requests.all, customer=id),
        corrected=await read(corrections.history, id),
        stops=await read(stops.history, id),
        purposes=stops.PURPOSES,
        looks=looks,
    )
