"""What the customer sees of a conversation, and what agents see of a customer who is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from channels.contract.incoming import Party
from channels.contract.rich import Choice


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a message that the customer may see; its bytes by `Desk.file`."""

    id: int
    filename: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class AskedRating:
    """The question how the customer was served, with the answer they gave: 1 to 5, None until they do."""

    score: int | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as the customer of a conversation sees it: never a note.

    `seq` grows within the conversation, with gaps. `side` is who wrote it, "desk" the desk by itself. `external_id` is
    the network's own name of a customer's message; `by_mail` says that it came or went another way;
    `picture` is the path of the writer's picture on the desk, if an agent who has one wrote it. A `line` is what
    happened, such as "joined": its text is of the catalogue of words, with a place for the `name` of whoever it speaks
    of. `rating` is the question how the customer was served. `choices` may be tapped until something newer is said;
    `spoken` says that the desk itself is talking with the customer here, and does not merely tell of something.
    """

    seq: int
    side: Literal["customer", "agent", "desk"]
    text: str
    at: datetime
    name: str = ""
    picture: str = ""
    external_id: str | None = None
    files: tuple[ShownFile, ...] = ()
    withdrawn: bool = False
    by_mail: bool = False
    line: str = ""
    rating: AskedRating | None = None
    choices: tuple[Choice, ...] = ()
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class ShownConversation:
    """A stretch of a conversation, oldest first, and how it stands.

    `read` is the seq up to which an agent has seen it, `seen` the customer; `unread` counts what the customer has not
    seen. `agent` and `picture` are the name of whom it is assigned to and their picture's path. `earlier` and `more`
    say whether there is something before and after this stretch.
    """

    ticket: int | None = None
    open: bool = True
    agent: str = ""
    picture: str = ""
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
    party: Party | None = None
    language: str = ""
    welcome: bool = False
    """Whether an agent may speak first."""
    context: Mapping[str, Any] = field(default_factory=dict)
