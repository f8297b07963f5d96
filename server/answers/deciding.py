"""One message, looked at once: answered by itself, questions offered, or left to people with the reason kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import msgspec

from channels.contract import Choice, Tapped
from server.accounts import desk_settings
from server.answers import acknowledging, asking, manners, outcomes, settings, words
from server.answers.manners import Reason, Typing, nobody_types
from server.answers.opening import opening
from server.answers.outcomes import Verdict
from server.answers.settings import AnswerSettings
from server.answers.speaking import Drawing, Spoken, Words, speak
from server.customers import segments
from server.database import Transaction
from server.delivery import Attached
from server.events import AnswerMade
from server.faq.queries import LiveArticle
from server.faq.views import LANGUAGES, Content, Lang, Match, title
from server.language import guess

LATE = timedelta(hours=1)
"""What came longer ago is not answered by itself any more: a person may be reading it."""
NOT_AGAIN = timedelta(days=7)
"""Within this a ticket is not given the same article twice."""
MOST_OFFERED = 3
LEAST_OFFERED = 0.12

NEW = "new"
"""Nothing waited for what is decided about a message: its customer was told already, or needed not to be."""

VERDICTS: dict[tuple[str, str], Verdict] = {
    ("answered", "yes"): "yes",
    ("answered", "no"): "no",
    ("answered", "person"): "person",
    ("offered", "other"): "other",
}
"""What a tap on a choice means, by the state of the attempt that offered it."""

Taker = Callable[[Transaction, int, int], bool]
"""Somebody who answers messages before the articles do: whether a message (its id, its place in the feed) is theirs."""


class Ways(NamedTuple):
    """What deciding needs besides the database."""

    drawing: Drawing
    typing: Typing = nobody_types
    takers: Sequence[Taker] = ()


class Asked(NamedTuple):
    """A message that waits for a decision. Without `text` no article is asked: `kind` is its account's."""

    message: int
    text: str
    kind: str


class _Case(NamedTuple):
    """Everything about one message."""

    row: Any
    ticket: Any
    kind: str
    decided: AnswerSettings
    ways: Ways
    seq: int

    @property
    def chat(self) -> bool:
        """Whether choices are tapped there."""
        return self.kind in self.ways.drawing.networks


def look(tx: Transaction, message: int) -> Asked | None:
    """What is to be asked about a message; None where it is nobody's business: an account that is off, decided
    already."""
    row = tx.first(
        "SELECT m.text, m.card, a.kind, t.account_id FROM message m JOIN ticket t ON t.number = m.ticket_number"
        " JOIN channel_account a ON a.id = t.account_id WHERE m.id = :id AND m.kind = 'customer'"
        " AND NOT EXISTS (SELECT 1 FROM attempt x WHERE x.message_id = m.id AND x.state <> 'owed')",
        id=message,
    )
    if row is None:
        return None
    readable = len(row.text) <= asking.MOST_CHARACTERS and (row.card or {}).get("kind") in (None, "marked")
    wanted = settings.read(tx).policy(row.account_id).on and readable and outcomes.typed(row.text) is None
    return Asked(message, row.text if wanted else "", row.kind)


def decide(tx: Transaction, message: int, match: Match, ways: Ways, seq: int = 0) -> str:
    """Decide about a message, once; the state that its attempt has now, empty where nothing was to be decided."""
    row = tx.first("SELECT * FROM message WHERE id = :id AND kind = 'customer'", id=message)
    if row is None:
        return ""
    ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=row.ticket_number)
    decided = settings.read(tx)
    owed = _claim(tx, row, ticket)
    if owed is None:
        return ""
    kind = tx.value("SELECT kind FROM channel_account WHERE id = :id", id=ticket.account_id)
    case = _Case(row, ticket, str(kind), decided, ways, seq)
    state, reason = _decide(tx, case, match)
    if not state:
        tx.run("DELETE FROM attempt WHERE message_id = :id", id=message)
    else:
        _end(tx, message, state, reason)
        tx.record(AnswerMade(ticket=ticket.number, message=message, state=state), "system")
    waited = owed == "acknowledge" or (owed != NEW and kind in acknowledging.CHATS)
    if state in ("", "refused") and waited and _is_first(tx, row):
        acknowledging.acknowledge(tx, decided, ticket.number, message, wanted=owed == "acknowledge")
    return state or "off"


