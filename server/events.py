"""What can happen at the desk. Each event is a row of the change feed, and is announced after its commit.

An event says what changed, never how the world looks now; whoever needs that asks a query. `server.reactions`
is the one place where an event meets its effects.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is the event's name in the change feed; `ticket` the number of the ticket it belongs to, if any."""

    kind: ClassVar[str] = ""
    ticket: int | None = None


class TicketOpened(Event, frozen=True, kw_only=True):
    """A ticket began."""

    kind = "ticket.opened"
    account: int | None = None
    customer: int | None = None


class TicketChanged(Event, frozen=True, kw_only=True):
    """One property of a ticket went from `before` to `after`."""

    kind = "ticket.changed"
    field: str
    before: Any = None
    after: Any = None
    names: tuple[str, str] | UnsetType = UNSET
    """Of `customer`, which is told in ids: what both were called then. One of them may be gone since."""


class TicketMerged(Event, frozen=True, kw_only=True):
    """`ticket` became a stub that points to `into`."""

    kind = "ticket.merged"
    into: int


class TicketSplit(Event, frozen=True, kw_only=True):
    """Messages of `ticket` began the new ticket `new`."""

    kind = "ticket.split"
    new: int


class TicketLinked(Event, frozen=True, kw_only=True):
    """`ticket` and `other` were linked, or no longer are."""

    kind = "ticket.linked"
    other: int
    linked: bool = True


class TicketSeen(Event, frozen=True, kw_only=True):
    """The customer has had everything up to `message` before them."""

    kind = "ticket.seen"
    message: int


class TicketRated(Event, frozen=True, kw_only=True):
    """The customer answered the question of `message`, how they were served: 1 to 5."""

    kind = "ticket.rated"
    message: int
    score: int


class TicketWoke(Event, frozen=True, kw_only=True):
    """A snooze ended."""

    kind = "ticket.woke"


class MessageReceived(Event, frozen=True, kw_only=True):
    """A customer wrote."""

    kind = "message.received"
    message: int
    seq: int


class MessageWritten(Event, frozen=True, kw_only=True):
    """An agent (or the desk itself) answered; `letter` is on its way."""

    kind = "message.written"
    message: int
    seq: int
    letter: int | None = None


class NoteWritten(Event, frozen=True, kw_only=True):
    """An agent wrote a private note; `mentions` are agents' ids."""

    kind = "note.written"
    message: int
    seq: int
    mentions: tuple[int, ...] = ()


class MessageWithdrawn(Event, frozen=True, kw_only=True):
    """A message was taken back by its sender."""

    kind = "message.withdrawn"
    message: int


class MessageChanged(Event, frozen=True, kw_only=True):
    """Something of a message came later: a file that its network still had."""

    kind = "message.changed"
    message: int


class MessageRead(Event, frozen=True, kw_only=True):
    """An agent has read up to a message whose sender's network can be told so."""

    kind = "message.read"
    message: int


class LetterMoved(Event, frozen=True, kw_only=True):
    """A letter's state changed; `words` are the network's, and `code` says why in one word where it has one."""

    kind = "letter.moved"
    letter: int
    message: int | None = None
    state: str
    words: str = ""
    code: str = ""


class DraftChanged(Event, frozen=True, kw_only=True):
    """An agent's draft on a ticket was saved or thrown away."""

    kind = "draft.changed"
    agent: int
    kept: bool = True


class CustomerChanged(Event, frozen=True, kw_only=True):
    """A customer was made, edited, merged or blocked."""

    kind = "customer.changed"
    customer: int
    what: str = "changed"


class AgentAvailable(Event, frozen=True, kw_only=True):
    """An agent came to the desk, went away from it or left; `chosen` is what they set by hand."""

    kind = "agent.availability"
    agent: int
    state: str
    chosen: str = "online"


class OrderChanged(Event, frozen=True, kw_only=True):
    """An order, or a payment, shipment or return of it, was told of; `what` says which, `status` how it stands now."""

    kind = "order.changed"
    order: int
    customer: int | None = None
    what: str = "order"
    status: str = ""
    payment: str = ""
    new: bool = False


class InteractionNoted(Event, frozen=True, kw_only=True):
    """Something that happened with a customer elsewhere was told of."""

    kind = "interaction.noted"
    interaction: int
    customer: int


class StockChanged(Event, frozen=True, kw_only=True):
    """An article can be had again, or not any more."""

    kind = "stock.changed"
    stock: int
    available: bool


class NoticeMoved(Event, frozen=True, kw_only=True):
    """A notice is planned, or became `state`."""

    kind = "notice.moved"
    notice: int
    customer: int | None = None
    state: str


class SuggestionsMade(Event, frozen=True, kw_only=True):
    """Articles of the FAQ stand beside a customer's message."""

    kind = "suggestions.made"
    message: int


class AnswerMade(Event, frozen=True, kw_only=True):
    """The desk answered a customer's `message` by itself, or says why it did not (`state`), or the customer said what
    became of it (`outcome`)."""

    kind = "answer.made"
    message: int
    state: str
    outcome: str = ""


class FlowMoved(Event, frozen=True, kw_only=True):
    """A flow began to lead a ticket's customer (`state` is on), or ended: handed, solved, ended, silent, joined,
    gone."""

    kind = "flow.moved"
    flow: int
    name: str
    state: str


class ArrivalQuarantined(Event, frozen=True, kw_only=True):
    """An arrival could not be filed; it is kept."""

    kind = "arrival.quarantined"
    arrival: int
    reason: str


class DeskChanged(Event, frozen=True, kw_only=True):
    """Something an admin keeps changed: an account, agent, team, tag, view, label, form, webhook."""

    kind = "desk.changed"
    what: str
    id: int | None = None


class Change(msgspec.Struct, frozen=True):
    """An event with its place in the feed: what `/changes` returns and the live door sends.

    `seq` is gap-free and in commit order. `by` is "agent:3", "customer:7", "system" …
    """

    seq: int
    at: datetime
    kind: str
    by: str
    ticket: int | None
    data: dict[str, Any]


KINDS: dict[str, type[Event]] = {event.kind: event for event in Event.__subclasses__()}
