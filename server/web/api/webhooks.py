"""Outgoing webhooks: where events go, how each address is doing, and the log of what was sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server import agents, webhooks
from server.customers.views import View
from server.errors import Unavailable
from server.web.api.shapes import Cursor, Moment, Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query
from server.webhooks import DeliveryDetail, DeliveryPage, NewWebhookView, WebhookDraft, WebhookView

api = Api()
Kind = Annotated[str, Meta(min_length=1, max_length=60)]
Secret = Annotated[str, Meta(max_length=200)]
Source = Annotated[str, Meta(min_length=1, max_length=60)]


class WebhookForm(Form, frozen=True, kw_only=True):
    """Where events go, and which: kinds by name, by noun (`order.*`), or all (`*`).

    With `full` each message carries what changed as the API shows it, else only where it is. What comes from one of
    `skip_sources` (`shop`) is not told back. Made of a `version` (or with If-Match) it is refused when somebody changed
    the webhook since.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    kinds: Annotated[list[Kind], Meta(min_length=1, max_length=60)]
    full: bool = True
    skip_sources: Annotated[list[Source], Meta(max_length=50)] = []
    version: Version | None = None

    def draft(self) -> WebhookDraft:
        """The same as the domain takes it."""
        return WebhookDraft(
            name=self.name,
            url=self.url,
            kinds=self.kinds,
            full=self.full,
            skip_sources=self.skip_sources,
            version=self.version,
        )


class NewWebhook(WebhookForm, frozen=True, kw_only=True):
    """With a `secret` of the other side's (`whsec_…`); without one the desk makes it."""

    secret: Secret | None = None


class RenewForm(Form, frozen=True, kw_only=True):
    """For how many hours the former secret signs as well; 0: not at all."""

    hours: Annotated[int, Meta(ge=0, le=720)] = 24
    secret: Secret | None = None


class ResumeForm(Form, frozen=True, kw_only=True):
    """With `skip` it goes on from now, and what waited is left out."""

    skip: bool = False


class ReplayForm(Form, frozen=True, kw_only=True):
    """Since when; with `failed_only` just what failed."""

    since: Moment
    failed_only: bool = False


class Log(Query, frozen=True, kw_only=True):
    """Part of the log: `q` is a message's id, a subject (`ticket:12`), or words of a body or an answer."""

    state: Literal["", "waiting", "sending", "delivered", "failed", "skipped"] = ""
    kind: Annotated[str, Meta(max_length=60)] = ""
    q: Annotated[str, Meta(max_length=200)] = ""
    since: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    after: Cursor | None = None


class KindView(View, frozen=True, kw_only=True):
    """A kind of event, and what it tells."""

    kind: str
    words: str


class Replayed(View, frozen=True, kw_only=True):
    """How many messages of the log wait again. What was not in the log follows from the change feed."""

    messages: int


@api.get("/webhook-kinds", "What webhooks can hear of", scope="admin")
async def kinds(call: Call) -> list[KindView]:
    """Every kind of event."""
    agents.require(call.agent, "admin")
    return [KindView(kind=kind, words=words) for kind, words in webhooks.KINDS.items()]


@api.get("/webhooks", "All webhooks", scope="admin")
async def every(call: Call) -> list[WebhookView]:
    """For admins, with how each is doing."""
    agents.require(call.agent, "admin")
    return await call.read(webhooks.all)


@api.post("/webhooks", "Add a webhook", scope="admin", conflicts=True, idempotent=False)
async def add(call: Call, form: NewWebhook) -> NewWebhookView:
    """It hears what happens from now on. Its secret is shown this once."""
    return await call.write(webhooks.add, form.draft(), keys=call.doors.keys, secret=form.secret)


@api.get("/webhooks/{webhook}", "One webhook", scope="admin")
async def view(call: Call, webhook: Number) -> WebhookView:
    """For admins."""
    agents.require(call.agent, "admin")
    return await call.read(webhooks.view, webhook)


