"""Reading what was tried, what would have been said, and how answers do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from server.answers import outcomes, settings
from server.answers.asking import MOST_CHARACTERS, delicate
from server.answers.views import AttemptView, Rehearsal, Sample, Standing
from server.database import Transaction
from server.errors import NotFound
from server.faq.views import Content, title

SAMPLES = 20
LOOKED_BACK = 90
"""In days: how answers did."""
FEWEST_JUDGED = 5


def attempts(tx: Transaction, number: int) -> list[AttemptView]:
    """What the desk made by itself of a ticket's messages, oldest first. Raises `NotFound`."""
    if tx.value("SELECT 1 FROM ticket WHERE number = :number", number=number) is None:
        raise NotFound("There is no ticket #{number}.", number=number)
    rows = tx.all(
        "SELECT a.* FROM attempt a JOIN message m ON m.id = a.message_id WHERE m.ticket_number = :number"
        " AND a.state <> 'owed' ORDER BY a.id",
        number=number,
    )
    wanted = {id for row in rows for id in (row.article_id, *row.offered) if id is not None}
    titles = {id: _question(tx, id) for id in wanted}
    return [
        AttemptView(
            id=row.id,
            message=row.message_id,
            state=row.state,
            reason=row.reason,
            article=row.article_id,
            question=titles.get(row.article_id, ""),
            offered=[titles[id] for id in row.offered],
            confidence=row.confidence,
            spoken=row.spoken_id,
            outcome=row.outcome,
            at=row.created_at,
            outcome_at=row.outcome_at,
        )
        for row in rows
    ]


def in_use(tx: Transaction) -> bool:
    """Whether the desk says something by itself, or did."""
    return settings.read(tx).any_on or tx.value("SELECT 1 FROM attempt LIMIT 1") is not None


def rehearsal(tx: Transaction, account: int, days: int = 30) -> Rehearsal:
    """What an account would have answered by itself: from the suggestions that were kept. Raises `NotFound`."""
    if tx.value("SELECT 1 FROM channel_account WHERE id = :id AND removed_at IS NULL", id=account) is None:
        raise NotFound("There is no account {id}.", id=account)
    decided = settings.read(tx)
    rows = tx.all(
        "SELECT s.*, m.text FROM suggestion s JOIN message m ON m.id = s.message_id"
        " JOIN ticket t ON t.number = s.ticket_number WHERE t.account_id = :account AND s.place = 1"
        " AND s.created_at > :since AND m.withdrawn_at IS NULL ORDER BY s.id DESC LIMIT 5000",
        account=account,
        since=tx.now - timedelta(days=days),
    )
    sure = [row for row in rows if row.decision == "answer" and _would_be_said(row.text, decided)]
    judged = [row.outcome != "rejected" for row in sure if row.outcome]
    return Rehearsal(
        account=account,
        days=days,
        messages=len(rows),
        answers=len(sure),
        expected=sum(row.confidence for row in sure) / len(sure) if sure else None,
        judged=len(judged),
        confirmed=sum(judged) / len(judged) if judged else None,
        samples=[
            Sample(
                ticket=row.ticket_number,
                message=row.message_id,
                text=" ".join(row.text.split())[:300],
                article=row.article_id,
                question=_question(tx, row.article_id),
                confidence=row.confidence,
                judged=row.outcome,
                at=row.created_at,
            )
            for row in sure[:SAMPLES]
        ],
    )


def standings(tx: Transaction) -> list[Standing]:
    """How automatic answers do, account by account; those that cannot send are left out."""
    decided = settings.read(tx)
    accounts = tx.all(
        "SELECT id, name, kind FROM channel_account WHERE enabled AND removed_at IS NULL"
        " AND kind NOT IN ('phone', 'api') ORDER BY id"
    )
    since = tx.now - timedelta(days=LOOKED_BACK)
    counted = tx.all(
        "SELECT account_id, state, reason, outcome, count(*) AS many FROM attempt WHERE created_at > :since"
        " GROUP BY account_id, state, reason, outcome",
        since=since,
    )
    return [_standing(tx, one, [row for row in counted if row.account_id == one.id], decided) for one in accounts]


def _standing(tx: Transaction, account: Any, rows: list[Any], decided: settings.AnswerSettings) -> Standing:
    policy = decided.policy(account.id)
    right, wrong = outcomes.verdicts(tx, account.id, decided)
    answered = [row for row in rows if row.state == "answered"]

    def many(outcome: str) -> int:
        return sum(row.many for row in answered if row.outcome == outcome)

    refused: dict[str, int] = {}
    for row in rows:
        if row.state == "refused":
            refused[row.reason] = refused.get(row.reason, 0) + row.many
    return Standing(
        account=account.id,
        name=account.name,
        kind=account.kind,
        on=policy.on,
        answered=sum(row.many for row in answered),
        solved=many("yes"),
        wrong=many("no"),
        person=many("person"),
        refused=dict(sorted(refused.items(), key=lambda one: -one[1])),
        least=outcomes.lower_bound(right, right + wrong) if right + wrong >= FEWEST_JUDGED else None,
        stopped_because=policy.stopped_because,
    )


def _would_be_said(text: str, decided: settings.AnswerSettings) -> bool:
    return len(text) <= MOST_CHARACTERS and not delicate(text, decided)[0]


def _question(tx: Transaction, article: int) -> str:
    content = tx.value("SELECT coalesce(live, content) FROM article WHERE id = :id", id=article)
    if content is None:
        return ""
    said = msgspec.json.decode(content) if isinstance(content, str) else content
    return title(msgspec.convert(said, Content))
