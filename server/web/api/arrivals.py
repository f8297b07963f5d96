"""Arrivals as they came, and those that could not be filed."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from server import agents, inbox
from server.errors import Unavailable
from server.inbox import ArrivalPage, ArrivalView
from server.web.call import Call
from server.web.doors import RetriesArrivals
from server.web.endpoints import Api, Number
from server.web.reading import Query

api = Api()


class ArrivalQuery(Query, frozen=True, kw_only=True):
    """Which arrivals; newest first."""

    state: Literal["filed", "quarantined"] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: Annotated[str, Meta(pattern="^[0-9]{1,15}$")] | None = None


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it this time."""

    arrival: int
    ticket: int | None
    quarantined: bool


@api.get("/arrivals", "A page of arrivals", scope="admin")
async def page(call: Call, query: ArrivalQuery) -> ArrivalPage:
    """For leads."""
    agents.require(call.agent, "lead")
    return await call.read(inbox.arrivals, state=query.state, limit=query.limit, after=query.after)


@api.get("/arrivals/{arrival}", "One arrival", scope="admin")
async def view(call: Call, arrival: Number) -> ArrivalView:
    """For leads: with the reason why it could not be filed, if it could not."""
    agents.require(call.agent, "lead")
    return await call.read(inbox.arrival, arrival)


@api.post("/arrivals/{arrival}/retry", "Read a quarantined arrival again", status=200, scope="admin")
async def retry(call: Call, arrival: Number) -> Retried:
    """For leads, after what was wrong is put right."""
    agents.require(call.agent, "lead")
    desk = call.doors.desk
    if desk is None or not hasattr(desk, "retry"):
        raise Unavailable("Arrivals cannot be read again here.")
    accepted = await cast(RetriesArrivals, desk).retry(arrival)
    return Retried(arrival=arrival, ticket=accepted.ticket, quarantined=accepted.quarantined)
