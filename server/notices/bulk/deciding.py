"""What people decide about bulk letters: ask for approval, approve as a second person, pause, resume, stop, try again.

Who approved what, and when, stands in the audit log.
"""

from __future__ import annotations

from typing import Any

import msgspec

from server import accounts
from server.agents import AgentView, require
from server.customers.rights import audit
from server.database import Transaction
from server.errors import Conflict, Forbidden, Invalid
from server.events import DeskChanged
from server.notices import settings
from server.notices.bulk import letters, queries, rows
from server.notices.bulk.actions import locked
from server.notices.bulk.recalling import THEIRS, take_back
from server.notices.bulk.views import BulkContent, BulkView

AGAIN = (
    "unreachable",
    "suppressed",
    "no_consent",
    "opted_out",
    "often",
    "template",
    "quota",
    "same_address",
    "recalled",
)
"""Reasons for which somebody was passed over and that may have gone since."""


def obstacles(tx: Transaction, row: Any) -> list[str]:
    """Why nobody can be asked to approve it yet, in English words of the catalogue."""
    content = msgspec.convert(row.content, BulkContent)
    found: list[str] = []
    if row.listing == "under_way":
        found.append("Its recipients are still being listed.")
    elif row.listing != "whole" or not tx.value(
        "SELECT 1 FROM bulk_recipient WHERE bulk_id = :id AND state = 'listed' LIMIT 1", id=row.id
    ):
        found.append("It has no recipients yet.")
    elif not tx.value(
        "SELECT 1 FROM bulk_recipient WHERE bulk_id = :id AND state = 'listed' AND way <> '' LIMIT 1", id=row.id
    ):
        found.append("None of its recipients can be written to.")
    if not any(each.text.strip() for each in content.words):
        found.append("It has no words yet.")
    if letters.serious(letters.faults(tx, content, rows.names(row.headers))):
        found.append("Its words have faults.")
    elif any(sample.trouble for sample in queries.samples(tx, row.id)):
        found.append("Its words cannot be filled in for everybody: see the samples.")
    if content.purpose == "advertising":
        legal = settings.read(tx).legal
        languages = {each.language for each in content.words if each.text.strip()}
        if any(not legal.get(language, "").strip() for language in languages):
            found.append("Advertising must say who sends it: write that below Kinds of notices first.")
    if not any(accounts.sender_for(tx, way) for way in content.ways):
        found.append("There is no account that can send it.")
    return found


def approvers(tx: Transaction, row: Any) -> list[str]:
    """Who may approve it, by name: leads and admins who did not write it."""
    return [
        each.name or each.email
        for each in tx.all(
            "SELECT id, name, email FROM agent WHERE active AND role IN ('lead', 'admin') ORDER BY name, id"
        )
        if each.id not in row.writers
    ]


def ask(tx: Transaction, agent: AgentView, id: int, version: int | None = None) -> BulkView:
    """Ask somebody else to approve it. Raises `Invalid` with what is in the way, and `Conflict`."""
    require(agent, "lead")
    row = locked(tx, id, ("draft",))
    _same(tx, row, version)
    if found := obstacles(tx, row):
        raise Invalid(fields={"": "\n".join(found)}) if len(found) > 1 else Invalid(found[0])
    tx.run(
        "UPDATE bulk_letter SET state = 'asked', asked_by = :by, asked_at = :now, updated_at = :now WHERE id = :id",
        by=agent.actor,
        now=tx.now,
        id=id,
    )
    return _told(tx, agent, row, "asked")


def approve(tx: Transaction, agent: AgentView, id: int, version: int) -> BulkView:
    """Let it leave. `version` is the one that was looked at. Raises `Forbidden` for somebody who wrote it, `Conflict`
    when it is another by now."""
    require(agent, "lead")
    row = locked(tx, id, ("asked",))
    _same(tx, row, version)
    if not agent.id or agent.id in row.writers:
        raise Forbidden("Somebody who did not write it must approve it.")
    content = msgspec.convert(row.content, BulkContent)
    tx.run(
        "UPDATE bulk_letter SET state = 'running', approved_by = :by, approved_at = :now, updated_at = :now,"
        " next_at = :next WHERE id = :id",
        by=agent.actor,
        now=tx.now,
        next=max(tx.now, content.start_at) if content.start_at is not None else tx.now,
        id=id,
    )
    return _told(tx, agent, row, "approved")