def take(tx: Transaction, ticket: Any, message: Any, by: str) -> None:
    """Somebody else answers this message by themselves: nothing more is said to it from here."""
    if _claim(tx, message, ticket) is not None:
        _end(tx, message.id, "taken", by)


def leave(tx: Transaction, ticket: Any, message: Any) -> None:
    """Whoever was to answer this message does not: its customer hears that it arrived, unless the articles are asked
    next or a colleague has answered."""
    decided = settings.read(tx)
    if decided.policy(ticket.account_id).on:
        return
    owed = tx.first("SELECT reason FROM attempt WHERE message_id = :id AND state = 'owed'", id=message.id)
    if owed is None:
        return
    tx.run("DELETE FROM attempt WHERE message_id = :id", id=message.id)
    if not tx.value("SELECT 1 FROM message WHERE ticket_number = :n AND kind = 'agent' LIMIT 1", n=ticket.number):
        acknowledging.acknowledge(tx, decided, ticket.number, message.id, wanted=owed.reason == "acknowledge")


def give_up(tx: Transaction, message: int) -> None:
    """Deciding failed: it is kept, so that nothing fails over it again, and the customer hears that it arrived."""
    row = tx.first("SELECT * FROM message WHERE id = :id", id=message)
    if row is None:
        return
    ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=row.ticket_number)
    owed = _claim(tx, row, ticket)
    if owed is not None:
        _end(tx, message, "refused", "error")
        if owed == "acknowledge":
            acknowledging.acknowledge(tx, settings.read(tx), ticket.number, message, wanted=True)


def _claim(tx: Transaction, row: Any, ticket: Any) -> str | None:
    """The message becomes ours: "acknowledge" or "" by what is owed to its customer, `NEW` where nothing waited for
    this; None when it was decided."""
    fresh = tx.put(
        "attempt", unless="message_id", message_id=row.id, ticket_number=ticket.number, account_id=ticket.account_id,
        state=acknowledging.OWED, reason="", offered="[]", confidence=0.0, lang="", outcome="", created_at=tx.now,
    )  # fmt: skip
    suffix = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    mine = tx.one(f"SELECT state, reason FROM attempt WHERE message_id = :id{suffix}", id=row.id)
    if mine.state != acknowledging.OWED:
        return None
    return NEW if fresh is not None else str(mine.reason)


def _end(tx: Transaction, message: int, state: str, reason: str) -> None:
    tx.run(
        "UPDATE attempt SET state = :state, reason = :reason WHERE message_id = :id", id=message, state=state,
        reason=reason,
    )  # fmt: skip


def _is_first(tx: Transaction, row: Any) -> bool:
    return not tx.value(
        "SELECT 1 FROM message WHERE ticket_number = :number AND seq < :seq AND kind <> 'auto' LIMIT 1",
        number=row.ticket_number,
        seq=row.seq,
    )


def _decide(tx: Transaction, case: _Case, match: Match) -> tuple[str, str]:
    """The state and the reason; no state where it is nobody's business."""
    if any(taker(tx, case.row.id, case.seq) for taker in case.ways.takers):
        return "taken", "flow"
    if (heard := _heard(tx, case)) is not None:
        return heard
    if not case.decided.policy(case.ticket.account_id).on:
        return "", ""
    reason = _refusal(tx, case)
    if reason:
        return "refused", reason
    if match.decision == "answer":
        return _answer(tx, case, int(match.entries[0].id), match.entries[0].confidence)
    if match.decision == "suggest" and case.decided.policy(case.ticket.account_id).offer and case.chat:
        return _offer(tx, case, match)
    return "refused", "none" if match.decision == "none" else "unsure"


