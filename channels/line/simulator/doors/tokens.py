"""The token endpoints. https://developers.line.biz/en/reference/messaging-api/#channel-access-token"""

from __future__ import annotations

from aiohttp import web

from channels.line.simulator.doors.bodies import form_of
from channels.line.simulator.refusals import OAuthRefusal
from channels.line.simulator.simulator import Simulator


def add(app: web.Application, simulator: Simulator) -> None:
    """Add the doors."""
    tokens = simulator.tokens

    async def short_lived(request: web.Request) -> web.Response:
        return web.json_response(tokens.short_lived(await form_of(request)))

    async def by_assertion(request: web.Request) -> web.Response:
        return web.json_response(tokens.by_assertion(await form_of(request)))

    async def stateless(request: web.Request) -> web.Response:
        return web.json_response(tokens.stateless(await form_of(request)))

    async def key_ids(request: web.Request) -> web.Response:
        return web.json_response(tokens.key_ids(request.query))

    async def verify(request: web.Request) -> web.Response:
        form = await form_of(request)
        return web.json_response(tokens.verify(form.get("access_token", ""), ("long-lived", "short-lived")))

    async def verify_by_jwt(request: web.Request) -> web.Response:
        value = request.query.get("access_token", "")
        return web.json_response(tokens.verify(value, ("v2.1", "stateless")))

    async def revoke(request: web.Request) -> web.Response:
        form = await form_of(request)
        if not form.get("access_token"):
            raise OAuthRefusal("invalid_request", "some parameters missed or invalid")
        tokens.revoke(form["access_token"], ("long-lived", "short-lived"))
        return web.Response()

    async def revoke_by_secret(request: web.Request) -> web.Response:
        tokens.revoke_by_secret(await form_of(request))
        return web.Response()

    app.router.add_post("/v2/oauth/accessToken", short_lived)
    app.router.add_post("/v2/oauth/verify", verify)
    app.router.add_post("/v2/oauth/revoke", revoke)
    app.router.add_post("/oauth2/v2.1/token", by_assertion)
    app.router.add_get("/oauth2/v2.1/verify", verify_by_jwt, allow_head=False)
    app.router.add_post("/oauth2/v2.1/revoke", revoke_by_secret)
    app.router.add_get("/oauth2/v2.1/tokens/kid", key_ids, allow_head=False)
    app.router.add_post("/oauth2/v3/token", stateless)
