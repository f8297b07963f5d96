"""Endpoints of the JSON API: each is declared once, in its handler's signature, and read from there.

    @api.post("/tickets/{number}/replies", "Answer the customer", conflicts=True)
    async def reply(call: Call, number: Number, form: ReplyForm) -> MessageView:
        return await call.write(tickets.reply, number, form.text, seen=form.seen)

Out of this come the route, the checks of path, query and body, the answer's encoding and the OpenAPI document. The
parameters after `call` are those of the path by name, `query` (a `Query`) and `form` (a `Form`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from aiohttp import web
from msgspec import Meta

from server.agents import Caller, Scope
from server.errors import Forbidden, NotFound, Unauthenticated
from server.web import reading
from server.web.buckets import BUCKETS, VERDICT, Policy
from server.web.call import Call
from server.web.callers import CALLER, find_caller, remote_of
from server.web.doors import DOORS
from server.web.idempotency import UNDER_WAY, AnsweredAlready, Memory, Remembered, amend, keep, memory_of, recall

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])

PREFIX = "/api/v1"
Number = Annotated[int, Meta(ge=1, le=2_147_483_647)]
"""The number of a ticket, or the id of anything else."""

FAILED_TOKENS = Policy("failed-tokens", 60, 60.0)

encode = msgspec.json.Encoder().encode
_PLACES = re.compile(r"\{(\w+)(?::[^}]*)?\}")


class Shown(NamedTuple):
    """Whom an endpoint shows: a customer, or what leads to one, by the place of its number in the path."""

    kind: str
    place: str


SHOWN = (
    ("/customers/{customer}", Shown("customer", "customer")),
    ("/tickets/{number}", Shown("ticket", "number")),
    ("/messages/{message}", Shown("message", "message")),
    ("/files/{file}", Shown("file", "file")),
)


def shown(method: str, path: str) -> Shown | None:
    """Whom reading this shows, if anybody."""
    if method != "GET":
        return None
    return next((who for start, who in SHOWN if path == start or path.startswith(start + "/")), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One door of the API, as declared."""

    method: str
    path: str
    summary: str
    handler: Callable[..., Awaitable[Any]]
    status: int
    scope: Scope | None
    places: dict[str, Any]
    query: type[Any] | None
    form: type[Any] | None
    answer: Any
    conflicts: bool
    idempotent: bool
    media: tuple[str, ...]
    takes: tuple[str, ...]
    most_bytes: int = reading.MOST_JSON_BYTES
    shows: Shown | None = None

    @property
    def noun(self) -> str:
        """Its chapter in the document: the module that it stands in."""
        return self.handler.__module__.rpartition(".")[2]

    @property
    def name(self) -> str:
        """Its name in the document."""
        return getattr(self.handler, "__name__", "handler")

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Let a request in, ask the handler, and encode what it answers."""
        caller = await self._admit(request)
        call = Call(request, caller)
        arguments = self._places(request)
        if self.query is not None:
            arguments["query"] = reading.read_query(request, self.query)
        data: bytes | None = None
        if self.form is not None:
            data = await reading.body(request, limit=self.most_bytes)
            arguments["form"] = reading.parse(data, self.form, request)
        if self.idempotent and caller is not None:
            call.memory = memory_of(request, caller, data if not self.takes else None, self.status)
        answer = await (self._once(call, arguments) if call.memory is not None else self._ask(call, arguments))
        if caller is not None and self.shows is not None:
            self._saw(request, caller, int(arguments[self.shows.place]))
        if (verdict := request.get(VERDICT)) is not None and not answer.prepared:
            verdict.mark(answer.headers)
        return answer

    def _saw(self, request: web.Request, caller: Caller, id: int) -> None:
        """Who is shown a customer stands in the audit log, a moment later."""
        assert self.shows is not None
        if (looks := request.app[DOORS].looks) is not None:
            through = f"token:{caller.token}" if caller.token is not None else "browser"
            looks.saw(caller.agent.id, self.shows.kind, id, remote_of(request), through)

    async def _admit(self, request: web.Request) -> Caller | None:
        """Who asks, within their rate and scopes. Raises `Unauthenticated`, `TooMany` or `Forbidden`."""
        caller = await find_caller(request)
        if caller is not None:
            request[CALLER] = caller
        if self.scope is None:
            return caller
        buckets = request.app[BUCKETS]
        if caller is None:
            buckets.take(FAILED_TOKENS, remote_of(request)).require()
            raise Unauthenticated()
        policy = Policy("api", request.app[DOORS].requests_per_minute, 60.0)
        verdict = buckets.take(policy, f"token:{caller.token}" if caller.token is not None else caller.agent.actor)
        if policy.quota:
            request[VERDICT] = verdict
        verdict.require()
        if self.scope not in caller.scopes:
            raise Forbidden("This needs a token with the scope {scope}.", scope=self.scope)
        return caller

    def _places(self, request: web.Request) -> dict[str, Any]:
        """The path's parameters. What cannot be one names nothing: `NotFound`."""
        found: dict[str, Any] = {}
        for name, kind in self.places.items():
            given = request.match_info[name]
            try:
                found[name] = msgspec.convert(given, kind, strict=False)
            except msgspec.ValidationError as error:
                raise NotFound() from error
            if "\0" in given:
                raise NotFound()
        return found

    async def _ask(self, call: Call, arguments: dict[str, Any]) -> web.StreamResponse:
        return self._encode(await self.handler(call, **arguments))

    async def _once(self, call: Call, arguments: dict[str, Any]) -> web.StreamResponse:
        """The same under an Idempotency-Key."""
        memory, under_way = call.memory, call.request.app[UNDER_WAY]
        assert memory is not None
        under_way.begin(memory)
        try:
            if (before := await call.database.read(recall, memory)) is not None:
                return _again(before)
            result = await self.handler(call, **arguments)
            answer = self._encode(result)
            if isinstance(answer, web.Response) and isinstance(answer.body, bytes | None):
                await self._keep(call, memory, result, answer.status, answer.body or b"")
            return answer
        except AnsweredAlready as already:
            return _again(already.remembered)
        finally:
            under_way.end(memory)

    async def _keep(self, call: Call, memory: Memory, result: Any, status: int, body: bytes) -> None:
        if not memory.is_kept:
            await call.database.write(keep, memory, status, body)
        elif result is not memory.kept:
            await call.database.write(amend, memory, status, body)

    def _encode(self, result: Any) -> web.StreamResponse:
        if isinstance(result, web.StreamResponse):
            return result
        if result is None:
            return web.Response(status=204)
        response = web.Response(body=encode(result), status=self.status, content_type="application/json")
        if (version := getattr(result, "version", None)) is not None and isinstance(version, int):
            response.headers["ETag"] = f'"{version}"'
        return response


