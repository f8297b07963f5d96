"""The pages of customers: finding one, and everything that is known of them, to be read and mended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
from aiohttp import web

from server import agents, customers, tickets
from server.accounts import desk_settings
from server.agents import AgentView
from server.customers import attributes, changes, queries
from server.customers.actions import SEXES, CustomerEdit
from server.customers.attributes import AttributeView
from server.customers.identity import merging, suggestions
from server.customers.orders import queries as orders
from server.customers.views import CustomerView
from server.database import Transaction
from server.errors import DeskError, Invalid
from server.notices import queries as notices
from server.tickets.timeline import KINDS
from server.web.admin.frame import agent, database, done, number, page, saw, tried, typed

LINES = ("family_name", "given_name", "family_kana", "given_kana", "name", "kana", "honorific", "company", "department",
         "sex", "language", "time_zone", "member_rank", "note")  # fmt: skip
SECTIONS = ("details", "orders", "story", "changes")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/customers", index),
        web.get("/admin/customers/{id}", show),
        web.post("/admin/customers/{id}", save),
    ]


async def index(request: web.Request) -> web.Response:
    """Those who are meant by what was typed, or who changed last."""
    await agent(request, "agent")
    asked = request.query.get("q", "").strip()[:200]
    store = database(request)
    found = await store.read(customers.find, asked, limit=50) if asked else await store.read(queries.recent)
    return await page(request, "customers.html", customers=found, asked=asked)


async def show(request: web.Request) -> web.Response:
    """One customer, a section of what is known."""
    viewer = await agent(request, "viewer")
    return await shown(request, viewer)


async def save(request: web.Request) -> web.StreamResponse:
    """The details as they were typed; what was not touched stays as it is, and free for sources to change."""
    writer, data, id = await agent(request, "agent"), await typed(request), number(request)
    current = await database(request).read(customers.view, id)
    known = await database(request).read(attributes.all)
    try:
        edit = edited(data, current, known)
    except (ValueError, msgspec.ValidationError):
        wrong = Invalid("A date or number is not one.")
        return await shown(request, writer, error=wrong, typed=data)
    version = int(data["version"]) if data.get("version", "").isdecimal() else None
    saved, error = await tried(database(request).write(customers.edit, writer, id, edit, version=version))
    return await shown(request, writer, error=error, typed=data) if saved is None else done(address(id), "saved")


def address(id: int, section: str = "") -> str:
    """Where a customer's page is."""
    return f"/admin/customers/{id}" + (f"/{section}" if section else "")


def edited(data: Mapping[str, str], current: CustomerView, known: list[AttributeView]) -> CustomerEdit:
    """What differs from the customer as it stands. Raises `ValueError` or `ValidationError`."""
    typed: dict[str, Any] = {name: data.get(name, "").replace("\r\n", "\n").strip() for name in LINES if name in data}
    typed |= {name: data.get(name) == "on" for name in ("vip", "opted_out")}
    typed["tags"] = [tag.strip() for tag in data.get("tags", "").replace("、", ",").split(",") if tag.strip()]
    typed["birthday"] = data.get("birthday", "")
    typed["language"] = data.get("language") or None
    if "notices_by" in data:
        typed["notices_by"] = data["notices_by"]
    different = {name: value for name, value in typed.items() if value != getattr(current, name)}
    if different.get("birthday") == "":
        different["birthday"] = None
    own = {field.name: _value(field, data.get(f"attribute.{field.name}", "")) for field in known}
    if changed := {name: value for name, value in own.items() if value != current.attributes.get(name)}:
        different["attributes"] = changed
    return msgspec.convert(different, CustomerEdit)


def _value(field: AttributeView, text: str) -> Any:
    """A field of the shop's own as it is kept; None when it is empty. Raises `ValueError`."""
    text = text.strip()
    if not text:
        return None
    if field.kind == "number":
        value = float(text.replace(",", ""))
        return int(value) if value.is_integer() else value
    return text == "yes" if field.kind == "boolean" else text


async def shown(
    request: web.Request, viewer: AgentView, *, error: DeskError | None = None, typed: Any = None
) -> web.Response:
    """The page; `typed` is what could not be kept."""
    id, store = number(request), database(request)
    section = request.query.get("show", "details")
    section = section if section in SECTIONS and typed is None else "details"
    customer = await store.read(customers.view, id)
    saw(request, viewer, id)
    more: dict[str, Any] = {}
    if section == "details":
        more = await store.read(_details, id)
    elif section == "orders":
        more = await store.read(_orders, id, request.query.get("after"))
    elif section == "story":
        more = await _story(request, id)
    else:
        more = await store.read(_changes, id)
    return await page(
        request,
        "customer.html",
        error=error,
        customer=customer,
        typed=typed,
        section=section,
        sections=SECTIONS,
        worth=await store.read(customers.worth, id),
        sexes=SEXES,
        edits=agents.may(viewer, "agent"),
        **more,
    )


def _details(tx: Transaction, id: int) -> dict[str, Any]:
    return {
        "fields": attributes.all(tx),
        "history": queries.consent_history(tx, id)[::-1],
        "alike": suggestions.suggest(tx, id),
        "people": _people(tx),
    }


def _orders(tx: Transaction, id: int, after: str | None) -> dict[str, Any]:
    found = orders.page(tx, id, after=after)
    return {
        "page": found,
        "subscriptions": orders.subscriptions(tx, id),
        "notices": notices.of_orders(tx, [order.id for order in found.items]),
        "besides": [] if after else [each for each in notices.of_customer(tx, id) if each.order is None],
    }


def _changes(tx: Transaction, id: int) -> dict[str, Any]:
    return {"changes": changes.history(tx, id), "merges": merging.history(tx, id), "people": _people(tx)}


def _people(tx: Transaction) -> dict[str, str]:
    """The names of those who work here, as they stand in histories."""
    return {f"agent:{row.id}": row.name for row in tx.all("SELECT id, name FROM agent")}


async def _story(request: web.Request, id: int) -> dict[str, Any]:
    """A page of the timeline, of the kinds that are ticked, from a day on back."""
    asked, store = request.query, database(request)
    zone = (await store.read(desk_settings.read)).zone
    kinds = [kind for kind in asked.getall("kind", []) if kind in KINDS]
    day = asked.get("day", "")
    until = None
    try:
        if day:
            following = datetime.fromisoformat(day).date() + timedelta(days=1)
            until = datetime.combine(following, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        day = ""
    found = await store.read(tickets.timeline, id, kinds=kinds, after=asked.get("after"), until=until)
    found = await store.read(notices.named, found)
    return {"story": found, "kinds": kinds, "all_kinds": KINDS, "day": day}
