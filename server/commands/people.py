"""Commands about agents."""

from __future__ import annotations

import asyncio
from typing import cast, get_args

import msgspec

from server import agents
from server.agents import DESK, Language, Role, passwords, sessions
from server.app import assemble
from server.commands.output import say, show
from server.commands.upkeep import needs
from server.errors import Invalid, NotFound
from server.settings import Settings


class Added(msgspec.Struct, frozen=True):
    """An agent just added."""

    id: int
    email: str
    role: str
    sign_in: str


def add(
    settings: Settings, email: str, name: str, role: str, language: str, password: str | None, as_json: bool
) -> None:
    """Add an agent and make a link."""
    if role not in get_args(Role):
        raise Invalid(fields={"role": f"one of {', '.join(get_args(Role))}"})
    if language not in get_args(Language):
        raise Invalid(fields={"language": f"one of {', '.join(get_args(Language))}"})
    parts = assemble(settings)
    needs(parts)
    hashed = asyncio.run(passwords.hash_password(password)) if password else ""
    agent = parts.database.write_now(
        lambda tx: agents.add(
            tx,
            DESK,
            email=email,
            name=name,
            role=cast(Role, role),
            language=cast(Language, language),
            password_hash=hashed,
        )
    )
    secret = parts.database.write_now(sessions.make_link, DESK, agent.id)
    added = Added(agent.id, agent.email, agent.role, _url(settings, secret))
    if as_json:
        show(added, as_json=True)
    else:
        say(f"{agent.name} <{agent.email}> was added. Sign in once with:\n{added.sign_in}")


def listed(settings: Settings, as_json: bool) -> None:
    """Every agent."""
    parts = assemble(settings)
    needs(parts)
    show(parts.database.read_now(agents.all_agents), as_json=as_json, columns=("id", "email", "name", "role", "active"))


def link(settings: Settings, email: str) -> None:
    """A new link."""
    parts = assemble(settings)
    needs(parts)
    agent = parts.database.read_now(agents.by_email, email)
    if agent is None:
        raise NotFound("There is no agent {email}.", email=email)
    say(_url(settings, parts.database.write_now(sessions.make_link, DESK, agent.id)))


def _url(settings: Settings, secret: str) -> str:
    return f"{settings.public_url.rstrip('/')}/sign-in/link/{secret}"
