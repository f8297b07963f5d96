"""What is sent besides words: how a network draws it, and the stickers that it lets us send."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from channels.contract import (
    Choice,
    DrawsRich,
    FetchesContent,
    HasStickers,
    OffersChoices,
    Rich,
    TooLarge,
    TryLater,
    Undeliverable,
    in_words,
)
from server import accounts
from server.errors import Invalid, NotFound
from server.tickets import quoting
from server.web.api.files import SANDBOX
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()

Choices = Annotated[list[Choice], Meta(max_length=13)]
PATIENCE = 5.0
"""In seconds: a picture that takes longer is not shown."""


class Besides(Form, frozen=True, kw_only=True):
    """What is to go along with an answer."""

    rich: Rich | None = None
    choices: Choices = []


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """`messages` in the network's own format, None where it draws nothing: then `words` are added to the answer, and
    `choices` are shown to be tapped."""

    messages: list[dict[str, Any]] | None
    words: str
    choices: list[Choice] = []


class StickerPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package of stickers; those between `first` and `last` may be sent."""

    package: str
    first: int
    last: int


@api.post(
    "/accounts/{account}/previews",
    "How something besides words will look",
    scope="read",
    status=200,
    idempotent=False,
    conflicts=False,
)
async def preview(call: Call, account: Number, form: Besides) -> Drawn:
    """Sends nothing. 422 with the network's words for what it would not take."""
    known = await call.read(accounts.contract, call.doors.keys, account)
    channel = call.doors.channels.get(known.kind)
    words = in_words(form.rich, form.choices)
    if not isinstance(channel, DrawsRich):
        tapped = isinstance(channel, OffersChoices)
        fitted = quoting.fitted("", form.rich, form.choices, drawn=False, tapped=tapped)
        return Drawn(messages=None, words=fitted.text, choices=list(fitted.choices))
    try:
        return Drawn(messages=[dict(one) for one in channel.draw(form.rich, form.choices)], words=words)
    except Undeliverable as error:
        raise Invalid(error.words, fields={"rich" if form.rich else "choices": error.words}) from error


@api.get("/accounts/{account}/stickers", "The stickers that can be sent")
async def stickers(call: Call, account: Number) -> list[StickerPackage]:
    """By package; none where the network has no stickers."""
    known = await call.read(accounts.contract, call.doors.keys, account)
    channel = call.doors.channels.get(known.kind)
    if not isinstance(channel, HasStickers):
        return []
    return [
        StickerPackage(package=name, first=ids.start, last=ids.stop - 1) for name, ids in channel.stickers().items()
    ]


@api.get("/accounts/{account}/stickers/{sticker}/picture", "A sticker's picture", media=("image/png",))
async def sticker_picture(call: Call, account: Number, sticker: Number) -> web.StreamResponse:
    """As its network shows it; 404 when the network does not give it now."""
    known = await call.read(accounts.contract, call.doors.keys, account)
    channel, desk = call.doors.channels.get(known.kind), call.doors.desk
    if not isinstance(channel, HasStickers) or not isinstance(channel, FetchesContent) or desk is None:
        raise NotFound("There is no picture.")
    if not any(sticker in ids for ids in channel.stickers().values()):
        raise NotFound("There is no picture.")
    async with desk.spool() as spool:
        try:
            async with asyncio.timeout(PATIENCE):
                await channel.fetch(known, f"sticker:{sticker}", spool)
        except (TryLater, Undeliverable, TooLarge, TimeoutError) as error:
            raise NotFound("There is no picture.") from error
        data = (await spool.raw()).bytes()
    headers = {"Content-Security-Policy": SANDBOX, "Cache-Control": "private, max-age=2592000"}
    return web.Response(body=data, content_type="image/png", headers=headers)
