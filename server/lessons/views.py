"""What lessons show: proposed phrasings, questions without an article, and the FAQ's results."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.faq.views import Lang, Outlook

What = Literal[
    "asked", "found", "sure", "suggested", "used", "edited", "rejected", "reopened",
    "answered", "right", "wrong", "person", "solved", "offered",
]  # fmt: skip
"""asked: messages of customers; found: something stood beside them; sure: surely enough to be sent by itself.
suggested, used, edited, rejected: of articles beside messages, what agents said; reopened: the customer came back
within three days. answered, right, wrong, person, solved: of automatic answers; offered: questions to choose from."""
How = Literal["used", "edited", "inserted", "yes", "chosen"]
"""How an article was confirmed for a message: sent by an agent, also with changes, found in a reply; the customer said
that it helped, or only chose it from what was offered."""


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


class Counts(View, frozen=True, kw_only=True):
    """What became of messages: of so many `asked`, so many with an article beside them (`found`), surely enough to be
    answered by itself (`sure`), answered by itself (`answered`), and solved without a person (`solved`).

    `right` and `wrong` are automatic answers as customers said and agents judged; `used`, `rejected` and `reopened`
    articles beside messages. Shares are None where nothing was counted.
    """

    asked: int = 0
    found: int = 0
    sure: int = 0
    answered: int = 0
    solved: int = 0
    right: int = 0
    wrong: int = 0
    person: int = 0
    used: int = 0
    rejected: int = 0
    reopened: int = 0
    coverage: float | None = None
    """Answered by itself, of what was asked."""
    precision: float | None = None
    """Right, of the automatic answers that somebody judged."""
    alone: float | None = None
    """Solved without a person, of what was asked."""
    useful: float | None = None
    """Used and not reopened, of the suggestions that somebody judged."""


class Part(View, frozen=True, kw_only=True):
    """The counts of a week (by its Monday), a channel or a language."""

    name: str
    counts: Counts


class ArticleResult(View, frozen=True, kw_only=True):
    """How an article does. `helpful` and `unhelpful` are readers' votes in the help centre, `viewed` its readers."""

    article: int
    title: str
    suggested: int = 0
    counts: Counts
    helpful: int = 0
    unhelpful: int = 0
    viewed: int = 0


class MissedWords(View, frozen=True, kw_only=True):
    """Words that readers looked for in the help centre and nothing was found for."""

    lang: str
    words: str
    times: int
    last_at: datetime


class Due(View, frozen=True, kw_only=True):
    """An article that is to be looked at again since this day."""

    article: int
    title: str
    review_on: str


class Results(View, frozen=True, kw_only=True):
    """How the FAQ does: since the Monday `since`, in all, and by week, channel, language and article. `unused` are live
    for over 30 days and neither used nor read; `failing` were judged wrong at least three times, and in a third."""

    since: str
    all: Counts
    weeks: list[Part]
    channels: list[Part]
    languages: list[Part]
    articles: list[ArticleResult]
    unused: list[ArticleResult]
    failing: list[ArticleResult]
    due: list[Due]
    missed: list[MissedWords]
    expected: list[Outlook] = []
    """By language, as reckoned at `expected_at`; empty before the first time."""
    expected_at: datetime | None = None


class Failing(View, frozen=True, kw_only=True):
    """An article whose answers fail: how often it was judged wrong, and how often good."""

    article: int
    title: str
    bad: int
    good: int


class GapLine(View, frozen=True, kw_only=True):
    """A question without an article, and how often it was asked in the last 90 days."""

    id: int
    lang: Lang
    name: str
    times: int


class Report(View, frozen=True, kw_only=True):
    """The weekly report: the seven days from `since` to `until`, both with them, against the seven `before`; the
    largest groups of questions without an article, of so many `open`; how many phrasings wait; articles whose answers
    failed in four weeks; articles to be looked at again."""

    since: date
    until: date
    now: Counts
    before: Counts
    gaps: list[GapLine]
    open: int
    waiting: int
    failing: list[Failing]
    due: list[Due]


class ReportSettings(View, frozen=True, kw_only=True):
    """When the weekly report leaves (`weekday` 0 is Monday, `at` by the desk's clock), `next_at` while the FAQ is used;
    whether whoever asks gets it (`mine`), and by name who else does."""

    weekday: int
    at: str
    next_at: datetime | None
    mine: bool
    readers: list[str]


class ReportChange(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is decided anew; what is left out stays."""

    weekday: Annotated[int, Meta(ge=0, le=6)] | UnsetType = UNSET
    at: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] | UnsetType = UNSET
    mine: bool | UnsetType = UNSET