# ------------------------------------------------------------------------------------------------- what was tapped


def _heard(tx: Transaction, case: _Case) -> tuple[str, str] | None:
    """The message says what became of an earlier one; None when it says something else."""
    card = case.row.card or {}
    if card.get("kind") == "tapped":
        return _tapped(tx, case, msgspec.convert(card, Tapped).data)
    verdict = outcomes.typed(case.row.text)
    if verdict is None:
        return None
    attempt = tx.first(
        "SELECT a.* FROM attempt a JOIN message o ON o.id = a.message_id"
        " WHERE o.ticket_number = :number AND a.state = 'answered' AND a.outcome = ''"
        " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.ticket_number = :number AND m.id > a.spoken_id"
        " AND m.id < :id AND m.kind IN ('customer', 'agent')) ORDER BY a.id DESC LIMIT 1",
        number=case.ticket.number,
        id=case.row.id,
    )
    return None if attempt is None else _settle(tx, case, attempt, verdict)


def _tapped(tx: Transaction, case: _Case, data: str) -> tuple[str, str] | None:
    parts = data.split(":")
    if len(parts) != 3 or parts[0] != words.PREFIX or not parts[1].isdecimal():
        return None
    suffix = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    attempt = tx.first(
        "SELECT * FROM attempt WHERE id = :id AND message_id IN (SELECT id FROM message WHERE ticket_number = :number)"
        + suffix,
        id=int(parts[1]),
        number=case.ticket.number,
    )
    what = parts[2]
    if attempt is None or attempt.outcome:
        return "heard", "again"
    if attempt.state == "offered" and what[:1] == "a" and what[1:].isdecimal() and int(what[1:]) in attempt.offered:
        return _chosen(tx, case, attempt, int(what[1:]))
    verdict = VERDICTS.get((attempt.state, what))
    return _settle(tx, case, attempt, verdict) if verdict is not None else ("heard", "again")


def _settle(tx: Transaction, case: _Case, attempt: Any, verdict: Verdict) -> tuple[str, str]:
    tx.run("UPDATE attempt SET of_id = :of WHERE message_id = :id", of=attempt.id, id=case.row.id)
    outcomes.settle(tx, attempt, verdict, case.row.id, case.ways.drawing, case.decided)
    return "heard", ""


def _chosen(tx: Transaction, case: _Case, attempt: Any, article: int) -> tuple[str, str]:
    """One of the offered questions was it: its answer, unless people have it by now."""
    tx.run("UPDATE attempt SET outcome = 'chosen', outcome_at = :now WHERE id = :id", now=tx.now, id=attempt.id)
    tx.run("UPDATE attempt SET of_id = :of WHERE message_id = :id", of=attempt.id, id=case.row.id)
    reason = _silence(tx, case)
    return ("refused", reason) if reason else _answer(tx, case, article, 1.0)


# ------------------------------------------------------------------------------------------------- what speaks against


def _refusal(tx: Transaction, case: _Case) -> Reason | Literal[""]:
    row = case.row
    files = tx.value("SELECT 1 FROM attachment WHERE message_id = :id AND NOT inline LIMIT 1", id=row.id)
    if reason := asking.unreadable(row, bool(files)):
        return reason
    if row.card is not None and row.card.get("kind") == "tapped":
        return "no_words"
    if reason := asking.delicate(row.text, case.decided)[0]:
        return reason
    if _came(tx, case) < tx.now - LATE:
        return "late"
    return _out_of_policy(tx, case) or _silence(tx, case) or _in_a_row(tx, case)


def _came(tx: Transaction, case: _Case) -> datetime:
    """When the message reached us; where people chat, when it was said. Dates of mails are anybody's."""
    at: datetime | None = tx.value("SELECT at FROM change WHERE seq = :seq", seq=case.seq)
    said: datetime = case.row.created_at
    return said if case.chat or at is None else at


