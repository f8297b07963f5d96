"""What comes in: arrivals, and what a channel reads out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from channels.contract.accounts import Account
from channels.contract.cards import Album, Card
from channels.contract.raw import Raw


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
class PendingFile:
    """A file of a message that the network keeps for a while: the desk fetches it later, by `FetchesContent.fetch`.

    `ref` is the channel's own word for it; `size` is what the network announced, if it did.
    """

    ref: str
    filename: str
    content_type: str
    size: int = 0
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Handles:
    """Words of the network with which something can be done about a message later.

    `answer` lets automatic words go out free of charge, until `answer_until`; `quote` lets an answer show it; `read`
    tells its sender that it was read.
    """

    answer: str = ""
    answer_until: datetime | None = None
    quote: str = ""
    read: str = ""


NO_HANDLES = Handles()


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
    within: Party | None = None
    """The group in which `sender` spoke: the ticket is the group's, and each of its messages shows who said it."""
    card: Card | None = None
    album: Album | None = None
    quotes: str | None = None
    """The external id of the message that this one answers, one of theirs or of ours."""
    pending: tuple[PendingFile, ...] = ()
    handles: Handles = NO_HANDLES
    new_after: timedelta | None = None
    """A conversation whose ticket has been done for longer than this begins a new one."""
    timed: bool = False
    """Whether `sent_at` is the network's own clock, so that it orders the conversation whatever came first."""


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
class Rated:
    """The customer says how they were served, 1 to 5; `seq` is the `ShownMessage.seq` of the question."""

    sender: Party
    conversation: str
    seq: int
    score: int
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A contact can, or can no longer, be reached; or its network told more of it.

    What is None stays as it is. `greet` is said to them by the desk itself, with `handles.answer` if there is one.
    """

    contact: Party
    at: datetime
    reachable: bool | None = None
    words: str = ""
    picture: Attachment | None = None
    language: str | None = None
    status_message: str | None = None
    greet: str = ""
    handles: Handles = NO_HANDLES


@dataclass(frozen=True, slots=True)
class Noticed:
    """Somebody of whom the network can tell more, by `KnowsProfile.profile(account, ref)`; asked now and then only."""

    contact: Party
    ref: str


@dataclass(frozen=True, slots=True)
class Proven:
    """A contact showed a secret that the desk gave to somebody it knows: they are one person.

    Where the secret is kept on the account's shelf "proofs", the contact becomes that customer's.
    """

    contact: Party
    secret: str
    at: datetime


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


Inbound = InboundMessage | Withdrawn | Seen | Asked | Rated | ContactChanged | Noticed | Proven | DeliveryReport


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
