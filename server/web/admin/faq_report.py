"""The page of the FAQ's weekly report: what it says now, who gets it when, and a button that sends it at once."""

from __future__ import annotations

import msgspec
from aiohttp import web
from markupsafe import Markup

from server import accounts
from server.accounts import desk_settings
from server.errors import DeskError, Invalid
from server.lessons import letters, reporting, weekly
from server.lessons.views import ReportChange
from server.web.admin.frame import agent, chosen, database, done, page, tried, typed
from server.web.doors import DOORS
from server.web.pages import language_of

ADDRESS = "/admin/faq-report"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get(ADDRESS, show),
        web.post(ADDRESS, decide),
        web.post(f"{ADDRESS}/letter", send),
    ]


async def show(request: web.Request) -> web.Response:
    """What it would say now."""
    await agent(request, "lead")
    return await _show(request)


async def decide(request: web.Request) -> web.StreamResponse:
    """Choose the day and the hour, and whether one gets it."""
    lead, data = await agent(request, "lead"), await typed(request)
    day = chosen(data.get("weekday"))
    told = {"mine": data.get("mine") == "on", "at": str(data.get("at", ""))[:5]}
    try:
        change = msgspec.convert({**told, **({"weekday": day} if day is not None else {})}, ReportChange)
    except msgspec.ValidationError:
        return await _show(request, error=Invalid(fields={"at": "is not a time like 09:00"}))
    kept, error = await tried(database(request).write(reporting.write, lead, change))
    return await _show(request, error=error) if kept is None else done(ADDRESS, "saved")


async def send(request: web.Request) -> web.StreamResponse:
    """Have it now, whether one gets it each week or not."""
    lead, doors = await agent(request, "lead"), request.app[DOORS]
    _, error = await tried(database(request).write(weekly.send_now, lead, doors.public_url))
    return await _show(request, error=error) if error is not None else done(ADDRESS, "report-sent")


async def _show(request: web.Request, *, error: DeskError | None = None) -> web.Response:
    lead, store, language = await agent(request, "lead"), database(request), language_of(request)
    found = await store.read(weekly.report)
    shop = (await store.read(desk_settings.read)).shop(language)
    words = weekly.words(found, language, shop, request.app[DOORS].public_url)
    return await page(
        request,
        "faq_report.html",
        error=error,
        settings=await store.read(reporting.read, lead),
        days=list(enumerate(DAYS)),
        empty=weekly.nothing(found),
        subject=words.subject,
        preview=Markup(letters.html(words)),
        to=lead.email,
        sends=await store.read(accounts.sender_for, "email") is not None,
    )
