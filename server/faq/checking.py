"""How the live articles stand among each other: what may be expected of them, and what an owner should mend."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server import language
from server.faq.encoders import Encoder
from server.faq.matching import Matcher
from server.faq.queries import LiveArticle
from server.faq.questions import whole
from server.faq.views import LANGUAGES

MOST_COLLISIONS = 50


class Astray(msgspec.Struct, frozen=True):
    """A phrasing that leads to another article when it stands alone."""

    article: int
    phrasing: str
    leads_to: int


class Collision(msgspec.Struct, frozen=True):
    """Two articles that are taken for each other, and by how many phrasings."""

    articles: tuple[int, int]
    phrasings: int


class LanguageCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The articles of one language. Coverage and precision are expected ones, from their own phrasings; both are None
    while no article has a second phrasing."""

    lang: str
    articles: int
    phrasings: int
    threshold: float
    automatic: bool
    coverage: float | None
    precision: float | None
    collisions: list[Collision]
    astray: list[Astray]
    lone: list[int]
    messages: int = 0
    """The last messages of customers that were looked at; with fewer than a hundred none are."""
    messages_threshold: float | None = None
    """The threshold that they give: with them the desk uses this one. Above 1: nothing would be answered."""
    messages_answered: float | None = None
    """The share of them that would be answered by itself."""


def check(articles: list[LiveArticle], encoder: Encoder, recent: Sequence[str] = ()) -> list[LanguageCheck]:
    """Ask every article's phrasings as if each had not been written, and look at the last messages of customers. Takes
    some seconds for a thousand articles."""
    matcher = Matcher(encoder)
    for article in articles:
        for lang, words in article.content.words.items():
            matcher.put(str(article.id), lang, [words.question, *words.phrasings])
    said = [part for text in recent if (part := whole(text))]
    for lang in LANGUAGES:
        matcher.hear([part for part in said if (language.guess(part) or "en") == lang], lang)
    return [found for lang in LANGUAGES if (found := _check(matcher, lang)) is not None]


def _check(matcher: Matcher, lang: str) -> LanguageCheck | None:
    told = matcher.rehearsal(lang)
    if told is None:
        return None
    ids, texts, rehearsal, threshold, automatic = told
    owner = matcher.owners(lang)
    astray = [
        Astray(int(ids[owner[row]]), texts[row], int(ids[found]))
        for row, found, right in zip(rehearsal.rows, rehearsal.found, rehearsal.right, strict=True)
        if not right
    ]
    pairs: dict[tuple[int, int], int] = {}
    for one in astray:
        pair = (min(one.article, one.leads_to), max(one.article, one.leads_to))
        pairs[pair] = pairs.get(pair, 0) + 1
    collisions = [Collision(pair, count) for pair, count in sorted(pairs.items(), key=lambda each: -each[1])]
    coverage, precision = rehearsal.outlook(threshold)
    messages, late, answered = matcher.of_late(lang) or (0, None, None)
    counts = [owner.count(place) for place in range(len(ids))]
    return LanguageCheck(
        lang=lang,
        articles=len(ids),
        phrasings=len(texts),
        threshold=round(threshold, 4),
        automatic=automatic,
        coverage=round(coverage, 3) if len(rehearsal.kept) and automatic else None,
        precision=round(precision, 3) if precision is not None and automatic else None,
        collisions=collisions[:MOST_COLLISIONS],
        astray=astray,
        lone=[int(id) for id, count in zip(ids, counts, strict=True) if count == 1],
        messages=messages,
        messages_threshold=round(late, 4) if late is not None else None,
        messages_answered=round(answered, 3) if answered is not None else None,
    )
