"""How an agent's console stands: kept for them on the server, so that a reload or another device goes on from there."""

from __future__ import annotations

from typing import Any

import msgspec

from server.agents.views import AgentView
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged

LARGEST = 64 * 1024
"""In bytes of JSON."""


class ConsoleView(msgspec.Struct, frozen=True, kw_only=True):
    """What a console kept of itself; the JSON is its own."""

    body: dict[str, Any]


def read(tx: Transaction, agent: AgentView) -> ConsoleView:
    """As it was kept last; empty at first."""
    row = tx.first("SELECT * FROM agent_desk WHERE agent_id = :id", id=agent.id)
    return ConsoleView(body=row.body if row is not None else {})


def keep(tx: Transaction, agent: AgentView, body: dict[str, Any]) -> ConsoleView:
    """Keep it, whatever stood there; the agent's other devices hear of it. Raises `Invalid` when it is too large."""
    text = dump(body)
    if len(text.encode()) > LARGEST:
        raise Invalid(fields={"body": "is too long"})
    tx.run(
        "INSERT INTO agent_desk (agent_id, body) VALUES (:id, :body)"
        " ON CONFLICT (agent_id) DO UPDATE SET body = excluded.body",
        id=agent.id,
        body=text,
    )
    tx.record(DeskChanged(what="console", id=agent.id), agent.actor)
    return ConsoleView(body=body)
