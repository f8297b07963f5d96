"""Proposed phrasings: kept when an answer was confirmed, taken or refused by a lead, several at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Invalid
from server.events import DeskChanged
from server.faq import actions
from server.faq.views import LANGUAGES, Lang
from server.lessons.masking import letters
from server.lessons.views import Decided, Decision, How, PhrasingView

MOST_WAITING = 1_000
"""So many wait at most; what comes then has to be asked again later."""
WEIGHT = "{0}.times * CASE WHEN {0}.how = 'chosen' THEN 1 ELSE 2 END"
LIVE = "p.state = 'waiting' AND a.live_version IS NOT NULL"


class Proposal(NamedTuple):
    """A sentence that an article answered."""

    article: int
    lang: Lang
    text: str
    message: int
    ticket: int
    how: How
    confidence: float | None


def propose(tx: Transaction, found: Proposal) -> bool:
    """Keep a sentence for review; whether it is new. One that was refused or taken stays so."""
    if tx.value("SELECT count(*) FROM proposed_phrasing WHERE state = 'waiting'") >= MOST_WAITING:
        return False
    if tx.value(
        "SELECT 1 FROM proposed_phrasing WHERE message_id = :message AND article_id = :article"
        " AND state <> 'withdrawn'",
        message=found.message, article=found.article,
    ):  # fmt: skip
        return False
    tx.run(
        "INSERT INTO proposed_phrasing (article_id, lang, text, letters, message_id, ticket_number, how, confidence,"
        " times, state, decided_by, created_at) VALUES (:article, :lang, :text, :letters, :message, :ticket, :how,"
        " :confidence, 1, 'waiting', '', :now) ON CONFLICT (article_id, lang, letters) DO UPDATE SET"
        " times = proposed_phrasing.times + 1,"
        " how = CASE WHEN proposed_phrasing.how = 'chosen' THEN excluded.how ELSE proposed_phrasing.how END,"
        " state = CASE WHEN proposed_phrasing.state = 'withdrawn' THEN 'waiting'"
        " ELSE proposed_phrasing.state END",
        article=found.article, lang=found.lang, text=found.text, letters=letters(found.text), message=found.message,
        ticket=found.ticket, how=found.how, confidence=found.confidence, now=tx.now,
    )  # fmt: skip
    return True


def withdraw(tx: Transaction, ticket: int) -> None:
    """The customer of a ticket came back: what was learned from it waits no longer."""
    tx.run(
        "UPDATE proposed_phrasing SET state = 'withdrawn' WHERE ticket_number = :ticket AND state = 'waiting'",
        ticket=ticket,
    )


def confirm(tx: Transaction, message: int, article: int, how: str) -> None:
    """What a customer chose did help."""
    tx.run(
        "UPDATE proposed_phrasing SET how = :how WHERE message_id = :message AND article_id = :article"
        " AND how = 'chosen'",
        how=how,
        message=message,
        article=article,
    )


def deny(tx: Transaction, message: int, article: int) -> None:
    """What a customer chose did not help: it was no more than a choice."""
    tx.run(
        "UPDATE proposed_phrasing SET state = 'withdrawn' WHERE message_id = :message AND article_id = :article"
        " AND how = 'chosen' AND state = 'waiting'",
        message=message,
        article=article,
    )


def known(tx: Transaction, article: int, lang: str) -> list[str]:
    """Sentences that were proposed for an article before, whatever became of them."""
    rows = tx.all(
        "SELECT text FROM proposed_phrasing WHERE article_id = :article AND lang = :lang AND state <> 'withdrawn'"
        " ORDER BY id DESC LIMIT 200",
        article=article,
        lang=lang,
    )
    return [row.text for row in rows]


def waiting(tx: Transaction, limit: int = 100) -> list[PhrasingView]:
    """What waits for a review: what was asked most often first, by article. A mere choice counts half as much as what
    an agent sent or a customer confirmed."""
    rows = tx.all(
        "SELECT p.*, a.title FROM proposed_phrasing p JOIN article a ON a.id = p.article_id"
        f" WHERE {LIVE} ORDER BY (SELECT max({WEIGHT.format('o')}) FROM proposed_phrasing o"
        f" WHERE o.article_id = p.article_id AND o.state = 'waiting') DESC, p.article_id, {WEIGHT.format('p')} DESC,"
        " p.id LIMIT :limit",
        limit=limit,
    )
    return [
        PhrasingView(
            id=row.id,
            article=row.article_id,
            title=row.title,
            lang=row.lang,
            text=row.text,
            ticket=row.ticket_number,
            how=row.how,
            confidence=row.confidence,
            times=row.times,
            at=row.created_at,
        )
        for row in rows
    ]


def count(tx: Transaction) -> int:
    """How many wait."""
    found = tx.value(f"SELECT count(*) FROM proposed_phrasing p JOIN article a ON a.id = p.article_id WHERE {LIVE}")
    return int(found or 0)


def decide(tx: Transaction, agent: AgentView, decisions: Sequence[Decision]) -> Decided:
    """Take and refuse. What is taken stands in its article at once, one version for each article. Raises `Invalid`."""
    require(agent, "lead")
    taken = refused = 0
    wanted: dict[tuple[int, Lang], list[str]] = {}
    for one in decisions:
        changed = tx.run(
            "UPDATE proposed_phrasing SET state = :state, decided_by = :by, decided_at = :now"
            " WHERE id = :id AND state = 'waiting'",
            id=one.id, state="taken" if one.take else "refused", by=agent.actor, now=tx.now,
        )  # fmt: skip
        if not changed:
            continue
        if not one.take:
            refused += 1
            continue
        row = tx.one("SELECT article_id, lang, text FROM proposed_phrasing WHERE id = :id", id=one.id)
        text = " ".join(one.text.split()) or row.text
        if not any(map(str.isalnum, text)):
            raise Invalid(fields={f"text.{one.id}": "is missing"})
        taken += 1
        lang = next(each for each in LANGUAGES if each == row.lang)
        wanted.setdefault((row.article_id, lang), []).append(text)
    for (article, lang), texts in sorted(wanted.items()):
        actions.widen(tx, agent, article, lang, texts)
    if taken or refused:
        tx.record(DeskChanged(what="lessons"), by=agent.actor)
    return Decided(taken=taken, refused=refused)
