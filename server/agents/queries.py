"""Reading agents and teams."""

from __future__ import annotations

from typing import Any, cast

from server.agents.pictures import address
from server.agents.views import AgentView, Credentials, TeamView
from server.database import Transaction
from server.errors import NotFound

AGENT = (
    "SELECT a.id, a.email, a.name, a.role, a.language, a.signature, a.active, a.picture, a.picture_type FROM agent a"
)


def all_agents(tx: Transaction, *, active_only: bool = False) -> list[AgentView]:
    """Every agent in the order of their names; those made inactive too, since their words stay theirs."""
    teams: dict[int, list[int]] = {}
    for place in tx.all("SELECT agent_id, team_id FROM team_member ORDER BY team_id"):
        teams.setdefault(place.agent_id, []).append(place.team_id)
    rows = tx.all(f"{AGENT} ORDER BY a.name, a.id")
    return [as_view(row, teams.get(row.id, [])) for row in rows if row.active or not active_only]


def view(tx: Transaction, agent_id: int) -> AgentView:
    """One agent. Raises `NotFound`."""
    row = tx.first(f"{AGENT} WHERE a.id = :id", id=agent_id)
    if row is None:
        raise NotFound("There is no agent {id}.", id=agent_id)
    return as_view(row, teams_of(tx, agent_id))


def by_email(tx: Transaction, email: str) -> AgentView | None:
    """The agent who signs in with this address."""
    row = tx.first(f"{AGENT} WHERE a.email = :email", email=normal_email(email))
    return as_view(row, teams_of(tx, row.id)) if row is not None else None


def credentials(tx: Transaction, email: str) -> Credentials | None:
    """What a sign-in is checked against; None when nobody active signs in with this address."""
    row = tx.first(
        "SELECT id, password_hash FROM agent WHERE email = :email AND active = :yes",
        email=normal_email(email),
        yes=True,
    )
    return Credentials(agent=row.id, password_hash=row.password_hash) if row is not None else None


def credentials_of(tx: Transaction, agent: AgentView) -> Credentials:
    """The same for somebody who is signed in."""
    return Credentials(
        agent=agent.id, password_hash=tx.value("SELECT password_hash FROM agent WHERE id = :id", id=agent.id) or ""
    )


def teams(tx: Transaction) -> list[TeamView]:
    """Every team with its members."""
    members: dict[int, list[int]] = {}
    for place in tx.all("SELECT agent_id, team_id FROM team_member ORDER BY agent_id"):
        members.setdefault(place.team_id, []).append(place.agent_id)
    rows = tx.all("SELECT id, name FROM team ORDER BY name")
    return [TeamView(id=row.id, name=row.name, members=members.get(row.id, [])) for row in rows]


def team(tx: Transaction, team_id: int) -> TeamView:
    """One team. Raises `NotFound`."""
    row = tx.first("SELECT id, name FROM team WHERE id = :id", id=team_id)
    if row is None:
        raise NotFound("There is no team {id}.", id=team_id)
    rows = tx.all("SELECT agent_id FROM team_member WHERE team_id = :id ORDER BY agent_id", id=team_id)
    return TeamView(id=row.id, name=row.name, members=[place.agent_id for place in rows])


def teams_of(tx: Transaction, agent_id: int) -> list[int]:
    """The teams an agent is in."""
    rows = tx.all("SELECT team_id FROM team_member WHERE agent_id = :id ORDER BY team_id", id=agent_id)
    return [row.team_id for row in rows]


def as_view(row: Any, teams: list[int]) -> AgentView:
    """An agent's row as the view of it."""
    return AgentView(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        language="en" if row.language == "en" else "ja",
        signature=row.signature,
        teams=teams,
        active=cast(bool, row.active),
        picture=address(row.picture, row.picture_type),
    )


def normal_email(email: str) -> str:
    """A sign-in name as it is kept."""
    return email.strip().lower()