@api.put("/webhooks/{webhook}", "Change a webhook", scope="admin", conflicts=True)
async def edit(call: Call, webhook: Number, form: WebhookForm) -> WebhookView:
    """Its place in the feed and its secret stay. 409 with the webhook as it stands when somebody was faster."""
    draft = msgspec.structs.replace(form.draft(), version=call.version(form.version))
    return await call.write(webhooks.edit, webhook, draft)


@api.delete("/webhooks/{webhook}", "Remove a webhook", scope="admin")
async def remove(call: Call, webhook: Number) -> None:
    """With its log; what was on its way is not sent."""
    await call.write(webhooks.remove, webhook)


@api.post("/webhooks/{webhook}/secret", "Give a webhook a new secret", status=200, scope="admin", idempotent=False)
async def renew(call: Call, webhook: Number, form: RenewForm) -> NewWebhookView:
    """Both secrets sign for some hours, so that the other side can change over without losing anything."""
    overlap = timedelta(hours=form.hours)
    return await call.write(webhooks.renew_secret, webhook, keys=call.doors.keys, overlap=overlap, secret=form.secret)


@api.post("/webhooks/{webhook}/test", "Send a test", status=200, scope="admin", idempotent=False)
async def test(call: Call, webhook: Number) -> DeliveryDetail:
    """At once, whatever waits; the answer shows what came back."""
    agents.require(call.agent, "admin")
    if call.doors.webhooks is None:
        raise Unavailable("The desk is stopping.")
    return await call.doors.webhooks.test(webhook)


@api.post("/webhooks/{webhook}/pause", "Pause a webhook", status=200, scope="admin", conflicts=False)
async def pause(call: Call, webhook: Number) -> WebhookView:
    """Nothing is lost: it goes on where it stopped."""
    return await call.write(webhooks.pause, webhook)


@api.post("/webhooks/{webhook}/resume", "Let a webhook go on", status=200, scope="admin", conflicts=False)
async def resume(call: Call, webhook: Number, form: ResumeForm) -> WebhookView:
    """Where it stopped, or from now on."""
    return await call.write(webhooks.resume, webhook, skip=form.skip)


@api.post("/webhooks/{webhook}/replay", "Send again since a moment", status=200, scope="admin", conflicts=False)
async def replay_since(call: Call, webhook: Number, form: ReplayForm) -> Replayed:
    """Under the same ids, so that the other side can tell repeats."""
    again = await call.write(webhooks.replay_since, webhook, form.since, failed_only=form.failed_only)
    return Replayed(messages=again)


@api.get("/webhooks/{webhook}/messages", "What was sent to a webhook", scope="admin")
async def log(call: Call, webhook: Number, query: Log) -> DeliveryPage:
    """Newest first; finished messages stay for 30 days."""
    agents.require(call.agent, "admin")
    return await call.read(
        webhooks.log,
        webhook,
        state=query.state,
        kind=query.kind,
        q=query.q,
        since=query.since,
        limit=query.limit,
        after=query.after,
    )


@api.get("/webhook-messages/{message}", "One webhook message with every try", scope="admin")
async def message(call: Call, message: Number) -> DeliveryDetail:
    """What was sent, and what came back."""
    agents.require(call.agent, "admin")
    return await call.read(webhooks.delivery, message)


@api.post("/webhook-messages/{message}/replay", "Send a webhook message again", status=200, scope="admin")
async def replay(call: Call, message: Number) -> DeliveryDetail:
    """Under the same id."""
    await call.write(webhooks.replay, message)
    return await call.read(webhooks.delivery, message)


@api.post("/webhook-messages/{message}/skip", "Leave a webhook message out", status=200, scope="admin")
async def skip(call: Call, message: Number) -> DeliveryDetail:
    """So that what waits behind it goes on."""
    await call.write(webhooks.skip, message)
    return await call.read(webhooks.delivery, message)