def send_back(tx: Transaction, agent: AgentView, id: int) -> BulkView:
    """It is a draft again: its writer took the question back, or the second person said no. Raises `Conflict`."""
    require(agent, "lead")
    row = locked(tx, id, ("asked",))
    tx.run(
        "UPDATE bulk_letter SET state = 'draft', asked_by = '', asked_at = NULL, updated_at = :now WHERE id = :id",
        now=tx.now,
        id=id,
    )
    return _told(tx, agent, row, "sent_back")


def pause(tx: Transaction, agent: AgentView, id: int) -> BulkView:
    """Nothing more of it leaves, also of what waits in the way out, until it is resumed. Raises `Conflict`."""
    require(agent, "lead")
    row = locked(tx, id, ("running",))
    tx.run("UPDATE bulk_letter SET state = 'paused', updated_at = :now WHERE id = :id", now=tx.now, id=id)
    tx.run(f"UPDATE letter SET state = 'held' WHERE state = 'waiting' AND {THEIRS}", id=id)
    return _told(tx, agent, row, "paused")


def resume(tx: Transaction, agent: AgentView, id: int) -> BulkView:
    """It goes on, unless everything is held back: then when that ends. Raises `Conflict`."""
    require(agent, "lead")
    row = locked(tx, id, ("paused",))
    content = msgspec.convert(row.content, BulkContent)
    tx.run(
        "UPDATE bulk_letter SET state = 'running', next_at = :next, updated_at = :now WHERE id = :id",
        next=max(tx.now, content.start_at) if content.start_at is not None else tx.now,
        now=tx.now,
        id=id,
    )
    if not settings.held(tx)[0]:
        tx.run(
            f"UPDATE letter SET state = 'waiting', next_at = :now WHERE state = 'held' AND {THEIRS}", now=tx.now, id=id
        )
    return _told(tx, agent, row, "resumed")


def stop(tx: Transaction, agent: AgentView, id: int) -> BulkView:
    """What has not left is never sent. Raises `Conflict`."""
    require(agent, "lead")
    row = locked(tx, id, ("running", "paused"))
    take_back(tx, agent, id, "ended")
    tx.run(
        "UPDATE bulk_recipient SET state = 'skipped', reason = 'ended', settled_at = :now WHERE bulk_id = :id"
        " AND state = 'listed'",
        now=tx.now,
        id=id,
    )
    tx.run(
        "UPDATE bulk_letter SET state = 'stopped', next_at = NULL, finished_at = :now, updated_at = :now"
        " WHERE id = :id",
        now=tx.now,
        id=id,
    )
    return _told(tx, agent, row, "stopped")


def retry(tx: Transaction, agent: AgentView, id: int) -> BulkView:
    """Send it again to those whom it did not reach, by whatever way leads to them now. Raises `Conflict` when there is
    nobody."""
    require(agent, "lead")
    row = locked(tx, id, ("running", "paused", "done"))
    many = tx.run(
        "UPDATE bulk_recipient SET state = 'listed', reason = '', words = '', due_at = NULL, letter_id = NULL,"
        " address = '', settled_at = NULL WHERE bulk_id = :id AND (state = 'sent' AND id IN (SELECT r.id FROM"
        f" bulk_recipient r{queries.LETTER} WHERE r.bulk_id = :id AND COALESCE(s.state, l.state) IN {queries.FAILED})"
        f" OR state = 'skipped' AND reason IN {AGAIN})",
        id=id,
    )
    if not many:
        raise Conflict("It has reached everybody whom it can reach.")
    if row.state == "done":
        tx.run(
            "UPDATE bulk_letter SET state = 'running', next_at = :now, finished_at = NULL, updated_at = :now"
            " WHERE id = :id",
            now=tx.now,
            id=id,
        )
    return _told(tx, agent, row, "tried_again")


def _same(tx: Transaction, row: Any, version: int | None) -> None:
    if version is not None and row.version != version:
        raise Conflict("Somebody has changed this meanwhile.", current=queries.one(tx, row.id))


def _told(tx: Transaction, agent: AgentView, row: Any, did: str) -> BulkView:
    audit.write(tx, agent, "bulk", detail={"bulk": row.id, "name": row.name, "version": row.version, "did": did})
    tx.record(DeskChanged(what="bulk_letter", id=row.id), agent.actor)
    return queries.one(tx, row.id)
