"""What the FAQ shows of itself: articles, their versions, and what stands beside a message."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.faq.plain import plain

State = Literal["draft", "review", "published", "archived"]
STATES: tuple[State, ...] = ("draft", "review", "published", "archived")
Audience = Literal["public", "internal"]
Decision = Literal["answer", "suggest", "none"]
Outcome = Literal["used", "edited", "rejected"]
Lang = Literal["ja", "en"]
LANGUAGES: tuple[Lang, ...] = ("ja", "en")

Question = Annotated[str, Meta(max_length=500)]


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An article in one language. `full` is Markdown for mail and pages, `short` plain text for LINE and chat."""

    question: Question
    phrasings: Annotated[list[Question], Meta(max_length=100)] = []
    full: Annotated[str, Meta(max_length=50_000)] = ""
    short: Annotated[str, Meta(max_length=1_000)] = ""


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that an editor writes. No `channels` means every channel, no `shops` every shop; the validity counts in days
    of the desk."""

    words: dict[Lang, Words]
    category: Annotated[str, Meta(max_length=60)] = ""
    channels: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=20)] = []
    shops: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=50)] = []
    audience: Audience = "public"
    valid_from: date | None = None
    valid_until: date | None = None
    owner: int | None = None
    review_on: date | None = None
    related: Annotated[list[int], Meta(max_length=20)] = []
    attachments: Annotated[list[int], Meta(max_length=20)] = []
    """Files of this article, by their number, in their order."""


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an article. `url` is where signed-in people fetch it; customers find it on the article's page."""

    id: int
    name: str
    content_type: str
    size: int
    url: str


class ArticleView(msgspec.Struct, frozen=True, kw_only=True):
    """An article: what is being written, and which version of it answers customers."""

    id: int
    state: State
    content: Content
    live_version: int | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def title(self) -> str:
        """Its question in the first language that it is written in."""
        return title(self.content)


class ArticlePage(msgspec.Struct, frozen=True, kw_only=True):
    """Articles, the last changed first; `next` is the cursor of the following page."""

    items: list[ArticleView]
    next: str | None


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """An article as it was."""

    version: int
    state: State
    content: Content
    by: str
    created_at: datetime


class SuggestionView(msgspec.Struct, frozen=True, kw_only=True):
    """An article beside a message. `text` is what would be sent by the ticket's channel, in the message's language."""

    id: int
    message: int
    article: int
    question: str
    text: str
    confidence: float
    decision: Literal["answer", "suggest"]
    outcome: Outcome | None
    audience: Audience = "public"
    url: str = ""
    """Where customers read it in the help centre; empty when they cannot."""


class ArticleHit(msgspec.Struct, frozen=True, kw_only=True):
    """An article that was looked for. `text` is what would be sent by the ticket's channel, in its language;
    `confidence` is the probability that it answers the words, None where it only holds them."""

    article: int
    question: str
    category: str
    text: str
    confidence: float | None
    audience: Audience
    url: str = ""
    """Where customers read it in the help centre; empty when they cannot."""


def title(content: Content, wanted: str = LANGUAGES[0]) -> str:
    """The question in the wanted language, or in the first one that there is."""
    order = sorted(LANGUAGES, key=lambda lang: lang != wanted)
    return next((content.words[lang].question for lang in order if lang in content.words), "")


def text_for(content: Content, lang: str, channel: str) -> str:
    """The answer for a channel, in plain words: short for chat and LINE, else in full; in this language or another."""
    order = sorted(LANGUAGES, key=lambda other: other != lang)
    found = next((content.words[each] for each in order if each in content.words), None)
    if found is None:
        return ""
    brief = channel in ("line", "webchat") and found.short
    return found.short if brief or not found.full else plain(found.full)


class Entry(msgspec.Struct, frozen=True):
    """An article that may be the answer. `confidence` is the probability that it is."""

    id: str
    confidence: float


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with a message; `entries` are the likeliest articles, best first, whatever is decided."""

    decision: Decision
    entries: list[Entry]
    logit: float = 0.0


NOTHING = Match(decision="none", entries=[])


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What may be expected of the articles of a language, as `madoguchi faq check` reckons it: from their own
    phrasings, left out in turn, how many of the messages that they answer are answered by itself (`coverage`), and how
    many of such answers are right (`precision`); None while nothing is answered by itself, or no article has a second
    phrasing. `answered` is the share of the last `messages` that would be, None while they are fewer than forty."""

    lang: Lang
    articles: int
    threshold: float
    coverage: float | None
    precision: float | None
    messages: int = 0
    answered: float | None = None


class EngineState(msgspec.Struct, frozen=True, kw_only=True):
    """How the chosen engine is, in the process that was asked. While it is not ready the default one decides; `known`
    of `phrasings` have a vector."""

    kind: Literal["use", "e5", "endpoint"] = "use"
    model: str = ""
    state: Literal["ready", "preparing", "failing"] = "ready"
    known: int = 0
    phrasings: int = 0
    trouble: (
        Literal["package", "guarded", "unreachable", "slow", "key", "busy", "status", "garbage", "width", "locked"]
        | None
    ) = None
    detail: str = ""
