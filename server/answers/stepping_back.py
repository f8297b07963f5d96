"""What a customer in a chat is told when the desk answered by itself and leaves what follows to people: once."""

from __future__ import annotations

from server.accounts import desk_settings
from server.accounts.desk_settings import Texts
from server.answers import expecting, refusing
from server.answers.case import Case
from server.answers.opening import opening
from server.answers.settings import AnswerSettings
from server.answers.speaking import Why, Words, speak
from server.database import Transaction
from server.tickets import ledger

BRIEF = {
    "ja": "ここからは担当者がこちらでご返信いたします。恐れ入りますが、いましばらくお待ちくださいませ。\n{expected}",
    "en": "One of us will answer you here from now on. Thank you for your patience.\n{expected}",
}
BRIEF_CLOSED = {
    "ja": "ここからは担当者がこちらでご返信いたします。ただいまは営業時間外のため、お時間を頂戴いたします。\n"
    "{expected}",
    "en": "One of us will answer you here from now on. We are closed at the moment, so please allow us some time."
    "\n{expected}",
}
UNHEARD = frozenset({"automatic", "withdrawn", "written_down", "late"})
"""Refusals after which nobody waits at the screen for a word."""


def tell(tx: Transaction, case: Case, reason: str) -> bool:
    """Say that a person answers from here on, unless it was said, somebody is there already, or nothing was answered
    before; whether it was said."""
    if not case.decided.handover or not case.chat or reason in UNHEARD:
        return False
    number = case.ticket.number
    ledger.lock(tx, number)
    if refusing.silence(tx, case) or not _answered(tx, number) or _told(tx, number):
        return False
    desk = desk_settings.read(tx)
    hours = case.decided.opening.of(case.ticket.team_id)
    closed = not opening(hours, tx.now, desk.zone).open
    language = case.ticket.language if case.ticket.language in desk_settings.LANGUAGES else desk.language
    said = desk_settings.acknowledgement(
        desk,
        language,
        number=number,
        name=(case.row.envelope.get("from") or {}).get("name", ""),
        subject=case.ticket.subject,
        text=case.row.text,
        brief=True,
        template=Texts("", words(case.decided, language, closed=closed)),
        expected=expecting.sentence(
            tx, case.decided, case.ticket.account_id, case.kind, case.ticket.team_id, desk.zone, language
        ),
    )
    why: Why = "away" if closed else "acknowledgement"
    return speak(tx, number, Words(said.text), case.ways.drawing, why=why, answers=case.row.id) is not None


def words(decided: AnswerSettings, language: str, *, closed: bool) -> str:
    """What is said, with its slots: as admins wrote it, or as it ships."""
    if closed:
        return decided.handover_away.get(language) or BRIEF_CLOSED[language]
    return decided.handover_brief.get(language) or BRIEF[language]


def _answered(tx: Transaction, number: int) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM attempt WHERE ticket_number = :number AND state IN ('answered', 'offered') LIMIT 1",
            number=number,
        )
    )


def _told(tx: Transaction, number: int) -> bool:
    """Whether the customer knows that a person comes, since an answer helped last."""
    helped = tx.value(
        "SELECT max(message_id) FROM attempt WHERE ticket_number = :number AND outcome = 'yes'", number=number
    )
    return bool(
        tx.value(
            "SELECT 1 FROM attempt WHERE ticket_number = :number AND message_id > :helped"
            " AND outcome IN ('no', 'person', 'other') LIMIT 1",
            number=number,
            helped=helped or 0,
        )
        or tx.value(
            "SELECT 1 FROM message WHERE ticket_number = :number AND id > :helped AND kind = 'auto'"
            " AND automatic IN ('acknowledgement', 'away') LIMIT 1",
            number=number,
            helped=helped or 0,
        )
    )
