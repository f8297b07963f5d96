"""The page of opening hours: of the desk, and of teams that have their own, with what follows for the next days."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web

from server.accounts import desk_settings
from server.agents import queries as people
from server.answers import settings
from server.answers.opening import SPANS, Hours, Openings, Special, minutes, opening
from server.answers.settings import SettingsChange
from server.database import Transaction
from server.errors import DeskError, Invalid
from server.notices.clock import holiday
from server.web.admin.frame import agent, chosen, database, done, page, tried, typed

SHOWN = 14
"""Days ahead on the page."""
USUAL = ["10:00-18:00"] * 5 + ["", ""]
_SPECIAL = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?((?:\s*,?\s*[\d:]+-[\d:]+)*)\s*(.*)")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [web.get("/admin/opening-hours", show), web.post("/admin/opening-hours", save)]


async def show(request: web.Request) -> web.Response:
    """The desk's hours, or a team's (`team`)."""
    await agent(request)
    return await _show(request)


async def save(request: web.Request) -> web.StreamResponse:
    """Decide them; a team without its own hours has the desk's."""
    admin, data = await agent(request), await typed(request)
    store, team = database(request), chosen(request.query.get("team"))
    before = (await store.read(settings.read)).opening
    try:
        hours = _typed_hours(data)
    except Invalid as error:
        return await _show(request, error=error, typed_in=data)
    teams = {name: one for name, one in before.teams.items() if name != str(team)}
    if team is None:
        wanted = Openings(desk=hours, teams=teams)
    else:
        wanted = Openings(desk=before.desk, teams={**teams, str(team): hours} if data.get("own") == "on" else teams)
    _, refused = await tried(store.write(settings.write, admin, SettingsChange(opening=wanted)))
    if refused is not None:
        return await _show(request, error=_beside(refused), typed_in=data)
    return done("/admin/opening-hours", "saved", **({"team": team} if team is not None else {}))


def _typed_hours(data: Any) -> Hours:
    """The form's hours. Raises `Invalid`."""
    if data.get("always") == "on":
        return Hours()
    problems: dict[str, str] = {}
    weekly = [" ".join(str(data.get(f"day{number}", "")).split()) for number in range(7)]
    for number, spans in enumerate(weekly):
        try:
            minutes(spans)
        except ValueError:
            problems[f"day{number}"] = SPANS
    special = []
    for line in str(data.get("special", "")).splitlines():
        if line.strip():
            one = _special(line.strip())
            if one is None:
                problems["special"] = "has a line that is no day with its hours"
            else:
                special.append(one)
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return Hours(weekly=weekly, holidays=str(data.get("holidays", "")).strip().upper()[:60], special=special)


def _special(line: str) -> Special | None:
    found = _SPECIAL.fullmatch(line)
    if found is None:
        return None
    try:
        begins, ends = date.fromisoformat(found[1]), date.fromisoformat(found[2]) if found[2] else None
        minutes(found[3])
    except ValueError:
        return None
    if ends is not None and ends < begins:
        return None
    return Special(day=begins, until=ends, hours=found[3].strip(), name=found[4].strip()[:60])


def _line(one: Special) -> str:
    days = f"{one.day}..{one.until}" if one.until else str(one.day)
    return " ".join(filter(None, (days, one.hours, one.name)))


def _beside(error: DeskError) -> DeskError:
    """A problem stands beside its field of this page."""
    if not isinstance(error, Invalid):
        return error
    fields = {
        re.sub(r"^opening\..*\.(?:weekly\.(\d)|(holidays))$", _place, name): words
        for name, words in error.fields.items()
    }
    return Invalid("Some fields need another look.", fields=fields)


def _place(found: re.Match[str]) -> str:
    return f"day{found[1]}" if found[1] else found[2]


async def _show(request: web.Request, *, error: DeskError | None = None, typed_in: Any = None) -> web.Response:
    store, team = database(request), chosen(request.query.get("team"))

    def look(tx: Transaction) -> tuple[settings.AnswerSettings, desk_settings.DeskSettings, list[Any]]:
        return settings.read(tx), desk_settings.read(tx), list(people.teams(tx))

    decided, desk, teams = await store.read(look)
    own = team is None or str(team) in decided.opening.teams
    hours = decided.opening.of(team)
    now = datetime.now(desk.zone)
    shown = {
        "always": hours.always,
        **{f"day{place}": spans for place, spans in enumerate(USUAL if hours.always else hours.weekly)},
        "holidays": hours.holidays or ("JP" if hours.always and desk.language == "ja" else ""),
        "special": "\n".join(map(_line, hours.special)),
    }
    if typed_in is not None:
        shown |= {name: typed_in.get(name, "") for name in shown}
        shown["always"] = typed_in.get("always") == "on"
    return await page(
        request,
        "opening_hours.html",
        error=error,
        teams=teams,
        team=team,
        own=own if typed_in is None else typed_in.get("own") == "on",
        shown=shown,
        standing=opening(hours, now, desk.zone),
        ahead=[_day(hours, now.astimezone(desk.zone).date() + timedelta(days=number)) for number in range(SHOWN)],
    )


def _day(hours: Hours, day: date) -> dict[str, Any]:
    spans = [(f"{a // 60}:{a % 60:02}", f"{b // 60}:{b % 60:02}") for a, b in hours.spans(day)]
    special = next((one.name for one in hours.special if one.day <= day <= (one.until or one.day)), "")
    name = special or (holiday(hours.holidays, day) if hours.holidays else "")
    return {"day": day, "weekday": day.weekday(), "spans": spans, "name": name}
