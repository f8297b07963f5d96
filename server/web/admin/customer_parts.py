"""What belongs to a customer, changed on their page: contacts, addresses, consents, blocks and merges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from channels.contract import Party
from server import customers
from server.accounts import desk_settings
from server.agents import AgentView
from server.customers import contacts, entries
from server.customers.identity import parting, suggestions
from server.customers.store.facts import AddressFact, ConsentFact
from server.database import Database, now
from server.errors import Invalid
from server.web.admin.customers import address, shown
from server.web.admin.frame import agent, database, done, number, tried, typed

Do = Callable[[Database, AgentView, int, Any], Awaitable[Any]]


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.post(f"/admin/customers/{{id}}/{noun}", _door(do)) for noun, do in PARTS.items()]


def _door(do: Do) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A form of the page: what is wrong is said on the page itself."""

    async def handle(request: web.Request) -> web.StreamResponse:
        writer, data, id = await agent(request, "agent"), await typed(request), number(request)
        changed, error = await tried(do(database(request), writer, id, data))
        if error is not None:
            return await shown(request, writer, error=error)
        section = "?show=changes&done=saved" if changed == "changes" else ""
        if section:
            return web.Response(status=303, headers={"Location": address(id) + section})
        return done(address(id), "saved")

    return handle


async def _contact(store: Database, writer: AgentView, id: int, data: Any) -> Any:
    """Add one, or vouch for, doubt, mend or remove the one that is named."""
    act, one = data.get("do", ""), _number(data.get("contact"))
    if act == "add":
        kind = data.get("kind", "")
        if kind not in contacts.TYPED:
            raise Invalid(fields={"kind": "is not one of the choices"})
        return await store.write(contacts.add, writer, id, Party(kind, entries.address(kind, data.get("address", ""))))
    if act == "remove":
        return await store.write(contacts.remove, writer, one)
    if act in ("verify", "doubt"):
        return await store.write(contacts.verify, writer, one, act == "verify")
    return await store.write(contacts.works, writer, one, act != "fails")


async def _address(store: Database, writer: AgentView, id: int, data: Any) -> Any:
    """Write one down, or remove one that was written down here."""
    if data.get("do") == "remove":
        return await store.write(customers.remove_address, writer, id, _number(data.get("address")))
    names = AddressFact.__struct_fields__
    given = {name: data[name].strip() for name in names if data.get(name, "").strip()}
    try:
        fact = msgspec.convert(given, AddressFact)
    except msgspec.ValidationError as error:
        raise Invalid("This is not an address.") from error
    if not (fact.street or fact.city or fact.postal_code):
        raise Invalid("This is not an address.")
    return await store.write(customers.add_address, writer, id, fact)


async def _consent(store: Database, writer: AgentView, id: int, data: Any) -> Any:
    """A yes or no, of now unless a time is given."""
    zone = (await store.read(desk_settings.read)).zone
    try:
        at = datetime.fromisoformat(data["at"]).replace(tzinfo=zone) if data.get("at") else now()
        fact = ConsentFact(
            purpose=data.get("purpose", "").strip()[:60],
            channel=data.get("channel", "").strip()[:60] or "any",
            given=data.get("given") == "yes",
            at=at,
            note=data.get("note", "")[:2000],
        )
    except ValueError as error:
        raise Invalid("A date or number is not one.") from error
    if not fact.purpose:
        raise Invalid(fields={"purpose": "is missing"})
    return await store.write(customers.note_consent, writer, id, fact)


async def _block(store: Database, writer: AgentView, id: int, data: Any) -> Any:
    return await store.write(customers.block, writer, id, data.get("do") == "block")


async def _apart(store: Database, writer: AgentView, id: int, data: Any) -> Any:
    return await store.write(suggestions.set_apart, writer, id, _number(data.get("other")))


async def _part(store: Database, writer: AgentView, id: int, data: Any) -> Any:
    await store.write(parting.part, writer, _number(data.get("merge")))
    return "changes"


PARTS: dict[str, Do] = {
    "contacts": _contact,
    "addresses": _address,
    "consents": _consent,
    "block": _block,
    "apart": _apart,
    "merges": _part,
}


def _number(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 18 else 0