def _out_of_policy(tx: Transaction, case: _Case) -> Reason | Literal[""]:
    policy = case.decided.policy(case.ticket.account_id)
    if policy.when != "always":
        zone = desk_settings.read(tx).zone
        is_open = opening(case.decided.opening.of(case.ticket.team_id), tx.now, zone).open
        if is_open is not (policy.when == "open"):
            return "hours"
    if case.decided.segments_never:
        mine = {one.name for one in segments.of(tx, case.ticket.customer_id)}
        if mine & set(case.decided.segments_never):
            return "segment"
    return ""


def _silence(tx: Transaction, case: _Case) -> Reason | Literal[""]:
    person = timedelta(hours=case.decided.person_hours)
    return manners.silence(tx, case.ticket.number, person=person, typing=case.ways.typing)


def _in_a_row(tx: Transaction, case: _Case) -> Reason | Literal[""]:
    """After so many without success a person is due; and at once when one was asked for."""
    rows = tx.all(
        "SELECT state, outcome FROM attempt WHERE ticket_number = :number AND state IN ('answered', 'offered')"
        " AND message_id < :id ORDER BY id DESC LIMIT :most",
        number=case.ticket.number,
        id=case.row.id,
        most=case.decided.most_in_a_row * 2,
    )
    without = 0
    for row in rows:
        if row.outcome == "yes":
            break
        if row.outcome == "person":
            return "asks_person"
        without += row.state == "answered"
    return "row" if without >= case.decided.most_in_a_row else ""


# ------------------------------------------------------------------------------------------------- what is said


def _answer(tx: Transaction, case: _Case, article: int, confidence: float) -> tuple[str, str]:
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
    text = words.answer(
        desk_settings.read(tx), live.content, language, case.kind, chat=case.chat, name=name, number=case.ticket.number
    )
    if not case.chat:
        text = text._replace(attachments=_files(tx, article, live.content))
    spoken = _speak(tx, case, text, words.after_answer(mine.id, language))
    if spoken is None:
        return "refused", "too_many"
    tx.run(
        "UPDATE attempt SET article_id = :article, article_version = :version, confidence = :confidence, lang = :lang,"
        " spoken_id = :spoken WHERE id = :id",
        article=article, version=live.version, confidence=confidence, lang=language, spoken=spoken.message, id=mine.id,
    )  # fmt: skip
    return "answered", ""


def _offer(tx: Transaction, case: _Case, match: Match) -> tuple[str, str]:
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


def _speak(tx: Transaction, case: _Case, text: Words, choices: Sequence[Choice]) -> Spoken | None:
    return speak(tx, case.ticket.number, text, case.ways.drawing, choices=choices, answers=case.row.id)


def _live(tx: Transaction, case: _Case, article: int) -> LiveArticle | None:
    """An article as it stands now, if customers may read it here today."""
    row = tx.first("SELECT live, live_version FROM article WHERE id = :id AND live IS NOT NULL", id=article)
    if row is None:
        return None
    live = LiveArticle(article, row.live_version, msgspec.convert(row.live, Content))
    today = tx.now.astimezone(desk_settings.read(tx).zone).date()
    return live if live.holds(today, case.kind, internal=False) else None


def _language(case: _Case, content: Content) -> Lang:
    spoken = guess(case.row.text) or case.ticket.language
    return next((lang for lang in (spoken, *LANGUAGES) if lang in content.words), "ja")


def _question(content: Content, language: Lang) -> str:
    own = content.words.get(language)
    return own.question if own is not None else title(content)


def _files(tx: Transaction, article: int, content: Content) -> tuple[Attached, ...]:
    rows = {row.id: row for row in tx.all("SELECT * FROM article_file WHERE article_id = :id", id=article)}
    found = [rows[id] for id in content.attachments if id in rows]
    return tuple(Attached(row.name, row.content_type, row.size, row.digest) for row in found)
