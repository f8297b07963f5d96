"""Reading articles, their versions, what is live now, and what stands beside a ticket's messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from server import accounts
from server.accounts import desk_settings
from server.database import Transaction
from server.errors import NotFound
from server.faq.views import (
    ArticleHit,
    ArticlePage,
    ArticleView,
    Content,
    Entry,
    State,
    SuggestionView,
    VersionView,
    text_for,
    title,
)
from server.language import fold


class LiveArticle(msgspec.Struct, frozen=True):
    """An article as customers are answered from it."""

    id: int
    version: int
    content: Content

    def holds(self, today: date, channel: str = "", shop: str = "", *, internal: bool = True) -> bool:
        """Whether it may be used on this day, on this channel, in this shop, and, unless `internal`, before customers'
        eyes. Where no shop is told, colleagues see those of all shops, customers only what is for every one."""
        content = self.content
        return (
            (content.valid_from is None or content.valid_from <= today)
            and (content.valid_until is None or today <= content.valid_until)
            and (not channel or not content.channels or channel in content.channels)
            and (not content.shops or shop in content.shops or (internal and not shop))
            and (internal or content.audience == "public")
        )


def article(tx: Transaction, id: int) -> ArticleView:
    """One article. Raises `NotFound`."""
    row = tx.first("SELECT * FROM article WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no such article.")
    return _view(row)


def page(
    tx: Transaction,
    *,
    state: State | None = None,
    category: str | None = None,
    shop: str | None = None,
    words: str = "",
    due: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> ArticlePage:
    """Articles, the last changed first; those that are archived only when asked for by their state. Of a `shop` are
    those for every shop, too. `due` are those that are to be looked at again today or earlier."""
    skip = int(after) if after and after.isdecimal() and len(after) < 9 else 0
    rows = tx.all(
        "SELECT * FROM article WHERE "
        + ("state = :state" if state else "state <> 'archived'")
        + (" AND category = :category" if category is not None else "")
        + " ORDER BY updated_at DESC, id DESC",
        **({"state": state} if state else {}),
        **({"category": category} if category is not None else {}),
    )
    views = [_view(row) for row in rows]
    if shop is not None:
        views = [view for view in views if not view.content.shops or shop in view.content.shops]
    if due:
        day = today(tx)
        views = [view for view in views if view.content.review_on and view.content.review_on <= day]
    for word in fold(words).split():
        views = [view for view in views if word in fold(_everything(view.content))]
    items = views[skip : skip + limit]
    return ArticlePage(items=items, next=str(skip + limit) if len(views) > skip + limit else None)


def versions(tx: Transaction, id: int) -> list[VersionView]:
    """Every version of an article, the newest first. Raises `NotFound`."""
    article(tx, id)
    rows = tx.all("SELECT * FROM article_version WHERE article_id = :id ORDER BY version DESC", id=id)
    return [
        VersionView(
            version=row.version,
            state=row.state,
            content=msgspec.convert(row.content, Content),
            by=row.by_whom,
            created_at=row.created_at,
        )
        for row in rows
    ]


def to_look_at(tx: Transaction) -> int:
    """How many articles are to be looked at again today or earlier."""
    found = tx.value(
        "SELECT count(*) FROM article WHERE review_on <= :day AND state <> 'archived'", day=today(tx).isoformat()
    )
    return int(found or 0)


def titles(tx: Transaction, ids: Sequence[int]) -> dict[int, str]:
    """What some articles are called."""
    found = {id: tx.first("SELECT title FROM article WHERE id = :id", id=id) for id in ids}
    return {id: row.title for id, row in found.items() if row is not None}


def categories(tx: Transaction) -> list[str]:
    """The categories in use."""
    rows = tx.all(
        "SELECT DISTINCT category FROM article WHERE category <> '' AND state <> 'archived' ORDER BY category"
    )
    return [row.category for row in rows]


def live(tx: Transaction) -> list[LiveArticle]:
    """The articles that are published, whatever their validity."""
    rows = tx.all("SELECT id, live, live_version FROM article WHERE live_version IS NOT NULL ORDER BY id")
    return [LiveArticle(row.id, row.live_version, msgspec.convert(row.live, Content)) for row in rows]


def suggestions(tx: Transaction, number: int) -> list[SuggestionView]:
    """What stands beside the messages of a ticket, the newest message first, the surest article first.

    What does not hold today is left out, unless somebody used it. Raises `NotFound`.
    """
    ticket = spoken(tx, number)
    day = today(tx)
    rows = tx.all(
        "SELECT s.*, a.live, a.live_version FROM suggestion s JOIN article a ON a.id = s.article_id"
        " WHERE s.ticket_number = :number AND a.live_version IS NOT NULL ORDER BY s.message_id DESC, s.place",
        number=number,
    )
    found = []
    for row in rows:
        content = msgspec.convert(row.live, Content)
        live = LiveArticle(row.article_id, row.live_version, content)
        if not row.outcome and not live.holds(day, ticket.channel, ticket.shop):
            continue
        words = content.words.get(row.lang)
        found.append(
            SuggestionView(
                id=row.id,
                message=row.message_id,
                article=row.article_id,
                question=words.question if words is not None else title(content),
                text=text_for(content, row.lang, ticket.channel),
                confidence=row.confidence,
                decision=row.decision,
                outcome=row.outcome or None,
                audience=content.audience,
            )
        )
    return found


class Spoken(NamedTuple):
    """Where and how a customer writes; all of it empty where nothing is known."""

    channel: str = ""
    language: str = ""
    shop: str = ""


def spoken(tx: Transaction, number: int | None) -> Spoken:
    """A ticket's channel, language and shop; without a ticket none of them. Raises `NotFound`."""
    if number is None:
        return Spoken()
    row = tx.first(
        "SELECT t.channel, t.language, a.shop FROM ticket t JOIN channel_account a ON a.id = t.account_id"
        " WHERE t.number = :number",
        number=number,
    )
    if row is None:
        raise NotFound("There is no ticket #{number}.", number=number)
    return Spoken(row.channel, row.language, row.shop)


