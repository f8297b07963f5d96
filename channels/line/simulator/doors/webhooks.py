"""The webhook's address and its test. https://developers.line.biz/en/reference/messaging-api/#webhook-settings"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from channels.line.rules import Findings, Look, Refusal, problems_of
from channels.line.simulator.doors.bodies import body_of, empty
from channels.line.simulator.simulator import Simulator


def add(app: web.Application, simulator: Simulator) -> None:
    """Add the doors."""
    webhooks = simulator.webhooks

    def check(body: dict[str, object], *, required: bool) -> str | None:
        found = Findings(loopback=simulator.loopback)
        url = Look(body, "", found).url("endpoint", 500, required=required, message="Invalid webhook endpoint URL")
        refusal = problems_of(found)
        if refusal is not None:
            raise refusal
        if url is not None and urlsplit(url).fragment:
            raise Refusal(400, "Invalid webhook endpoint URL")
        return url

    async def get(_: web.Request) -> web.Response:
        if webhooks.url is None:
            raise Refusal(404, "Webhook endpoint not found")
        return web.json_response({"endpoint": webhooks.url, "active": webhooks.active})

    async def put(request: web.Request) -> web.Response:
        webhooks.url = check(await body_of(request), required=True)
        return empty()

    async def test(request: web.Request) -> web.Response:
        body = await body_of(request) if await request.read() else {}
        url = check(body, required=False) or webhooks.url
        if url is None:
            raise Refusal(404, "Webhook endpoint not found")
        attempt = await webhooks.post(url=url, record=False)
        return web.json_response(
            {
                "success": attempt.arrived,
                "timestamp": f"{attempt.at:%Y-%m-%dT%H:%M:%S}.{attempt.at.microsecond // 1000:03}Z",
                "statusCode": attempt.status,
                "reason": attempt.reason,
                "detail": attempt.detail,
            }
        )

    app.router.add_get("/v2/bot/channel/webhook/endpoint", get, allow_head=False)
    app.router.add_put("/v2/bot/channel/webhook/endpoint", put)
    app.router.add_post("/v2/bot/channel/webhook/test", test)
