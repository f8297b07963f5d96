"""Tables of people's rights: what was asked, what was corrected, what may not be used any more, and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class RightsRequest(SQLModel, table=True):
    """Something that a person asked of us: open → waiting (an erasure, until its day) → running → done;
    or refused, or withdrawn."""

    __tablename__ = "rights_request"
    __table_args__ = (Index("ix_rights_request_state", "state", "due_at"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(description="disclosure, correction, stop or erasure.")
    customer_id: int | None = Field(default=None, foreign_key="customer.id", index=True)
    requester: str = Field(default="", sa_column=Column(Text, nullable=False), description="Who asked, in words.")
    received_by: str = Field(default="", description="How it came: mail, phone, letter, visit …")
    identity: str = Field(
        default="", sa_column=Column(Text, nullable=False), description="How it was checked who they are; empty: not."
    )
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    checked_by: str = ""
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    state: str = "open"
    outcome: str = Field(default="", sa_column=Column(Text, nullable=False))
    received_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime, description="By when it must be answered.")
    run_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="An erasure's day.")
    options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    progress: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    by_whom: str = Field(description="Who wrote it down.")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str = ""
    version: int = 1


class Correction(SQLModel, table=True):
    """A field of a customer that was put right because they said so."""

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    request_id: int | None = Field(default=None, foreign_key="rights_request.id")
    field: str
    before: Any = Field(default=None, sa_column=Column(Json))
    after: Any = Field(default=None, sa_column=Column(Json))
    by_whom: str
    at: datetime = Field(sa_type=UtcDateTime)


class UseStop(SQLModel, table=True):
    """What is known of a customer may not be used for a purpose, from `since` until `lifted_at`."""

    __tablename__ = "use_stop"
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    purpose: str = Field(description="all, automatic, lists or disclosure (to other systems).")
    request_id: int | None = Field(default=None, foreign_key="rights_request.id")
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    by_whom: str
    since: datetime = Field(sa_type=UtcDateTime)
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by: str = ""


class AuditEntry(SQLModel, table=True):
    """Who looked at whom, exported what, or did something about people's rights, when and from where.

    Looks of one agent at one customer from one address within a quarter of an hour are one entry.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_customer", "customer_id", "id"),
        Index("ix_audit_agent", "agent_id", "id"),
        Index("ix_audit_at", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    what: str = Field(description="look, export, disclosure, erasure, stop, correction, request, retention, backup.")
    agent_id: int | None = Field(default=None, description="Nobody: the command line, or the clock.")
    customer_id: int | None = None
    address: str = Field(default="", description="The network address it was done from.")
    through: str = Field(default="", description="browser, token:7, command, clock.")
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    times: int = 1
    at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    key: str | None = Field(default=None, unique=True, description="What makes looks one entry.")