def search(
    tx: Transaction, words: str, number: int | None, likely: Sequence[Entry] = (), limit: int = 12
) -> list[ArticleHit]:
    """Live articles that hold today on the ticket's channel and in its shop: those that the matcher found, the surest
    first, then those with all the words in them; without words the last changed. Raises `NotFound`."""
    channel, lang, shop = spoken(tx, number)
    day = today(tx)
    rows = tx.all(
        "SELECT id, live, live_version FROM article WHERE live_version IS NOT NULL ORDER BY updated_at DESC, id"
    )
    held = {row.id: LiveArticle(row.id, row.live_version, msgspec.convert(row.live, Content)) for row in rows}
    held = {id: article for id, article in held.items() if article.holds(day, channel, shop)}
    sure = {int(entry.id): entry.confidence for entry in likely if int(entry.id) in held}
    parts = fold(words).split()
    holding = [id for id, article in held.items() if id not in sure and _holds_all(article.content, parts)]
    found = []
    for id in [*sure, *holding][:limit]:
        content = held[id].content
        own = content.words.get(lang)  # type: ignore[call-overload]  # a ticket may be in a language without articles
        found.append(
            ArticleHit(
                article=id,
                question=own.question if own is not None else title(content),
                category=content.category,
                text=text_for(content, lang, channel),
                confidence=sure.get(id),
                audience=content.audience,
            )
        )
    return found


def lost_shops(tx: Transaction) -> list[str]:
    """Shops that articles are written for, and that no account belongs to any more."""
    named = {shop for view in page(tx, limit=100_000).items for shop in view.content.shops}
    return sorted(named - set(accounts.shops(tx)))


def any_live(tx: Transaction) -> bool:
    """Whether an article answers anybody."""
    return tx.value("SELECT 1 FROM article WHERE live_version IS NOT NULL") is not None


def today(tx: Transaction) -> date:
    """The desk's day."""
    return tx.now.astimezone(desk_settings.read(tx).zone).date()


def judged(tx: Transaction, lang: str, limit: int = 2000) -> list[tuple[float, bool]]:
    """What agents made of the first suggestions in a language, newest first: the matcher's logit, and whether it
    was right."""
    rows = tx.all(
        "SELECT logit, outcome FROM suggestion WHERE lang = :lang AND place = 1 AND outcome <> ''"
        " ORDER BY id DESC LIMIT :limit",
        lang=lang,
        limit=limit,
    )
    return [(row.logit, row.outcome != "rejected") for row in rows]


def _holds_all(content: Content, parts: Sequence[str]) -> bool:
    folded = fold(_everything(content))
    return all(part in folded for part in parts)


def _everything(content: Content) -> str:
    return "\n".join(
        [
            content.category,
            *(text for w in content.words.values() for text in (w.question, *w.phrasings, w.full, w.short)),
        ]
    )


def _view(row: Any) -> ArticleView:
    return ArticleView(
        id=row.id,
        state=row.state,
        content=msgspec.convert(row.content, Content),
        live_version=row.live_version,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
