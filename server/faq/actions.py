"""Writing articles: draft → review → published → archived. Each change is a version; what is published stays live
while its next version is being written."""

from __future__ import annotations

from typing import Any

import msgspec

from server import accounts
from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged
from server.faq import queries
from server.faq.views import LANGUAGES, ArticleView, Content, Lang, Outcome, State, Words, title

AFTER: dict[State, tuple[State, ...]] = {
    "draft": ("review", "published", "archived"),
    "review": ("draft", "published", "archived"),
    "published": ("draft", "archived"),
    "archived": ("draft",),
}
"""What may follow a state. Publishing and archiving are a lead's."""


def add(tx: Transaction, agent: AgentView, content: Content) -> ArticleView:
    """A new draft."""
    require(agent, "agent")
    kept = _checked(tx, content, None)
    id = tx.insert(
        "article", state="draft", content=dump(kept), title=title(kept), category=kept.category, version=1,
        review_on=_day(kept),
        created_at=tx.now, updated_at=tx.now,
    )  # fmt: skip
    return _kept(tx, agent, id)


def edit(tx: Transaction, agent: AgentView, id: int, content: Content, version: int | None = None) -> ArticleView:
    """Other words. A published article stays live as it was until this draft is published. Raises `Conflict` when
    somebody else saved since `version`."""
    require(agent, "agent")
    before = _locked(tx, id, version)
    kept = _checked(tx, content, id)
    if kept == before.content:
        return before
    state = "draft" if before.state in ("published", "archived") else before.state
    tx.run(
        "UPDATE article SET content = :content, title = :title, category = :category, state = :state,"
        " review_on = :review_on,"
        " version = version + 1, updated_at = :now WHERE id = :id",
        content=dump(kept), title=title(kept), category=kept.category, state=state, now=tx.now, id=id,
        review_on=_day(kept),
    )  # fmt: skip
    return _kept(tx, agent, id)


def move(tx: Transaction, agent: AgentView, id: int, state: State, version: int | None = None) -> ArticleView:
    """Hand in for review, take back, publish or archive. Publishing answers the very next message."""
    require(agent, "lead" if state in ("published", "archived") else "agent")
    before = _locked(tx, id, version)
    if state == before.state:
        return before
    if state not in AFTER[before.state]:
        raise Conflict("An article cannot go from this state to that one.")
    if state == "published":
        _publishable(before.content)
    tx.run(
        "UPDATE article SET state = :state, version = version + 1, updated_at = :now WHERE id = :id",
        state=state, now=tx.now, id=id,
    )  # fmt: skip
    if state == "published":
        tx.run("UPDATE article SET live = content, live_version = version WHERE id = :id", id=id)
    elif state == "archived":
        tx.run("UPDATE article SET live = NULL, live_version = NULL WHERE id = :id", id=id)
    return _kept(tx, agent, id)


CHANNELS = ("email", "webchat", "line", "form", "phone", "api")
"""Where an article may hold, besides the kinds of accounts that others added: a word that is none holds nowhere."""
MOST_PHRASINGS = 100


def widen(tx: Transaction, agent: AgentView, id: int, lang: Lang, phrasings: list[str]) -> ArticleView:
    """Let a live article be asked in these ways too, at once: what is live is published with them, and a draft that is
    being written gets them as well. Raises `NotFound`, `Conflict` where it is not live, `Invalid` when it is full."""
    require(agent, "lead")
    before = _locked(tx, id, None)
    live = tx.value("SELECT live FROM article WHERE id = :id", id=id)
    if live is None:
        raise Conflict("This article is not published any more.")
    shown = _with_phrasings(msgspec.convert(_read(live), Content), lang, phrasings)
    written = shown if before.state == "published" else _with_phrasings(before.content, lang, phrasings)
    return _live_anew(tx, agent, before, shown, written)


def rename_shop(tx: Transaction, agent: AgentView, shop: str, name: str) -> int:
    """Articles of a shop are the shop's of this name: what is live at once, what is being written, and what they once
    were, so that it can be gone back to. How many that were."""
    require(agent, "admin")
    carried = 0
    for row in tx.all("SELECT id, live FROM article ORDER BY id"):
        standing = queries.article(tx, row.id)
        live = msgspec.convert(_read(row.live), Content) if row.live is not None else None
        if shop in standing.content.shops or (live is not None and shop in live.shops):
            before, carried = _locked(tx, row.id, None), carried + 1
            written = _of_shop(before.content, shop, name)
            if live is not None:
                _live_anew(tx, agent, before, _of_shop(live, shop, name), written)
            else:
                _written_anew(tx, agent, before.id, written)
    for then in tx.all("SELECT id, content FROM article_version ORDER BY id"):
        content = msgspec.convert(_read(then.content), Content)
        if shop in content.shops:
            kept = dump(_of_shop(content, shop, name))
            tx.run("UPDATE article_version SET content = :content WHERE id = :id", content=kept, id=then.id)
    return carried


def _live_anew(tx: Transaction, agent: AgentView, before: ArticleView, shown: Content, written: Content) -> ArticleView:
    """What is live becomes `shown` at once, as a version of its own; of a draft beside it `written` is the next one."""
    tx.run(
        "UPDATE article SET live = :live, live_version = version + 1, version = version + 1, updated_at = :now"
        " WHERE id = :id",
        live=dump(shown), now=tx.now, id=before.id,
    )  # fmt: skip
    tx.insert(
        "article_version", article_id=before.id, version=before.version + 1, state="published", content=dump(shown),
        by_whom=agent.actor, created_at=tx.now,
    )  # fmt: skip
    if before.state == "published":
        tx.run("UPDATE article SET content = live WHERE id = :id", id=before.id)
        tx.record(DeskChanged(what="article", id=before.id), by=agent.actor)
        return queries.article(tx, before.id)
    return _written_anew(tx, agent, before.id, written)


