"""Writing letters and moving them: post, claim, settle, recall, resend, bounced."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from channels.contract import DeliveryReport, Outcome, Receipt, TryLater, Undeliverable
from server import customers
from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.delivery.letters import Envelope
from server.errors import Conflict, NotFound
from server.events import LetterMoved

UNFINISHED = ("held", "waiting", "sending")
# Between tries: minutes at first, a day at the end, three days in all (RFC 5321 §4.5.4.1 asks for four to five
# at most; a customer should know sooner that an answer did not arrive).
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480, 720, 1200, 1440))
TOLD: dict[str, str] = {"delivered": "arrived", "delayed": "delayed", "bounced": "bounced", "complained": "complained"}
"""What becomes of a letter by what its network reports. "delivered" is ours for: the network took it."""
WEIGHT = {state: weight for weight, state in enumerate(("delivered", "delayed", "arrived", "bounced", "complained"))}
"""A letter that has left: of two things told of it the heavier one stands."""
UNDELIVERED = ("failed", "bounced", "complained")
LEASE = timedelta(minutes=3)
"""How long an attempt may take before the letter counts as dropped by whoever carried it."""


def post(
    tx: Transaction,
    *,
    account_id: int,
    line: str,
    envelope: Envelope,
    ticket: int | None = None,
    message_id: int | None = None,
    wait: bool = True,
    held: bool = False,
) -> int:
    """Put a letter on its way; its id. With `wait` it stays some seconds (as its account says) so that it can be
    recalled. The caller records the event that announces the message."""
    if ticket is not None:
        tx.run("UPDATE ticket SET undelivered = :no WHERE number = :number AND undelivered", no=False, number=ticket)
    undo = tx.value("SELECT undo_seconds FROM channel_account WHERE id = :id", id=account_id) if wait else 0
    return tx.insert(
        "letter",
        key=secrets.token_hex(12),
        account_id=account_id,
        line=line,
        ticket_number=ticket,
        message_id=message_id,
        recipient=envelope.to[0].address,
        subject=envelope.subject,
        body=dump(envelope),
        state="held" if held else "waiting",
        attempts=0,
        next_at=tx.now + timedelta(seconds=undo or 0),
        words="",
        code="",
        external_id=None,
        refused="{}",
        created_at=tx.now,
        finished_at=None,
    )


def claim(
    tx: Transaction, limit: int, *, busy: tuple[int, ...] = (), together: Mapping[str, int] | None = None
) -> list[Any]:
    """Letters whose time has come, first in their line only, now booked as being tried. `busy` accounts wait.

    Of the kinds of accounts in `together` so many letters of one line are taken at once, behind the first one; which
    they are is written down, so that every later try is of the same ones.

    The attempt is written before the network is called: a process that dies in between leaves a letter that is
    offered again when the lease is over, not one that is forgotten, nor one that two carry at once.
    """
    skip = "" if tx.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
    resting = f" AND l.account_id NOT IN ({', '.join(str(int(one)) for one in busy)})" if busy else ""
    due = tx.all(
        "SELECT l.* FROM letter l WHERE l.state IN ('waiting', 'sending') AND l.next_at <= :now"
        " AND NOT EXISTS (SELECT 1 FROM letter o WHERE o.line = l.line AND o.id < l.id"
        f" AND o.state IN ('waiting', 'sending')){resting} ORDER BY l.next_at, l.id LIMIT :limit{skip}",
        now=tx.now,
        limit=limit,
    )
    if together:
        due = _with_followers(tx, due, together)
    for letter in due:
        tx.run(
            "UPDATE letter SET state = 'sending', attempts = attempts + 1, next_at = :lease,"
            " first_try_at = COALESCE(first_try_at, :now) WHERE id = :id",
            lease=tx.now + LEASE,
            now=tx.now,
            id=letter.id,
        )
        _note_try(tx, letter.id, "started")
        if letter.state != "sending":
            tx.record(
                LetterMoved(ticket=letter.ticket_number, letter=letter.id, message=letter.message_id, state="sending")
            )
    return due


def _with_followers(tx: Transaction, due: list[Any], together: Mapping[str, int]) -> list[Any]:
    """Each letter of these accounts with those right behind it that leave with it."""
    kinds = {row.id: row.kind for row in tx.all("SELECT id, kind FROM channel_account") if row.kind in together}
    found: list[Any] = []
    for head in due:
        found.append(head)
        if head.account_id not in kinds:
            continue
        bundle = [head, *_followers(tx, head, together[kinds[head.account_id]] - 1)]
        found += bundle[1:]
        if head.batch is None:
            for letter in bundle:
                tx.run("UPDATE letter SET batch = :batch WHERE id = :id", batch=head.key, id=letter.id)
    return found


def _followers(tx: Transaction, head: Any, most: int) -> list[Any]:
    """What leaves with a letter: what left with it before, else what waits right behind it and is of its kind."""
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    behind = tx.all(
        "SELECT * FROM letter WHERE line = :line AND id > :id AND state IN ('held', 'waiting', 'sending')"
        f" ORDER BY id LIMIT :most{lock}",
        line=head.line,
        id=head.id,
        most=most,
    )
    if head.batch is not None:
        return [letter for letter in behind if letter.batch == head.batch and letter.state != "held"]
    alike: list[Any] = []
    for letter in behind:
        same = (letter.account_id, bool(letter.body.get("automatic"))) == (
            head.account_id,
            bool(head.body.get("automatic")),
        )
        if letter.state != "waiting" or letter.batch is not None or letter.next_at > tx.now or not same:
            break
        alike.append(letter)
    return alike


def pick_up(tx: Transaction) -> int:
    """At a start: letters that a killed process dropped need not wait for the end of their lease. How many.

    Only on SQLite, where one process carries letters; on PostgreSQL another one may have them in hand.
    """
    if tx.dialect != "sqlite":
        return 0
    return tx.run("UPDATE letter SET next_at = :now WHERE state = 'sending'", now=tx.now)


def next_due(tx: Transaction) -> Any:
    """When the next letter's time comes; None when nothing waits."""
    row = tx.first("SELECT next_at FROM letter WHERE state IN ('waiting', 'sending') ORDER BY next_at LIMIT 1")
    return row.next_at if row else None


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
    letter = _letter(tx, letter_id)
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
    _note_try(tx, letter_id, "delivered", words)
    _moved(tx, letter, "delivered", words)


