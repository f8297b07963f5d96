"""What queries about agents answer, and who is calling: the actor of every action."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Role = Literal["viewer", "agent", "lead", "admin"]
Scope = Literal["read", "write", "admin"]
Language = Literal["ja", "en"]


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works at the desk. The first argument, after the transaction, of every action."""

    id: int
    email: str
    name: str
    role: Role
    language: Language = "ja"
    signature: str = ""
    teams: list[int] = []
    active: bool = True
    picture: str = ""
    """The path of their picture on this desk, good for customers too; empty when there is none."""

    @property
    def actor(self) -> str:
        """How the change feed names them."""
        return f"agent:{self.id}" if self.id else "system"


DESK = AgentView(id=0, email="", name="", role="admin")
"""The desk itself as an actor: the command line and what happens by the clock."""


class TeamView(msgspec.Struct, frozen=True, kw_only=True):
    """A group of agents that tickets are given to."""

    id: int
    name: str
    members: list[int]


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. `id` is the beginning of its secret's hash; `current` the one that asks."""

    id: str
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str
    current: bool


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A program's key. `hint` is the end of its secret, to tell keys apart."""

    id: int
    name: str
    hint: str
    scopes: list[Scope]
    created_at: datetime
    used_at: datetime | None


class NewTokenView(TokenView, frozen=True, kw_only=True):
    """A key just made. `secret` is shown this once."""

    secret: str


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in is checked against, outside of any transaction."""

    agent: int
    password_hash: str


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what this way of asking may do. Either `session` (its secret's hash) or `token` is set."""

    agent: AgentView
    scopes: frozenset[Scope]
    session: str | None = None
    token: int | None = None
    stale: bool = False
    """Whether it is time to write down that it was seen."""
