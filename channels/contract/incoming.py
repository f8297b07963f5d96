"""What comes in: arrivals, and what a channel reads out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from channels.contract.accounts import Account
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
