"""From a confirmed answer to a phrasing: which sentence of the message it answers, and which article a reply is of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from server import language
from server.database import Transaction
from server.faq import queries
from server.faq.live import Faq
from server.faq.queries import LiveArticle
from server.faq.views import LANGUAGES, Lang, text_for
from server.lessons import masking, phrasings
from server.lessons.counting import Happened
from server.lessons.phrasings import Proposal
from server.lessons.views import How

SHORTEST = 12
"""A reply that holds an answer of at least so many letters is told to be of its article."""


class Pair(NamedTuple):
    """A message, an article that answered it, and what is known of both."""

    message: int
    ticket: int
    text: str
    names: tuple[str, ...]
    article: LiveArticle
    how: How
    confidence: float | None


def pairs(tx: Transaction, happened: Happened) -> list[Pair]:
    """What was confirmed by what happened."""
    if not happened.confirmed and not happened.replies:
        return []
    live = {each.id: each for each in queries.live(tx)}
    found: dict[tuple[int, int], str] = {}
    for message, article, how in sorted(happened.confirmed):
        if found.get((message, article), "chosen") == "chosen":  # what was said afterwards says more
            found[message, article] = how
    for message in happened.replies:
        for pair in _inserted(tx, message, live.values()):
            found.setdefault(pair, "inserted")
    made = []
    for (message, article), how in found.items():
        if article in live and (row := _message(tx, message)) is not None and not _denied(tx, message, article):
            names = tuple(masking.names_of(tx, row.contact_id))
            sure = tx.value(
                "SELECT confidence FROM suggestion WHERE message_id = :message AND article_id = :article",
                message=message, article=article,
            )  # fmt: skip
            made.append(Pair(message, row.ticket_number, row.text, names, live[article], _how(how), sure))
    return made


async def proposal(faq: Faq, pair: Pair, known: dict[Lang, list[str]]) -> Proposal | None:
    """The sentence of a pair's message that may become a phrasing; None when it says nothing new."""
    from server.lessons.likeness import near

    part = await _part(faq, pair)
    lang: Lang = "en" if language.guess(part) == "en" else "ja"
    words = pair.article.content.words.get(lang)
    text = masking.phrasing(part, pair.names, lang) if part else ""
    if not text or words is None:
        return None
    others = [words.question, *words.phrasings, *known.get(lang, [])]
    if near(text, others) or near(text, others, await faq.vectors([text, *others])):
        return None
    return Proposal(pair.article.id, lang, text, pair.message, pair.ticket, pair.how, pair.confidence)


def known(tx: Transaction, article: int) -> dict[Lang, list[str]]:
    """What was proposed for an article before."""
    return {lang: phrasings.known(tx, article, lang) for lang in LANGUAGES}


async def _part(faq: Faq, pair: Pair) -> str:
    """Of a message that asks several things, what this article answers: where the matcher finds it most surely."""
    parts = masking.questions(pair.text)
    if len(parts) <= 1:
        return parts[0] if parts else ""
    best, sure = parts[0], -1.0
    for part in parts:
        match = await faq.match(part)
        own = next((entry.confidence for entry in match.entries if entry.id == str(pair.article.id)), -1.0)
        if own > sure:
            best, sure = part, own
    return best


def _inserted(tx: Transaction, message: int, live: Iterable[LiveArticle]) -> list[tuple[int, int]]:
    """The customer's message that a reply follows, with the one article whose answer stands in the reply."""
    reply = tx.first(
        "SELECT m.ticket_number, m.seq, m.text, t.channel FROM message m JOIN ticket t ON t.number = m.ticket_number"
        " WHERE m.id = :id AND m.kind = 'agent'",
        id=message,
    )
    if reply is None:
        return []
    said = _bare(reply.text)
    holding = [each.id for each in live if any(answer in said for answer in _answers(each, reply.channel))]
    if len(holding) != 1:
        return []
    asked = tx.first(
        "SELECT id FROM message WHERE ticket_number = :ticket AND seq < :seq AND kind = 'customer'"
        " ORDER BY seq DESC LIMIT 1",
        ticket=reply.ticket_number,
        seq=reply.seq,
    )
    return [] if asked is None else [(asked.id, holding[0])]


def _answers(article: LiveArticle, channel: str) -> list[str]:
    texts = {_bare(text_for(article.content, lang, way)) for lang in LANGUAGES for way in (channel, "email", "line")}
    return [text for text in texts if len(text) >= SHORTEST]


def _message(tx: Transaction, id: int) -> Any:
    return tx.first(
        "SELECT ticket_number, contact_id, text FROM message WHERE id = :id AND kind = 'customer'"
        " AND automatic IS NULL AND withdrawn_at IS NULL AND NOT EXISTS (SELECT 1 FROM ticket_emptied e"
        " WHERE e.ticket_number = message.ticket_number AND e.last_seq >= message.seq)",
        id=id,
    )


def _denied(tx: Transaction, message: int, article: int) -> bool:
    """Whether somebody said otherwise, or the customer came back."""
    found = tx.value(
        "SELECT 1 FROM suggestion WHERE message_id = :message AND article_id = :article"
        " AND (outcome = 'rejected' OR reopened_at IS NOT NULL) UNION ALL"
        " SELECT 1 FROM attempt a JOIN attempt o ON o.id = a.of_id WHERE o.message_id = :message"
        " AND a.article_id = :article AND (a.outcome IN ('no', 'person') OR a.reopened_at IS NOT NULL)",
        message=message,
        article=article,
    )
    return found is not None


def _how(how: str) -> How:
    ways: tuple[How, ...] = ("used", "edited", "inserted", "yes", "chosen")
    return next(each for each in ways if each == how)


def _bare(text: str) -> str:
    return "".join(text.split())
