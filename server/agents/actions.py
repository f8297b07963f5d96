"""Changing agents and teams. Passwords come hashed: nobody holds the database while hashing."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from server.agents import pictures, queries, sessions
from server.agents.roles import require
from server.agents.views import AgentView, Language, Role, TeamView
from server.database import Transaction
from server.errors import Conflict, Invalid
from server.events import DeskChanged

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class AgentChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of an agent; what is unset stays."""

    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    signature: str | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    teams: list[int] | UnsetType = UNSET


def add(
    tx: Transaction,
    by: AgentView,
    *,
    email: str,
    name: str,
    role: Role = "agent",
    language: Language = "ja",
    signature: str = "",
    teams: list[int] | None = None,
    password_hash: str = "",
) -> AgentView:
    """Add an agent. Without a password they sign in by a link. Raises `Invalid` when the address is taken."""
    require(by, "admin")
    agent_id = tx.insert(
        "agent",
        email=_free_email(tx, email),
        name=_name(name),
        role=role,
        password_hash=password_hash,
        language=language,
        signature=signature,
        active=True,
        created_at=tx.now,
        picture="",
        picture_type="",
    )
    _place(tx, agent_id, teams or [])
    tx.record(DeskChanged(what="agent", id=agent_id), by.actor)
    return queries.view(tx, agent_id)


def edit(tx: Transaction, by: AgentView, agent_id: int, changes: AgentChanges) -> AgentView:
    """Change an agent. One made inactive loses every session and token in the same transaction.

    The last active admin stays one: raises `Conflict`.
    """
    require(by, "admin")
    before = queries.view(tx, agent_id)
    given: dict[str, Any] = {
        name: value
        for name in changes.__struct_fields__
        if name != "teams" and (value := getattr(changes, name)) is not UNSET
    }
    if "email" in given:
        given["email"] = _free_email(tx, given["email"], but=agent_id)
    if "name" in given:
        given["name"] = _name(given["name"])
    if (
        before.role == "admin"
        and before.active
        and (given.get("role", "admin") != "admin" or not given.get("active", True))
    ):
        _keep_an_admin(tx, agent_id)
    if given:
        tx.run(
            f"UPDATE agent SET {', '.join(f'{name} = :{name}' for name in given)} WHERE id = :id", id=agent_id, **given
        )
    if changes.teams is not UNSET:
        _place(tx, agent_id, changes.teams)
    if given.get("active") is False:
        sessions.end_all(tx, by, agent_id)
        tx.run(
            "UPDATE api_token SET revoked_at = :at WHERE agent_id = :id AND revoked_at IS NULL", at=tx.now, id=agent_id
        )
    tx.record(DeskChanged(what="agent", id=agent_id), by.actor)
    return queries.view(tx, agent_id)


def deactivate(tx: Transaction, by: AgentView, agent_id: int) -> AgentView:
    """Make an agent inactive."""
    return edit(tx, by, agent_id, AgentChanges(active=False))


def edit_self(
    tx: Transaction,
    agent: AgentView,
    *,
    name: str | UnsetType = UNSET,
    language: Language | UnsetType = UNSET,
    signature: str | UnsetType = UNSET,
) -> AgentView:
    """Change what is an agent's own: their name, their language, what stands below their letters."""
    tx.run(
        "UPDATE agent SET name = :name, language = :language, signature = :signature WHERE id = :id",
        name=_name(name) if name is not UNSET else agent.name,
        language=language if language is not UNSET else agent.language,
        signature=signature if signature is not UNSET else agent.signature,
        id=agent.id,
    )
    tx.record(DeskChanged(what="agent", id=agent.id), agent.actor)
    return queries.view(tx, agent.id)


def set_password(
    tx: Transaction, by: AgentView, agent_id: int, password_hash: str, *, keep: str | None = None
) -> AgentView:
    """Keep a new password, one's own or, as an admin, somebody's; every session but `keep` ends."""
    if by.id != agent_id:
        require(by, "admin")
    queries.view(tx, agent_id)
    tx.run("UPDATE agent SET password_hash = :hash WHERE id = :id", hash=password_hash, id=agent_id)
    sessions.end_all(tx, by, agent_id, keep=keep)
    return queries.view(tx, agent_id)


