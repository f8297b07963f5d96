"""What became of letters: as their network said at once, and as it says later."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from channels.contract import DeliveryReport, Outcome, Receipt, TryLater, Undeliverable
from server import customers
from server.database import Transaction
from server.database.types import dump
from server.delivery.actions import post
from server.delivery.letters import Leg
from server.delivery.steps import locked, note_try, tell

# Between tries: minutes at first, a day at the end, three days in all (RFC 5321 §4.5.4.1 asks for four to five
# at most; a customer should know sooner that an answer did not arrive).
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480, 720, 1200, 1440))
TOLD: dict[str, str] = {"delivered": "arrived", "delayed": "delayed", "bounced": "bounced", "complained": "complained"}
"""What becomes of a letter by what its network reports. "delivered" is ours for: the network took it."""
WEIGHT = {state: weight for weight, state in enumerate(("delivered", "delayed", "arrived", "bounced", "complained"))}
"""A letter that has left: of two things told of it the heavier one stands."""


def settle(tx: Transaction, ids: Sequence[int], outcomes: Sequence[Outcome]) -> None:
    """What became of letters that were tried together, all of it or nothing."""
    for letter_id, outcome in zip(ids, outcomes, strict=True):
        match outcome:
            case Receipt():
                delivered(tx, letter_id, outcome)
            case TryLater():
                later(tx, letter_id, outcome.words, outcome.after, outcome.code)
            case Undeliverable():
                failed(tx, letter_id, outcome.words, outcome.code)


def delivered(tx: Transaction, letter_id: int, receipt: Receipt) -> None:
    """The network took it."""
    letter = locked(tx, letter_id)
    if letter.state == "delivered":
        return
    words = receipt.words
    if receipt.refused:
        words = "; ".join(f"{address}: {said}" for address, said in receipt.refused.items())
    tx.run(
        "UPDATE letter SET state = 'delivered', words = :words, code = '', external_id = :external, refused = :refused,"
        " finished_at = :now WHERE id = :id",
        words=words,
        external=receipt.external_id,
        refused=dump(dict(receipt.refused)),
        now=tx.now,
        id=letter_id,
    )
    for address, said in receipt.refused.items():
        customers.unreachable(tx, "email", address, said)
    tx.many(
        "INSERT INTO letter_part (letter_id, position, external_id, quote) VALUES (:letter, :position, :id, :quote)"
        " ON CONFLICT DO NOTHING",
        [
            {"letter": letter_id, "position": place, "id": part.external_id, "quote": part.quote}
            for place, part in enumerate(receipt.parts)
        ],
    )
    note_try(tx, letter_id, "delivered", words)
    tell(tx, letter, "delivered", words)


def later(tx: Transaction, letter_id: int, words: str, after: timedelta | None, code: str = "") -> None:
    """The network does not take it now: wait as long as it wishes, else longer each time; failed after the last try."""
    letter = locked(tx, letter_id)
    if letter.state != "sending":
        return
    if letter.attempts > len(WAITS):
        failed(tx, letter_id, words, code)
        return
    wait = WAITS[max(letter.attempts, 1) - 1] * random.uniform(0.9, 1.1)
    tx.run(
        "UPDATE letter SET state = 'waiting', words = :words, code = :code, next_at = :at WHERE id = :id",
        words=words,
        code=code,
        at=tx.now + (after if after is not None else wait),
        id=letter_id,
    )
    note_try(tx, letter_id, "later", words)
    tell(tx, letter, "waiting", words, code=code)


def failed(tx: Transaction, letter_id: int, words: str, code: str = "") -> None:
    """The network will never take it, or we gave up. `code` says why in one word, where the channel has one."""
    letter = locked(tx, letter_id)
    tx.run(
        "UPDATE letter SET state = 'failed', words = :words, code = :code, finished_at = :now WHERE id = :id",
        words=words,
        code=code,
        now=tx.now,
        id=letter_id,
    )
    note_try(tx, letter_id, "failed", words)
    tell(tx, letter, "failed", words, code=code)
    if letter.body.get("second"):
        _go_the_second_way(tx, letter)


def _go_the_second_way(tx: Transaction, letter: Any) -> None:
    """The letter could not be delivered, or came back, and was given another way when it was written."""
    way = msgspec.convert(letter.body["second"], Leg)
    other = post(
        tx,
        account_id=way.account,
        line=way.line,
        envelope=way.envelope,
        ticket=letter.ticket_number,
        message_id=letter.message_id,
        about=letter.about,
        instead_of=letter.id,
        wait=False,
    )
    tell(tx, locked(tx, other), "waiting", "")


def reported(tx: Transaction, report: DeliveryReport) -> Any | None:
    """What a network says later of a letter that had left; the letter's row, or None when it is none of ours.

    It came back, is late, has arrived, or its recipient complained; what weighs more stands, whatever is told after it.
    """
    letter = _told_of(tx, report)
    if letter is None:
        return None
    words = " ".join(part for part in (report.status, report.words) if part)[:1000]
    state = TOLD[report.state]
    if state in ("bounced", "complained"):
        because = f"complaint: {words}" if state == "complained" else words
        customers.unreachable(tx, "email", report.recipient or letter.recipient, because)
    note_try(tx, letter.id, state, words)
    if WEIGHT.get(state, 0) > WEIGHT.get(letter.state, len(WEIGHT)):
        tx.run(
            "UPDATE letter SET state = :state, words = :words, finished_at = :now WHERE id = :id",
            state=state, words=words, now=tx.now, id=letter.id,
        )  # fmt: skip
        tell(tx, letter, state, words)
        if state == "bounced" and letter.body.get("second"):
            _go_the_second_way(tx, letter)
    return letter


def _told_of(tx: Transaction, report: DeliveryReport) -> Any | None:
    """Found by its key (the local part of our Message-ID) or the id the network gave it, else as the newest letter to
    that address of the last week."""
    if report.key:
        found = tx.first(
            "SELECT * FROM letter WHERE key = :key OR external_id = :whole ORDER BY id DESC LIMIT 1",
            key=report.key.partition("@")[0],
            whole=report.key,
        )
        if found is not None:
            return found
    if not report.recipient:
        return None
    left = ", ".join(f"'{state}'" for state in WEIGHT)
    return tx.first(
        f"SELECT * FROM letter WHERE recipient = :recipient AND state IN ({left})"
        " AND created_at > :since ORDER BY id DESC LIMIT 1",
        recipient=report.recipient,
        since=tx.now - timedelta(days=7),
    )
