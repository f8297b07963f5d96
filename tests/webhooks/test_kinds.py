"""Which events a change of the feed is, and who hears of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from server import events, webhooks
from server.accounts import Keys
from server.agents import DESK
from server.database import Database
from server.errors import Invalid
from server.webhooks import WebhookDraft, kinds
from tests.desks import SECRET, TestDesk

CASES: list[tuple[events.Event, str, str]] = [
    (events.TicketRated(ticket=3, message=9, score=5), "ticket.rated", "ticket:3"),
    (events.TicketSplit(ticket=3, new=4), "ticket.split", "ticket:3"),
    (events.TicketChanged(ticket=3, field="status", before="open", after="none_needed"), "ticket.resolved", "ticket:3"),
    (events.TicketChanged(ticket=3, field="status", before="done", after="waiting"), "ticket.reopened", "ticket:3"),
    (events.TicketChanged(ticket=3, field="status", before="open", after="active"), "ticket.updated", "ticket:3"),
    (events.MessageWithdrawn(ticket=3, message=9), "message.withdrawn", "ticket:3"),
    (events.LetterMoved(ticket=3, letter=1, message=9, state="delivered"), "message.delivered", "ticket:3"),
    (events.LetterMoved(ticket=3, letter=1, message=9, state="bounced"), "message.failed", "ticket:3"),
    (events.CustomerChanged(customer=7, what="parted"), "customer.parted", "customer:7"),
    (events.CustomerChanged(customer=7, what="consent"), "customer.consent.updated", "customer:7"),
    (events.CustomerChanged(customer=7, what="something new"), "customer.updated", "customer:7"),
    (events.InteractionNoted(interaction=5, customer=7), "interaction.created", "customer:7"),
    (events.OrderChanged(order=2, customer=7, what="shipment"), "order.updated", "order:2"),
]
SILENT: list[events.Event] = [
    events.LetterMoved(ticket=3, letter=1, message=9, state="sending"),
    events.LetterMoved(letter=1, state="delivered"),
    events.CustomerChanged(customer=7, what="apart"),
    events.DraftChanged(ticket=3, agent=1),
    events.DeskChanged(what="token", id=1),
]


def change(event: events.Event) -> events.Change:
    """An event as it stands in the feed."""
    data: dict[str, Any] = msgspec.to_builtins(event)
    return events.Change(1, datetime.now(UTC), event.kind, "system", data.pop("ticket", None), data)


async def test_each_change_is_one_event_of_one_subject(desk: TestDesk) -> None:
    for event, kind, subject in CASES:
        (found,) = await desk.database.read(kinds.happenings, change(event))
        assert (found.kind, found.subject) == (kind, subject), event
        assert kind in kinds.KINDS and event.kind in kinds.RELEVANT
    for event in SILENT:
        assert await desk.database.read(kinds.happenings, change(event)) == [], event


def test_kinds_are_chosen_by_name_by_noun_or_all() -> None:
    assert kinds.wants(["order.*"], "order.created") and kinds.wants(["*"], "note.created")
    assert not kinds.wants(["order.*", "ticket.opened"], "ticket.resolved")
    assert kinds.checked(["order.*", "order.*", "note.created"]) == ["order.*", "note.created"]
    with pytest.raises(Invalid):
        kinds.checked(["orders.*"])


async def test_secrets_are_sealed_anew_when_the_desks_own_changes(database: Database) -> None:
    draft = WebhookDraft(name="ERP", url="https://erp.example/", kinds=["*"])
    made = await database.write(webhooks.add, DESK, draft, keys=Keys(SECRET))
    newer = Keys("another secret of the tests, long enough", [SECRET])
    assert await database.write(webhooks.reseal, newer) == 1
    assert await database.write(webhooks.reseal, newer) == 0
    sealed = await database.read(lambda tx: tx.value("SELECT secrets FROM webhook WHERE id = :id", id=made.id))
    assert Keys("another secret of the tests, long enough").open(sealed) == {"secret": made.secret}
    assert made.secret not in sealed
