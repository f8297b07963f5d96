"""Who is at the desk: what an agent chose, and what their consoles say, across all processes of the desk.

Each process leases the agents whose consoles are connected to it and renews its leases; those of a process that died
run out. An agent's state is written down when it changes, together with the event that tells everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from server.agents.views import AgentView
from server.database import Transaction
from server.events import AgentAvailable

State = Literal["online", "away", "offline"]

LEASE = timedelta(seconds=60)
"""How long a process that says nothing more is believed."""


class AvailabilityView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an agent answers now. `chosen` is what they set: "online" leaves it to their consoles."""

    agent: int
    state: State
    chosen: State
    since: datetime | None = None


def everybody(tx: Transaction) -> list[AvailabilityView]:
    """Every active agent, by id; one who was never at the desk is offline."""
    rows = tx.all(
        "SELECT a.id, p.state, p.chosen, p.since FROM agent a LEFT JOIN agent_presence p ON p.agent_id = a.id"
        " WHERE a.active = :yes ORDER BY a.id",
        yes=True,
    )
    return [
        AvailabilityView(agent=row.id, state=row.state or "offline", chosen=row.chosen or "online", since=row.since)
        for row in rows
    ]


def of(tx: Transaction, agent: AgentView) -> AvailabilityView:
    """One agent's."""
    row = tx.first("SELECT state, chosen, since FROM agent_presence WHERE agent_id = :id", id=agent.id)
    if row is None:
        return AvailabilityView(agent=agent.id, state="offline", chosen="online")
    return AvailabilityView(agent=agent.id, state=row.state, chosen=row.chosen, since=row.since)


def choose(tx: Transaction, agent: AgentView, chosen: State) -> AvailabilityView:
    """Set it by hand: "away" and "offline" hold until something else is chosen, "online" follows the consoles."""
    _lock(tx, agent.id)
    tx.run(
        "INSERT INTO agent_presence (agent_id, chosen, state, since) VALUES (:id, :chosen, 'offline', :now)"
        " ON CONFLICT (agent_id) DO UPDATE SET chosen = excluded.chosen",
        id=agent.id,
        chosen=chosen,
        now=tx.now,
    )
    _settle(tx, agent.id, told=True)
    return of(tx, agent)


def lease(tx: Transaction, process: str, states: Mapping[int, State]) -> None:
    """What a process knows of agents with consoles there; "offline" for one whose last console there is gone."""
    for agent_id, state in sorted(states.items()):
        if not _lock(tx, agent_id):
            continue
        if state == "offline":
            tx.run("DELETE FROM console_lease WHERE agent_id = :id AND process = :own", id=agent_id, own=process)
        else:
            tx.run(
                "INSERT INTO console_lease (agent_id, process, state, until) VALUES (:id, :process, :state, :until)"
                " ON CONFLICT (agent_id, process) DO UPDATE SET state = excluded.state, until = excluded.until",
                id=agent_id,
                process=process,
                state=state,
                until=tx.now + LEASE,
            )
        _settle(tx, agent_id)


def is_to_be_swept(tx: Transaction) -> bool:
    """Whether a lease ran out, or somebody is said to be here without one."""
    return (
        tx.first(
            "SELECT 1 FROM console_lease WHERE until < :now UNION ALL SELECT 1 FROM agent_presence p"
            " WHERE p.state <> 'offline'"
            " AND NOT EXISTS (SELECT 1 FROM console_lease l WHERE l.agent_id = p.agent_id) LIMIT 1",
            now=tx.now,
        )
        is not None
    )


def sweep(tx: Transaction) -> None:
    """Take back what dead processes said."""
    over = tx.all("SELECT agent_id FROM console_lease WHERE until < :now", now=tx.now)
    lost = tx.all(
        "SELECT p.agent_id FROM agent_presence p WHERE p.state <> 'offline'"
        " AND NOT EXISTS (SELECT 1 FROM console_lease l WHERE l.agent_id = p.agent_id)"
    )
    for agent_id in sorted({row.agent_id for row in (*over, *lost)}):
        _lock(tx, agent_id)
        tx.run("DELETE FROM console_lease WHERE agent_id = :id AND until < :now", id=agent_id, now=tx.now)
        _settle(tx, agent_id)


def answering(tx: Transaction) -> dict[int, frozenset[int]]:
    """The agents who are online and may answer, each with the teams they are in."""
    rows = tx.all(
        "SELECT a.id, m.team_id FROM agent_presence p JOIN agent a ON a.id = p.agent_id"
        " LEFT JOIN team_member m ON m.agent_id = a.id"
        " WHERE p.state = 'online' AND a.active = :yes AND a.role <> 'viewer'",
        yes=True,
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row.id, set()).update([row.team_id] if row.team_id is not None else [])
    return {agent: frozenset(teams) for agent, teams in found.items()}


def _lock(tx: Transaction, agent_id: int) -> bool:
    """Two processes do not settle one agent at once. False when there is no such agent."""
    suffix = "" if tx.dialect == "sqlite" else " FOR UPDATE"
    return tx.first(f"SELECT id FROM agent WHERE id = :id{suffix}", id=agent_id) is not None


def _settle(tx: Transaction, agent_id: int, *, told: bool = False) -> None:
    """Write down and tell what an agent's state is by now, when it changed (or with `told` in any case)."""
    before = tx.first("SELECT state, chosen FROM agent_presence WHERE agent_id = :id", id=agent_id)
    chosen: State = before.chosen if before is not None else "online"
    leases = tx.all("SELECT state FROM console_lease WHERE agent_id = :id AND until >= :now", id=agent_id, now=tx.now)
    at = {row.state for row in leases}
    state: State = "offline"
    if at and chosen != "offline":
        state = "online" if chosen == "online" and "online" in at else "away"
    was = before.state if before is not None else "offline"
    if state != was:
        tx.run(
            "INSERT INTO agent_presence (agent_id, chosen, state, since) VALUES (:id, :chosen, :state, :now)"
            " ON CONFLICT (agent_id) DO UPDATE SET state = excluded.state, since = excluded.since",
            id=agent_id,
            chosen=chosen,
            state=state,
            now=tx.now,
        )
    if told or state != was:
        tx.record(AgentAvailable(agent=agent_id, state=state, chosen=chosen), f"agent:{agent_id}")
