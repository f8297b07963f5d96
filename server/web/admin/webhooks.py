"""The pages of outgoing webhooks: where events go, how each address is doing, what was sent, and sending it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web

from server import webhooks
from server.accounts import desk_settings
from server.database import Transaction, now
from server.errors import DeskError, Invalid, NotFound
from server.web.admin.frame import agent, chosen, database, done, number, page, tried, typed
from server.web.doors import DOORS
from server.webhooks import DeliveryDetail, NewWebhookView, WebhookDraft, WebhookView

ADDRESS = "/admin/webhooks"
STATES = ("waiting", "delivered", "failed", "skipped")
EMPTY = WebhookDraft(name="", url="", kinds=[])


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get(ADDRESS, index),
        web.post(ADDRESS, add),
        web.get(f"{ADDRESS}/new", fresh),
        web.get(f"{ADDRESS}/{{id}}", show),
        web.post(f"{ADDRESS}/{{id}}", change),
        web.get(f"{ADDRESS}/{{id}}/messages/{{message}}", message),
        web.post(f"{ADDRESS}/{{id}}/messages/{{message}}", again),
    ]


async def index(request: web.Request) -> web.Response:
    """Every webhook and how it is doing."""
    await agent(request)
    return await page(request, "webhooks.html", webhooks=await database(request).read(webhooks.all))


async def fresh(request: web.Request) -> web.Response:
    """The form of a new one."""
    await agent(request)
    return await _form(request, EMPTY)


async def add(request: web.Request) -> web.StreamResponse:
    """A new one; its page shows the secret this once."""
    admin, data = await agent(request), await typed(request)
    draft = _draft(data)
    keys, secret = request.app[DOORS].keys, data.get("secret", "").strip() or None
    made, error = await tried(database(request).write(webhooks.add, admin, draft, keys=keys, secret=secret))
    return await _form(request, draft, error=error) if made is None else await _show(request, made, made=made)


async def show(request: web.Request) -> web.Response:
    """One webhook: its state, its log, its settings."""
    await agent(request)
    return await _show(request, await database(request).read(webhooks.view, number(request)))


async def change(request: web.Request) -> web.StreamResponse:
    """Save it, try it, pause it, let it go on, give it a new secret, send again, or remove it."""
    admin, data, id = await agent(request), await typed(request), number(request)
    desk, doors = database(request), request.app[DOORS]
    match data.get("do"):
        case "test" if doors.webhooks is not None:
            tested = await doors.webhooks.test(id)
            return await _show(request, await desk.read(webhooks.view, id), tested=tested)
        case "renew":
            hours = min(max(chosen(data.get("hours")) or 0, 0), 720)
            made = await desk.write(webhooks.renew_secret, admin, id, keys=doors.keys, overlap=timedelta(hours=hours))
            return await _show(request, made, made=made)
        case "pause":
            await desk.write(webhooks.pause, admin, id)
            return done(f"{ADDRESS}/{id}", "paused")
        case "resume" | "resume-now" as how:
            await desk.write(webhooks.resume, admin, id, skip=how == "resume-now")
            return done(f"{ADDRESS}/{id}", "resumed")
        case "replay":
            since, error = await tried(_since(request, data.get("since", "")))
            if since is None:
                return await _show(request, await desk.read(webhooks.view, id), error=error)
            await desk.write(webhooks.replay_since, admin, id, since, failed_only=data.get("only") == "failed")
            return done(f"{ADDRESS}/{id}", "replayed")
        case "remove":
            await desk.write(webhooks.remove, admin, id)
            return done(ADDRESS, "removed")
    draft = _draft(data)
    saved, error = await tried(desk.write(webhooks.edit, admin, id, draft))
    if saved is not None:
        return done(f"{ADDRESS}/{id}", "saved")
    return await _show(request, await desk.read(webhooks.view, id), draft=draft, error=error)


async def message(request: web.Request) -> web.Response:
    """One message: what was sent, and every try."""
    await agent(request)
    return await _message(request)


async def again(request: web.Request) -> web.StreamResponse:
    """Send it again, or leave it out."""
    admin, data, id = await agent(request), await typed(request), number(request, "message")
    act, word = (webhooks.skip, "left-out") if data.get("do") == "skip" else (webhooks.replay, "replayed")
    _, error = await tried(database(request).write(act, admin, id))
    return await _message(request, error) if error else done(f"{ADDRESS}/{number(request)}/messages/{id}", word)


async def _form(request: web.Request, draft: WebhookDraft, *, error: DeskError | None = None) -> web.Response:
    return await page(
        request, "webhook_new.html", error=error, draft=draft, nouns=webhooks.nouns(), words=webhooks.KINDS
    )


async def _show(
    request: web.Request,
    view: WebhookView,
    *,
    draft: WebhookDraft | None = None,
    error: DeskError | None = None,
    made: NewWebhookView | None = None,
    tested: DeliveryDetail | None = None,
) -> web.Response:
    asked = request.query
    state = asked.get("state", "") if asked.get("state", "") in STATES else ""
    kind = asked.get("kind", "") if asked.get("kind", "") in webhooks.KINDS else ""
    log = await database(request).read(
        webhooks.log, view.id, state=state, kind=kind, q=asked.get("q", "").strip()[:200], after=asked.get("after")
    )
    return await page(
        request,
        "webhook.html",
        error=error,
        view=view,
        draft=draft or view,
        made=made,
        tested=tested,
        log=log,
        state=state,
        kind=kind,
        q=asked.get("q", ""),
        states=STATES,
        nouns=webhooks.nouns(),
        words=webhooks.KINDS,
    )


async def _message(request: web.Request, error: DeskError | None = None) -> web.Response:
    view, found = await database(request).read(_whole, number(request), number(request, "message"))
    pretty = msgspec.json.format(found.body.encode(), indent=2).decode()
    return await page(request, "webhook_message.html", error=error, view=view, found=found, pretty=pretty)


def _whole(tx: Transaction, id: int, message: int) -> tuple[WebhookView, DeliveryDetail]:
    found = webhooks.delivery(tx, message)
    if found.webhook != id:
        raise NotFound("There is no webhook message {id}.", id=message)
    return webhooks.view(tx, id), found


async def _since(request: web.Request, text: str) -> datetime:
    """A moment as a browser's field has it, in the desk's time zone. Raises `Invalid`."""
    settings = await database(request).read(desk_settings.read)
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=settings.zone).astimezone(UTC)
    except ValueError:
        raise Invalid(fields={"since": "is missing"}) from None
    if moment > now():
        raise Invalid(fields={"since": "is in the future"})
    return moment


def _draft(data: Any) -> WebhookDraft:
    sources = data.get("skip_sources", "").replace(",", " ").replace("、", " ").split()
    return WebhookDraft(
        name=data.get("name", ""),
        url=data.get("url", ""),
        kinds=["*"] if data.get("which") == "all" else data.getall("kinds", []),
        full=data.get("full") != "thin",
        skip_sources=sources,
        version=chosen(data.get("version")),
    )
