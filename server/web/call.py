"""One request to the JSON API with whoever makes it: what a handler is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from aiohttp import web

from server.agents import AgentView, Caller
from server.database import Database, Transaction
from server.errors import Forbidden, Invalid, Unauthenticated
from server.web.doors import DOORS, Doors
from server.web.idempotency import Memory, once

P = ParamSpec("P")
R = TypeVar("R")


class Call:
    """One request, with whoever makes it."""

    __slots__ = ("caller", "memory", "request")

    def __init__(self, request: web.Request, caller: Caller | None) -> None:
        self.request = request
        self.caller = caller
        self.memory: Memory | None = None

    @property
    def doors(self) -> Doors:
        """The parts of the desk."""
        return self.request.app[DOORS]

    @property
    def database(self) -> Database:
        """The desk's database."""
        return self.doors.database

    @property
    def agent(self) -> AgentView:
        """Who asks. Only for endpoints that need somebody signed in."""
        assert self.caller is not None
        return self.caller.agent

    @property
    def reader(self) -> AgentView:
        """Who asks, where some answers need nobody. Raises `Unauthenticated` or `Forbidden`."""
        if self.caller is None:
            raise Unauthenticated()
        if "read" not in self.caller.scopes:
            raise Forbidden("This needs a token with the scope {scope}.", scope="read")
        return self.caller.agent

    async def read(self, query: Callable[Concatenate[Transaction, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask a query."""
        return await self.database.read(query, *args, **kwargs)

    async def write(
        self, action: Callable[Concatenate[Transaction, AgentView, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Do an action as the caller. The first one of a request with a key is done once, however often it comes."""
        if self.memory is None or self.memory.is_kept:
            return await self.database.write(action, self.agent, *args, **kwargs)
        memory = self.memory
        result: R = await self.database.write(once, memory, action, self.agent, *args, **kwargs)
        memory.is_kept, memory.kept = True, result
        return result

    def version(self, given: int | None) -> int | None:
        """The version that an edit is made of: in the form, or in If-Match. Raises `Invalid`."""
        match = self.request.headers.get("If-Match")
        if given is not None or match is None or match.strip() == "*":
            return given
        bare = match.strip().removeprefix("W/").strip('"')
        if not bare.isascii() or not bare.isdigit() or len(bare) > 9:
            raise Invalid(fields={"If-Match": "is not an ETag of ours"})
        return int(bare)
