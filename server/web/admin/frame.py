"""In charge of what every admin page has in common: who may see it, its frame, its forms and how failures are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from channels.wording import say
from server import webhooks
from server.accounts import desk_settings
from server.agents import AgentView, Role, may
from server.customers import sources
from server.customers.rights import requests
from server.database import Database, Transaction
from server.errors import Conflict, DeskError, Invalid, NotFound, Unavailable
from server.faq import queries as articles
from server.lessons import phrasings
from server.notices import settings as notices
from server.web import wrong
from server.web.admin import navigation, wording
from server.web.admin.assets import asset
from server.web.callers import remote_of
from server.web.doors import DOORS
from server.web.pages import language_of, render, signed_in

R = TypeVar("R")
Data = Mapping[str, Any]


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What the frame around a page shows of the desk."""

    settings: desk_settings.DeskSettings
    counts: dict[str, int]
    held: tuple[str, str]


def frame(tx: Transaction) -> Frame:
    """The desk's settings, how much waits for an admin, and whether all notices are held back."""
    counts = {
        "arrivals": tx.value("SELECT count(*) FROM arrival WHERE state = 'quarantined'"),
        "letters": tx.value("SELECT count(*) FROM letter WHERE state = 'failed'"),
        "bulk-letters": tx.value("SELECT count(*) FROM bulk_letter WHERE state = 'asked'"),
        "rights": requests.pressing(tx),
        "faq": articles.to_look_at(tx),
        "faq-lessons": phrasings.count(tx),
        "webhooks": webhooks.ailing(tx),
        "sources": sources.waiting(tx),
    }
    return Frame(settings=desk_settings.read(tx), counts=counts, held=notices.held(tx))


def database(request: web.Request) -> Database:
    """The desk's database."""
    return request.app[DOORS].database


async def agent(request: web.Request, role: Role = "admin") -> AgentView:
    """Who opened the page; whoever is not signed in is led to the sign-in page. Raises `Forbidden`."""
    return (await signed_in(request, role)).agent


def saw(request: web.Request, viewer: AgentView, customer: int) -> None:
    """A page shows a customer: that stands in the audit log, a moment later."""
    if (looks := request.app[DOORS].looks) is not None:
        looks.saw(viewer.id, "customer", customer, remote_of(request), "browser")


async def page(
    request: web.Request, template: str, *, error: DeskError | None = None, status: int = 200, **context: Any
) -> web.Response:
    """A page in its frame. With an `error` it says what is wrong, beside each field where that is known."""
    language = language_of(request)
    around = await database(request).read(frame)
    caller = (await signed_in(request)).agent
    zone = around.settings.zone
    fields = error.fields if isinstance(error, Invalid) else {}
    return render(
        request,
        f"admin/{template}",
        {
            "frame": around,
            "navigation": navigation.of(caller, around.counts),
            "shop": around.settings.shop(language),
            "when": partial(wording.when, language=language, zone=zone),
            "ago": partial(wording.ago, language=language, zone=zone),
            "said": partial(wording.said, language=language),
            "size": wording.size,
            "may": partial(may, caller),
            "asset": asset,
            "done": wording.DONE.get(request.query.get("done", "")),
            "problem": _problem(language, error),
            "problems": {name: wrong.said(language, words) for name, words in fields.items()},
            **context,
        },
        status=error.status if error is not None else status,
    )


def _problem(language: str, error: DeskError | None) -> str:
    if isinstance(error, Invalid) and error.plain:
        return wrong.together(language, error.fields)
    if error is None:
        return ""
    why = error.values.get("why")
    told = {"why": wrong.said(language, why)} if isinstance(why, str) else {}
    return say(language, error.words, **{**error.values, **told})


async def tried(attempt: Awaitable[R]) -> tuple[R | None, DeskError | None]:
    """The result, or the failure that the same page can show beside what was typed."""
    try:
        return await attempt, None
    except (Invalid, Conflict, Unavailable) as error:
        return None, error


def done(address: str, what: str, **values: object) -> web.Response:
    """Back to a page after something was done, so that reloading does not do it again."""
    return web.Response(status=303, headers={"Location": f"{address}?{urlencode({'done': what, **values})}"})


def number(request: web.Request, name: str = "id") -> int:
    """A number out of the address. Raises `NotFound` for what can be none."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise NotFound("There is nothing here.")
    return int(text)


def chosen(text: Any) -> int | None:
    """The id in a select's value; None for none."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def ids(data: Any, name: str) -> list[int]:
    """The ids of the ticked boxes of a name."""
    return [found for each in data.getall(name, []) if (found := chosen(each)) is not None]


async def typed(request: web.Request) -> Any:
    """What was typed, every value as text without NUL; a file's name is nothing to us."""
    data = await request.post()
    for name, value in data.items():
        if not isinstance(value, str) or "\0" in value or "\0" in name:
            raise Invalid("A field has a character that is not allowed.")
    return data


def nested(data: Any) -> dict[str, Any]:
    """`title.ja=…&fields.0.name=…` as nested mappings; a name given twice counts with its last value."""
    made: dict[str, Any] = {}
    for path, value in data.items():
        *folders, name = path.split(".")
        place = made
        for folder in folders[:6]:
            inner = place.setdefault(folder, {})
            place = inner if isinstance(inner, dict) else {}
        place[name] = value.replace("\r\n", "\n") if isinstance(value, str) else value
    return made
