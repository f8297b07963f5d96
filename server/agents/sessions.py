"""Signed-in browsers: sessions kept on the server, found by the hash of a secret that only the cookie holds."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from server.agents.queries import as_view, teams_of
from server.agents.roles import require
from server.agents.views import AgentView, Caller, Scope, SessionView
from server.database import Transaction
from server.errors import NotFound, Unauthenticated
from server.events import DeskChanged

IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=5)
LINK_LIVES = timedelta(minutes=15)
EVERYTHING: frozenset[Scope] = frozenset({"read", "write", "admin"})

FIND = """
SELECT s.secret_hash, s.seen_at, s.created_at, s.expires_at,
       a.id, a.email, a.name, a.role, a.language, a.signature, a.active,
       a.picture, a.picture_type
FROM agent_session s JOIN agent a ON a.id = s.agent_id WHERE s.secret_hash = :hash
"""


def new_secret() -> str:
    """A secret nobody guesses: 256 bits, safe in cookies and addresses."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is kept of a secret. A plain SHA-256 is enough for one of 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(
    tx: Transaction,
    agent_id: int,
    secret: str,
    *,
    address: str = "",
    browser: str = "",
    instead_of: str | None = None,
    password_hash: str | None = None,
) -> AgentView:
    """Sign an agent in with a fresh secret; the session the browser had before (`instead_of`, a hash) ends.

    Raises `Unauthenticated` when the agent is not active any more, or no longer has the password that was checked.
    """
    row = tx.first("SELECT * FROM agent WHERE id = :id", id=agent_id)
    if row is None or not row.active or (password_hash is not None and row.password_hash != password_hash):
        raise Unauthenticated("The address or the password is wrong.")
    if instead_of and tx.run("DELETE FROM agent_session WHERE secret_hash = :hash", hash=instead_of):
        tx.record(DeskChanged(what="session", id=agent_id))
    tx.run(
        "INSERT INTO agent_session (secret_hash, agent_id, created_at, seen_at, expires_at, address, browser)"
        " VALUES (:hash, :agent, :now, :now, :until, :address, :browser)",
        hash=hash_secret(secret),
        agent=agent_id,
        now=tx.now,
        until=tx.now + ABSOLUTE,
        address=address[:64],
        browser=browser[:200],
    )
    tx.run("UPDATE agent SET seen_at = :now WHERE id = :id", now=tx.now, id=agent_id)
    return as_view(row, teams_of(tx, agent_id))


def find(tx: Transaction, secret_hash: str) -> Caller | None:
    """Who the session belongs to; None when it ended, or its agent is inactive."""
    row = tx.first(FIND, hash=secret_hash)
    if row is None or not row.active or _over(row, tx.now):
        return None
    return Caller(
        agent=as_view(row, teams_of(tx, row.id)),
        scopes=EVERYTHING,
        session=secret_hash,
        stale=tx.now - row.seen_at > SEEN_EVERY,
    )


def _over(row: Any, at: datetime) -> bool:
    return bool(row.expires_at <= at or row.seen_at + IDLE <= at)


def touch(tx: Transaction, secret_hash: str) -> None:
    """Write down that a session is in use. Callers ask for it once in `SEEN_EVERY`."""
    tx.run("UPDATE agent_session SET seen_at = :now WHERE secret_hash = :hash", now=tx.now, hash=secret_hash)
    tx.run(
        "UPDATE agent SET seen_at = :now WHERE id = (SELECT agent_id FROM agent_session WHERE secret_hash = :hash)",
        now=tx.now,
        hash=secret_hash,
    )


def mine(tx: Transaction, agent: AgentView, current: str | None) -> list[SessionView]:
    """An agent's signed-in browsers, last used first."""
    rows = tx.all("SELECT * FROM agent_session WHERE agent_id = :id ORDER BY seen_at DESC", id=agent.id)
    return [
        SessionView(
            id=row.secret_hash[:16],
            created_at=row.created_at,
            seen_at=row.seen_at,
            address=row.address,
            browser=row.browser,
            current=row.secret_hash == current,
        )
        for row in rows
        if not _over(row, tx.now)
    ]


def end(tx: Transaction, agent: AgentView, session_id: str) -> None:
    """Sign one of the agent's browsers out. Raises `NotFound`."""
    ended = tx.run(
        "DELETE FROM agent_session WHERE agent_id = :agent AND substr(secret_hash, 1, 16) = :id",
        agent=agent.id,
        id=session_id[:16],
    )
    if not ended:
        raise NotFound("There is no session {id}.", id=session_id)
    tx.record(DeskChanged(what="session", id=agent.id), agent.actor)


def end_all(tx: Transaction, by: AgentView, agent_id: int, *, keep: str | None = None) -> int:
    """Sign an agent out everywhere, but for the session `keep` (a hash); how many ended."""
    ended = tx.run(
        "DELETE FROM agent_session WHERE agent_id = :agent AND secret_hash <> :keep", agent=agent_id, keep=keep or ""
    )
    tx.run("DELETE FROM sign_in_link WHERE agent_id = :agent", agent=agent_id)
    tx.record(DeskChanged(what="session", id=agent_id), by.actor)
    return ended


def make_link(tx: Transaction, by: AgentView, agent_id: int, *, lives: timedelta = LINK_LIVES) -> str:
    """The secret of a one-click sign-in, good for one use. Only the desk itself and admins make one."""
    require(by, "admin")
    secret = new_secret()
    tx.run(
        "INSERT INTO sign_in_link (secret_hash, agent_id, expires_at) VALUES (:hash, :agent, :until)",
        hash=hash_secret(secret),
        agent=agent_id,
        until=tx.now + lives,
    )
    return secret


def use_link(tx: Transaction, link: str, secret: str, *, address: str = "", browser: str = "") -> AgentView:
    """Sign in by a link, which is then used up. Raises `Unauthenticated` when it is unknown, used or too old."""
    row = tx.first(
        "DELETE FROM sign_in_link WHERE secret_hash = :hash RETURNING agent_id, expires_at", hash=hash_secret(link)
    )
    if row is None or row.expires_at <= tx.now:
        raise Unauthenticated("This link was used already or is too old.")
    return begin(tx, row.agent_id, secret, address=address, browser=browser)


def sweep(tx: Transaction) -> None:
    """Forget sessions and links whose time is over. Asked for by the clock."""
    tx.run("DELETE FROM agent_session WHERE expires_at <= :now OR seen_at <= :idle", now=tx.now, idle=tx.now - IDLE)
    tx.run("DELETE FROM sign_in_link WHERE expires_at <= :now", now=tx.now)
