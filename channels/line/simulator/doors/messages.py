"""Sending, checking and counting messages. https://developers.line.biz/en/reference/messaging-api/#messages"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from aiohttp import web

from channels.line.rules import Detail, Refusal, check_messages
from channels.line.simulator import ids
from channels.line.simulator.doors.bodies import REQUEST_ID, body_of, empty
from channels.line.simulator.refusals import NOT_YOURS, invalid_property
from channels.line.simulator.simulator import Simulator

_DAY = re.compile(r"\d{8}\Z")
_RETRY_KEY = "X-Line-Retry-Key"
Door = Callable[[web.Request], Awaitable[web.Response]]


def add(app: web.Application, simulator: Simulator) -> None:
    """Add the doors."""
    sending = simulator.sending

    def sends(send: Callable[[dict[str, Any], str, str | None], dict[str, Any]]) -> Door:
        async def door(request: web.Request) -> web.Response:
            body = await body_of(request)
            return web.json_response(send(body, request[REQUEST_ID], request.headers.get(_RETRY_KEY)))

        return door

    async def validate(request: web.Request) -> web.Response:
        check_messages(await body_of(request), loopback=simulator.loopback)
        return empty()

    async def quota(_: web.Request) -> web.Response:
        if simulator.quota is None:
            return web.json_response({"type": "none"})
        return web.json_response({"type": "limited", "value": simulator.quota})

    async def consumption(_: web.Request) -> web.Response:
        return web.json_response({"totalUsage": sending.used})

    async def delivered(request: web.Request) -> web.Response:
        day = request.query.get("date", "")
        if not _DAY.match(day):
            raise Refusal(400, "The value for the 'date' parameter is invalid")
        if day >= sending.today():
            return web.json_response({"status": "unready"})
        count = sending.delivered_on(request.match_info["kind"], day)
        return web.json_response({"status": "ready", "success": count})

    app.router.add_post("/v2/bot/message/reply", sends(sending.reply))
    app.router.add_post("/v2/bot/message/push", sends(sending.push))
    app.router.add_post("/v2/bot/message/multicast", sends(sending.multicast))
    app.router.add_post("/v2/bot/message/broadcast", sends(sending.broadcast))
    app.router.add_post("/v2/bot/message/validate/{kind:reply|push|multicast|narrowcast|broadcast}", validate)
    app.router.add_get("/v2/bot/message/quota", quota, allow_head=False)
    app.router.add_get("/v2/bot/message/quota/consumption", consumption, allow_head=False)
    app.router.add_get("/v2/bot/message/delivery/{kind:reply|push|multicast|broadcast}", delivered, allow_head=False)
    _add_manners(app, simulator)
    _add_refused(app)


def _add_manners(app: web.Application, simulator: Simulator) -> None:
    """Three dots and read marks."""

    async def loading(request: web.Request) -> web.Response:
        body = await body_of(request)
        seconds = body.get("loadingSeconds", 20)
        if type(seconds) is not int or seconds not in range(5, 61, 5):
            detail = Detail("loadingSeconds must be a multiple of 5 between 5 and 60", "loadingSeconds")
            raise Refusal(400, "The request body has 1 error(s)", (detail,))
        chat_id = body.get("chatId")
        if not isinstance(chat_id, str) or not ids.USER.match(chat_id):
            raise invalid_property("chatId")
        person = simulator.find_person(chat_id)
        if person is not None and person.reachable:
            person.chat.loading_until = simulator.clock() + timedelta(seconds=seconds)
            simulator.touch()
        return web.json_response({}, status=202)

    async def mark_by_token(request: web.Request) -> web.Response:
        token = (await body_of(request)).get("markAsReadToken")
        for chat in (*(person.chat for person in simulator.people), *(group.chat for group in simulator.groups)):
            marked = next((bubble for bubble in chat.bubbles if token and bubble.read_token == token), None)
            if marked is None:
                continue
            for bubble in chat.bubbles:
                bubble.read = bubble.read or not bubble.ours
                if bubble is marked:
                    break
            simulator.touch()
            return empty()
        raise invalid_property("markAsReadToken")

    async def mark_by_user(request: web.Request) -> web.Response:
        chat = (await body_of(request)).get("chat")
        person = simulator.find_person(str(chat.get("userId"))) if isinstance(chat, dict) else None
        if person is None:
            raise invalid_property("chat.userId")
        for bubble in person.chat.bubbles:
            bubble.read = bubble.read or not bubble.ours
        simulator.touch()
        return empty()

    app.router.add_post("/v2/bot/chat/loading/start", loading)
    app.router.add_post("/v2/bot/chat/markAsRead", mark_by_token)
    app.router.add_post("/v2/bot/message/markAsRead", mark_by_user)


def _add_refused(app: web.Application) -> None:
    """What an account has only on application, which this one has not made."""

    async def refuse(_: web.Request) -> web.Response:
        raise Refusal(403, NOT_YOURS)

    for path in (
        "/v2/bot/message/narrowcast",
        "/v2/bot/message/progress/narrowcast",
        "/v2/bot/message/aggregation/info",
        "/v2/bot/message/aggregation/list",
        "/v2/bot/message/delivery/pnp",
        "/bot/pnp/push",
        "/v2/bot/membership/list",
        "/v2/bot/membership/subscription/{userId}",
        "/v2/bot/membership/{membershipId}/users/ids",
        "/v2/bot/coupon",
        "/v2/bot/coupon/{couponId}",
        "/v2/bot/coupon/{couponId}/close",
    ):
        app.router.add_route("*", path, refuse)
