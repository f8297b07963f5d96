"""Tables of the people who work at the desk: agents, teams, sessions, API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class Agent(SQLModel, table=True):
    """Somebody who signs in. An agent is never deleted, only made inactive: their words stay theirs."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True, description="Lower case; the sign-in name.")
    name: str
    role: str = Field(default="agent", description="admin, lead, agent or viewer.")
    password_hash: str = Field(default="", sa_column=Column(Text, nullable=False), description="argon2; empty: none.")
    language: str = "ja"
    signature: str = Field(default="", sa_column=Column(Text, nullable=False))
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    picture: str = Field(default="", description="The digest of their picture in the file store; empty: none.")
    picture_type: str = Field(default="", description="Its media type.")


class AgentPresence(SQLModel, table=True):
    """Whether an agent is at the desk: what they chose, and what follows from it and from their consoles."""

    __tablename__ = "agent_presence"
    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    chosen: str = Field(default="online", description="online (what the consoles say), away or offline.")
    state: str = Field(default="offline", description="online, away or offline.")
    since: datetime = Field(sa_type=UtcDateTime)


class ConsoleLease(SQLModel, table=True):
    """A process of the desk says that an agent has a console open there; good until `until`."""

    __tablename__ = "console_lease"
    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    process: str = Field(primary_key=True)
    state: str = Field(description="online, or away when nobody touched any of them for a while.")
    until: datetime = Field(sa_type=UtcDateTime, index=True)


class AgentDesk(SQLModel, table=True):
    """How an agent's console stands, the same on each of their devices: which tickets are open and how."""

    __tablename__ = "agent_desk"
    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class AgentPreferences(SQLModel, table=True):
    """How an agent likes to be told of what happens, the same on each of their devices."""

    __tablename__ = "agent_preferences"
    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class Team(SQLModel, table=True):
    """A group of agents that tickets are given to."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)


class TeamMember(SQLModel, table=True):
    """An agent's place in a team."""

    __tablename__ = "team_member"
    team_id: int = Field(foreign_key="team.id", primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", primary_key=True, index=True)


class AgentSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds the secret, the table its SHA-256."""

    __tablename__ = "agent_session"
    secret_hash: str = Field(primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    address: str = ""
    browser: str = ""


class SignInLink(SQLModel, table=True):
    """A one-click sign-in: used once, short-lived."""

    __tablename__ = "sign_in_link"
    secret_hash: str = Field(primary_key=True)
    agent_id: int = Field(foreign_key="agent.id")
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """A program's key to the JSON API, acting as an agent within its scopes."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("secret_hash"),)
    id: int | None = Field(default=None, primary_key=True)
    agent_id: int = Field(foreign_key="agent.id", index=True)
    name: str
    secret_hash: str
    hint: str = Field(description="The last characters, to tell tokens apart.")
    scopes: str = Field(description="Blank-separated: read, write, admin.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
