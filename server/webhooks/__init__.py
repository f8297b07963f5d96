"""Outgoing webhooks: what happens at the desk, told to other systems, signed, in order, and never lost."""

from server.webhooks.actions import (
    WebhookDraft,
    add,
    edit,
    pause,
    remove,
    renew_secret,
    replay,
    replay_since,
    reseal,
    resume,
    skip,
    sweep,
)
from server.webhooks.kinds import KINDS, TEST, nouns
from server.webhooks.queries import ailing, all, delivery, log, view
from server.webhooks.runner import Webhooks
from server.webhooks.views import (
    AttemptView,
    DeliveryDetail,
    DeliveryPage,
    DeliveryState,
    DeliveryView,
    NewWebhookView,
    WebhookView,
)

__all__ = [
    "KINDS",
    "TEST",
    "AttemptView",
    "DeliveryDetail",
    "DeliveryPage",
    "DeliveryState",
    "DeliveryView",
    "NewWebhookView",
    "WebhookDraft",
    "WebhookView",
    "Webhooks",
    "add",
    "ailing",
    "all",
    "delivery",
    "edit",
    "log",
    "nouns",
    "pause",
    "remove",
    "renew_secret",
    "replay",
    "replay_since",
    "reseal",
    "resume",
    "skip",
    "sweep",
    "view",
]
