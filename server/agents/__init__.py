"""The people who work at the desk: agents, teams, roles, how they sign in, and the tokens of their programs."""

from server.agents import passwords, sessions, tokens
from server.agents.actions import (
    AgentChanges,
    add,
    add_team,
    deactivate,
    edit,
    edit_self,
    edit_team,
    remove_team,
    set_password,
)
from server.agents.queries import all_agents, by_email, credentials, credentials_of, team, teams, view
from server.agents.roles import may, require
from server.agents.views import (
    DESK,
    AgentView,
    Caller,
    Credentials,
    Language,
    NewTokenView,
    Role,
    Scope,
    SessionView,
    TeamView,
    TokenView,
)

__all__ = [
    "DESK",
    "AgentChanges",
    "AgentView",
    "Caller",
    "Credentials",
    "Language",
    "NewTokenView",
    "Role",
    "Scope",
    "SessionView",
    "TeamView",
    "TokenView",
    "add",
    "add_team",
    "all_agents",
    "by_email",
    "credentials",
    "credentials_of",
    "deactivate",
    "edit",
    "edit_self",
    "edit_team",
    "may",
    "passwords",
    "remove_team",
    "require",
    "sessions",
    "set_password",
    "team",
    "teams",
    "tokens",
    "view",
]