def set_picture(tx: Transaction, by: AgentView, agent_id: int, picture: pictures.Picture | None) -> AgentView:
    """Give an agent a picture, or take it away: one's own, or anybody's as an admin."""
    if by.id != agent_id:
        require(by, "admin")
    queries.view(tx, agent_id)
    tx.run(
        "UPDATE agent SET picture = :digest, picture_type = :type WHERE id = :id",
        digest=picture.digest if picture else "",
        type=picture.media_type if picture else "",
        id=agent_id,
    )
    tx.record(DeskChanged(what="agent", id=agent_id), by.actor)
    return queries.view(tx, agent_id)


# ---------------------------------------------------------------------------------------------------- teams


def add_team(tx: Transaction, by: AgentView, name: str, members: list[int]) -> TeamView:
    """Add a team. Raises `Invalid` when the name is taken."""
    require(by, "lead")
    team_id = tx.insert("team", name=_free_team(tx, name))
    _fill(tx, team_id, members)
    tx.record(DeskChanged(what="team", id=team_id), by.actor)
    return queries.team(tx, team_id)


def edit_team(
    tx: Transaction,
    by: AgentView,
    team_id: int,
    *,
    name: str | UnsetType = UNSET,
    members: list[int] | UnsetType = UNSET,
) -> TeamView:
    """Rename a team or change who is in it."""
    require(by, "lead")
    queries.team(tx, team_id)
    if name is not UNSET:
        tx.run("UPDATE team SET name = :name WHERE id = :id", name=_free_team(tx, name, but=team_id), id=team_id)
    if members is not UNSET:
        _fill(tx, team_id, members)
    tx.record(DeskChanged(what="team", id=team_id), by.actor)
    return queries.team(tx, team_id)


def remove_team(tx: Transaction, by: AgentView, team_id: int) -> None:
    """Remove a team that no ticket and no channel account names. Raises `Conflict` otherwise."""
    require(by, "lead")
    queries.team(tx, team_id)
    for table in ("ticket", "channel_account"):
        if tx.first(f"SELECT 1 FROM {table} WHERE team_id = :id LIMIT 1", id=team_id) is not None:
            raise Conflict("The team still has tickets or accounts; move them first.")
    tx.run("DELETE FROM team_member WHERE team_id = :id", id=team_id)
    tx.run("DELETE FROM team WHERE id = :id", id=team_id)
    tx.record(DeskChanged(what="team", id=team_id), by.actor)


# --------------------------------------------------------------------------------------------------- checks


def _name(name: str) -> str:
    if not name.strip():
        raise Invalid(fields={"name": "must not be empty"})
    return name.strip()


def _free_email(tx: Transaction, email: str, *, but: int = 0) -> str:
    email = queries.normal_email(email)
    if not _EMAIL.fullmatch(email):
        raise Invalid(fields={"email": "is not a mail address"})
    if tx.first("SELECT 1 FROM agent WHERE email = :email AND id <> :id", email=email, id=but) is not None:
        raise Invalid(fields={"email": "is taken by another agent"})
    return email


def _free_team(tx: Transaction, name: str, *, but: int = 0) -> str:
    name = _name(name)
    if tx.first("SELECT 1 FROM team WHERE name = :name AND id <> :id", name=name, id=but) is not None:
        raise Invalid(fields={"name": "is taken by another team"})
    return name


def _keep_an_admin(tx: Transaction, agent_id: int) -> None:
    other = tx.first(
        "SELECT 1 FROM agent WHERE role = 'admin' AND active = :yes AND id <> :id LIMIT 1", yes=True, id=agent_id
    )
    if other is None:
        raise Conflict("The desk needs an admin: make somebody else one first.")


def _place(tx: Transaction, agent_id: int, teams: list[int]) -> None:
    known = {row.id for row in tx.all("SELECT id FROM team")}
    if not known.issuperset(teams):
        raise Invalid(fields={"teams": "names a team that does not exist"})
    tx.run("DELETE FROM team_member WHERE agent_id = :id", id=agent_id)
    _join(tx, [(team_id, agent_id) for team_id in sorted(set(teams))])


def _fill(tx: Transaction, team_id: int, members: list[int]) -> None:
    known = {row.id for row in tx.all("SELECT id FROM agent")}
    if not known.issuperset(members):
        raise Invalid(fields={"members": "names an agent who does not exist"})
    tx.run("DELETE FROM team_member WHERE team_id = :id", id=team_id)
    _join(tx, [(team_id, agent_id) for agent_id in sorted(set(members))])


def _join(tx: Transaction, places: list[tuple[int, int]]) -> None:
    tx.many(
        "INSERT INTO team_member (team_id, agent_id) VALUES (:team, :agent)",
        [{"team": team_id, "agent": agent_id} for team_id, agent_id in places],
    )
