"""The pages of what is decided for the whole desk: the shop, its mail texts with a preview, the names of states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from server import accounts
from server.accounts import desk_settings
from server.accounts.desk_settings import STATUS_LABELS, DeskSettings, Texts
from server.errors import DeskError
from server.web.admin.frame import agent, chosen, database, done, nested, page, tried, typed
from server.web.doors import DOORS

SAMPLE = {
    "ja": (
        "山田 花子",
        "届いた湯呑みについて",
        "先日注文した湯呑みが届きましたが、縁が少し欠けていました。\n交換をお願いできますでしょうか。",
    ),
    "en": (
        "Jane Doe",
        "About the cup I received",
        "My order arrived today, but the cup is chipped.\nCould you exchange it?",
    ),
}
"""A customer's name, subject and message, to show what an acknowledgement looks like."""


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/desk", show),
        web.post("/admin/desk", change),
        web.get("/admin/labels", labels),
        web.post("/admin/labels", rename),
    ]


async def show(request: web.Request) -> web.Response:
    """The shop's name, language, time zone, mail texts."""
    await agent(request)
    return await _show(request, await database(request).read(desk_settings.read))


async def change(request: web.Request) -> web.StreamResponse:
    """Save, or show what a customer would get."""
    admin, data = await agent(request), nested(await typed(request))
    before = await database(request).read(desk_settings.read)
    changes = _changes(data)
    drafted = msgspec.structs.replace(before, **changes)
    if data.get("do") == "preview":
        return await _show(request, drafted, previewed=True)
    if data.get("do") == "defaults":
        usual = {
            "acknowledgement": desk_settings.ACKNOWLEDGEMENT,
            "acknowledgement_brief": desk_settings.BRIEF,
        }
        return await _show(request, msgspec.structs.replace(drafted, **usual), previewed=True)
    saved, error = await tried(database(request).write(desk_settings.write, admin, changes))
    return await _show(request, drafted, error=error) if saved is None else done("/admin/desk", "saved")


async def labels(request: web.Request) -> web.Response:
    """What this desk calls the states of a ticket."""
    await agent(request)
    settings = await database(request).read(desk_settings.read)
    return await page(request, "labels.html", labels=settings.status_labels, defaults=STATUS_LABELS)


async def rename(request: web.Request) -> web.StreamResponse:
    """Other names; an empty one goes back to the usual word."""
    admin, data = await agent(request), nested(await typed(request))
    given = _part(data, "status_labels")
    wanted = {
        language: {status: _text(_part(given, language), status) or usual for status, usual in words.items()}
        for language, words in STATUS_LABELS.items()
    }
    saved, error = await tried(database(request).write(desk_settings.write, admin, {"status_labels": wanted}))
    if saved is None:
        return await page(request, "labels.html", error=error, labels=wanted, defaults=STATUS_LABELS)
    return done("/admin/labels", "saved")


# ------------------------------------------------------------------------------------------------------- parts


def _changes(data: Mapping[str, Any]) -> dict[str, Any]:
    texts = _part(data, "acknowledgement")
    return {
        "shop_name": _both(data, "shop_name"),
        "language": _text(data, "language"),
        "time_zone": _text(data, "time_zone"),
        "acknowledge": _text(data, "acknowledge") == "on",
        "repeat_words": _text(data, "repeat_words") == "on",
        "acknowledgement": {
            language: Texts(_text(_part(texts, language), "subject"), _text(_part(texts, language), "text"))
            for language in desk_settings.LANGUAGES
        },
        "acknowledgement_brief": _both(data, "acknowledgement_brief"),
        "send_account": chosen(_text(data, "send_account")),
        "footer": _both(data, "footer"),
    }


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def _text(data: Mapping[str, Any], name: str) -> str:
    text = data.get(name)
    return text.strip() if isinstance(text, str) else ""


def _both(data: Mapping[str, Any], name: str) -> dict[str, str]:
    return {language: _text(_part(data, name), language) for language in desk_settings.LANGUAGES}


async def _show(
    request: web.Request, settings: DeskSettings, *, error: DeskError | None = None, previewed: bool = False
) -> web.Response:
    previews, briefs, plain = (
        {
            language: desk_settings.acknowledgement(
                settings, language, number=1024, name=name, subject=subject, text=text, brief=brief, proved=proved
            )
            for language, (name, subject, text) in SAMPLE.items()
        }
        for brief, proved in ((False, True), (True, True), (False, False))
    )
    standing = await database(request).read(accounts.all, request.app[DOORS].keys)
    senders = [each for each in standing if each.can_send]
    return await page(
        request,
        "desk.html",
        error=error,
        settings=settings,
        previews=previews,
        briefs=briefs,
        plain=plain,
        previewed=previewed,
        send_choices=[(each.id, f"{each.name} ({each.address})") for each in senders],
        slots=desk_settings.SLOTS,
    )
