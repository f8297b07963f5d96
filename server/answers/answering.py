"""What is said to a message: an article with the question whether it helped, or questions to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from channels.contract import Choice
from server.accounts import desk_settings
from server.answers import asking, enclosing, words
from server.answers.case import Case
from server.answers.speaking import Spoken, Words, speak
from server.database import Transaction
from server.faq.queries import LiveArticle
from server.faq.views import LANGUAGES, Content, Lang, Match, title
from server.language import guess

NOT_AGAIN = timedelta(days=7)
"""Within this a ticket is not given the same article twice."""
MOST_OFFERED = 3
LEAST_OFFERED = 0.12


def answer(tx: Transaction, case: Case, article: int, confidence: float) -> tuple[str, str]:
    live = _live(tx, case, article)
    if live is None:
        return "refused", "gone"
    if tx.value(
        "SELECT 1 FROM attempt WHERE ticket_number = :number AND article_id = :article AND state = 'answered'"
        " AND created_at > :since LIMIT 1",
        number=case.ticket.number,
        article=article,
        since=tx.now - NOT_AGAIN,
    ):
        return "refused", "again"
    if asking.quotes(case.row.text, live.content):
        return "refused", "quotes"
    language = _language(case, live.content)
    mine = tx.one("SELECT id FROM attempt WHERE message_id = :id", id=case.row.id)
    name = (case.row.envelope.get("from") or {}).get("name", "")
    enclosed = enclosing.enclose(tx, article, live.content, case.ways.drawing.files, chat=case.chat)
    text = words.answer(
        desk_settings.read(tx), live.content, language, case.kind, enclosed, chat=case.chat, name=name,
        number=case.ticket.number,
    )  # fmt: skip
    spoken = _speak(tx, case, text, words.after_answer(mine.id, language))
    if spoken is None:
        return "refused", "too_many"
    tx.run(
        "UPDATE attempt SET article_id = :article, article_version = :version, confidence = :confidence, lang = :lang,"
        " spoken_id = :spoken WHERE id = :id",
        article=article, version=live.version, confidence=confidence, lang=language, spoken=spoken.message, id=mine.id,
    )  # fmt: skip
    return "answered", ""


def offer(tx: Transaction, case: Case, match: Match) -> tuple[str, str]:
    """Up to three questions that it may be; only once, and nothing that was answered already."""
    if tx.value(
        "SELECT 1 FROM attempt WHERE ticket_number = :number AND state = 'offered' AND created_at > :since LIMIT 1",
        number=case.ticket.number,
        since=tx.now - NOT_AGAIN,
    ):
        return "refused", "unsure"
    likely = [int(entry.id) for entry in match.entries[:MOST_OFFERED] if entry.confidence >= LEAST_OFFERED]
    found = [(id, live) for id in likely if (live := _live(tx, case, id)) is not None]
    if not found or any(asking.quotes(case.row.text, live.content) for _, live in found):
        return "refused", "quotes" if found else "gone"
    language = _language(case, found[0][1].content)
    mine = tx.one("SELECT id FROM attempt WHERE message_id = :id", id=case.row.id)
    questions = [(id, _question(live.content, language)) for id, live in found]
    spoken = _speak(tx, case, words.offer(language), words.to_choose(mine.id, language, questions))
    if spoken is None:
        return "refused", "too_many"
    tx.run(
        "UPDATE attempt SET offered = :offered, confidence = :confidence, lang = :lang, spoken_id = :spoken"
        " WHERE id = :id",
        offered=msgspec.json.encode([id for id, _ in questions]).decode(),
        confidence=match.entries[0].confidence,
        lang=language,
        spoken=spoken.message,
        id=mine.id,
    )
    return "offered", ""


def _speak(tx: Transaction, case: Case, text: Words, choices: Sequence[Choice]) -> Spoken | None:
    return speak(tx, case.ticket.number, text, case.ways.drawing, choices=choices, answers=case.row.id)


def _live(tx: Transaction, case: Case, article: int) -> LiveArticle | None:
    """An article as it stands now, if customers may read it here today."""
    row = tx.first("SELECT live, live_version FROM article WHERE id = :id AND live IS NOT NULL", id=article)
    if row is None:
        return None
    live = LiveArticle(article, row.live_version, msgspec.convert(row.live, Content))
    today = tx.now.astimezone(desk_settings.read(tx).zone).date()
    return live if live.holds(today, case.kind, case.shop, internal=False) else None


def _language(case: Case, content: Content) -> Lang:
    spoken = guess(case.row.text) or case.ticket.language
    return next((lang for lang in (spoken, *LANGUAGES) if lang in content.words), "ja")


def _question(content: Content, language: Lang) -> str:
    own = content.words.get(language)
    return own.question if own is not None else title(content)
