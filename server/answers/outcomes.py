"""What became of automatic answers: what customers say of them, and what follows for the ticket and the account."""

from __future__ import annotations

import math
from typing import Any, Literal

import msgspec

from channels.wording import say
from server import accounts, delivery, tickets
from server.accounts import desk_settings
from server.agents import DESK
from server.answers import expecting, settings, words
from server.answers.settings import AnswerSettings
from server.answers.speaking import Drawing, speak
from server.database import Transaction
from server.delivery.letters import Someone
from server.events import AnswerMade, DeskChanged
from server.language import fold

Verdict = Literal["yes", "no", "person", "other"]
YES = "はい,はい、解決しました,解決しました,解決した,解決,わかりました,分かりました,yes,solved,that solved it,it did"
NO = "いいえ,いいえ、解決していません,解決していません,解決しません,解決しない,違います,違う,no,not solved,it did not"
PERSON = "担当者に相談する,担当者に相談,talk to a person"
SAID: dict[Verdict, frozenset[str]] = {
    "yes": frozenset(fold(one) for one in YES.split(",")),
    "no": frozenset(fold(one) for one in NO.split(",")),
    "person": frozenset(fold(one) for one in PERSON.split(",")),
}
"""What answers the question whether it helped, when it is typed: these words alone."""
TRIMMED = " 。．.!！?？、,~〜ー…\n\t"
FEWEST_VERDICTS = 20
"""So many verdicts are needed before the desk switches itself off."""
Z = 1.2816
"""One-sided 90 %."""


def typed(text: str) -> Verdict | None:
    """The verdict that a customer typed instead of tapping."""
    said = fold(text).strip(TRIMMED).replace("'", "")
    return next((verdict for verdict, all_of in SAID.items() if said in all_of), None)


def settle(
    tx: Transaction, attempt: Any, verdict: Verdict, message: int, drawing: Drawing, decided: AnswerSettings
) -> None:
    """The customer of an attempt said what became of it, by their `message`: once."""
    tx.run(
        "UPDATE attempt SET outcome = :verdict, outcome_at = :now WHERE id = :id AND outcome = ''",
        verdict=verdict,
        now=tx.now,
        id=attempt.id,
    )
    number = attempt.ticket_number
    if verdict == "yes":
        tickets.edit(tx, DESK, number, tickets.TicketEdit(status="done"))
    _teach(tx, attempt, verdict)
    _answer(tx, attempt, verdict, message, drawing, decided)
    tx.record(AnswerMade(ticket=number, message=attempt.message_id, state=attempt.state, outcome=verdict), "system")
    watch(tx, attempt.account_id, decided)


def _teach(tx: Transaction, attempt: Any, verdict: Verdict) -> None:
    """A confirmed pair, or a wrong one: the confidence learns from it as from an agent's click."""
    if verdict not in ("yes", "no") or attempt.state != "answered":
        return
    changed = tx.run(
        "UPDATE suggestion SET outcome = :outcome WHERE message_id = :message AND article_id = :article"
        " AND outcome = ''",
        outcome="used" if verdict == "yes" else "rejected",
        message=attempt.message_id,
        article=attempt.article_id,
    )
    if changed:
        tx.record(DeskChanged(what="suggestion", id=None), "system")


def _answer(
    tx: Transaction, attempt: Any, verdict: Verdict, message: int, drawing: Drawing, decided: AnswerSettings
) -> None:
    """Thank them, or say that a person comes: where people chat. Who pressed a mail's button sees that there."""
    ticket = tx.one("SELECT * FROM ticket WHERE number = :number", number=attempt.ticket_number)
    kind = tx.value("SELECT kind FROM channel_account WHERE id = :id", id=ticket.account_id)
    if kind not in drawing.networks:
        return
    language = attempt.lang if attempt.lang in desk_settings.LANGUAGES else ticket.language
    desk = desk_settings.read(tx)
    expected = expecting.sentence(tx, decided, ticket.account_id, str(kind), ticket.team_id, desk.zone, language)
    speak(tx, ticket.number, words.outcome(language, verdict, expected), drawing, answers=message)


def watch(tx: Transaction, account: int, decided: AnswerSettings) -> None:
    """Switch an account off whose answers are not good enough any more, and tell the admins."""
    policy = decided.policy(account)
    right, wrong = verdicts(tx, account, decided)
    if not policy.on or right + wrong < FEWEST_VERDICTS:
        return
    bound = lower_bound(right, right + wrong)
    if bound >= decided.least_precision:
        return
    settings.lock(tx)
    off = msgspec.structs.replace(policy, on=False, stopped_because=f"{bound:.2f}")
    settings.keep(tx, msgspec.structs.replace(decided, accounts={**decided.accounts, str(account): off}))
    tx.record(DeskChanged(what="answers", id=account), "system")
    _tell_admins(tx, account, bound, decided.least_precision)


def verdicts(tx: Transaction, account: int, decided: AnswerSettings) -> tuple[int, int]:
    """How many answers of an account were right and wrong, as customers said and agents judged, since it was switched
    on."""
    rows = tx.all(
        "SELECT a.outcome, s.outcome AS judged FROM attempt a LEFT JOIN suggestion s ON s.message_id = a.message_id"
        " AND s.article_id = a.article_id WHERE a.account_id = :account AND a.state = 'answered'"
        " AND a.created_at >= :since AND (a.outcome IN ('yes', 'no') OR s.outcome = 'rejected')"
        " ORDER BY a.id DESC LIMIT 500",
        account=account,
        since=decided.policy(account).since or tx.now.replace(year=2000),
    )
    wrong = sum(1 for row in rows if row.outcome == "no" or row.judged == "rejected")
    return len(rows) - wrong, wrong


def lower_bound(right: int, all_of: int) -> float:
    """The lower end of where the true share may be (Wilson 1927)."""
    if not all_of:
        return 0.0
    share, square = right / all_of, Z * Z
    middle = share + square / (2 * all_of)
    spread = Z * math.sqrt(share * (1 - share) / all_of + square / (4 * all_of * all_of))
    return (middle - spread) / (1 + square / all_of)


def _tell_admins(tx: Transaction, account: int, bound: float, least: float) -> None:
    sender = accounts.sender_for(tx, "email")
    if sender is None:
        return
    name = tx.value("SELECT name FROM channel_account WHERE id = :id", id=account)
    for admin in tx.all("SELECT name, email, language FROM agent WHERE role = 'admin' AND active = :yes", yes=True):
        text = say(
            admin.language,
            "Automatic answers of {name} were switched off: too many of them did not help. After what customers and"
            " agents said, it may be that only {bound} of 100 are right; you asked for {least}. Look at Settings →"
            " Automatic answers before you switch them on again.",
            name=name,
            bound=round(bound * 100),
            least=round(least * 100),
        )
        delivery.post(
            tx,
            account_id=sender,
            line=f"email:{admin.email}",
            wait=False,
            envelope=delivery.Envelope(
                to=(Someone("email", admin.email, admin.name),),
                subject=say(admin.language, "Automatic answers were switched off: {name}", name=name),
                text=text + "\n",
                automatic=True,
                language=admin.language,
            ),
        )
