"""Where customers end advertising: a page that asks once, and the one click that mail programs do (RFC 8058)."""

from __future__ import annotations

from aiohttp import web

from server.accounts import desk_settings
from server.database import Transaction
from server.notices import stopping
from server.web.buckets import BUCKETS, Policy
from server.web.callers import remote_of
from server.web.doors import DOORS
from server.web.pages import language_of, render

KNOCKS = Policy("unsubscribe", 60, 60.0)


async def ask(request: web.Request) -> web.Response:
    """Nothing is ended by looking: mail programs and scanners open every address."""
    return await _page(request, done=False)


async def stop(request: web.Request) -> web.Response:
    """End it, whether a person pressed the button or their mail program did; or, on its page, begin again."""
    request.app[BUCKETS].take(KNOCKS, remote_of(request)).require()
    again = (await request.post()).get("do") == "resume"
    await request.app[DOORS].database.write(stopping.resume if again else stopping.stop, request.match_info["token"])
    return await _page(request, done=not again, again=again)


async def _page(request: web.Request, *, done: bool, again: bool = False) -> web.Response:
    def look(tx: Transaction) -> tuple[str | None, desk_settings.DeskSettings]:
        return stopping.asked_in(tx, request.match_info["token"]), desk_settings.read(tx)

    known, settings = await request.app[DOORS].database.read(look)
    language = known if known in desk_settings.LANGUAGES else language_of(request)
    context = {"language": language, "done": done, "again": again, "shop": settings.shop(language or "ja")}
    return render(request, "notices/stop.html", context)


routes = [web.get("/notices/stop/{token}", ask), web.post("/notices/stop/{token}", stop)]
