"""The change feed for programs: what happened since, waiting for it if need be."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from server.events import Change
from server.web.api.shapes import Seq
from server.web.call import Call
from server.web.endpoints import Api
from server.web.feed import FEED, for_agent
from server.web.reading import Query

api = Api()


class Since(Query, frozen=True, kw_only=True):
    """The changes after `after`; when there are none yet, wait up to `wait` seconds for one."""

    after: Seq = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500
    wait: Annotated[int, Meta(ge=0, le=25)] = 0


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in order, without gaps. `next` is the `after` to go on with, also when there are none; `more` whether
    there are more already. One of kind `hidden` is none of the caller's business."""

    items: list[Change]
    next: int
    more: bool


@api.get("/changes", "What happened since")
async def changes(call: Call, query: Since) -> ChangePage:
    """Gap-free and in the order of the commits."""
    feed = call.request.app[FEED]
    await feed.beyond(query.after, query.wait)
    found = for_agent(call.agent, await feed.since(query.after, query.limit))
    reached = found[-1].seq if found else query.after
    return ChangePage(items=found, next=reached, more=reached < feed.last)