def _again(remembered: Remembered) -> web.Response:
    response = web.Response(status=remembered.status, headers={"Idempotency-Replayed": "true"})
    if remembered.status != 204:
        response.body = remembered.body
        response.content_type = "application/json"
    return response


class Api:
    """The endpoints of one module, or of all."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []

    def get(
        self, path: str, summary: str, *, scope: Scope | None = "read", media: tuple[str, ...] = ()
    ) -> Callable[[Handler], Handler]:
        """Declare reading. `media` are the types of an answer that is not JSON."""
        return self._declare("GET", path, summary, status=200, scope=scope, media=media)

    def post(
        self,
        path: str,
        summary: str,
        *,
        status: int = 201,
        scope: Scope | None = "write",
        conflicts: bool = True,
        idempotent: bool = True,
        takes: tuple[str, ...] = (),
        most_bytes: int = reading.MOST_JSON_BYTES,
    ) -> Callable[[Handler], Handler]:
        """Declare making something. `takes` are the types of a body that is not JSON."""
        return self._declare(
            "POST",
            path,
            summary,
            status=status,
            scope=scope,
            conflicts=conflicts,
            idempotent=idempotent,
            takes=takes,
            most_bytes=most_bytes,
        )

    def put(
        self,
        path: str,
        summary: str,
        *,
        scope: Scope = "write",
        conflicts: bool = False,
        takes: tuple[str, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """Declare setting something, which is harmless to repeat. `takes` are the types of a body that is not JSON."""
        return self._declare("PUT", path, summary, status=200, scope=scope, conflicts=conflicts, takes=takes)

    def patch(self, path: str, summary: str, *, scope: Scope = "write") -> Callable[[Handler], Handler]:
        """Declare changing something."""
        return self._declare("PATCH", path, summary, status=200, scope=scope, conflicts=True)

    def delete(
        self, path: str, summary: str, *, scope: Scope | None = "write", conflicts: bool = False
    ) -> Callable[[Handler], Handler]:
        """Declare removing something."""
        return self._declare("DELETE", path, summary, status=200, scope=scope, conflicts=conflicts)

    def include(self, other: Api) -> None:
        """Take the endpoints of a module in."""
        self.endpoints.extend(other.endpoints)

    def attach(self, app: web.Application) -> None:
        """Make the routes."""
        for endpoint in self.endpoints:
            app.router.add_route(endpoint.method, PREFIX + endpoint.path, endpoint.__call__)

    def _declare(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        status: int,
        scope: Scope | None,
        conflicts: bool = False,
        idempotent: bool = False,
        media: tuple[str, ...] = (),
        takes: tuple[str, ...] = (),
        most_bytes: int = reading.MOST_JSON_BYTES,
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            signature = inspect.signature(handler, eval_str=True)
            kinds = {name: parameter.annotation for name, parameter in signature.parameters.items()}
            answer = signature.return_annotation
            self.endpoints.append(
                Endpoint(
                    method=method,
                    path=path,
                    summary=summary,
                    handler=handler,
                    status=204 if answer is None else status,
                    scope=scope,
                    places={name: kinds[name] for name in _PLACES.findall(path)},
                    query=kinds.get("query"),
                    form=kinds.get("form"),
                    answer=answer,
                    conflicts=conflicts,
                    idempotent=idempotent,
                    media=media,
                    takes=takes,
                    most_bytes=most_bytes,
                    shows=shown(method, path),
                )
            )
            return handler

        return declare
