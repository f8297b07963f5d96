"""Letters: how the delivery of what we wrote stands, taking one back, sending one again."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server import delivery, tickets
from server.delivery import LetterPage, TryView
from server.tickets.views import LetterState
from server.web.api.shapes import Id
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Query

api = Api()


class LetterQuery(Query, frozen=True, kw_only=True):
    """Conditions that must all hold; newest first."""

    state: LetterState | None = None
    ticket: Id | None = None
    recipient: Annotated[str, Meta(max_length=320)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: Annotated[str, Meta(pattern="^[0-9]{1,15}$")] | None = None


@api.get("/letters", "A page of letters")
async def page(call: Call, query: LetterQuery) -> LetterPage:
    """Newest first."""
    return await call.read(
        delivery.letters,
        state=query.state,
        ticket=query.ticket,
        recipient=query.recipient,
        limit=query.limit,
        after=query.after,
    )


@api.get("/letters/{letter}/tries", "Every attempt at a letter")
async def tries(call: Call, letter: Number) -> list[TryView]:
    """Oldest first, with the network's own words."""
    return await call.read(delivery.tries, letter)


@api.post("/letters/{letter}/recall", "Take a letter back", status=200)
async def recall(call: Call, letter: Number) -> None:
    """Before its first try; afterwards 409."""
    await call.write(tickets.take_back, letter)


@api.post("/letters/{letter}/resend", "Send a letter again", status=200)
async def resend(call: Call, letter: Number) -> None:
    """One that failed or bounced, under the same key, so that a repeat can be recognised."""
    await call.write(delivery.resend, letter)
