"""How the live articles stand among each other: what may be expected of them, and what an owner should mend."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.faq.encoders import Encoder
from server.faq.matching import Matcher
from server.faq.queries import LiveArticle
from server.faq.stock import Said, Stock
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
    shop: str = ""
    """Whose articles were looked at, with those for all; empty: every article."""
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
    """The last messages of customers that were looked at; with fewer than forty none are."""
    messages_threshold: float | None = None
    """The threshold that they give: with them the desk uses this one. Above 1: nothing would be answered."""
    messages_answered: float | None = None
    """The share of them that would be answered by itself."""


def shops_of(articles: Sequence[LiveArticle]) -> list[str]:
    """The shops that some article is limited to."""
    return sorted({shop for article in articles for shop in article.content.shops})


def check(
    articles: Sequence[LiveArticle], encoder: Encoder, recent: Sequence[Said] = (), shops: Sequence[str] = ("",)
) -> list[LanguageCheck]:
    """Ask every article's phrasings as if each had not been written, and look at the last messages of customers; for
    each of these shops by itself. Takes some seconds for a thousand articles."""
    stock = Stock(Matcher(encoder))
    stock.lay({article.id: article for article in articles})
    stock.hear(recent)
    return [found for shop in shops for lang in LANGUAGES if (found := _check(stock.of(shop), lang, shop)) is not None]


def _check(matcher: Matcher, lang: str, shop: str) -> LanguageCheck | None:
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
        shop=shop,
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
