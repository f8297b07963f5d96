"""Searching everything that was ever said."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server import tickets
from server.tickets.views import SearchPage
from server.web.api.tickets import TicketQuery
from server.web.call import Call
from server.web.endpoints import Api

api = Api()


class SearchQuery(TicketQuery, frozen=True, kw_only=True):
    """Words that must all be found, in numbers, subjects, bodies, customers or attachments' names, and conditions."""

    q: Annotated[str, Meta(max_length=500)]
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


@api.get("/search", "Search tickets and messages")
async def search(call: Call, query: SearchQuery) -> SearchPage:
    """Best first, with the text around the match. `sort` is not looked at."""
    return await call.read(
        tickets.search, call.agent, query.q, limit=query.limit, after=query.after, filter=query.filter()
    )
