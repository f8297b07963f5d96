"""What lessons show: proposed phrasings, questions without an article, and the FAQ's results."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.faq.views import Lang

What = Literal[
    "asked", "found", "sure", "suggested", "used", "edited", "rejected", "reopened",
    "answered", "right", "wrong", "person", "solved", "offered",
]  # fmt: skip
"""asked: messages of customers; found: something stood beside them; sure: surely enough to be sent by itself.
suggested, used, edited, rejected: of articles beside messages, what agents said; reopened: the customer came back
within three days. answered, right, wrong, person, solved: of automatic answers; offered: questions to choose from."""
How = Literal["used", "edited", "inserted", "yes"]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The base of what is shown here."""


class PhrasingView(View, frozen=True, kw_only=True):
    """A customer's sentence that waits to become a phrasing of an article."""

    id: int
    article: int
    title: str
    lang: Lang
    text: str
    ticket: int
    how: How
    confidence: float | None
    times: int
    at: datetime


class Decision(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is decided about a proposed phrasing; `text` is what is taken in its place."""

    id: Annotated[int, Meta(gt=0)]
    take: bool
    text: Annotated[str, Meta(max_length=500)] = ""


class Decided(View, frozen=True, kw_only=True):
    """How many phrasings were taken and refused; those that somebody else decided about meanwhile are in neither."""

    taken: int
    refused: int


class Example(View, frozen=True, kw_only=True):
    """A message that asks the question of a gap, without what tells who wrote it."""

    ticket: int
    message: int
    text: str
    answered: bool


class GapView(View, frozen=True, kw_only=True):
    """A question that customers ask and no article answers: how often in the last 90 days, and how.

    With an `answer` agents answered `solved` such tickets alike: it is the most typical of their answers.
    """

    id: int
    lang: Lang
    name: str
    times: int
    solved: int
    answer: str
    state: Literal["open", "dismissed", "written"]
    article: int | None
    first_at: datetime
    last_at: datetime
    examples: list[Example]
