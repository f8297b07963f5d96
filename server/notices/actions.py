"""What people do with notices: hold, release, cancel, try again, send again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from server import delivery
from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Conflict, Invalid, NotFound
from server.events import NoticeMoved
from server.notices import kinds, matters
from server.notices.views import Many

STANDING = {
    "planned": "This notice is planned, and not held back.",
    "held": "This notice is held back.",
    "skipped": "This notice was left unsent.",
    "task": "This notice is a person's task now.",
    "cancelled": "This notice was cancelled.",
    "recalled": "This notice was cancelled.",
    "sending": "This notice is on its way.",
}
"""Why it is too late for something; of every other state, that it was sent."""
Deed = Literal["hold", "release", "cancel", "retry", "again"]


def hold(tx: Transaction, agent: AgentView, id: int, words: str = "") -> None:
    """Keep a planned notice back until somebody releases it. Raises `Conflict` when it is not planned any more."""
    require(agent, "agent")
    _move(tx, agent, id, ("planned",), "held", "agent", words)


def release(tx: Transaction, agent: AgentView, id: int) -> None:
    """Let a held notice go: when it is due, or at once. It is still looked at whether it is true."""
    require(agent, "agent")
    row = _move(tx, agent, id, ("held",), "planned", "", "")
    tx.run(
        "UPDATE notice SET until = :until, settled_at = NULL WHERE id = :id",
        until=max(row.until, tx.now + (row.until - row.due_at)),
        id=id,
    )


def cancel(tx: Transaction, agent: AgentView, id: int, words: str = "") -> None:
    """It is never sent."""
    require(agent, "agent")
    _move(tx, agent, id, ("planned", "held"), "cancelled", "agent", words)


def again(tx: Transaction, agent: AgentView, id: int, reason: str) -> int:
    """Send a copy of a notice, now, whatever became of the first; the copy's id. Raises `Invalid` without a reason."""
    require(agent, "agent")
    if not reason.strip():
        raise Invalid(fields={"reason": "is missing"})
    row = _row(tx, id)
    if row.state in ("planned", "held"):
        raise Conflict("This notice has not been sent yet.")
    if row.kind == kinds.BULK:
        raise Conflict("A bulk letter is sent again on its own page, to all whom it did not reach.")
    kinds.one(tx, row.kind)
    if matters.one(tx, row.about) is None:
        raise NotFound("There is no {about} any more.", about=row.about)
    newest = tx.value(
        "SELECT max(copy_no) FROM notice WHERE about = :about AND kind = :kind AND subject = :subject"
        " AND revision = :revision",
        about=row.about,
        kind=row.kind,
        subject=row.subject,
        revision=row.revision,
    )
    copy = tx.insert(
        "notice",
        about=row.about,
        kind=row.kind,
        subject=row.subject,
        revision=row.revision,
        copy_no=newest + 1,
        advertising=row.advertising,
        customer_id=row.customer_id,
        state="planned",
        reason="again",
        words=reason.strip(),
        moment_at=row.moment_at,
        due_at=tx.now,
        until=tx.now + (row.until - row.due_at),
        letter_id=None,
        token=None,
        created_at=tx.now,
        settled_at=None,
    )
    tx.record(NoticeMoved(notice=copy, customer=row.customer_id, state="planned"), agent.actor)
    return copy


def retry(tx: Transaction, agent: AgentView, id: int) -> None:
    """Try the same letter again, now: one that waits for another try, failed or came back. Raises `Conflict`."""
    require(agent, "agent")
    row = _row(tx, id)
    letter = tx.first(
        "SELECT id, state FROM letter WHERE id = :id OR first_id = :id ORDER BY id DESC LIMIT 1", id=row.letter_id or 0
    )
    if letter is None or letter.state not in ("waiting", "failed", "bounced"):
        raise Conflict(_standing(letter.state if letter is not None else row.state))
    delivery.resend(tx, agent, letter.id)
    tx.run("UPDATE notice SET state = 'sent', reason = '', words = '' WHERE id = :id", id=id)
    tx.record(NoticeMoved(notice=id, customer=row.customer_id, state="sent"), agent.actor)


def many(tx: Transaction, agent: AgentView, ids: Sequence[int], do: Deed, words: str = "") -> Many:
    """The same with several; what cannot be done with one hurts no other."""
    require(agent, "agent")
    deeds: dict[Deed, Callable[[int], object]] = {
        "hold": lambda id: hold(tx, agent, id, words),
        "release": lambda id: release(tx, agent, id),
        "cancel": lambda id: cancel(tx, agent, id, words),
        "retry": lambda id: retry(tx, agent, id),
        "again": lambda id: again(tx, agent, id, words),
    }
    if do == "again" and not words.strip():
        raise Invalid(fields={"reason": "is missing"})
    done, refused = [], {}
    for id in dict.fromkeys(ids):
        try:
            deeds[do](id)
            done.append(id)
        except (Conflict, NotFound) as error:
            refused[id] = str(error)
    return Many(done=done, refused=refused)


def _move(tx: Transaction, agent: AgentView, id: int, of: tuple[str, ...], to: str, reason: str, words: str) -> Any:
    row = _row(tx, id)
    if row.state not in of:
        raise Conflict(_standing(row.state))
    tx.run(
        "UPDATE notice SET state = :state, reason = :reason, words = :words, settled_at = :now WHERE id = :id",
        state=to,
        reason=reason,
        words=words.strip(),
        now=tx.now if to == "cancelled" else None,
        id=id,
    )
    tx.record(NoticeMoved(notice=id, customer=row.customer_id, state=to), agent.actor)
    return row


def _standing(state: str) -> str:
    return STANDING.get(state, "This notice was sent already.")


def _row(tx: Transaction, id: int) -> Any:
    lock = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    row = tx.first(f"SELECT * FROM notice WHERE id = :id{lock}", id=id)
    if row is None:
        raise NotFound("There is no notice {id}.", id=id)
    return row
