"""API tokens: programs' keys, each acting as its agent within its scopes. Only the hash of the secret is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any, cast

from server.agents.queries import as_view, teams_of
from server.agents.roles import require
from server.agents.views import AgentView, Caller, NewTokenView, Scope, TokenView
from server.database import Transaction
from server.errors import Forbidden, Invalid, NotFound
from server.events import DeskChanged

PREFIX = "mdg_"
SEEN_EVERY = timedelta(minutes=1)
MOST = 50
INCLUDED: dict[str, frozenset[Scope]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write"}),
    "admin": frozenset({"read", "write", "admin"}),
}

FIND = """
SELECT t.id AS token, t.scopes, t.used_at, a.id, a.email, a.name, a.role, a.language, a.signature, a.active,
       a.picture, a.picture_type
FROM api_token t JOIN agent a ON a.id = t.agent_id WHERE t.secret_hash = :hash AND t.revoked_at IS NULL
"""


def hash_token(secret: str) -> str:
    """What is kept of a token's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make(tx: Transaction, agent: AgentView, name: str, scopes: list[Scope]) -> NewTokenView:
    """A new token of the agent's own. Its secret is in this answer and nowhere else."""
    if not name.strip():
        raise Invalid(fields={"name": "must not be empty"})
    if not scopes:
        raise Invalid(fields={"scopes": "must name at least one scope"})
    if "admin" in scopes and agent.role != "admin":
        raise Forbidden("Only an admin's token can have the scope admin.")
    if len(mine(tx, agent)) >= MOST:
        raise Invalid("An agent has at most {most} tokens.", most=MOST)
    secret = PREFIX + secrets.token_urlsafe(32)
    token_id = tx.insert(
        "api_token",
        agent_id=agent.id,
        name=name.strip(),
        secret_hash=hash_token(secret),
        hint=secret[-4:],
        scopes=" ".join(sorted(set(scopes))),
        created_at=tx.now,
    )
    tx.record(DeskChanged(what="token", id=agent.id), agent.actor)
    return NewTokenView(
        id=token_id,
        name=name.strip(),
        hint=secret[-4:],
        scopes=sorted(set(scopes)),
        created_at=tx.now,
        used_at=None,
        secret=secret,
    )


def mine(tx: Transaction, agent: AgentView) -> list[TokenView]:
    """The agent's tokens that still open doors, newest first."""
    rows = tx.all(
        "SELECT * FROM api_token WHERE agent_id = :id AND revoked_at IS NULL ORDER BY id DESC LIMIT 200", id=agent.id
    )
    return [_view(row) for row in rows]


def revoke(tx: Transaction, agent: AgentView, token_id: int) -> None:
    """Close a token for ever; somebody else's only as an admin. Raises `NotFound`."""
    owner = tx.value("SELECT agent_id FROM api_token WHERE id = :id AND revoked_at IS NULL", id=token_id)
    if owner is None or (owner != agent.id and agent.role != "admin"):
        raise NotFound("There is no token {id}.", id=token_id)
    if owner != agent.id:
        require(agent, "admin")
    tx.run("UPDATE api_token SET revoked_at = :now WHERE id = :id", now=tx.now, id=token_id)
    tx.record(DeskChanged(what="token", id=owner), agent.actor)


def find(tx: Transaction, secret_hash: str) -> Caller | None:
    """Who the token acts as and what it may do; None when it is unknown or revoked, or its agent inactive."""
    row = tx.first(FIND, hash=secret_hash)
    if row is None or not row.active:
        return None
    return Caller(
        agent=as_view(row, teams_of(tx, row.id)),
        scopes=frozenset().union(*(INCLUDED.get(scope, frozenset()) for scope in row.scopes.split())),
        token=row.token,
        stale=row.used_at is None or tx.now - row.used_at > SEEN_EVERY,
    )


def touch(tx: Transaction, token_id: int) -> None:
    """Write down that a token is in use. Callers ask for it once in `SEEN_EVERY`."""
    tx.run("UPDATE api_token SET used_at = :now WHERE id = :id", now=tx.now, id=token_id)


def _view(row: Any) -> TokenView:
    return TokenView(
        id=row.id,
        name=row.name,
        hint=row.hint,
        scopes=cast(list[Scope], row.scopes.split()),
        created_at=row.created_at,
        used_at=row.used_at,
    )
