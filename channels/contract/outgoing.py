"""What goes out: letters, and how a network answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels.contract.accounts import Account
from channels.contract.incoming import Attachment, Party


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
