"""The same POST twice has one effect: answers are remembered under the caller's `Idempotency-Key` for a day.

Where an endpoint's effect is one unit of work, the key is claimed, the effect made and the answer kept in that very
transaction: after a crash at any moment either all three stand or none. A request that failed is not remembered, so
it can be put right and sent again under its key (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import web

from server.agents import Caller
from server.database import Transaction
from server.errors import Conflict, Invalid

KEPT = timedelta(hours=24)
LONGEST_KEY = 200

encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Memory:
    """One request under a key. `kept` once its answer is in the database; `fingerprint` is of all that was asked."""

    whose: str
    key: str
    fingerprint: str
    status: int
    kept: Any = field(default=None)
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer given before."""

    status: int
    body: bytes


class AnsweredAlready(Exception):
    """Raised inside a unit so that it is rolled back: the answer stands already."""

    def __init__(self, remembered: Remembered) -> None:
        super().__init__(remembered.status)
        self.remembered = remembered


def memory_of(request: web.Request, caller: Caller, data: bytes | None, status: int) -> Memory | None:
    """The request's memory, or None when it names no key. Raises `Invalid` for a key that cannot be kept.

    A streamed body (None) goes into the fingerprint by its length and type alone.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(fields={"Idempotency-Key": "must have 1 to 200 printable ASCII characters"})
    asked = hashlib.sha256(f"{request.method}\n{request.path_qs}\n{request.content_type}\n".encode())
    asked.update(data if data is not None else str(request.content_length).encode())
    whose = f"token:{caller.token}" if caller.token is not None else caller.agent.actor
    return Memory(whose, key, asked.hexdigest(), status)


class UnderWay:
    """The keys whose first request is being answered in this process."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    def begin(self, memory: Memory) -> None:
        """Raises `Conflict` while the first request of this key is under way."""
        name = (memory.whose, memory.key)
        if name in self._keys:
            raise Conflict("The first request with this Idempotency-Key is still under way.")
        self._keys.add(name)

    def end(self, memory: Memory) -> None:
        """It was answered, or failed."""
        self._keys.discard((memory.whose, memory.key))


UNDER_WAY = web.AppKey("under_way", UnderWay)


def recall(tx: Transaction, memory: Memory) -> Remembered | None:
    """The answer given under this key. Raises `Invalid` when that was to another request."""
    row = tx.first(
        "SELECT fingerprint, status, body FROM remembered_answer"
        " WHERE whose = :whose AND key = :key AND created_at > :since",
        whose=memory.whose,
        key=memory.key,
        since=tx.now - KEPT,
    )
    if row is None:
        return None
    if row.fingerprint != memory.fingerprint:
        raise Invalid("This Idempotency-Key was used for another request.")
    return Remembered(row.status, bytes(row.body))


def keep(tx: Transaction, memory: Memory, status: int, body: bytes) -> None:
    """Remember an answer. Raises `AnsweredAlready` when another process was faster; this unit is then undone."""
    tx.run(
        "DELETE FROM remembered_answer WHERE whose = :whose AND key = :key AND created_at <= :before",
        whose=memory.whose,
        key=memory.key,
        before=tx.now - KEPT,
    )
    kept = tx.run(
        "INSERT INTO remembered_answer (whose, key, fingerprint, status, body, created_at)"
        " VALUES (:whose, :key, :fingerprint, :status, :body, :now) ON CONFLICT (whose, key) DO NOTHING",
        whose=memory.whose,
        key=memory.key,
        fingerprint=memory.fingerprint,
        status=status,
        body=body,
        now=tx.now,
    )
    if not kept and (before := recall(tx, memory)) is not None:
        raise AnsweredAlready(before)


def once(tx: Transaction, memory: Memory, action: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Run an action and remember its answer, together. Raises `AnsweredAlready`."""
    keep(tx, memory, memory.status, b"")
    result = action(tx, *args, **kwargs)
    tx.run(
        "UPDATE remembered_answer SET body = :body WHERE whose = :whose AND key = :key",
        body=encode(result) if result is not None else b"",
        whose=memory.whose,
        key=memory.key,
    )
    return result


def amend(tx: Transaction, memory: Memory, status: int, body: bytes) -> None:
    """The answer turned out other than the action's result."""
    tx.run(
        "UPDATE remembered_answer SET status = :status, body = :body WHERE whose = :whose AND key = :key",
        status=status,
        body=body,
        whose=memory.whose,
        key=memory.key,
    )


def sweep(tx: Transaction) -> None:
    """Forget answers older than a day. Asked for by the clock."""
    tx.run("DELETE FROM remembered_answer WHERE created_at <= :before", before=tx.now - KEPT)
