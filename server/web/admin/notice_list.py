"""The list of notices: what is planned, what was sent and what became of it, and the switch over all of them; and the
addresses that are not written to by themselves."""

from __future__ import annotations

from datetime import date
from typing import Any, cast, get_args

from aiohttp import web

from server.agents import may
from server.errors import DeskError, Invalid
from server.notices import actions, kinds, queries, settings, suppression
from server.notices.actions import Deed
from server.notices.queries import Wanted
from server.web.admin.frame import agent, chosen, database, done, ids, number, page, tried, typed

STATES = ("planned", "held", "sent", "opened", "bounced", "task", "skipped", "cancelled")
"""What the list can be narrowed to, in the order of the tabs."""
ASKED = ("kind", "number", "who", "begins", "ends")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/notices", index),
        web.post("/admin/notices/all", switch),
        web.post("/admin/notices/many", change_many),
        web.post("/admin/notices/{id:[0-9]+}", change),
        web.get("/admin/suppressions", suppressions),
        web.post("/admin/suppressions", suppress),
    ]


async def index(request: web.Request) -> web.Response:
    """Notices, newest first: of a state, a kind, an order, a customer, some days."""
    await agent(request, "agent")
    return await _index(request)


async def switch(request: web.Request) -> web.StreamResponse:
    """配送停止中: hold everything back, or let it go."""
    lead, data = await agent(request, "lead"), await typed(request)
    if data.get("do") == "release":
        _, error = await tried(database(request).write(settings.release_all, lead))
    else:
        _, error = await tried(database(request).write(settings.hold_all, lead, str(data.get("because", ""))[:500]))
    return await _index(request, error=error) if error else done("/admin/notices", "saved")


async def change(request: web.Request) -> web.StreamResponse:
    """Hold one back, let it go, never send it, try it again, or send it again."""
    person, data, id = await agent(request, "agent"), await typed(request), number(request)
    words = str(data.get("reason", ""))[:500]
    made, error = await tried(database(request).write(actions.many, person, [id], _deed(data), words))
    if made is not None and made.refused:
        return await _index(request, refused=made.refused, status=409)
    return await _index(request, error=error) if error else done("/admin/notices", "saved", **_asked(request))


async def change_many(request: web.Request) -> web.StreamResponse:
    """The same with all that are ticked; what could not be done is said."""
    person, data = await agent(request, "agent"), await typed(request)
    words = str(data.get("reason", ""))[:500]
    made, error = await tried(database(request).write(actions.many, person, ids(data, "ids")[:200], _deed(data), words))
    if error is not None or (made is not None and made.refused):
        return await _index(request, error=error, refused=made.refused if made is not None else {})
    return done("/admin/notices", "saved", **_asked(request))


async def suppressions(request: web.Request) -> web.Response:
    """The addresses, with why."""
    await agent(request, "lead")
    return await _suppressions(request)


async def suppress(request: web.Request) -> web.StreamResponse:
    """Write to an address no more, or again."""
    lead, data = await agent(request, "lead"), await typed(request)
    error: DeskError | None = None
    if (id := chosen(data.get("lift"))) is not None:
        _, error = await tried(database(request).write(suppression.lift, lead, id))
    elif not (address := str(data.get("address", "")).strip()):
        error = Invalid(fields={"address": "is missing"})
    else:
        purpose = "advertising" if data.get("purpose") == "advertising" else "all"
        words = str(data.get("words", "")).strip()[:500]
        _, error = await tried(
            database(request).write(suppression.put, lead, "email", address[:320], purpose=purpose, words=words)
        )
    return await _suppressions(request, error=error) if error else done("/admin/suppressions", "saved")


def _deed(data: Any) -> Deed:
    do = str(data.get("do", ""))
    if do not in get_args(Deed):
        raise Invalid(fields={"do": "is not one of the choices"})
    return cast(Deed, do)


def _asked(request: web.Request) -> dict[str, str]:
    """What the list was narrowed to, as it stands in the address."""
    return {name: found for name in ("state", *ASKED) if (found := request.query.get(name, "").strip()[:200])}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


async def _index(
    request: web.Request, *, error: DeskError | None = None, refused: dict[int, str] | None = None, status: int = 200
) -> web.Response:
    caller, asked, store = await agent(request, "agent"), _asked(request), database(request)
    wanted = Wanted(
        state=asked.get("state", "") if asked.get("state") in STATES else "",
        kind=asked.get("kind", ""),
        number=asked.get("number", ""),
        who=asked.get("who", ""),
        begins=_day(asked.get("begins", "")),
        ends=_day(asked.get("ends", "")),
    )
    after = request.query.get("after")
    found = await store.read(queries.page, wanted, after=after if after and after.isdecimal() else None)
    return await page(
        request,
        "notices.html",
        error=error,
        status=status,
        notices=found,
        kinds=await store.read(kinds.all),
        asked=asked,
        state=wanted.state,
        states=STATES,
        refused=refused or {},
        lead=may(caller, "lead"),
        on=(await store.read(settings.read)).on,
    )


async def _suppressions(request: web.Request, *, error: DeskError | None = None) -> web.Response:
    who = request.query.get("q", "").strip()[:200]
    return await page(
        request,
        "suppressions.html",
        error=error,
        suppressed=await database(request).read(suppression.newest, who),
        q=who,
    )
