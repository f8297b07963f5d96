"""The pages of the kinds of notices, what holds for all of them, and their words."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server.agents import may
from server.errors import DeskError
from server.notices import kinds, settings, templates, trying, wording
from server.notices.clock import Calendar, Quiet
from server.notices.kinds import Kind, Wait
from server.notices.settings import NoticeSettings
from server.notices.templates import TemplateDraft
from server.web.admin.frame import agent, chosen, database, done, page, tried, typed

MOST_TEXT = 20_000


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/notice-kinds", all_kinds),
        web.post("/admin/notice-kinds", decide),
        web.get("/admin/notice-kinds/{kind}", one_kind),
        web.post("/admin/notice-kinds/{kind}", save_kind),
        web.post("/admin/notice-kinds/{kind}/words", save_words),
    ]


async def all_kinds(request: web.Request) -> web.Response:
    """The kinds, and what holds for all of them."""
    await agent(request, "lead")
    return await _kinds(request)


async def decide(request: web.Request) -> web.StreamResponse:
    """What holds for all notices."""
    admin, data = await agent(request), await typed(request)
    wanted = NoticeSettings(
        on=data.get("on") == "on",
        quiet=Quiet(begins=str(data.get("begins", "")).strip(), ends=str(data.get("ends", "")).strip()),
        calendar=Calendar(
            country=str(data.get("country", "")).strip().upper()[:2],
            weekly=[day for day in range(7) if str(day) in data.getall("weekly", [])],
            off=str(data.get("off", "")).split(),
            on=str(data.get("working", "")).split(),
        ),
        clicks=data.get("clicks") == "on",
        advertising_most=chosen(data.get("most")) or 0,
        advertising_days=chosen(data.get("days")) or 0,
        legal={language: str(data.get(f"legal.{language}", "")).strip() for language in templates.LANGUAGES},
    )
    _, error = await tried(database(request).write(settings.write, admin, wanted))
    return await _kinds(request, wanted=wanted, error=error) if error else done("/admin/notice-kinds", "saved")


async def one_kind(request: web.Request) -> web.Response:
    """A kind: when it leaves, and its words with a preview."""
    await agent(request, "lead")
    return await _kind(request)


async def save_kind(request: web.Request) -> web.StreamResponse:
    """Decide a kind, or let one of ours be as it ships."""
    admin, data = await agent(request), await typed(request)
    name = request.match_info["kind"]
    if data.get("do") == "remove":
        _, error = await tried(database(request).write(kinds.remove, admin, name))
        return await _kind(request, error=error) if error else done("/admin/notice-kinds", "saved")
    before = await database(request).read(kinds.one, name)
    numbers = {part: _whole(data.get(part)) for part in ("minutes", "days", "business_days")}
    wanted = msgspec.structs.replace(
        before,
        label={language: str(data.get(f"label.{language}", "")).strip() for language in templates.LANGUAGES},
        wait=Wait(at=str(data.get("at", "")).strip(), **numbers),
        ways=[each for each in ("line", "email") if each in data.getall("ways", [])],
        hours=_whole(data.get("hours")),
        quiet=data.get("quiet") == "on",
        together=data.get("together") == "on",
        enabled=data.get("enabled") == "on",
    )
    _, error = await tried(database(request).write(kinds.save, admin, wanted))
    if error:
        return await _kind(request, kind=wanted, error=error)
    return done(f"/admin/notice-kinds/{name}", "saved")


async def save_words(request: web.Request) -> web.StreamResponse:
    """Write the words, look at what they would make, go back to earlier ones, or mail them to oneself."""
    admin, data = await agent(request), await typed(request)
    name, (channel, language) = request.match_info["kind"], _place(request)
    draft = TemplateDraft(subject=str(data.get("subject", ""))[:500], text=str(data.get("text", ""))[:MOST_TEXT])
    store = database(request)
    error: DeskError | None = None
    match data.get("do"):
        case "look":
            return await _kind(request, draft=draft)
        case "test":
            to = str(data.get("to", "")) or admin.email
            _, error = await tried(store.write(trying.send_test, admin, name, channel, language, to, draft))
        case "back":
            version = _whole(data.get("version"))
            _, error = await tried(store.write(templates.roll_back, admin, name, channel, language, version))
        case _:
            seen = _whole(data.get("seen"))
            _, error = await tried(store.write(templates.save, admin, name, channel, language, draft, seen=seen))
    if error:
        return await _kind(request, draft=draft, error=error)
    return done(f"/admin/notice-kinds/{name}", "saved", channel=channel, language=language)


async def _kinds(
    request: web.Request, *, wanted: NoticeSettings | None = None, error: DeskError | None = None
) -> web.Response:
    caller, store = await agent(request, "lead"), database(request)
    return await page(
        request,
        "notice_kinds.html",
        error=error,
        kinds=await store.read(kinds.all),
        parts=wording.PARTS,
        decided=wanted or await store.read(settings.read),
        admin=may(caller, "admin"),
    )


async def _kind(
    request: web.Request,
    *,
    kind: Kind | None = None,
    draft: TemplateDraft | None = None,
    error: DeskError | None = None,
) -> web.Response:
    caller, store = await agent(request, "lead"), database(request)
    name, (channel, language) = request.match_info["kind"], _place(request)
    if kind is None and name not in wording.PARTS:
        kind = await store.read(kinds.one, name)
    versions = await store.read(templates.versions, name, channel, language)
    shown = draft or TemplateDraft(subject=versions[0].subject, text=versions[0].text)
    made: Any = None
    if shown.text.strip():
        made, wrong = await tried(store.read(trying.preview, name, channel, language, shown))
        error = error or wrong
    return await page(
        request,
        "notice_kind.html",
        error=error,
        kind=kind,
        name=name,
        channel=channel,
        words_in=language,
        versions=versions,
        draft=shown,
        made=made,
        channels=wording.CHANNELS,
        languages=templates.LANGUAGES,
        admin=may(caller, "admin"),
    )


def _place(request: web.Request) -> tuple[str, str]:
    channel, language = request.query.get("channel", "email"), request.query.get("language", "ja")
    return (
        channel if channel in wording.CHANNELS else "email",
        language if language in templates.LANGUAGES else "ja",
    )


def _whole(given: Any) -> int:
    text = str(given or "0").strip()
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 8 else 0
