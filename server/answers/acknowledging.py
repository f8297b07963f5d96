"""What is said when a conversation begins: that it arrived, and when somebody answers; or that nobody is there now.

Where automatic answers are on or a flow leads, this waits for what becomes of the message, so that a customer is told
one thing once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from channels.contract import Handles, InboundMessage
from server import tickets
from server.accounts import desk_settings
from server.accounts.desk_settings import DeskSettings, Texts
from server.answers import expecting, settings
from server.answers.opening import opening
from server.answers.settings import AnswerSettings
from server.database import Transaction
from server.tickets.addressing import answer_address

CHATS = ("webchat", "line")
"""Where being closed is said by itself: whoever chats looks at the screen and waits."""
OWED = "owed"
"""The state of an attempt that decides whether the customer is told that the message arrived."""
AWAY = {
    "ja": Texts(
        "お問い合わせを承りました【受付番号: {number}】",
        "{name}\n\n"
        "このたびは{shop}へお問い合わせいただき、誠にありがとうございます。\n"
        "お問い合わせを承りました。ただいまは営業時間外のため、担当者からのご返信までお時間を頂戴しております。\n"
        "{expected}\n\n"
        "受付番号: {number}\n"
        "件名: {subject}\n\n"
        "なお、このメールへの返信にて追加のご連絡をいただけます。\n\n"
        "{footer}",
    ),
    "en": Texts(
        "We have received your message [No. {number}]",
        "Dear {name},\n\n"
        "Thank you for contacting {shop}. We have received your message. We are closed at the moment.\n"
        "{expected}\n\n"
        "Reference number: {number}\n"
        "Subject: {subject}\n\n"
        "To add something, simply reply to this mail.\n\n"
        "{footer}",
    ),
}
AWAY_BRIEF = {
    "ja": "{shop}へお問い合わせいただき、ありがとうございます。\n"
    "ただいまは営業時間外でございます。担当者が順次こちらでご返信いたします。\n"
    "{expected}\n"
    "受付番号: {number}",
    "en": "Thank you for contacting {shop}. We are closed at the moment and will answer you here.\n"
    "{expected}\n"
    "Reference number: {number}",
}


def begin(tx: Transaction, account: int, ticket: int, message: int, said: InboundMessage, *, led: bool = False) -> None:
    """A conversation began: say that it arrived, or leave that to what becomes of the message. `led`: a flow is about
    to answer it."""
    decided = settings.read(tx)
    if not said.acknowledge and not decided.policy(account).on and not _may_be_closed(decided):
        return
    if led or decided.policy(account).on:
        tx.put(
            "attempt",
            unless="message_id",
            message_id=message,
            ticket_number=ticket,
            account_id=account,
            state=OWED,
            reason="acknowledge" if said.acknowledge else "",
            offered="[]",
            confidence=0.0,
            lang="",
            outcome="",
            created_at=tx.now,
        )
        return
    acknowledge(tx, decided, ticket, message, wanted=said.acknowledge)


def acknowledge(tx: Transaction, decided: AnswerSettings, number: int, message: int, *, wanted: bool) -> bool:
    """Tell the customer of a ticket that it arrived, or that nobody is there; whether anything was said. Nothing is
    once a colleague has answered.

    `wanted` is whether the account is set to acknowledge.
    """
    desk = desk_settings.read(tx)
    ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=number)
    row = tx.one("SELECT * FROM message WHERE id = :id", id=message)
    if ticket.spam or row.automatic is not None or _is_answered(tx, row):
        return False
    kind = tx.value("SELECT kind FROM channel_account WHERE id = :id", id=ticket.account_id)
    closed = decided.away and not opening(decided.opening.of(ticket.team_id), tx.now, desk.zone).open
    if not (wanted and desk.acknowledge) and not (closed and kind in CHATS):
        return False
    contact = tx.one("SELECT kind FROM contact WHERE id = :id", id=ticket.contact_id)
    if contact.kind.endswith("-group"):
        return False
    brief = not contact.kind.startswith("email") or kind in CHATS
    language = ticket.language if ticket.language in desk_settings.LANGUAGES else desk.language
    said = desk_settings.acknowledgement(
        desk,
        language,
        number=number,
        name=(row.envelope.get("from") or {}).get("name", ""),
        subject=ticket.subject,
        text=row.text,
        brief=brief,
        template=_template(decided, desk, str(kind), language, brief=brief, closed=closed),
        expected=expecting.sentence(tx, decided, ticket.account_id, str(kind), ticket.team_id, desk.zone, language),
        proved=desk.repeat_words or kind in CHATS or _is_proved(tx, number, contact.kind, row.envelope),
    )
    given: dict[str, Any] | None = row.envelope.get("handles")
    handles = msgspec.convert(given, Handles) if given else Handles()
    why = "away" if closed else "acknowledgement"
    return tickets.acknowledge(tx, number, said.subject, said.text, handles, why=why) is not None


def _is_proved(tx: Transaction, number: int, contact: str, envelope: Mapping[str, Any]) -> bool:
    """Whether what we say goes to whoever wrote. Of mail only what the checking server said counts, of a form
    nothing: anybody can write somebody else's address there."""
    if not contact.startswith("email"):
        return True
    said = (envelope.get("from") or {}).get("address")
    to = answer_address(tx, number).to
    return envelope.get("authentication") == "pass" and [one.address for one in to] == [said]


def _is_answered(tx: Transaction, message: Any) -> bool:
    after = "SELECT 1 FROM message WHERE ticket_number = :number AND seq > :seq AND kind = 'agent' LIMIT 1"
    return tx.value(after, number=message.ticket_number, seq=message.seq) is not None


def _template(
    decided: AnswerSettings, desk: DeskSettings, kind: str, language: str, *, brief: bool, closed: bool
) -> Texts:
    """The words of this channel, else the desk's, else those that ship."""
    own = decided.texts.get(kind, {}).get(language)
    if closed:
        letter = decided.away_letter.get(language) or AWAY[language]
        usual = Texts("", decided.away_brief.get(language) or AWAY_BRIEF[language]) if brief else letter
        return Texts(usual.subject, own.away) if own is not None and own.away else usual
    usual = desk_settings.usual(desk, language, brief=brief)
    return Texts(usual.subject, own.acknowledgement) if own is not None and own.acknowledgement else usual


def _may_be_closed(decided: AnswerSettings) -> bool:
    hours = (decided.opening.desk, *decided.opening.teams.values())
    return decided.away and not all(one.always for one in hours)
