"""The pages of the help centres: which there are, what each looks like and shows, and how articles are received."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from server import accounts
from server.agents import may
from server.errors import DeskError, Invalid, NotFound
from server.faq.views import LANGUAGES
from server.help import actions, logos, queries
from server.help.views import CentreSettings, CentreView
from server.web.admin.frame import agent, chosen, database, done, nested, number, page, tried
from server.web.doors import DOORS
from server.web.help.files import handed_out
from server.web.help.preview import previewed_centre

LINKS = 4
"""So many links can be written at a time; more rows come when these are used."""


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/help", index),
        web.get("/admin/help/new", new),
        web.post("/admin/help/new", add),
        web.get("/admin/reception", received),
        web.get("/admin/help/{id}/preview", preview),
        web.get("/admin/help/{id}/logo", logo),
        web.get("/admin/help/{id}", one),
        web.post("/admin/help/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """The centres, and where each stands."""
    await agent(request)
    doors = request.app[DOORS]
    centres = await doors.database.read(queries.centres, doors.public_url)
    return await page(request, "help.html", centres=centres)


async def received(request: web.Request) -> web.Response:
    """What readers made of the articles."""
    await agent(request, "agent")
    return await page(request, "reception.html", received=await database(request).read(queries.reception))


async def new(request: web.Request) -> web.Response:
    """An empty centre."""
    await agent(request)
    return await _form(request, None, "main", "", CentreSettings())


async def add(request: web.Request) -> web.StreamResponse:
    """Make a centre."""
    return await _save(request, None)


async def one(request: web.Request) -> web.Response:
    """A centre, to be changed."""
    await agent(request)
    view = await _centre(request)
    return await _form(request, view, view.slug, view.domain or "", view.settings)


async def preview(request: web.Request) -> web.Response:
    """Its first page as readers would see it, on or off."""
    await agent(request)
    return await previewed_centre(request, number(request))


async def logo(request: web.Request) -> web.StreamResponse:
    """Its logo, on or off. Raises `NotFound` without one."""
    await agent(request)
    settings = (await _centre(request)).settings
    if not settings.logo:
        raise NotFound()
    return handed_out(request.app[DOORS].files, settings.logo, "logo.webp", "image/webp", "private, no-cache")


async def change(request: web.Request) -> web.StreamResponse:
    """Save a centre, or take it away."""
    return await _save(request, await _centre(request))


# ------------------------------------------------------------------------------------------------------- parts


async def _centre(request: web.Request) -> CentreView:
    doors = request.app[DOORS]
    return await doors.database.read(queries.centre, number(request), doors.public_url)


async def _save(request: web.Request, view: CentreView | None) -> web.StreamResponse:
    admin, data, doors = await agent(request), await request.post(), request.app[DOORS]
    words = {name: value for name, value in data.items() if isinstance(value, str) and "\0" not in value}
    if words.get("do") == "remove" and view is not None:
        await doors.database.write(actions.remove, admin, view.id)
        _changed(request)
        return done("/admin/help", "removed")
    slug, domain = words.get("slug", "").strip(), words.get("domain", "").strip()
    settings, error = _settings(words, data, view.settings if view is not None else CentreSettings())
    if error is None:
        settings, error = await _with_logo(request, data, settings)
    saved = None
    if error is None:
        saved, error = await tried(
            doors.database.write(
                actions.save,
                admin,
                view.id if view is not None else None,
                slug,
                domain,
                settings,
                public_url=doors.public_url,
                version=chosen(words.get("version")),
            )
        )
    if saved is None:
        return await _form(request, view, slug, domain, settings, error=error)
    _changed(request)
    return done(f"/admin/help/{saved.id}", "saved" if view is not None else "added")


def _changed(request: web.Request) -> None:
    """Whoever saved and looks sees it, also before the feed has told this process."""
    if (help := request.app[DOORS].help) is not None:
        help.changed()


async def _with_logo(
    request: web.Request, data: Any, settings: CentreSettings
) -> tuple[CentreSettings, DeskError | None]:
    if data.get("no_logo") == "on":
        return msgspec.structs.replace(settings, logo="", logo_size=(0, 0)), None
    sent = data.get("logo")
    if not isinstance(sent, web.FileField) or not sent.filename:
        return settings, None
    content = sent.file.read(logos.MOST_BYTES + 1)
    try:
        logo = await asyncio.to_thread(logos.keep, request.app[DOORS].files, content)
    except Invalid as error:
        return settings, error
    return msgspec.structs.replace(settings, logo=logo.digest, logo_size=logo.size), None


def _settings(words: dict[str, str], data: Any, before: CentreSettings) -> tuple[CentreSettings, DeskError | None]:
    told = nested(words)

    def both(name: str) -> dict[str, str]:
        part = told.get(name)
        return {lang: text for lang in LANGUAGES if isinstance(part, dict) and (text := str(part.get(lang, "")))}

    links = told.get("links")
    kept = {
        "on": words.get("on") == "on",
        "name": both("name"),
        "welcome": both("welcome"),
        "footer": both("footer"),
        "languages": sorted(
            (each for each in LANGUAGES if each in data.getall("languages", [])),
            key=lambda each: each != words.get("first"),
        ),
        "colour": words.get("colour", ""),
        "logo": before.logo,
        "logo_size": before.logo_size,
        "categories": words.get("categories", "").splitlines(),
        "links": [
            {
                "words": {lang: text for lang in LANGUAGES if (text := str(each.get(lang, "")).strip())},
                "url": str(each.get("url", "")),
            }
            for _, each in sorted(links.items())
            if isinstance(each, dict) and any(str(value).strip() for value in each.values())
        ]
        if isinstance(links, dict)
        else [],
        "shop": words.get("shop", before.shop),
        "form": words.get("form", ""),
        "chat": words.get("chat", ""),
        **{name: words.get(name) == "on" for name in ("indexed", "votes", "offer_on_form", "offer_in_chat")},
    }
    try:
        return msgspec.convert(kept, CentreSettings), None
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`").partition("[")[0] or "languages"
        plain = {"languages": "is missing", "colour": "is not a colour like #1f5fbf"}.get(field, said)
        return before, Invalid("Some fields need another look.", fields={field: plain})


async def _form(
    request: web.Request,
    view: CentreView | None,
    slug: str,
    domain: str,
    settings: CentreSettings,
    *,
    error: DeskError | None = None,
) -> web.Response:
    caller = await agent(request)
    store = database(request)
    known = await store.read(accounts.shops)
    return await page(
        request,
        "help_centre.html",
        error=error,
        centre=view,
        slug=slug,
        domain=domain,
        settings=settings,
        shop_choices=[(each, each) for each in dict.fromkeys([*known, settings.shop]) if each],
        forms=list((await store.read(queries.ways, "form")).items()),
        chats=list((await store.read(queries.ways, "webchat")).items()),
        categories=await store.read(queries.categories),
        feet=[*settings.links, *[None] * (LINKS - len(settings.links) % LINKS)][:10],
        leads=may(caller, "lead"),
    )
