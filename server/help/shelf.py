"""The help centres with what stands in them today, in memory: made once after each change, read by every request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from server.accounts import desk_settings
from server.database import Transaction, now
from server.faq.files import files_of
from server.faq.plain import plain
from server.faq.queries import LiveArticle
from server.faq.views import LANGUAGES, Content, FileView, Lang, Words
from server.help import queries
from server.help.views import CategoryView, CentreView
from server.language import fold

RECENT = timedelta(days=30)
BRIEF = 120
"""How many characters of an answer stand under its question in a list."""
LONGEST_SLUG = 60
_NO_SLUG = re.compile(r"[^\w]+", re.UNICODE)


@dataclass(frozen=True)
class Leaf:
    """A public article as readers find it. `viewed` is how often it was read in the last thirty days."""

    id: int
    content: Content
    published: datetime
    changed: datetime
    files: tuple[FileView, ...] = ()
    viewed: int = 0

    @cached_property
    def langs(self) -> tuple[Lang, ...]:
        """The languages that it can be read in."""
        return tuple(each for each in LANGUAGES if (w := self.content.words.get(each)) and (w.full or w.short))

    def on(self, channel: str) -> bool:
        """Whether it holds for who writes by this channel."""
        return not self.content.channels or channel in self.content.channels

    def lang(self, wanted: Lang) -> Lang:
        """This language, or the other rather than none."""
        return wanted if wanted in self.langs else self.langs[0]

    def words(self, wanted: Lang) -> Words:
        """The words in this language, or in the other rather than none."""
        return self.content.words[self.lang(wanted)]

    def answer(self, wanted: Lang) -> str:
        """The answer in full, as Markdown."""
        words = self.words(wanted)
        return words.full or words.short

    def brief(self, wanted: Lang, most: int = BRIEF) -> str:
        """How the answer begins, in plain words on one line."""
        words = self.words(wanted)
        text = " ".join((words.short or plain(words.full)).split())
        return text if len(text) <= most else text[: most - 1].rstrip() + "…"

    def slug(self, wanted: Lang) -> str:
        """The last part of its address, for people: its number, and its question."""
        return f"{self.id}-{slug}" if (slug := slug_of(self.words(wanted).question)) else str(self.id)

    @cached_property
    def folded(self) -> str:
        """Everything that it can be found by."""
        parts = [self.content.category]
        for words in self.content.words.values():
            parts += [words.question, *words.phrasings, words.full, words.short]
        return fold("\n".join(parts))


@dataclass(frozen=True)
class Chapter:
    """A category with its articles, in the order in which they are most read."""

    category: CategoryView
    leaves: tuple[Leaf, ...]

    def name(self, lang: Lang) -> str:
        """What it is called: in this language, in the other, or as the articles say."""
        words = self.category.words
        own = [each.name for each in (words.get(lang), *words.values()) if each is not None and each.name]
        return own[0] if own else self.category.key

    def description(self, lang: Lang) -> str:
        """What it says of itself."""
        words = self.category.words
        own = [each.description for each in (words.get(lang), *words.values()) if each is not None]
        return own[0] if own else ""

    @property
    def number(self) -> int:
        """By which it is found in an address; 0 for one that nobody described."""
        return self.category.id

    def slug(self, lang: Lang) -> str:
        """The last part of its address."""
        return f"{self.number}-{slug_of(self.name(lang))}" if self.number else slug_of(self.category.key)


@dataclass(frozen=True)
class Centre:
    """A help centre with everything that stands in it."""

    view: CentreView
    shop: dict[str, str]
    leaves: dict[int, Leaf]
    chapters: tuple[Chapter, ...]

    @property
    def langs(self) -> tuple[Lang, ...]:
        """Its languages, the first one being where readers of neither go."""
        return tuple(self.view.settings.languages)

    def name(self, lang: Lang) -> str:
        """What it is called; without a name of its own, as the shop."""
        own = self.view.settings.name
        return own.get(lang) or self.shop.get(lang) or next(iter([*own.values(), *self.shop.values()]), "")

    def on(self, channel: str) -> Centre:
        """The same with nothing but what holds for who writes by this channel."""
        if all(leaf.on(channel) for leaf in self.leaves.values()):
            return self
        within = ((each, tuple(leaf for leaf in each.leaves if leaf.on(channel))) for each in self.chapters)
        return replace(
            self,
            leaves={id: leaf for id, leaf in self.leaves.items() if leaf.on(channel)},
            chapters=tuple(replace(chapter, leaves=own) for chapter, own in within if own),
        )

    def popular(self, most: int = 6) -> list[Leaf]:
        """What was read most in the last thirty days, then the newest."""
        return sorted(self.leaves.values(), key=lambda each: (-each.viewed, -each.changed.timestamp()))[:most]

    def newest(self, lang: Lang, most: int = 50) -> list[Leaf]:
        """The last changed of those in a language."""
        own = [each for each in self.leaves.values() if lang in each.langs]
        return sorted(own, key=lambda each: each.changed, reverse=True)[:most]

    def chapter(self, slug: str) -> Chapter | None:
        """The category of an address, whatever it was called when the address was made."""
        number = slug.partition("-")[0]
        for chapter in self.chapters:
            if (chapter.number and number == str(chapter.number)) or slug == slug_of(chapter.category.key):
                return chapter
        return None

    def chapter_of(self, leaf: Leaf) -> Chapter | None:
        """Where an article stands."""
        return next((each for each in self.chapters if each.category.key == leaf.content.category), None)

    def related(self, leaf: Leaf) -> list[Leaf]:
        """What its author names; else others of its category."""
        named = [self.leaves[id] for id in leaf.content.related if id in self.leaves]
        chapter = None if named else self.chapter_of(leaf)
        return named or [each for each in (chapter.leaves if chapter else ()) if each.id != leaf.id][:5]


@dataclass(frozen=True)
class Shelf:
    """Every help centre that is on, as of one moment; it holds for one day of the desk."""

    day: date
    zone: ZoneInfo
    centres: tuple[Centre, ...] = ()
    domains: dict[str, Centre] = field(default_factory=dict)
    public: dict[int, Leaf] = field(default_factory=dict)
    shops: dict[tuple[str, str], str] = field(default_factory=dict)
    """The shop of each form and chat, by kind and the last part of its address."""

    @property
    def holds(self) -> bool:
        """Whether it is still the same day."""
        return now().astimezone(self.zone).date() == self.day

    def at(self, slug: str) -> Centre | None:
        """The centre of a path; without a slug the main one, if it is on."""
        return next(
            (each for each in self.centres if (each.view.slug == slug if slug else each.view.path == "/help")), None
        )

    def offering(self, kind: str, slug: str) -> Centre | None:
        """The centre whose articles are offered in this form or chat, with those that hold there: one that names it,
        else the first one of its shop, else the first one, unless that is another shop's."""
        shop = self.shops.get((kind, slug), "")
        fitting = [each for each in self.centres if each.view.settings.shop in ("", shop)]
        own = [each for each in fitting if shop and each.view.settings.shop == shop]
        for centre in [*self._with(kind, slug), *own[:1], *fitting[:1]]:
            settings = centre.view.settings
            offers = settings.offer_on_form if kind == "form" else settings.offer_in_chat
            return centre.on("form" if kind == "form" else "webchat") if offers else None
        return None

    def of_article(self, id: int, shop: str = "") -> Centre | None:
        """The first centre in which an article can be read, one of this shop before others."""
        readable = [each for each in self.centres if id in each.leaves]
        return next((each for each in readable if each.view.settings.shop == shop), next(iter(readable), None))

    def _with(self, kind: str, slug: str) -> Iterator[Centre]:
        for centre in self.centres:
            if slug and slug == (centre.view.settings.form if kind == "form" else centre.view.settings.chat):
                yield centre


