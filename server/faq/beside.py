"""Articles beside customers' messages: which messages are asked about, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from server import language
from server.database import Transaction
from server.events import SuggestionsMade
from server.faq.views import Match

if TYPE_CHECKING:
    from server.faq.stock import Said

LEAST_SUGGESTED = 0.12
"""An article stands beside a message only from this confidence on."""
MOST = 3
RECENT = 400
"""The last so many messages of customers are looked through when the articles are loaded: they say what is asked."""


class Asked(msgspec.Struct, frozen=True):
    """A customer's message, as the matcher reads it."""

    ticket: int
    message: int
    text: str
    lang: str
    channel: str
    shop: str


def recent(tx: Transaction) -> list[Said]:
    """What customers wrote last and in which shop, oldest first; of what is long the beginning and the end."""
    rows = tx.all(
        "SELECT a.shop, CASE WHEN length(m.text) > 4000 THEN substr(m.text, 1, 2000) || :between"
        " || substr(m.text, length(m.text) - 1999) ELSE m.text END AS text"
        " FROM message m JOIN ticket t ON t.number = m.ticket_number JOIN channel_account a ON a.id = t.account_id"
        " WHERE m.kind = 'customer' AND m.automatic IS NULL AND m.withdrawn_at IS NULL AND NOT t.spam"
        " AND NOT EXISTS (SELECT 1 FROM ticket_emptied e WHERE e.ticket_number = m.ticket_number"
        " AND e.last_seq >= m.seq) ORDER BY m.id DESC LIMIT :most",
        most=RECENT,
        between="\n",
    )
    return [(row.shop, row.text) for row in reversed(rows)]


def asked(tx: Transaction, messages: Sequence[int]) -> list[Asked]:
    """Those of the messages that are a customer's own words, not a choice of ours that they tapped, and that nobody has
    looked for articles for."""
    places = ", ".join(str(int(message)) for message in messages)
    rows = tx.all(
        "SELECT m.id, m.ticket_number, m.text, m.card, t.channel, a.shop FROM message m"
        " JOIN ticket t ON t.number = m.ticket_number JOIN channel_account a ON a.id = t.account_id"
        f" WHERE m.id IN ({places}) AND m.kind = 'customer' AND m.automatic IS NULL AND m.withdrawn_at IS NULL"
        " AND NOT t.spam AND EXISTS (SELECT 1 FROM article WHERE live_version IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM suggestion WHERE message_id = m.id) ORDER BY m.id"
    )
    return [
        Asked(row.ticket_number, row.id, row.text, language.guess(row.text) or "ja", row.channel, row.shop)
        for row in rows
        if row.text.strip() and (row.card or {}).get("kind") != "tapped"
    ]


def keep_all(tx: Transaction, found: Sequence[tuple[Asked, Match]]) -> bool:
    """Put what was found beside the messages; whether anything was put."""
    return any([_keep(tx, asked, match) for asked, match in found])


def _keep(tx: Transaction, asked: Asked, found: Match) -> bool:
    kept = False
    for place, entry in enumerate(found.entries[:MOST], 1):
        if entry.confidence < LEAST_SUGGESTED and place > 1:
            break
        # A process beside this one may have been quicker, and an article may have gone meanwhile.
        if tx.value(
            "SELECT 1 FROM suggestion WHERE message_id = :id AND place = :place", id=asked.message, place=place
        ):
            return False
        tx.insert(
            "suggestion",
            ticket_number=asked.ticket,
            message_id=asked.message,
            article_id=int(entry.id),
            place=place,
            decision=found.decision,
            confidence=entry.confidence,
            logit=found.logit,
            lang=asked.lang,
            outcome="",
            created_at=tx.now,
        )
        kept = True
    if kept:
        tx.record(SuggestionsMade(ticket=asked.ticket, message=asked.message), by="system")
    return kept
