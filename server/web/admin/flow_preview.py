"""The preview chat beside a flow: a page of its own in a frame, led by the very same lines as customers are.

The conversation is carried along by the page; nothing is sent, and nothing is kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server import agents
from server.errors import Invalid
from server.faq.views import NOTHING, Match
from server.flows import queries, trying
from server.flows.steps import LANGUAGES
from server.flows.trying import Tried, Wish
from server.web.admin.assets import asset
from server.web.admin.frame import agent, database, number, typed
from server.web.doors import DOORS
from server.web.pages import language_of, render

CHANNELS = ("webchat", "line")
LINE_SHOWS = 13
"""Quick replies, and the characters of a label: https://developers.line.biz/en/reference/messaging-api/#quick-reply."""
LINE_LABEL = 20
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'self'"
)
LARGEST = 200_000


def routes(here: str) -> list[web.RouteDef]:
    """Both of them."""
    return [web.get(f"{here}/{{id}}/preview", show), web.post(f"{here}/{{id}}/preview", go_on)]


async def show(request: web.Request) -> web.Response:
    """From the beginning."""
    return await _page(request, Tried(), Wish(), request.query)


async def go_on(request: web.Request) -> web.Response:
    """After words, or a tap."""
    data = await typed(request)
    text = data.get("tried", "")
    if len(text) > LARGEST:
        raise Invalid("This conversation is too long to go on.")
    try:
        before = msgspec.json.decode(text, type=Tried) if text else Tried()
    except msgspec.MsgspecError:
        before = Tried()
    key, _, label = str(data.get("tap", "")).partition(":")
    said = str(data.get("text", "")).strip()[:2000]
    if not key and not said:
        before = Tried()
    return await _page(request, before, Wish("" if key else said, key, label), data)


async def _page(request: web.Request, before: Tried, wish: Wish, data: Any) -> web.Response:
    await agent(request, "lead")
    store, faq = database(request), request.app[DOORS].faq
    view = await store.read(queries.flow, number(request))
    channel = data.get("channel") if data.get("channel") in CHANNELS else "webchat"
    lang = data.get("lang") if data.get("lang") in LANGUAGES else language_of(request)
    shop, links = await store.read(queries.shop_of, view), request.app[DOORS].file_links
    found: dict[str, Match] = {}
    now: Tried | str = before
    for _ in range(3):
        now = await store.read(trying.step, view.content, channel, shop, lang, before, wish, found, links)
        if not isinstance(now, str):
            break
        found[now] = await faq.match(now, channel=channel, shop=shop, internal=False) if faq is not None else NOTHING
    response = render(
        request,
        "admin/flow_preview.html",
        {
            "view": view,
            "tried": now if isinstance(now, Tried) else before,
            "carried": msgspec.json.encode(now if isinstance(now, Tried) else before).decode(),
            "channel": channel,
            "lang": lang,
            "asset": asset,
            "teams": {team.id: team.name for team in await store.read(agents.teams)},
            "most": LINE_SHOWS,
            "longest": LINE_LABEL,
        },
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response
