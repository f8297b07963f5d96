"""What stands in the help centre, as admins see it: the centres, the categories, how articles are received."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from server.database import Transaction
from server.errors import NotFound
from server.faq.views import Content, Lang, title
from server.help.views import (
    CategoryView,
    CategoryWords,
    CentreSettings,
    CentreView,
    Reception,
    ReceptionView,
    VoteWords,
)

RECENT = timedelta(days=30)
MOST_WORDS = 20
"""Readers' words shown of one article, the newest."""


def centres(tx: Transaction, public_url: str) -> list[CentreView]:
    """The help centres; the oldest one is the main one, at `/help`."""
    rows = tx.all("SELECT * FROM help_centre ORDER BY id")
    return [_view(row, public_url, main=row.id == rows[0].id) for row in rows]


def centre(tx: Transaction, id: int, public_url: str) -> CentreView:
    """One of them. Raises `NotFound`."""
    found = next((each for each in centres(tx, public_url) if each.id == id), None)
    if found is None:
        raise NotFound("There is no such help centre.")
    return found


def _view(row: Any, public_url: str, *, main: bool) -> CentreView:
    path = "/help" if main else f"/help/{row.slug}"
    scheme = urlsplit(public_url).scheme
    return CentreView(
        id=row.id,
        slug=row.slug,
        domain=row.domain,
        settings=msgspec.convert(row.settings, CentreSettings),
        version=row.version,
        path=path,
        url=f"{scheme}://{row.domain}/help" if row.domain else public_url.rstrip("/") + path,
    )


def logos(tx: Transaction) -> set[str]:
    """The digests of the centres' logos in the file store."""
    rows = tx.all("SELECT settings FROM help_centre")
    return {logo for row in rows if (logo := msgspec.convert(row.settings, CentreSettings).logo)}


def categories(tx: Transaction) -> list[CategoryView]:
    """Every category: those with words in their order, then those that articles say and nobody described (id 0)."""
    counted = {
        row.category: row.n
        for row in tx.all(
            "SELECT category, count(*) AS n FROM article WHERE category <> '' AND state <> 'archived' GROUP BY category"
        )
    }
    rows = tx.all("SELECT * FROM help_category ORDER BY position, id")
    known = [
        CategoryView(
            id=row.id,
            key=row.key,
            words=msgspec.convert(row.words, dict[Lang, CategoryWords]),
            position=row.position,
            articles=counted.pop(row.key, 0),
        )
        for row in rows
    ]
    return known + [CategoryView(id=0, key=key, words={}, position=0, articles=n) for key, n in sorted(counted.items())]


def ways(tx: Transaction, kind: str) -> dict[str, str]:
    """The forms or chats by which readers can write: address in the URL to name."""
    rows = tx.all(
        "SELECT name, settings FROM channel_account WHERE kind = :kind AND removed_at IS NULL ORDER BY id", kind=kind
    )
    return {str(row.settings.get("slug", "")): row.name for row in rows if row.settings.get("slug")}


def reception(tx: Transaction, article: int | None = None) -> ReceptionView:
    """How articles are received, the worst first: unhelpful votes, then whatever was looked at most."""
    since = (tx.now - RECENT).date().isoformat()
    mine = " AND article_id = :article" if article is not None else ""
    given = {"article": article} if article is not None else {}
    seen: dict[int, dict[str, Any]] = {}
    for row in tx.all(
        "SELECT article_id, helpful, count(*) AS n FROM help_vote WHERE 1 = 1" + mine + " GROUP BY article_id, helpful",
        **given,
    ):
        seen.setdefault(row.article_id, {})["yes" if row.helpful else "no"] = row.n
    for row in tx.all(
        "SELECT article_id, what, sum(times) AS n FROM help_count WHERE day >= :since AND article_id <> 0" + mine
        + " GROUP BY article_id, what",
        since=since, **given,
    ):  # fmt: skip
        seen.setdefault(row.article_id, {})[row.what] = int(row.n)
    for row in tx.all(
        "SELECT article_id, lang, helpful, words, created_at FROM help_vote WHERE words <> ''" + mine
        + " ORDER BY created_at DESC LIMIT 500",
        **given,
    ):  # fmt: skip
        said = seen.setdefault(row.article_id, {}).setdefault("words", [])
        if len(said) < MOST_WORDS:
            said.append(VoteWords(lang=row.lang, helpful=row.helpful, words=row.words, created_at=row.created_at))
    articles = [
        Reception(
            article=row.id, title=title(msgspec.convert(row.live or row.content, Content)), **seen.get(row.id, {})
        )
        for row in tx.all("SELECT id, live, content FROM article WHERE state <> 'archived' ORDER BY id")
        if row.id in seen
    ]
    totals = {
        row.what: int(row.n)
        for row in tx.all(
            "SELECT what, sum(times) AS n FROM help_count WHERE day >= :since AND article_id = 0 GROUP BY what",
            since=since,
        )
    }
    return ReceptionView(
        searched=totals.get("searched", 0),
        nothing=totals.get("nothing", 0),
        articles=sorted(articles, key=lambda each: (-each.no, -each.viewed, -each.yes, each.article)),
    )
