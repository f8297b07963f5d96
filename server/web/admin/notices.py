"""The pages of the kinds of notices: what sets each off, when it leaves and to whom; and what holds for all of them."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server.agents import may
from server.errors import DeskError, Invalid
from server.notices import kinds, rehearsal, settings, templates, wording
from server.notices.clock import Calendar, Quiet
from server.notices.kinds import Kind, KindCondition, Wait
from server.notices.rehearsal import RehearsalView
from server.notices.settings import NoticeSettings
from server.web.admin import notice_words
from server.web.admin.frame import agent, chosen, database, done, page, tried, typed

SPARE = 3
"""Empty lines for further conditions."""
TAKEN = ("new", "values")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/notice-kinds", all_kinds),
        web.post("/admin/notice-kinds", decide),
        web.post("/admin/notice-kinds/new", add),
        web.get("/admin/notice-kinds/values", notice_words.all_values),
        web.get("/admin/notice-kinds/{kind}", one_kind),
        web.post("/admin/notice-kinds/{kind}", save_kind),
        web.get("/admin/notice-kinds/{kind}/letter", notice_words.letter),
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
        legal=_by_language(data, "legal"),
        seller=_by_language(data, "seller"),
        color=str(data.get("color", "")).strip().lower() or settings.COLOR,
    )
    _, error = await tried(database(request).write(settings.write, admin, wanted))
    return await _kinds(request, wanted=wanted, error=error) if error else done("/admin/notice-kinds", "saved")


async def add(request: web.Request) -> web.StreamResponse:
    """A kind of the desk's own, switched off until its words are written."""
    admin, data = await agent(request), await typed(request)
    name = str(data.get("name", "")).strip().lower()
    try:
        if name in TAKEN or name in wording.PARTS or name in {kind.name for kind in await _all(request)}:
            raise Invalid(fields={"name": "is taken"})
        kind = _of(data, Kind(name=name, label={}, trigger="ordered", enabled=False))
        await database(request).write(kinds.save, admin, kind)
    except Invalid as error:
        return await _kinds(request, added=dict(data), error=error)
    return done(f"/admin/notice-kinds/{name}", "added")


async def one_kind(request: web.Request) -> web.Response:
    """A kind: when it leaves and to whom, and its words with a preview."""
    await agent(request, "lead")
    return await shown(request)


async def save_kind(request: web.Request) -> web.StreamResponse:
    """Decide a kind, try what it would have done, or let one of ours be as it ships."""
    caller, data = await agent(request, "lead"), await typed(request)
    name = request.match_info["kind"]
    store = database(request)
    if data.get("do") == "remove":
        _, error = await tried(store.write(kinds.remove, caller, name))
        return await shown(request, error=error) if error else done("/admin/notice-kinds", "saved")
    before = await store.read(kinds.one, name)
    try:
        wanted = _of(data, before)
    except Invalid as wrong:
        return await shown(request, kind=before, error=wrong)
    if data.get("do") == "try":
        found, error = await tried(store.read(rehearsal.rehearse, wanted))
        return await shown(request, kind=wanted, rehearsed=found, error=error)
    _, error = await tried(store.write(kinds.save, caller, wanted))
    if error:
        return await shown(request, kind=wanted, error=error)
    return done(f"/admin/notice-kinds/{name}", "saved")


async def save_words(request: web.Request) -> web.StreamResponse:
    """The words of a kind, or of a piece of templates."""
    written = await notice_words.write(request)
    if written.answer is not None:
        return written.answer
    return await shown(request, error=written.error, draft=written.draft, about=written.about)


def _of(data: Any, before: Kind) -> Kind:
    """A kind as it was typed; what the form does not ask for stays. Raises `Invalid` for what is no choice."""
    numbers = {part: _whole(data.get(part)) for part in ("minutes", "days", "business_days") if part in data}
    changed: dict[str, Any] = {"label": _by_language(data, "label")}
    for name in ("trigger", "purpose", "interaction", "attribute"):
        if name in data:
            changed[name] = str(data.get(name, "")).strip()
    if "at" in data:
        changed["wait"] = Wait(at=str(data.get("at", "")).strip(), **numbers)
        changed |= {name: data.get(name) == "on" for name in ("quiet", "together", "enabled", "yearly")}
        changed["ways"] = [each for each in _ways(data.get("ways_order", "")) if each in data.getall("ways", [])]
        changed["hours"] = _whole(data.get("hours"))
        changed["conditions"] = _conditions(data)
    try:
        wanted: Kind = msgspec.convert(msgspec.to_builtins(before) | msgspec.to_builtins(changed), Kind)
    except msgspec.ValidationError as error:
        place = str(error).partition("`$.")[2].rstrip("`") or "trigger"
        raise Invalid(fields={place: "is not one of the choices"}) from error
    return wanted


def _ways(order: str) -> tuple[str, str]:
    return ("email", "line") if order == "email" else ("line", "email")


def _conditions(data: Any) -> list[KindCondition]:
    """The lines in which something is chosen."""
    found = []
    for place in range(60):
        test = str(data.get(f"test.{place}", ""))
        if test:
            value = str(data.get(f"value.{place}", "")).strip()
            found.append({"test": test, "value": value, "no": data.get(f"no.{place}") == "not"})
    return found  # type: ignore[return-value]  # converted with the whole


def _by_language(data: Any, name: str) -> dict[str, str]:
    return {language: str(data.get(f"{name}.{language}", "")).strip() for language in templates.LANGUAGES}


async def _all(request: web.Request) -> list[Kind]:
    return await database(request).read(kinds.all)


async def _kinds(
    request: web.Request,
    *,
    wanted: NoticeSettings | None = None,
    added: dict[str, Any] | None = None,
    error: DeskError | None = None,
) -> web.Response:
    caller, store = await agent(request, "lead"), database(request)
    return await page(
        request,
        "notice_kinds.html",
        error=error,
        kinds=await store.read(kinds.all),
        parts=wording.PARTS,
        decided=wanted or await store.read(settings.read),
        added=added,
        admin=may(caller, "admin"),
    )


async def shown(
    request: web.Request,
    *,
    kind: Kind | None = None,
    rehearsed: RehearsalView | None = None,
    error: DeskError | None = None,
    **words: Any,
) -> web.Response:
    """A kind with its words; of a piece of templates the words alone. `words` are those of `notice_words.context`."""
    caller, store = await agent(request, "lead"), database(request)
    name = request.match_info["kind"]
    typed_kind = kind is not None
    if kind is None and name not in wording.PARTS:
        kind = await store.read(kinds.one, name)
    return await page(
        request,
        "notice_kind.html",
        error=error,
        kind=kind,
        name=name,
        open=typed_kind,
        ours=name in kinds.OURS,
        spare=SPARE,
        rehearsed=rehearsed,
        choices=await store.read(rehearsal.choices),
        admin=may(caller, "admin"),
        **await notice_words.context(request, **words),
    )


def _whole(given: Any) -> int:
    text = str(given or "0").strip()
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 8 else 0
