"""What queries about outgoing webhooks answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from server.customers.views import View

WebhookState = Literal["active", "paused", "gone"]
DeliveryState = Literal["waiting", "sending", "delivered", "failed", "skipped"]


class WebhookView(View, frozen=True, kw_only=True):
    """An address that hears what happens. `full`: its messages carry what changed as the API shows it.

    `state` is "paused" after days of failures or by an admin, "gone" when the address answered 410; `words` are what
    came of its last failure. `behind` is how many changes of the feed it has not looked at yet; `waiting` how many
    messages are on their way.
    """

    id: int
    name: str
    url: str
    kinds: list[str]
    full: bool
    skip_sources: list[str]
    state: WebhookState
    words: str
    failures: int
    failing_since: datetime | None
    rest_until: datetime | None
    delivered_at: datetime | None
    former_secret_until: datetime | None
    """Until when the former secret signs as well."""
    waiting: int
    failed: int
    behind: int
    version: int
    created_at: datetime


class NewWebhookView(WebhookView, frozen=True, kw_only=True):
    """With its secret, which is shown this once."""

    secret: str


class AttemptView(View, frozen=True, kw_only=True):
    """One request and what came back: `answer` is its first 4 kB. `status` is None when nobody answered."""

    at: datetime
    milliseconds: int
    status: int | None
    words: str
    headers: dict[str, Any]
    answer: str


class DeliveryView(View, frozen=True, kw_only=True):
    """One event on its way to one webhook. `message` is its webhook-id, `seq` the change's place in the feed."""

    id: int
    webhook: int
    message: str
    seq: int
    kind: str
    subject: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    status: int | None
    words: str
    at: datetime
    finished_at: datetime | None


class DeliveryDetail(DeliveryView, frozen=True, kw_only=True):
    """With what was sent, and every try."""

    body: str
    tries: list[AttemptView]


class DeliveryPage(View, frozen=True, kw_only=True):
    """Newest first; `next` is the cursor of the following page."""

    items: list[DeliveryView]
    next: str | None
