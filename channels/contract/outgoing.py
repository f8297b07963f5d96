"""What goes out: letters, and how a network answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.contract.accounts import Account
from channels.contract.incoming import NO_HANDLES, Attachment, Handles, Party
from channels.contract.rich import Choice, Rich


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that a letter answers, as it stands below the answer: who wrote it, when, and its words."""

    text: str
    html: str = ""
    name: str = ""
    address: str = ""
    at: datetime | None = None


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
    signature: str = ""
    """The writer's own, for channels that write letters; a chat leaves it out."""
    postscript: str = ""
    """A line of the desk's own under it, for the same channels."""
    quoted: Quoted | None = None
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
    rich: Rich | None = None
    choices: tuple[Choice, ...] = ()
    """Answers to tap, offered under the last of what is shown."""
    quotes: str = ""
    """The `Handles.quote` of the message that this one answers."""
    handles: Handles = NO_HANDLES
    """Of the message that an automatic letter answers."""
    first_tried_at: datetime | None = None
    """When it was first handed to the network; None now, at the first try."""
    unreachable: str = ""
    """Why the recipient is known to be out of reach; empty when they are not."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a letter became at the network: its id there, and the word with which it can be quoted."""

    external_id: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network took it. `refused` names the recipients it did not take, with its words, where others were."""

    external_id: str | None = None
    words: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


class Undeliverable(Exception):
    """Final: the network will never take this letter. `words` are the network's own.

    `code` is one word that tells a console what to offer: "blocked" and "quota" offer another way, mail.
    """

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


Outcome = Receipt | Undeliverable | TryLater
