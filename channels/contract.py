"""What a channel promises the desk, what the desk promises a channel, and the messages that cross the border.

A channel knows its network and nothing else. It is given an `Account` (one mailbox, one form, one API key …)
and a `Desk` (the way in). Two rules carry everything:

* `Desk.accept` **returning means safe, raising means offer it again**: only after it returned may a network be
  told that we have the message.
* `Channel.deliver` returns a `Receipt`, or raises `Undeliverable` (final) or `TryLater`. The channel judges its
  network; when to try again is the courier's business, so no channel holds a retry loop.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from aiohttp import web

# ------------------------------------------------------------------------------------------------ accounts


@dataclass(frozen=True, slots=True)
class Account:
    """One place at which the desk can be reached: a mailbox, a form, a site, a LINE account.

    `settings` holds what an admin typed (see `Channel.fields`), `secrets` the same for fields of kind "secret",
    already decrypted. `address` is what customers see: `support@shop.jp`, a form's name, a phone number.
    """

    id: int
    kind: str
    name: str
    address: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of an account, enough to draw its input on the admin page and its option on the command line.

    Labels and help are English source texts; the pages translate them by gettext.
    """

    name: str
    label: str
    kind: Literal["text", "secret", "number", "boolean", "choice", "long", "json"] = "text"
    default: Any = None
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of an account's connection test: what was tried, whether it went well, and what to do if not."""

    name: str
    ok: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """How an account's way in is doing, as last seen; shown beside the account and by `madoguchi doctor`."""

    ok: bool
    words: str = ""
    last_fetched: datetime | None = None
    waiting: int | None = None


# ------------------------------------------------------------------------------------------------ raw bytes


class Raw:
    """The bytes of an arrival exactly as they came, in memory when small, else in a file."""

    __slots__ = ("_data", "path", "size")

    def __init__(self, data: bytes | None = None, path: Path | None = None) -> None:
        if (data is None) == (path is None):
            raise ValueError("a Raw is made of either data or a path")
        self._data = data
        self.path = path
        self.size = len(data) if data is not None else path.stat().st_size if path else 0

    def view(self) -> bytes | mmap.mmap:
        """The bytes without copying: a large arrival is mapped, not read."""
        if self._data is not None:
            return self._data
        assert self.path is not None
        if self.size == 0:
            return b""
        with self.path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def bytes(self) -> bytes:
        """The bytes as one object; use `view` where the size is not known to be small."""
        return self._data if self._data is not None else bytes(self.view())


class Spool(Protocol):
    """A file being received. Written chunk by chunk; gone if the context is left before it was accepted."""

    async def write(self, chunk: bytes) -> None:
        """Append. Raises `TooLarge` past the desk's limit for one arrival, `OSError` when the disk is full."""

    async def raw(self) -> Raw:
        """Everything written so far, synced to disk."""


class TooLarge(Exception):
    """More bytes than the desk takes in one arrival (setting `max_arrival_bytes`)."""