def slug_of(text: str) -> str:
    """Words as the last part of an address, in their own script."""
    slug = _NO_SLUG.sub("-", fold(text)).strip("-_")
    return slug[:LONGEST_SLUG].rstrip("-_")


def read(tx: Transaction, public_url: str) -> Shelf:
    """The shelf of now."""
    desk = desk_settings.read(tx)
    today = tx.now.astimezone(desk.zone).date()
    views = [each for each in queries.centres(tx, public_url) if each.settings.on]
    if not views:
        return Shelf(today, desk.zone)
    public = {leaf.id: leaf for leaf in leaves(tx, today)}
    categories = queries.categories(tx)
    centres = tuple(centre_of(view, desk.shop_name, categories, public.values()) for view in views)
    shops = {
        ("chat" if row.kind == "webchat" else row.kind, str(row.settings.get("slug", ""))): row.shop
        for row in tx.all(
            "SELECT kind, settings, shop FROM channel_account WHERE shop <> '' AND kind IN ('form', 'webchat')"
            " AND removed_at IS NULL"
        )
    }
    return Shelf(today, desk.zone, centres, {c.view.domain: c for c in centres if c.view.domain}, public, shops)


def centre_of(
    view: CentreView, shop: dict[str, str], categories: Sequence[CategoryView], public: Iterable[Leaf]
) -> Centre:
    """A centre with the articles that it shows."""
    settings = view.settings
    leaves = {leaf.id: leaf for leaf in public if settings.shows(leaf.content)}
    if settings.categories:
        order = {key: place for place, key in enumerate(settings.categories)}
        categories = sorted((each for each in categories if each.key in order), key=lambda each: order[each.key])
    chapters = []
    for category in categories:
        own = [leaf for leaf in leaves.values() if leaf.content.category == category.key]
        if own:
            own.sort(key=lambda leaf: (-leaf.viewed, leaf.id))
            chapters.append(Chapter(category, tuple(own)))
    return Centre(view, shop, leaves, tuple(chapters))


def leaves(tx: Transaction, today: date) -> Iterator[Leaf]:
    """The public articles that hold on a day."""
    since = (tx.now - RECENT).date().isoformat()
    viewed = {
        row.article_id: int(row.n)
        for row in tx.all(
            "SELECT article_id, sum(times) AS n FROM help_count WHERE day >= :since AND what = 'viewed'"
            " GROUP BY article_id",
            since=since,
        )
    }
    files = files_of(tx)
    rows = tx.all(
        "SELECT a.id, a.live, a.live_version, a.created_at, v.created_at AS changed_at FROM article a"
        " JOIN article_version v ON v.article_id = a.id AND v.version = a.live_version"
        " WHERE a.live_version IS NOT NULL ORDER BY a.id"
    )
    for row in rows:
        content = msgspec.convert(row.live, Content)
        if not LiveArticle(row.id, row.live_version, content).holds(today) or content.audience != "public":
            continue
        own = files.get(row.id, {})
        leaf = Leaf(
            row.id,
            content,
            row.created_at,
            row.changed_at,
            tuple(own[id] for id in content.attachments if id in own),
            viewed.get(row.id, 0),
        )
        if leaf.langs:
            yield leaf
