"""Addresses that are not written to by themselves."""

from __future__ import annotations

from server.agents import AgentView, require
from server.database import Transaction
from server.errors import NotFound
from server.events import DeskChanged


def add(tx: Transaction, kind: str, address: str, reason: str, *, purpose: str = "all", words: str = "") -> None:
    """From now on nothing (or no advertising) goes there by itself."""
    tx.run(
        "INSERT INTO suppression (kind, address, purpose, reason, words, created_at)"
        " VALUES (:kind, :address, :purpose, :reason, :words, :now) ON CONFLICT (kind, address, purpose) DO NOTHING",
        kind=kind,
        address=address.strip().lower(),
        purpose=purpose,
        reason=reason,
        words=words,
        now=tx.now,
    )


def lift(tx: Transaction, agent: AgentView, id: int) -> None:
    """It may be written to again. Raises `NotFound`."""
    require(agent, "lead")
    if not tx.run("DELETE FROM suppression WHERE id = :id", id=id):
        raise NotFound("There is no suppressed address {id}.", id=id)
    tx.record(DeskChanged(what="suppression", id=id), agent.actor)
