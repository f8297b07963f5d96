"""The demo's pages: where to click, a shop with its forms, and the letters that would have gone out."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from server import agents
from server.accounts import desk_settings
from server.agents import DESK, AgentView, sessions
from server.database import Transaction
from server.errors import Forbidden, Invalid, NotFound
from server.web.admin import wording
from server.web.admin.assets import asset
from server.web.callers import same_site
from server.web.demo import orders
from server.web.demo.goods import GOODS
from server.web.demo.letter_box import Caught, LetterBox, post
from server.web.doors import DOORS
from server.web.pages import language_of, render

RANKS = ("admin", "lead", "agent", "viewer")
HTML_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
"""For a letter's HTML in its frame: looks, and nothing else."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo's pages show: the box, where the desk listens for mail, its address, form, chat."""

    box: LetterBox
    smtp: tuple[str, int]
    address: str = "support@demo.shop"
    form: str = "contact"
    chat: str = "shop"
    line: str = ""
    """Where the phones with LINE are; empty where there are none."""
    buyers: tuple[orders.Buyer, ...] = ()


DEMO = web.AppKey("demo", Demo)


def setup(app: web.Application, demo: Demo) -> None:
    """Add the routes under `/demo`. Raises `Forbidden` on a desk that is not a demo."""
    if not app[DOORS].demo:
        raise Forbidden("These doors are for a demo only.")
    app[DEMO] = demo
    app.add_routes(
        [
            web.get("/demo", index),
            web.post("/demo/enter/{id}", enter),
            web.get("/demo/shop", shop),
            web.get("/demo/orders", all_orders),
            web.post("/demo/orders", buy),
            web.post("/demo/orders/{id}", move),
            web.get("/demo/letters", letters),
            web.get("/demo/letters/{id}", letter),
            web.post("/demo/letters/{id}", answer),
            web.get("/demo/letters/{id}/html", html),
            web.get("/demo/letters/{id}/raw", raw),
        ]
    )


async def index(request: web.Request) -> web.Response:
    """Where to click."""
    people = await request.app[DOORS].database.read(_people)
    return await _page(request, "index.html", people=people, letters=len(request.app[DEMO].box.newest()))


async def enter(request: web.Request) -> web.StreamResponse:
    """Sign in as one of the demo's agents."""
    same_site(request)
    id = _number(request)
    link = await request.app[DOORS].database.write(sessions.make_link, DESK, id)
    who = await request.app[DOORS].database.read(agents.view, id)
    onward = "/admin" if (await request.post()).get("to") == "admin" and who.role in ("admin", "lead") else "/console"
    raise web.HTTPSeeOther(f"/sign-in/link/{link}?next={onward}")


async def shop(request: web.Request) -> web.Response:
    """The shop with both kinds of form."""
    return await _page(request, "shop.html", goods=GOODS)


async def all_orders(request: web.Request) -> web.Response:
    """What was bought here, what can happen with it next, and what its customer was told."""
    return await _orders(request)


async def buy(request: web.Request) -> web.StreamResponse:
    """Somebody buys something."""
    same_site(request)
    data, demo = await request.post(), request.app[DEMO]
    who, ware = (str(data.get(name, "")) for name in ("who", "ware"))
    buyer = demo.buyers[int(who)] if who.isdecimal() and int(who) < len(demo.buyers) else None
    name, email = (str(data.get(field, "")).strip()[:200] for field in ("name", "email"))
    try:
        await request.app[DOORS].database.write(
            orders.buy, int(ware) if ware.isdecimal() and len(ware) < 4 else -1, name, email, buyer
        )
    except Invalid as error:
        return await _orders(request, problem=str(error) or "; ".join(error.fields.values()))
    raise web.HTTPSeeOther("/demo/orders")


async def move(request: web.Request) -> web.StreamResponse:
    """The next thing happens with it."""
    same_site(request)
    deed = str((await request.post()).get("do", ""))
    await request.app[DOORS].database.write(orders.move, _number(request), deed)
    raise web.HTTPSeeOther("/demo/orders")


async def letters(request: web.Request) -> web.Response:
    """What went out, newest first."""
    return await _page(request, "letters.html", letters=request.app[DEMO].box.newest())


async def letter(request: web.Request) -> web.Response:
    """One letter, and a box to answer as the customer."""
    sent = request.query.get("sent") == "1"
    return await _page(request, "letter.html", letter=_letter(request), sent=sent, trouble="")


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer as the customer: a real mail, by SMTP, to the desk's own listener."""
    same_site(request)
    found, text = _letter(request), str((await request.post()).get("text", "")).strip()
    host, port = request.app[DEMO].smtp
    try:
        if text:
            await post(found.answer(text), host, port)
    except (OSError, smtplib.SMTPException) as error:
        return await _page(request, "letter.html", status=503, letter=found, sent=False, trouble=str(error))
    raise web.HTTPSeeOther(f"/demo/letters/{found.id}{'?sent=1' if text else ''}")


async def html(request: web.Request) -> web.Response:
    """A letter's HTML, for its frame."""
    return web.Response(
        text=_letter(request).html, content_type="text/html", headers={"Content-Security-Policy": HTML_POLICY}
    )


async def raw(request: web.Request) -> web.Response:
    """The letter exactly as it left."""
    found = _letter(request)
    headers = {"Content-Disposition": f'attachment; filename="letter-{found.id}.eml"'}
    return web.Response(body=found.raw, content_type="message/rfc822", headers=headers)


# ------------------------------------------------------------------------------------------------------- parts


def _people(tx: Transaction) -> list[AgentView]:
    """Who can be signed in as: the mighty first."""
    return sorted(agents.all_agents(tx, active_only=True), key=lambda each: RANKS.index(each.role))


async def _page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    doors, demo, language = request.app[DOORS], request.app[DEMO], language_of(request)
    settings = await doors.database.read(desk_settings.read)
    return render(
        request,
        f"demo/{template}",
        {
            "language": language,
            "other": "en" if language == "ja" else "ja",
            "shop": settings.shop(language),
            "when": partial(wording.when, language=language, zone=settings.zone),
            "ago": partial(wording.ago, language=language, zone=settings.zone),
            "asset": asset,
            "address": demo.address,
            "form": demo.form,
            "chat": demo.chat if "webchat" in doors.channels else "",
            "smtp": demo.smtp,
            "line": demo.line,
            "public_url": doors.public_url,
            **context,
        },
        status=status,
    )


async def _orders(request: web.Request, problem: str = "") -> web.Response:
    bought = await request.app[DOORS].database.read(orders.newest)
    ware = request.query.get("ware", "")
    return await _page(
        request,
        "orders.html",
        status=422 if problem else 200,
        bought=bought,
        goods=GOODS,
        buyers=request.app[DEMO].buyers,
        chosen=int(ware) if ware.isdecimal() and len(ware) < 4 else 0,
        problem=problem,
    )


def _letter(request: web.Request) -> Caught:
    found = request.app[DEMO].box.find(_number(request))
    if found is None:
        raise NotFound("There is no such letter.")
    return found


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound("There is nothing here.")
    return int(text)