def later(tx: Transaction, letter_id: int, words: str, after: timedelta | None, code: str = "") -> None:
    """The network does not take it now: wait as long as it wishes, else longer each time; failed after the last try."""
    letter = _letter(tx, letter_id)
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
    _note_try(tx, letter_id, "later", words)
    _moved(tx, letter, "waiting", words, code=code)


def failed(tx: Transaction, letter_id: int, words: str, code: str = "") -> None:
    """The network will never take it, or we gave up. `code` says why in one word, where the channel has one."""
    letter = _letter(tx, letter_id)
    tx.run(
        "UPDATE letter SET state = 'failed', words = :words, code = :code, finished_at = :now WHERE id = :id",
        words=words,
        code=code,
        now=tx.now,
        id=letter_id,
    )
    _note_try(tx, letter_id, "failed", words)
    _moved(tx, letter, "failed", words, code=code)


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
    _note_try(tx, letter.id, state, words)
    if WEIGHT.get(state, 0) > WEIGHT.get(letter.state, len(WEIGHT)):
        tx.run(
            "UPDATE letter SET state = :state, words = :words, finished_at = :now WHERE id = :id",
            state=state, words=words, now=tx.now, id=letter.id,
        )  # fmt: skip
        _moved(tx, letter, state, words)
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


def recall(tx: Transaction, agent: AgentView, letter_id: int) -> Any:
    """Take a letter back before its first try; its row. Raises `Conflict` when it is too late."""
    require(agent, "agent")
    letter = _letter(tx, letter_id)
    touched = tx.run(
        "UPDATE letter SET state = 'recalled', finished_at = :now WHERE id = :id AND attempts = 0"
        " AND state IN ('waiting', 'held')",
        now=tx.now,
        id=letter_id,
    )
    if not touched:
        raise Conflict("It is too late: the letter has left.")
    _moved(tx, letter, "recalled", "", by=agent.actor)
    return letter


def resend(tx: Transaction, agent: AgentView, letter_id: int) -> None:
    """Try a letter again that failed, bounced or waits; the same key, so that a repeat can be recognised."""
    require(agent, "agent")
    letter = _letter(tx, letter_id)
    if letter.state not in ("failed", "bounced", "waiting", "recalled"):
        raise Conflict("A letter that is {state} is not sent again.", state=letter.state)
    tx.run(
        "UPDATE letter SET state = 'waiting', attempts = 0, next_at = :now, finished_at = NULL, code = '',"
        " first_try_at = NULL WHERE id = :id",
        now=tx.now,
        id=letter_id,
    )
    _note_try(tx, letter_id, "resent", f"by {agent.name}")
    _moved(tx, letter, "waiting", "", by=agent.actor)


def wake_line(tx: Transaction, account_id: int) -> int:
    """An account works again (new password, relay back): what waits for it may leave now. How many letters."""
    return tx.run(
        "UPDATE letter SET next_at = :now WHERE account_id = :account AND state = 'waiting' AND attempts > 0",
        now=tx.now,
        account=account_id,
    )


def _letter(tx: Transaction, letter_id: int) -> Any:
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    letter = tx.first(f"SELECT * FROM letter WHERE id = :id{lock}", id=letter_id)
    if letter is None:
        raise NotFound("There is no letter {id}.", id=letter_id)
    return letter


def _note_try(tx: Transaction, letter_id: int, outcome: str, words: str = "") -> None:
    tx.run(
        "INSERT INTO letter_try (letter_id, at, outcome, words) VALUES (:id, :now, :outcome, :words)",
        id=letter_id,
        now=tx.now,
        outcome=outcome,
        words=words,
    )


def _mark_ticket(tx: Transaction, letter: Any, undelivered: bool) -> None:
    """A ticket is marked while the newest thing that was written to its customer has not reached them."""
    tx.run(
        "UPDATE ticket SET undelivered = :undelivered WHERE number = :number AND NOT EXISTS (SELECT 1 FROM letter"
        " WHERE ticket_number = :number AND id > :id AND state <> 'recalled')",
        undelivered=undelivered,
        number=letter.ticket_number,
        id=letter.id,
    )


def _moved(tx: Transaction, letter: Any, state: str, words: str, by: str | None = None, *, code: str = "") -> None:
    if letter.ticket_number is not None and (state in UNDELIVERED or letter.state in UNDELIVERED):
        _mark_ticket(tx, letter, state in UNDELIVERED)
    tx.record(
        LetterMoved(
            ticket=letter.ticket_number,
            letter=letter.id,
            message=letter.message_id,
            state=state,
            words=words,
            code=code,
        ),
        by,
    )