# ------------------------------------------------------------------------------------------------ the way in


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came to an account, before anyone understood it. Kept raw, so that it can be read again.

    `external_id` makes repeats harmless: the desk files one arrival per (account, external_id). Where the network
    has no id of its own, use a digest of the bytes. `envelope` is JSON-able and holds what is not in the bytes:
    SMTP's sender and recipients, an IMAP folder and UID, HTTP headers, a client's address.
    """

    account: Account
    external_id: str
    raw: Raw
    media_type: str
    received_at: datetime
    envelope: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Party:
    """A person as one network knows them.

    `kind` is the contact's kind: "email", "phone", "line", "visitor", "external" …, `address` is normalised by
    the channel (mail addresses in lower case, phones in E.164). `verified` says how surely the network knows
    that it is this address: False means that the claim failed or nobody checked it, and then it never matches a
    known customer by itself.
    """

    kind: str
    address: str
    name: str = ""
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message. `chunks` gives its bytes, decoded as they are asked for, any number of times."""

    filename: str
    content_type: str
    size: int
    chunks: Callable[[], Iterator[bytes]]
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """What an account's owner decided beforehand about the tickets that begin here."""

    team_id: int | None = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    tags: tuple[str, ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message from a customer.

    `text` is what was written now, `whole_text` also the quoted history. How its ticket is found, in order:
    `token` (out of our own reply address), `references` (ids of messages we know), `conversation` (the network's
    own name of the conversation). `automatic` is the reason why nothing may answer it by itself ("vacation",
    "list" …). `answered_by` names an agent for messages an agent wrote down (a phone call).
    """

    external_id: str
    sender: Party
    text: str
    sent_at: datetime
    subject: str = ""
    whole_text: str | None = None
    html: str | None = None
    to: tuple[Party, ...] = ()
    cc: tuple[Party, ...] = ()
    reply_to: Party | None = None
    attachments: tuple[Attachment, ...] = ()
    token: str | None = None
    references: tuple[str, ...] = ()
    conversation: str | None = None
    automatic: str | None = None
    authentication: Literal["pass", "fail", "none"] = "none"
    language: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    routing: Routing = Routing()
    acknowledge: bool = False
    agent_id: int | None = None
    marks: tuple[str, ...] = ()
    continue_at: str = ""
    """A mail address that the customer left, unconfirmed, where the conversation may go on when nobody reads here."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The sender took a message back (LINE's unsend)."""

    external_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """The customer read the conversation up to here; `seq` is the `ShownMessage.seq` of the newest they saw."""

    sender: Party
    at: datetime
    conversation: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The customer asked something of the desk about a conversation other than by a message.

    "end": it is over for them. "mail": go on at `address` when nobody reads here. "transcript": send it there.
    """

    what: Literal["end", "mail", "transcript"]
    sender: Party
    conversation: str
    at: datetime
    address: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A contact can, or can no longer, be reached; or its name became known."""

    contact: Party
    at: datetime
    reachable: bool | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What the network says later of a letter of ours: it bounced, was delayed, was delivered.

    `key` is the letter's key where the report names it (the Message-ID of a returned mail), else the letter is
    found by `recipient`.
    """

    key: str | None
    recipient: str
    state: Literal["delivered", "delayed", "bounced", "complained"]
    at: datetime
    words: str = ""
    status: str = ""
    message: InboundMessage | None = None


Inbound = InboundMessage | Withdrawn | Seen | Asked | ContactChanged | DeliveryReport


@dataclass(frozen=True, slots=True)
class Accepted:
    """The desk has it. `ticket` is None for what belongs to no ticket (a bounce, a read mark) or is quarantined.

    `message` is the `ShownMessage.seq` of the message that it became, if it became one.
    """

    arrival_id: int
    ticket: int | None = None
    repeated: bool = False
    quarantined: bool = False
    message: int | None = None


# ------------------------------------------------------------------------------------------------ the way out


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One letter, complete in itself. `key` is the same at each try, so that a network can tell a repeat."""

    key: str
    account: Account
    to: tuple[Party, ...]
    text: str
    created_at: datetime
    subject: str = ""
    cc: tuple[Party, ...] = ()
    html: str | None = None
    quoted_text: str = ""
    quoted_html: str = ""
    sender_name: str = ""
    attachments: tuple[Attachment, ...] = ()
    token: str | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    automatic: bool = False
    unsubscribe_url: str | None = None
    language: str = "ja"
    ticket: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network took it. `refused` names the recipients it did not take, with its words, where others were."""

    external_id: str | None = None
    words: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)


class Undeliverable(Exception):
    """Final: the network will never take this letter. `words` are the network's own."""

    def __init__(self, words: str, *, code: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.code = code


class TryLater(Exception):
    """Not now: `after` is the network's own wish (Retry-After), else the courier decides."""

    def __init__(self, words: str, *, after: timedelta | None = None, code: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.after = after
        self.code = code


# ------------------------------------------------------------------------------------------------ what is shown


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a message that the customer may see; its bytes by `Desk.file`."""

    id: int
    filename: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as the customer of a conversation sees it: never a note.

    `seq` grows within the conversation, with gaps. `side` is who wrote it, "desk" the desk by itself. `external_id` is
    the network's own name of a customer's message; `by_mail` says that it came or went another way.
    """

    seq: int
    side: Literal["customer", "agent", "desk"]
    text: str
    at: datetime
    name: str = ""
    external_id: str | None = None
    files: tuple[ShownFile, ...] = ()
    withdrawn: bool = False
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class ShownConversation:
    """A stretch of a conversation, oldest first, and how it stands.

    `read` is the seq up to which an agent has seen it, `seen` the customer; `unread` counts what the customer has not
    seen. `earlier` and `more` say whether there is something before and after this stretch.
    """

    ticket: int | None = None
    open: bool = True
    agent: str = ""
    messages: tuple[ShownMessage, ...] = ()
    earlier: bool = False
    more: bool = False
    read: int = 0
    seen: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Present:
    """A customer who is connected now, for agents' screens; kept in memory only. Everything in it is unconfirmed."""

    account: int
    visitor: str
    online: bool
    since: datetime
    name: str = ""
    conversation: str | None = None
    ticket: int | None = None
    typing: bool = False
    context: Mapping[str, Any] = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------ the two sides


class Desk(Protocol):
    """What a channel is given."""

    @property
    def public_url(self) -> str:
        """Where the desk is seen from outside, without a trailing slash."""

    async def accept(self, arrival: Arrival) -> Accepted:
        """File an arrival. Returning means it is on disk; raising means that it must be offered again."""

    def accounts(self, kind: str) -> Sequence[Account]:
        """The enabled accounts of a kind, as they are now; costs nothing, ask each time."""

    async def accounts_changed(self, kind: str) -> Sequence[Account]:
        """Wait until accounts of this kind were added, changed or removed; gives the new ones."""

    def spool(self) -> AbstractAsyncContextManager[Spool]:
        """A file to receive something large into."""

    async def recall(self, account: Account, name: str) -> Any:
        """What was remembered under this name for the account (JSON), or None."""

    async def remember(self, account: Account, name: str, value: Any) -> None:
        """Keep a small JSON value for the account: a cursor, a token's expiry."""

    async def keep(self, account: Account, shelf: str, key: str, value: Any, *, until: datetime | None = None) -> None:
        """Keep one of many JSON values, each under its key on a shelf of the account; None takes it away.

        Past `until` it is gone.
        """

    async def look_up(self, account: Account, shelf: str, key: str) -> Any:
        """What is kept under this key, or None."""

    async def conversation(
        self,
        account: Account,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> ShownConversation:
        """What the customer may see of a conversation: what came after a seq, before one, or the newest."""

    async def file(self, account: Account, conversation: str, file: int) -> Attachment | None:
        """A file of a message that `conversation` shows."""

    def show(self, present: Present) -> None:
        """Tell the agents that a customer came, moves, types or went."""

    async def report(self, account: Account, health: Health) -> None:
        """Say how the account's way in is doing."""

    def allow(self, bucket: str, *, limit: int, per: timedelta) -> float:
        """Rate limit: 0.0 when allowed (and counted), else the seconds to wait."""

    def sign(self, purpose: str, text: str) -> str:
        """A short URL-safe signature of a text, by a key that never leaves the desk."""


class Channel(Protocol):
    """A way to reach the desk."""

    kind: ClassVar[str]
    label: ClassVar[str]
    fields: ClassVar[Sequence[Field]]

    def attach(self, app: web.Application, desk: Desk) -> None:
        """Open the doors: routes, listeners, pollers (as `app.cleanup_ctx`). Called once, before the start."""

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """Pure: from raw bytes to messages, in a worker thread; may be asked again at any time."""

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """Hand a letter to the network, or raise `Undeliverable` or `TryLater`."""


@runtime_checkable
class TestsAccount(Protocol):
    """A channel that can try an account's connection."""

    async def test(self, account: Account) -> Sequence[Check]:
        """Try everything the account needs, each as one line; never raises for a network's failure."""


@runtime_checkable
class DelaysLetters(Protocol):
    """A channel whose letters wait a little before the first try, so that they can be recalled (undo)."""

    undo_seconds: ClassVar[int]


@runtime_checkable
class ReadsAtOnce(Protocol):
    """A channel some of whose arrivals (by media type) take microseconds and no disk to `read`: a chat's lines.

    They are read where they come in, and stand in the writer's queue before `Desk.accept` first waits, so that they
    keep their order.
    """

    reads_at_once: ClassVar[Collection[str]]


@runtime_checkable
class ShowsTickets(Protocol):
    """A channel whose customers watch their conversation as it happens. Both are called often and must not wait."""

    def ticket_changed(self, ticket: int, kind: str, data: Mapping[str, Any]) -> None:
        """A change of the feed (`kind` "message.written", "ticket.changed" …), after its commit, in its order."""

    def agents_look(self, ticket: int, typing: Sequence[str] | None) -> None:
        """Who of those with the ticket on their screen types an answer, by name; None when nobody looks any more."""


@runtime_checkable
class AnswersElsewhere(Protocol):
    """A channel without a way out (a form, a phone): its customers are answered through an account of this kind."""

    answers_by: ClassVar[str]