def _written_anew(tx: Transaction, agent: AgentView, id: int, written: Content) -> ArticleView:
    tx.run("UPDATE article SET content = :content, version = version + 1 WHERE id = :id", content=dump(written), id=id)
    return _kept(tx, agent, id)


def _of_shop(content: Content, shop: str, name: str) -> Content:
    shops = list(dict.fromkeys(name if each == shop else each for each in content.shops))
    return msgspec.structs.replace(content, shops=shops)


def _read(kept: Any) -> Any:
    return msgspec.json.decode(kept) if isinstance(kept, str | bytes) else kept


def _with_phrasings(content: Content, lang: Lang, phrasings: list[str]) -> Content:
    words = content.words.get(lang)
    if words is None:
        return content
    known = {words.question, *words.phrasings}
    more = [line for each in dict.fromkeys(phrasings) if (line := " ".join(each.split())) and line not in known]
    if len(words.phrasings) + len(more) > MOST_PHRASINGS:
        raise Invalid("An article has at most {n} phrasings in a language.", n=MOST_PHRASINGS)
    widened = msgspec.structs.replace(words, phrasings=[*words.phrasings, *more])
    return msgspec.structs.replace(content, words={**content.words, lang: widened})


def judge(tx: Transaction, agent: AgentView, number: int, id: int, outcome: Outcome) -> None:
    """What an agent made of a suggestion; each is a label from which the confidence learns. Raises `NotFound`."""
    require(agent, "agent")
    changed = tx.run(
        "UPDATE suggestion SET outcome = :outcome, outcome_by = :by WHERE id = :id AND ticket_number = :number",
        outcome=outcome, by=agent.id or None, id=id, number=number,
    )  # fmt: skip
    if not changed:
        raise NotFound("There is no such suggestion.")
    tx.record(DeskChanged(what="suggestion", id=id), by=agent.actor)


def _locked(tx: Transaction, id: int, version: int | None) -> ArticleView:
    # The update takes the row's lock, so that two editors come one after the other on PostgreSQL too.
    if not tx.run("UPDATE article SET version = version WHERE id = :id", id=id):
        raise NotFound("There is no such article.")
    before = queries.article(tx, id)
    if version is not None and version != before.version:
        raise Conflict("Somebody else saved this article meanwhile.")
    return before


def _kept(tx: Transaction, agent: AgentView, id: int) -> ArticleView:
    """Remember the version, and tell."""
    now = queries.article(tx, id)
    tx.insert(
        "article_version", article_id=id, version=now.version, state=now.state, content=dump(now.content),
        by_whom=agent.actor, created_at=tx.now,
    )  # fmt: skip
    tx.record(DeskChanged(what="article", id=id), by=agent.actor)
    return now


def _checked(tx: Transaction, content: Content, id: int | None) -> Content:
    """The content without blanks and repetitions. Raises `Invalid`, naming the field."""
    problems: dict[str, str] = {}
    words: dict[Lang, Words] = {}
    for lang in LANGUAGES:
        given = content.words.get(lang)
        if given is None:
            continue
        question = " ".join(given.question.split())
        phrasings = list(dict.fromkeys(line for each in given.phrasings if (line := " ".join(each.split()))))
        clean = msgspec.structs.replace(
            given,
            question=question,
            phrasings=[line for line in phrasings if line != question],
            full=given.full.replace("\r\n", "\n").strip(),
            short=given.short.replace("\r\n", "\n").strip(),
        )
        if question:
            words[lang] = clean
        elif clean.full or clean.short or clean.phrasings:
            problems[f"words.{lang}.question"] = "is missing"
    if not words and not problems:
        problems["words"] = "is missing"
    if content.valid_from and content.valid_until and content.valid_until < content.valid_from:
        problems["valid_until"] = "lies before the beginning"
    if content.owner is not None and not tx.value("SELECT 1 FROM agent WHERE id = :id", id=content.owner):
        problems["owner"] = "is not one of the choices"
    shops = list(dict.fromkeys(shop for each in content.shops if (shop := " ".join(each.split()))))
    before = queries.article(tx, id).content.shops if id is not None and shops else []
    if not set(accounts.shops(tx)).union(before) >= set(shops):
        problems["shops"] = "Choose among the shops that accounts belong to (Settings, Accounts)."
    channels = list(dict.fromkeys(kind for each in content.channels if (kind := each.strip().lower())))
    if not {*CHANNELS, *(row.kind for row in tx.all("SELECT DISTINCT kind FROM channel_account"))} >= set(channels):
        problems["channels"] = "must be among email, webchat, line, form, phone, api"
    related = [each for each in dict.fromkeys(content.related) if each != id]
    if any(not tx.value("SELECT 1 FROM article WHERE id = :id", id=each) for each in related):
        problems["related"] = "is not one of the choices"
    attachments = list(dict.fromkeys(content.attachments))
    own = tx.all("SELECT id FROM article_file WHERE article_id = :id", id=id or 0)
    if not {row.id for row in own} >= set(attachments):
        problems["attachments"] = "is not one of the choices"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return msgspec.structs.replace(
        content,
        attachments=attachments,
        words=words,
        category=" ".join(content.category.split()),
        channels=channels,
        shops=shops,
        related=related,
    )


def _day(content: Content) -> str | None:
    return content.review_on.isoformat() if content.review_on is not None else None


def _publishable(content: Content) -> None:
    problems = {
        f"words.{lang}.full": "is missing" for lang, words in content.words.items() if not (words.full or words.short)
    }
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
