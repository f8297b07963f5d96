"""What queries about tickets answer: at once the API's body, the socket's payload and the page's context."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from server.customers.views import ContactView, CustomerRef, CustomerView, View

__all__ = ["ContactView", "CustomerRef", "CustomerView"]

Status = Literal["open", "active", "waiting", "done", "none_needed"]
Priority = Literal["low", "normal", "high", "urgent"]
MessageKind = Literal["customer", "agent", "note", "system", "auto", "bounce"]
LetterState = Literal["held", "waiting", "sending", "delivered", "failed", "recalled", "bounced"]


class TicketRow(View, frozen=True, kw_only=True):
    """A ticket as a list shows it. Ids of agents, teams and accounts are names in `DeskView`."""

    number: int
    subject: str
    status: Status
    priority: Priority
    assignee: int | None
    team: int | None
    customer: CustomerRef
    channel: str
    account: int
    tags: list[str]
    spam: bool
    merged_into: int | None
    snoozed_until: datetime | None
    due_at: datetime | None
    waiting_since: datetime
    created_at: datetime
    updated_at: datetime
    last_seq: int
    last_text: str
    last_kind: MessageKind
    version: int
    read_seq: int = 0
    """Up to which message the asking agent has read."""
    draft: bool = False
    """Whether the asking agent has a draft here."""


class TicketPage(View, frozen=True, kw_only=True):
    """A keyset page: `next` is the cursor of the following one, None at the end."""

    items: list[TicketRow]
    next: str | None


class AttachmentView(View, frozen=True, kw_only=True):
    """A file. `url` is relative to the desk; `preview` whether a browser may show it as an image."""

    id: int
    filename: str
    content_type: str
    size: int
    inline: bool
    content_id: str | None
    url: str
    preview: bool


class LetterView(View, frozen=True, kw_only=True):
    """How the delivery of a message stands. `words` are the network's own; `recall_until` allows an undo."""

    id: int
    state: LetterState
    attempts: int
    next_at: datetime | None
    words: str
    refused: dict[str, str]
    recall_until: datetime | None
    finished_at: datetime | None


class PartyView(View, frozen=True, kw_only=True):
    """Somebody on a message, as the channel names them."""

    name: str
    address: str


class MessageView(View, frozen=True, kw_only=True):
    """One message of a thread. `original` says whether raw bytes are kept; `html` whether an HTML view exists."""

    id: int
    ticket: int
    seq: int
    kind: MessageKind
    agent: int | None
    sender: PartyView
    to: list[PartyView]
    cc: list[PartyView]
    subject: str
    text: str
    whole_text: str | None
    html: bool
    original: bool
    automatic: str | None
    authentication: Literal["pass", "fail", "none"]
    marks: list[str]
    fields: dict[str, Any]
    withdrawn_at: datetime | None
    created_at: datetime
    attachments: list[AttachmentView]
    letter: LetterView | None


class DraftView(View, frozen=True, kw_only=True):
    """What an agent was writing. `body` is the composer's own JSON (text, to, cc, attachments, status)."""

    agent: int
    mode: Literal["reply", "note"]
    body: dict[str, Any]
    updated_at: datetime


class TicketView(TicketRow, frozen=True, kw_only=True):
    """A ticket in full, without its messages. `reply_to` is where a reply goes when nothing else is said."""

    hint: str = ""
    suggested_merge: int | None = None
    links: list[int] = []
    fields: dict[str, Any] = {}
    reply_to: list[PartyView] = []
    reply_cc: list[PartyView] = []
    reply_account: int | None = None
    language: str = "ja"
    moves: list[Status] = []


class ThreadView(View, frozen=True, kw_only=True):
    """Everything a console paints for one ticket, in one answer. `messages` are the newest ones, oldest first;
    `earlier` tells whether there are more before them."""

    ticket: TicketView
    messages: list[MessageView]
    earlier: bool
    drafts: list[DraftView]
    customer: CustomerView
    other_tickets: list[TicketRow]
    seq: int
    """The newest change this answer knows: ask `/changes?after=` from here."""


class Counts(View, frozen=True, kw_only=True):
    """How many tickets stand where, from kept counters. `views` counts the fixed views."""

    views: dict[str, int]
    statuses: dict[str, int]
    teams: dict[str, int]


class SearchHit(View, frozen=True, kw_only=True):
    """A found ticket, the message that matched (if one did), and the text around the match.

    `highlights` are (start, end) offsets into `snippet`, in characters.
    """

    ticket: TicketRow
    message: int | None
    seq: int | None
    snippet: str
    highlights: list[tuple[int, int]]


class SearchPage(View, frozen=True, kw_only=True):
    """A keyset page of search results, best first."""

    items: list[SearchHit]
    next: str | None
