"""Visitors: who of a chat's customers is connected now, and speaking to one first."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server import tickets
from server.errors import NotFound
from server.tickets import greeting
from server.tickets.views import TicketView
from server.web import visitors
from server.web.api.shapes import Id
from server.web.buckets import BUCKETS, Policy
from server.web.call import Call
from server.web.endpoints import Api
from server.web.reading import Form
from server.web.visitors import VisitorShown

api = Api()

GREETINGS = Policy("greetings", 20, 60.0)


class Greeting(Form, frozen=True, kw_only=True):
    """The first words to a visitor, named as in the list of those who are here."""

    account: Id
    visitor: Annotated[str, Meta(min_length=1, max_length=300)]
    text: Annotated[str, Meta(max_length=greeting.LONGEST)]


@api.get("/visitors", "The visitors who are here now")
async def everybody(call: Call) -> list[VisitorShown]:
    """Those whose chat is connected to this process. What they say of themselves is unconfirmed."""
    return await call.read(visitors.shown_all, list(call.doors.presence.now.values())[: visitors.MOST])


@api.post("/visitors/greetings", "Speak to a visitor first", conflicts=True)
async def greet(call: Call, form: Greeting) -> TicketView:
    """Begins a ticket in the visitor's conversation; they see it at once. 409 when the conversation has begun."""
    present = call.doors.presence.now.get((form.account, form.visitor))
    if present is None:
        raise NotFound("This visitor is no longer here.")
    call.request.app[BUCKETS].take(GREETINGS, call.agent.actor).require()
    return await call.write(tickets.greet, present, form.text)
