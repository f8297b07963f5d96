"""What every answer has in common: a request id, the error shape, the rate limits, bad days, and a record."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from channels.line.rules import Refusal
from channels.line.simulator.faults import Fault
from channels.line.simulator.refusals import NOT_FOUND, OAuthRefusal
from channels.line.simulator.simulator import Call, Simulator

REQUEST_ID = web.RequestKey("request_id", str)
_BODY_BYTES = 2 * 2**20
_MACHINE = ("/v2/", "/oauth2/", "/bot/")


def recording(simulator: Simulator) -> Middleware:
    """The middleware around every door of the simulator."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(_MACHINE):
            return await handler(request)
        request[REQUEST_ID] = str(uuid.uuid4())
        body = await request.read()
        fault = simulator.faults.take(request.path)
        response = await _answer(simulator, request, handler, fault)
        response.headers["X-Line-Request-Id"] = request[REQUEST_ID]
        simulator.calls.append(
            Call(
                at=simulator.clock(),
                method=request.method,
                path=request.path,
                query=request.query_string,
                headers=dict(request.headers),
                body=body,
                status=response.status,
                answer=response.body if isinstance(response.body, bytes) else b"",
                answer_headers=dict(response.headers),
                route=_route(request),
            )
        )
        simulator.touch()
        if fault is not None and fault.silent and request.transport is not None:
            request.transport.abort()
        return response

    return middleware


async def _answer(simulator: Simulator, request: web.Request, handler: Handler, fault: Fault | None) -> web.Response:
    try:
        if fault is not None and not fault.after_accepting:
            await asyncio.sleep(fault.delay)
            _raise(fault)
        response = await _handled(simulator, request, handler)
        if fault is not None and fault.after_accepting:
            await asyncio.sleep(fault.delay)
            _raise(fault)
        return response
    except Refusal as refusal:
        return web.json_response(refusal.body(), status=refusal.status, headers=refusal.headers)
    except OAuthRefusal as refusal:
        return web.json_response(refusal.body(), status=refusal.status)


def _raise(fault: Fault) -> None:
    refusal = fault.refusal() or (Refusal(503, "Service Unavailable") if fault.silent else None)
    if refusal is not None:
        raise refusal


async def _handled(simulator: Simulator, request: web.Request, handler: Handler) -> web.Response:
    simulator.faults.check_rate(request.method, _route(request))
    if request.path.startswith(("/v2/bot/", "/bot/")):
        simulator.tokens.check(request.headers.get("Authorization"))
    try:
        response = await handler(request)
    except web.HTTPNotFound:
        raise Refusal(404, NOT_FOUND) from None
    except web.HTTPMethodNotAllowed:
        raise Refusal(405, "Method Not Allowed") from None
    assert isinstance(response, web.Response)
    return response


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else request.path


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object that was sent.

    Raises Refusal (413, 415 or 400).
    """
    raw = await request.read()
    if len(raw) > _BODY_BYTES:
        raise Refusal(413, "Request Entity Too Large")
    if request.content_type != "application/json":
        raise Refusal(415, f"The content type, {request.content_type}, is not supported")
    try:
        body = json.loads(raw)
    except json.JSONDecodeError as error:
        where = f"(line: {error.lineno}, column: {error.colno})"
        raise Refusal(400, f"The request body could not be parsed as JSON {where}") from None
    except UnicodeDecodeError:
        raise Refusal(400, "The request body could not be parsed as JSON (line: -, column: -)") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The request body could not be parsed as JSON (line: 1, column: 1)")
    return body


async def form_of(request: web.Request) -> dict[str, str]:
    """The form that was sent, text fields only."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def empty() -> web.Response:
    """`{}`, which is what LINE says when there is nothing to say."""
    return web.json_response({})
