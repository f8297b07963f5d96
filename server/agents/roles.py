"""Who may do what: four roles, each with all that the one before it may."""

from __future__ import annotations

from server.agents.views import AgentView, Role
from server.errors import Forbidden

RANKS: dict[str, int] = {"viewer": 0, "agent": 1, "lead": 2, "admin": 3}
"""A viewer reads, an agent answers, a lead arranges (teams, tags, views, labels), an admin opens and closes doors."""


def may(agent: AgentView, role: Role) -> bool:
    """Whether the agent is active and of this role or a higher one."""
    return agent.active and RANKS[agent.role] >= RANKS[role]


def require(agent: AgentView, role: Role) -> None:
    """Raises `Forbidden` unless the agent is of this role or a higher one."""
    if not may(agent, role):
        raise Forbidden("This needs the role {role}.", role=role)
