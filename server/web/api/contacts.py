"""Contacts by themselves: their pictures, whose they are, and how they show it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import segno
from aiohttp import web
from msgspec import Meta

from channels.contract import KnowsLimits, LinksContacts, Party
from channels.wording import say
from server import accounts, customers
from server.agents import AgentView, require
from server.customers import contacts, entries
from server.customers.views import CustomerView
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.inbox import proofs
from server.tickets.rows import PREVIEWED
from server.web.api.files import SANDBOX
from server.web.api.shapes import Id
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()

Language = Literal["ja", "en"]


class LimitsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a message through an account may hold (None: no limit), and how many may still leave this month."""

    text_units: int | None = None
    bubbles: int | None = None
    file_bytes: int | None = None
    choices: int | None = None
    used: int | None = None
    quota: int | None = None
    left: int | None = None


class Owner(Form, frozen=True, kw_only=True):
    """Whose the contact is."""

    customer: Id


class At(Form, frozen=True, kw_only=True):
    """Through which account, and in which language the customer is invited."""

    account: Id
    language: Language = "ja"


class AtQuery(Query, frozen=True, kw_only=True):
    """Through which account, and in which language the customer is asked."""

    account: Id
    language: Language = "ja"


class Version(Query, frozen=True, kw_only=True):
    """Of the picture, so that a browser may keep it."""

    v: Annotated[str, Meta(max_length=20)] = ""


class WayView(msgspec.Struct, frozen=True, kw_only=True):
    """A page on which a contact and a customer become one; `code` is what the customer shows there, `qr` the page's
    address as a picture (a data URL), `words` a sentence to the customer with it."""

    url: str
    code: str = ""
    qr: str = ""
    words: str = ""


@api.get("/accounts/{account}/limits", "What an account's network takes")
async def limits(call: Call, account: Number) -> LimitsView:
    """UTF-16 units of a text, bubbles, bytes of a file; the month's messages, as the network counts them."""
    known = await call.read(accounts.contract, call.doors.keys, account)
    channel = call.doors.channels.get(known.kind)
    if not isinstance(channel, KnowsLimits):
        return LimitsView()
    found = await channel.limits(known)
    return LimitsView(
        text_units=found.text_units,
        bubbles=found.bubbles,
        file_bytes=found.file_bytes,
        choices=found.choices,
        used=found.used,
        quota=found.quota,
        left=found.left,
    )


@api.get("/contacts/{contact}/picture", "A contact's picture", media=("application/octet-stream", *sorted(PREVIEWED)))
async def picture(call: Call, contact: Number, query: Version) -> web.StreamResponse:
    """As its network shows it."""
    del query
    found = await call.read(customers.picture, contact)
    path = call.doors.files.path(found.digest)
    if not path.is_file():
        raise NotFound("There is no picture.")
    response = web.FileResponse(path)
    response.content_type = found.content_type if found.content_type in PREVIEWED else "application/octet-stream"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, max-age=604800"
    return response


@api.put("/contacts/{contact}/customer", "Say whose a contact is")
async def move(call: Call, contact: Number, form: Owner) -> CustomerView:
    """The contact and the tickets that it wrote become that customer's."""
    return await call.write(customers.move, contact, form.customer)


class NewContact(Form, frozen=True, kw_only=True):
    """An address that somebody here writes down, and so vouches for."""

    kind: Literal["email", "phone", "external"]
    address: Annotated[str, Meta(min_length=1, max_length=320)]


class Reach(Form, frozen=True, kw_only=True):
    """Whether a contact can be reached, and why not."""

    reachable: bool
    because: Annotated[str, Meta(max_length=500)] = ""


@api.post("/customers/{customer}/contacts", "Write down a contact")
async def add(call: Call, customer: Number, form: NewContact) -> CustomerView:
    """Mail addresses and telephone numbers in any writing. 409 with the customer who has it already."""
    party = Party(form.kind, entries.address(form.kind, form.address))
    return await call.write(contacts.add, customer, party)


@api.put("/contacts/{contact}/verified", "Vouch for a contact", conflicts=True)
async def verify(call: Call, contact: Number) -> CustomerView:
    """Somebody checked that it is theirs: from now on it finds them by itself."""
    return await call.write(contacts.verify, contact, True)


@api.delete("/contacts/{contact}/verified", "Vouch for a contact no longer", conflicts=True)
async def doubt(call: Call, contact: Number) -> CustomerView:
    """It is only a claim from now on, by which nobody is found."""
    return await call.write(contacts.verify, contact, False)


@api.put("/contacts/{contact}/reachable", "Say whether a contact can be reached")
async def works(call: Call, contact: Number, form: Reach) -> CustomerView:
    """A bounce or a delivery says so again."""
    return await call.write(contacts.works, contact, form.reachable, form.because)


@api.delete("/contacts/{contact}", "Take a contact away", conflicts=True)
async def remove(call: Call, contact: Number) -> CustomerView:
    """409 for one that messages came from."""
    return await call.write(contacts.remove, contact)


@api.get("/contacts/{contact}/link", "Where a contact shows who they are")
async def link(call: Call, contact: Number, query: AtQuery) -> WayView:
    """A page of this contact's own, to be sent to them: by the shop's sign-in or a code by mail."""
    address = await call.read(_address, contact)
    known = await call.read(accounts.contract, call.doors.keys, query.account)
    channel = call.doors.channels.get(known.kind)
    if not isinstance(channel, LinksContacts):
        raise Invalid(fields={"account": "links nobody"})
    url = channel.link_page(known, address)
    words = "So that we know who you are and can look up your orders, please open this page:\n{url}"
    return _way(url, say(query.language, words, url=url))


@api.post("/customers/{customer}/links", "A way for a customer to go on elsewhere")
async def invite(call: Call, customer: Number, form: At) -> WayView:
    """A page to be sent to the customer, by mail or in a chat: it brings them into the other network with a code that
    works once, for a week, and by which that contact becomes theirs."""
    known = await call.read(accounts.contract, call.doors.keys, form.account)
    channel = call.doors.channels.get(known.kind)
    if not isinstance(channel, LinksContacts):
        raise Invalid(fields={"account": "links nobody"})
    code = await call.write(_keep_code, customer, known.id)
    url = channel.continue_at(known, code)
    return _way(url, say(form.language, "You can also continue this conversation on LINE:\n{url}", url=url), code)


def _way(url: str, words: str, code: str = "") -> WayView:
    return WayView(
        url=url, code=code, words=words, qr=segno.make(url, error="m", micro=False).svg_data_uri(border=2, scale=4)
    )


def _address(tx: Transaction, contact: int) -> str:
    address = tx.value("SELECT address FROM contact WHERE id = :id", id=contact)
    if address is None:
        raise NotFound("There is no contact {id}.", id=contact)
    return str(address)


def _keep_code(tx: Transaction, agent: AgentView, customer: int, account: int) -> str:
    require(agent, "agent")
    customers.view(tx, customer)
    return proofs.invite(tx, account, customer)
