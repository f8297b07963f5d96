"""The FAQ: articles, their versions and states, asking them, and what stands beside a ticket's messages."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from server import errors
from server.faq import actions, queries
from server.faq.queries import Spoken
from server.faq.views import (
    NOTHING,
    ArticleHit,
    ArticlePage,
    ArticleView,
    Content,
    Lang,
    Match,
    Outcome,
    State,
    SuggestionView,
    VersionView,
)
from server.web.api.shapes import Paged, Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form, Query

api = Api()
LEAST_FOUND = 0.05
"""Who looks for an article sees it from this confidence on."""


class ArticleQuery(Paged, frozen=True, kw_only=True):
    """Conditions that must all hold. Archived articles are listed when asked for by `state`; of a `shop` those for
    every shop, too."""

    state: State | None = None
    category: Annotated[str, Meta(max_length=60)] | None = None
    shop: Annotated[str, Meta(max_length=100)] | None = None
    q: Annotated[str, Meta(max_length=200)] = ""


class FindQuery(Query, frozen=True, kw_only=True):
    """Words to look for, and the ticket whose channel and language count."""

    q: Annotated[str, Meta(max_length=500)] = ""
    ticket: Number | None = None


class ArticleForm(Form, frozen=True, kw_only=True):
    """All of an article's content; `version` is the one that the edit is made of."""

    content: Content
    version: Version | None = None


class NewArticle(Form, frozen=True, kw_only=True):
    """A new draft."""

    content: Content


class StateForm(Form, frozen=True, kw_only=True):
    """Where an article is to go."""

    state: State
    version: Version | None = None


class AskForm(Form, frozen=True, kw_only=True):
    """A message, as a customer would write it."""

    text: Annotated[str, Meta(max_length=100_000)]
    language: Lang | None = None
    channel: Annotated[str, Meta(max_length=40)] = ""
    shop: Annotated[str, Meta(max_length=100)] = ""


class OutcomeForm(Form, frozen=True, kw_only=True):
    """What came of a suggestion."""

    outcome: Outcome


@api.get("/articles", "The articles of the FAQ")
async def all_articles(call: Call, query: ArticleQuery) -> ArticlePage:
    """The last changed first."""
    return await call.read(
        queries.page,
        state=query.state,
        category=query.category,
        shop=query.shop,
        words=query.q,
        after=query.after,
        limit=query.limit,
    )


@api.post("/articles", "Write an article")
async def add_article(call: Call, form: NewArticle) -> ArticleView:
    """A draft; it answers nobody until it is published."""
    return await call.write(actions.add, form.content)


@api.get("/articles/search", "Look for live articles")
async def search_articles(call: Call, query: FindQuery) -> list[ArticleHit]:
    """By what is meant, then by words; with nothing to look for, the last changed."""
    spoken = await call.read(queries.spoken, query.ticket)
    found = NOTHING
    if query.q.strip() and call.doors.faq is not None:
        found = await call.doors.faq.match(query.q, channel=spoken.channel, shop=spoken.shop)
    likely = [entry for entry in found.entries if entry.confidence >= LEAST_FOUND]
    hits = await call.read(queries.search, query.q, query.ticket, likely)
    return [msgspec.structs.replace(hit, url=await _link(call, hit.article, spoken)) for hit in hits]


@api.get("/articles/{article}", "An article")
async def one_article(call: Call, article: Number) -> ArticleView:
    """What is being written, and which version is live."""
    return await call.read(queries.article, article)


@api.patch("/articles/{article}", "Change an article")
async def edit_article(call: Call, article: Number, form: ArticleForm) -> ArticleView:
    """A published article stays live as it was until this draft is published too."""
    return await call.write(actions.edit, article, form.content, call.version(form.version))


@api.put("/articles/{article}/state", "Hand in, publish or archive an article", conflicts=True)
async def move_article(call: Call, article: Number, form: StateForm) -> ArticleView:
    """Publishing and archiving are a lead's; what is published answers the very next message."""
    return await call.write(actions.move, article, form.state, call.version(form.version))


@api.get("/articles/{article}/versions", "The versions of an article")
async def article_versions(call: Call, article: Number) -> list[VersionView]:
    """The newest first."""
    return await call.read(queries.versions, article)


@api.post("/articles/match", "Ask the articles", status=200, scope="read", conflicts=False, idempotent=False)
async def match_articles(call: Call, form: AskForm) -> Match:
    """What the desk would do with a message; nothing is kept."""
    if call.doors.faq is None:
        raise errors.Unavailable("The FAQ is not at hand.")
    return await call.doors.faq.match(form.text, lang=form.language, channel=form.channel, shop=form.shop)


@api.get("/tickets/{number}/suggestions", "Articles beside a ticket's messages")
async def ticket_suggestions(call: Call, number: Number) -> list[SuggestionView]:
    """The newest message first; of each at most three, the surest first."""
    found = await call.read(queries.suggestions, number)
    spoken = await call.read(queries.spoken, number)
    return [msgspec.structs.replace(each, url=await _link(call, each.article, spoken)) for each in found]


@api.put("/tickets/{number}/suggestions/{suggestion}/outcome", "Say what came of a suggestion")
async def judge_suggestion(call: Call, number: Number, suggestion: Number, form: OutcomeForm) -> None:
    """Each is a label from which the confidence learns."""
    await call.write(actions.judge, number, suggestion, form.outcome)


async def _link(call: Call, article: int, spoken: Spoken) -> str:
    """Where customers read it in the help centre, in the ticket's language and shop if it can be."""
    help = call.doors.help
    return await help.link(article, spoken.language, spoken.shop) if help is not None else ""
