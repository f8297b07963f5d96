"""What people's own phones fetch from LINE: faces, and the dialog of account linking."""

from __future__ import annotations

from html import escape

from aiohttp import web

from channels.line.simulator import pictures
from channels.line.simulator.linking import LinkingFailed
from channels.line.simulator.simulator import Simulator

_PAGE = (
    "<!doctype html><html lang=ja><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>LINE</title><body style='font:16px/1.7 sans-serif;text-align:center;padding:20vh 1rem'>"
    "<h1 style='font-size:1.25rem'>{}</h1><p>{}</p>"
)


def add(app: web.Application, simulator: Simulator) -> None:
    """Add the doors."""

    async def picture(request: web.Request) -> web.Response:
        name = request.match_info["id"]
        person = simulator.find_person(name)
        if person is None and name != simulator.account.user_id and simulator.chat(name) is None:
            raise web.HTTPNotFound
        data = person.picture if person is not None else pictures.face(name)
        if not data:
            raise web.HTTPNotFound
        return web.Response(body=data, content_type="image/png" if data[:4] == b"\x89PNG" else "image/jpeg")

    async def account_link(request: web.Request) -> web.Response:
        """`GET /dialog/bot/accountLink?linkToken=…&nonce=…`, opened by the person whom the token names.

        `as` puts the dialog into somebody else's hand.
        """
        token, nonce = request.query.get("linkToken", ""), request.query.get("nonce", "")
        try:
            person = simulator.find_person(request.query.get("as", "")) or simulator.links.owner(token)
            simulator.links.open(person, token, nonce)
        except LinkingFailed as failed:
            page = _PAGE.format("連携できませんでした", escape(str(failed)))
            return web.Response(text=page, content_type="text/html", status=400)
        page = _PAGE.format("連携の手続きが終わりました", f"{escape(person.name)} さん、トークに戻ってください。")
        return web.Response(text=page, content_type="text/html")

    async def sticker(request: web.Request) -> web.Response:
        """The shop's pictures of stickers and emoji, which LINE serves from a host of their own."""
        digits = "".join(filter(str.isdecimal, request.match_info["id"]))
        return web.Response(body=pictures.sticker(int(digits or 0)), content_type="image/png")

    app.router.add_get("/stickershop/v1/sticker/{id}/android/sticker.png", sticker)
    app.router.add_get("/sticonshop/v1/sticon/{product}/android/{id}.png", sticker)
    app.router.add_get("/pictures/{id}", picture)
    app.router.add_get("/dialog/bot/accountLink", account_link)
