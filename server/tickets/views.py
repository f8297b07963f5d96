"""What queries about tickets answer: at once the API's body, the socket's payload and the page's context."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from channels.contract import Album, Card, Choice, Rich
from server.customers.beside import Purchases
from server.customers.views import ContactView, CustomerRef, CustomerView, View

__all__ = ["ContactView", "CustomerRef", "CustomerView"]

Status = Literal["open", "active", "waiting", "done", "none_needed"]
Priority = Literal["low", "normal", "high", "urgent"]
MessageKind = Literal["customer", "agent", "note", "line", "rating", "auto", "bounce"]
LetterState = Literal[
    "held", "waiting", "sending", "delivered", "failed", "recalled", "delayed", "arrived", "bounced", "complained"
]


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
    undelivered: bool = False
    """Whether the newest letter to the customer failed, came back or was complained of."""


class TicketPage(View, frozen=True, kw_only=True):
    """A keyset page: `next` is the cursor of the following one, None at the end."""

    items: list[TicketRow]
    next: str | None


class AttachmentView(View, frozen=True, kw_only=True):
    """A file. `url` is relative to the desk; `preview` whether a browser may show it as an image.

    `state` is "loading" while its network still has it, and "failed", with the `words` why, when it will not come.
    """

    id: int
    filename: str
    content_type: str
    size: int
    inline: bool
    content_id: str | None
    url: str
    preview: bool
    state: Literal["here", "loading", "failed"] = "here"
    words: str = ""


class LetterView(View, frozen=True, kw_only=True):
    """How the delivery of a message stands. `words` are the network's own; `recall_until` allows an undo.

    `code` tells in one word why it failed, where another way may help: "blocked" and "quota" offer mail.
    """

    id: int
    state: LetterState
    attempts: int
    next_at: datetime | None
    words: str
    refused: dict[str, str]
    recall_until: datetime | None
    finished_at: datetime | None
    code: str = ""


class PartyView(View, frozen=True, kw_only=True):
    """Somebody on a message, as the channel names them."""

    name: str
    address: str


class LineView(View, frozen=True, kw_only=True):
    """A line of a chat that its customer sees too: what happened, and the name of whoever it speaks of."""

    what: Literal["joined", "handed", "ended", "left"]
    name: str


class RatingView(View, frozen=True, kw_only=True):
    """How the customer was served: 1 to 5, None until they say. `message` is the question, `agent` whose service."""

    message: int
    agent: int | None
    score: int | None
    comment: str
    asked_at: datetime
    answered_at: datetime | None


class QuoteView(View, frozen=True, kw_only=True):
    """The message that another one answers, and its beginning."""

    message: int
    seq: int
    kind: MessageKind
    agent: int | None
    text: str
    withdrawn: bool


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
    line: LineView | None = None
    rating: RatingView | None = None
    card: Card | None = None
    album: Album | None = None
    quote: QuoteView | None = None
    quotable: bool = False
    """Whether an answer can show this message as the one it answers."""
    rich: Rich | None = None
    """What of ours it was besides words: buttons, a carousel."""
    choices: tuple[Choice, ...] = ()


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
    chat: bool = False
    """Whether its customer watches it as it happens: it can be accepted, handed over, ended and rated."""
    seen: int = 0
    """The id of the newest message that the customer has had before them, as far as their channel tells."""
    seen_at: datetime | None = None
    rating: RatingView | None = None
    """The newest one that was asked for."""


class ThreadView(View, frozen=True, kw_only=True):
    """Everything a console paints for one ticket, in one answer. `messages` are the newest ones, oldest first;
    `earlier` tells whether there are more before them."""

    ticket: TicketView
    messages: list[MessageView]
    earlier: bool
    drafts: list[DraftView]
    customer: CustomerView
    purchases: Purchases
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
