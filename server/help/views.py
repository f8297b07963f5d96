"""What a help centre is: its look, its languages, what stands in it, and what its readers said."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.faq.views import LANGUAGES, Content, Lang

Text = Annotated[str, Meta(max_length=2_000)]
Name = Annotated[str, Meta(max_length=100)]
COLOUR = "#1f5fbf"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link at the foot of every page: 特定商取引法に基づく表記, privacy, the shop."""

    words: dict[Lang, Name] = {}
    url: Annotated[str, Meta(max_length=500)]


class CentreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that an admin decides for a help centre.

    `categories` are the keys of the categories that it shows, in its own order; none: all of them. `logo` is a digest
    in the file store, `logo_size` its width and height in pixels. `shop` is the shop whose articles it shows beside
    those for all; without one it shows only these. `form` and `chat` are the addresses of the accounts
    by which readers write, and on which articles are offered while they type.
    """

    on: bool = False
    name: dict[Lang, Name] = {}
    welcome: dict[Lang, Name] = {}
    languages: Annotated[list[Lang], Meta(min_length=1, max_length=2)] = msgspec.field(
        default_factory=lambda: list(LANGUAGES)
    )
    colour: Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")] = COLOUR
    logo: str = ""
    logo_size: tuple[int, int] = (0, 0)
    categories: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=200)] = []
    footer: dict[Lang, Text] = {}
    links: Annotated[list[Link], Meta(max_length=10)] = []
    shop: Annotated[str, Meta(max_length=100)] = ""
    form: Annotated[str, Meta(max_length=64)] = ""
    chat: Annotated[str, Meta(max_length=64)] = ""
    indexed: bool = True
    votes: bool = True
    offer_on_form: bool = True
    offer_in_chat: bool = True

    def shows(self, content: Content) -> bool:
        """Whether a public article stands here, by its category and its shops."""
        return (not self.categories or content.category in self.categories) and (
            not content.shops or self.shop in content.shops
        )


class CentreView(msgspec.Struct, frozen=True, kw_only=True):
    """A help centre. `path` is where it stands on the desk's own host, `url` where customers are sent."""

    id: int
    slug: str
    domain: str | None
    settings: CentreSettings
    version: int
    path: str
    url: str


class CategoryWords(msgspec.Struct, frozen=True, kw_only=True):
    """A category in one language."""

    name: Name
    description: Annotated[str, Meta(max_length=300)] = ""


class CategoryView(msgspec.Struct, frozen=True, kw_only=True):
    """A category; `key` is what the articles say, `articles` how many say it."""

    id: int
    key: str
    words: dict[Lang, CategoryWords]
    position: int
    articles: int = 0


Place = Literal["page", "search", "form", "chat"]
What = Literal["viewed", "searched", "nothing", "shown", "opened", "solved"]


class VoteWords(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader wrote to their vote."""

    lang: str
    helpful: bool
    words: str
    created_at: datetime


class Reception(msgspec.Struct, frozen=True, kw_only=True):
    """How an article is received: votes of all time, and what happened in the last thirty days."""

    article: int
    title: str
    yes: int = 0
    no: int = 0
    viewed: int = 0
    shown: int = 0
    opened: int = 0
    solved: int = 0
    words: list[VoteWords] = []


class ReceptionView(msgspec.Struct, frozen=True, kw_only=True):
    """How the help centre is received. `searched` and `nothing` are searches, and those that found nothing, of the last
    thirty days."""

    searched: int
    nothing: int
    articles: list[Reception]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An article that may answer what somebody is typing; `text` is its answer in short, `url` its page."""

    id: int
    question: str
    text: str
    url: str
    lang: str
