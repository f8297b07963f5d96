"""What a visitor's client may say, each event's payload in its form, and how a refusal is answered: in one shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from channels.wording import say

PROTOCOL = 1
LONGEST_TEXT = 50_000

Event = tuple[str, type[Any], Callable[[Any, Any], Awaitable[dict[str, Any]]]]
"""An event's name, the form of its payload, and what answers it, given the session and the payload."""
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Conversation = Annotated[str, Meta(pattern=r"^c_[A-Za-z0-9_-]{8,40}$")]
Seq = Annotated[int, Meta(ge=0, lt=2**53)]
Line = Annotated[str, Meta(max_length=200)]
Url = Annotated[str, Meta(max_length=2000)]


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the visitor is on the site."""

    url: Url
    title: Annotated[str, Meta(max_length=300)] = ""
    referrer: Url = ""


class Hello(msgspec.Struct, frozen=True):
    """The first thing on every connection."""

    v: int
    site: Line
    token: Annotated[str, Meta(max_length=200)] | None = None
    jwt: Annotated[str, Meta(max_length=10_000)] | None = None
    conversation: Conversation | None = None
    since: Seq | None = None
    language: Annotated[str, Meta(max_length=20)] | None = None
    page: Page | None = None
    tags: Annotated[list[Line], Meta(max_length=50)] = []


class Tap(msgspec.Struct, frozen=True):
    """One of the choices of the message `seq`, counted from 0."""

    seq: Seq
    at: Annotated[int, Meta(ge=0, lt=100)]


class Send(msgspec.Struct, frozen=True):
    """A message; its words are those of the `choice`, where one was tapped that stands there."""

    id: Id
    text: str
    conversation: Conversation | None = None
    choice: Tap | None = None


class Typing(msgspec.Struct, frozen=True):
    """Whether the visitor is typing."""

    typing: bool
    conversation: Conversation | None = None


class Read(msgspec.Struct, frozen=True):
    """Up to where the visitor has seen a conversation."""

    seq: Seq
    conversation: Conversation | None = None


class Rate(msgspec.Struct, frozen=True):
    """How the visitor was served: the answer to a message that asks for a `rating`."""

    seq: Seq
    score: Annotated[int, Meta(ge=1, le=5)]
    comment: Annotated[str, Meta(max_length=2000)] = ""
    conversation: Conversation | None = None


class Upload(msgspec.Struct, frozen=True):
    """A file that will come."""

    id: Id
    name: Annotated[str, Meta(max_length=500)]
    size: Annotated[int, Meta(ge=0, lt=2**53)]
    type: Line = ""
    conversation: Conversation | None = None


class History(msgspec.Struct, frozen=True):
    """A stretch of a conversation."""

    before: Seq | None = None
    after: Seq | None = None
    conversation: Conversation | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Nothing(msgspec.Struct, frozen=True):
    """An event without a payload."""


class Which(msgspec.Struct, frozen=True):
    """A conversation, or the current one."""

    conversation: Conversation | None = None


class Open(msgspec.Struct, frozen=True):
    """The conversation to go on with."""

    conversation: Conversation


class Profile(msgspec.Struct, frozen=True):
    """What visitors say of themselves. What is left out stays."""

    name: Line | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=254)] | UnsetType = UNSET
    phone: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    language: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    consent: bool | UnsetType = UNSET
    fields: Annotated[dict[Line, Annotated[str, Meta(max_length=2000)]], Meta(max_length=20)] | UnsetType = UNSET


class Context(msgspec.Struct, frozen=True):
    """What the visitor looks at and holds. What is left out stays."""

    page: Page | UnsetType = UNSET
    cart: dict[str, Any] | UnsetType | None = UNSET
    order: Line | UnsetType | None = UNSET
    tags: Annotated[list[Line], Meta(max_length=50)] | UnsetType = UNSET


class Identify(msgspec.Struct, frozen=True):
    """A JWT that the site's server signed."""

    jwt: Annotated[str, Meta(max_length=10_000)]


WORDS = {
    "hello_first": "The chat is not connected yet.",
    "version": "This version of the chat is not supported here. Please load the page again.",
    "unknown_site": "The chat is not available.",
    "forbidden": "This is not allowed here.",
    "unknown_token": "The conversation on this device has ended. A new one begins.",
    "bad_identity": "You could not be signed in to the chat.",
    "invalid": "Something in it needs another look.",
    "consent": "Please agree to the note on privacy first.",
    "too_long": "The message is too long: at most {most} characters.",
    "too_large": "The file is too large: at most {most} MB.",
    "not_allowed": "Files of this type cannot be sent here.",
    "too_many": "That was quick. Please wait {seconds} seconds.",
    "unavailable": "This does not work just now. It will be tried again.",
    "not_found": "This is no longer here.",
}
"""What a visitor is told, by code; English source texts of the catalogue."""


class Refusal(Exception):
    """Why something was not done. `after` is in seconds; `hint` is for developers."""

    def __init__(
        self,
        code: str,
        *,
        after: float | None = None,
        fields: Mapping[str, str] | None = None,
        hint: str = "",
        **values: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.after = after
        self.fields = dict(fields or {})
        self.hint = hint
        self.values = values

    def answer(self, language: str) -> dict[str, Any]:
        """The one shape of every failure."""
        values = dict(self.values)
        if self.after is not None:
            values.setdefault("seconds", int(self.after) + 1)
        error: dict[str, Any] = {"code": self.code, "message": say(language, WORDS[self.code], **values)}
        if self.after is not None:
            error["retry_after"] = round(self.after, 1)
        if self.fields:
            error["fields"] = {name: say(language, words) for name, words in self.fields.items()}
        if self.hint:
            error["hint"] = self.hint
        if self.code == "version":
            error["supported"] = [PROTOCOL]
        return {"error": error}


def misshapen(error: msgspec.ValidationError) -> Refusal:
    """The refusal of a payload that is not in its form."""
    words, _, path = str(error).partition(" - at `$.")
    return Refusal("invalid", fields={path.rstrip("`") or "payload": words})
