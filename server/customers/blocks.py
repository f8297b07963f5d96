"""The block list: senders whose messages are filed as spam, by address or by a whole domain."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

import msgspec

from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Invalid, NotFound
from server.events import DeskChanged

KINDS = ("email", "phone", "line", "visitor", "external")


class BlockView(msgspec.Struct, frozen=True, kw_only=True):
    """A blocked sender: an address (`a@b.jp`), or a domain (`@b.jp`) for mail."""

    id: int
    kind: str
    address: str
    by: int | None
    created_at: datetime


class BlockPage(msgspec.Struct, frozen=True, kw_only=True):
    """A keyset page, newest first; `next` is the cursor of the following one."""

    items: list[BlockView]
    next: str | None


def page(tx: Transaction, *, after: str | None = None, limit: int = 100) -> BlockPage:
    """The block list, newest first."""
    before = int(after) if after and after.isdecimal() and len(after) < 18 else 2**62
    rows = tx.all("SELECT * FROM block WHERE id < :before ORDER BY id DESC LIMIT :n", before=before, n=limit + 1)
    items = [_view(row) for row in rows[:limit]]
    return BlockPage(items=items, next=str(items[-1].id) if len(rows) > limit else None)


def blocked(tx: Transaction, kind: str, address: str) -> bool:
    """Whether this sender's messages are to be filed as spam."""
    _, at, domain = address.rpartition("@")
    domain = f"@{domain}" if at and kind == "email" else address
    found = "SELECT 1 FROM block WHERE kind = :kind AND address IN (:address, :domain)"
    return tx.value(found, kind=kind, address=address, domain=domain) is not None


def add(tx: Transaction, agent: AgentView, kind: str, address: str) -> BlockView:
    """Block a sender; one who is blocked already stays so."""
    require(agent, "agent")
    kind, address = _checked(kind, address)
    tx.run(
        "INSERT INTO block (kind, address, by_agent, created_at) VALUES (:kind, :address, :by, :now)"
        " ON CONFLICT (kind, address) DO NOTHING",
        kind=kind, address=address, by=agent.id or None, now=tx.now,
    )  # fmt: skip
    found = tx.first("SELECT * FROM block WHERE kind = :kind AND address = :address", kind=kind, address=address)
    tx.record(DeskChanged(what="block", id=found.id if found else None), by=agent.actor)
    return _view(found)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Let a sender write again."""
    require(agent, "agent")
    if not tx.run("DELETE FROM block WHERE id = :id", id=id):
        raise NotFound("This sender is not blocked.")
    tx.record(DeskChanged(what="block", id=id), by=agent.actor)


def _checked(kind: str, address: str) -> tuple[str, str]:
    address = unicodedata.normalize("NFKC", address).strip()
    problems: dict[str, str] = {}
    if kind not in KINDS:
        problems["kind"] = "is not one of the choices"
    if not 0 < len(address) <= 320 or "\0" in address:
        problems["address"] = "is too long" if address else "is missing"
    elif kind == "email":
        address = address.lower()
        if not re.fullmatch(r"[^@\s]*@[^@\s]+\.[^@\s.]+", address):
            problems["address"] = "must be like name@example.jp, or @example.jp for a whole domain"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return kind, address


def _view(row: Any) -> BlockView:
    return BlockView(id=row.id, kind=row.kind, address=row.address, by=row.by_agent, created_at=row.created_at)
