"""What a flow's conversation is made of: where it stands, what was heard, what is said and done. Plain data alone."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, Protocol

import msgspec
from msgspec import Meta

from server.flows.steps import Lang

PERSON, BACK, AGAIN = "PERSON", "BACK", "AGAIN"
YES, NO, NONE, SKIP = "YES", "NO", "NONE", "SKIP"
"""Keys of our own; those of ways are in small letters."""
MOST_MARKS = 30
Place = Annotated[int, Meta(ge=0, le=2_147_483_647)]
Why = Literal["asked", "written", "lost", "silent", "wait", "stuck", "unclear", "joined"]


class Offer(msgspec.Struct, frozen=True, array_like=True):
    """Something to tap: its key within the question, and its words."""

    key: str
    label: str


class Noted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that the customer said. `to` is the custom field that takes it; `label` what was asked, in words."""

    step: str
    key: str
    label: str
    value: str
    to: str = ""

    @property
    def line(self) -> str:
        """What was asked and what was said, without the mark at the question's end: `ご希望はどちらですか: 返品`."""
        return f"{self.label.rstrip('。．.？?！!：: 　') or self.label}: {self.value}"


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """An earlier question, to which one can come back; `taken` is the key of what was tapped there."""

    turn: Place
    at: str
    part: Place
    noted: Place
    order: str = ""
    taken: str = ""


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a conversation stands: at which step, in which part of it, and what was said so far.

    `turn` counts the questions, `misses` how often the newest was not answered. `order` is what an order's look-up
    found: its status, or "missing".
    """

    lang: Lang = "ja"
    turn: Place = 0
    at: str = ""
    part: Place = 0
    misses: Place = 0
    noted: tuple[Noted, ...] = ()
    order: str = ""
    offers: tuple[Offer, ...] = ()
    before: tuple[Mark, ...] = ()


class Heard(NamedTuple):
    """What a customer did: words, and what was tapped in the question of which turn (None: nothing)."""

    text: str
    key: str = ""
    turn: int | None = None


class HandedOver(NamedTuple):
    """A person takes over."""

    team: int | None
    why: Why


class Ended(NamedTuple):
    """It is over."""

    solved: bool


class Arranged(NamedTuple):
    """Of the ticket."""

    tags: tuple[str, ...]
    priority: str
    fields: tuple[tuple[str, str], ...]


Act = HandedOver | Ended | Arranged


class Moved(NamedTuple):
    """What follows from something heard. `state` is where it stands now, None when the flow is over.

    `entered` are the steps that were come to, `answered` the one that was answered. `ignored`: nothing is to be done.
    """

    state: State | None
    said: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    acts: tuple[Act, ...] = ()
    noted: tuple[Noted, ...] = ()
    entered: tuple[str, ...] = ()
    answered: str = ""
    last: str = ""
    ignored: bool = False

    @property
    def text(self) -> str:
        """All that is said, as one message."""
        return "\n\n".join(said for said in self.said if said)


class Answer(NamedTuple):
    """An article as the customer reads it."""

    article: int
    question: str
    text: str


class Matched(NamedTuple):
    """What the articles say to a text: one sure answer, or some that may be meant."""

    sure: bool
    answers: tuple[Answer, ...] = ()


class Order(NamedTuple):
    """An order that was found: its number and state, and what is told of it, a line each."""

    number: str
    status: str
    lines: tuple[str, ...]


class Wanted(Exception):
    """The articles must be asked for `text` before this can be answered."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class World(Protocol):
    """What a flow asks of the desk."""

    def article(self, id: int, lang: Lang) -> Answer | None:
        """A published article that customers may read here; None when there is none."""

    def match(self, text: str, lang: Lang) -> Matched:
        """What the articles say. Raises `Wanted` when they were not asked yet."""

    def order(self, number: str, mail: str, lang: Lang) -> Order | Literal["missing", "wait"]:
        """The order of this number and buyer; "wait" after too many tries."""

    def is_open(self) -> bool:
        """Whether somebody answers at this time."""

    def is_known(self) -> bool:
        """Whether the desk knows the customer."""

    def in_segment(self, segment: int) -> bool:
        """Whether the customer is in a segment."""
