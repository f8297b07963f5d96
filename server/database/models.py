"""Tables of the change feed and of what makes repeats harmless at the doors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from server.database.types import Json, UtcDateTime


class ChangeCounter(SQLModel, table=True):
    """One row: the seq of the newest change."""

    __tablename__ = "change_counter"
    id: int = Field(default=1, primary_key=True)
    seq: int = Field(default=0, sa_type=BigInteger)


class ChangeRow(SQLModel, table=True):
    """An event in the order of commits, without gaps: live updates, catch-up, history and audit are read from it."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_ticket", "ticket_number", "seq"),)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    by_whom: str
    ticket_number: int | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class Lease(SQLModel, table=True):
    """Work that one process does for all: whose it is, and until when unless they say so again."""

    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_type=UtcDateTime)


class RememberedAnswer(SQLModel, table=True):
    """The answer once given to an `Idempotency-Key`, given again to the same request."""

    __tablename__ = "remembered_answer"
    whose: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str = Field(description="Of method, path and body: another request under the same key is refused.")
    status: int = Field(default=0, description="0 while the first request is still under way.")
    body: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
