"""Tables of what has gone: tickets whose words were removed, and the nightly rounds of retention."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class TicketEmptied(SQLModel, table=True):
    """A ticket whose words and files were removed; its number, times and states stay."""

    __tablename__ = "ticket_emptied"
    ticket_number: int = Field(foreign_key="ticket.number", primary_key=True)
    reason: str = Field(description="erasure, or the kind of a retention rule.")
    last_seq: int = Field(description="Up to which message.")
    at: datetime = Field(sa_type=UtcDateTime)


class RetentionRun(SQLModel, table=True):
    """A round of retention: when, and how much went by each rule."""

    __tablename__ = "retention_run"
    id: int | None = Field(default=None, primary_key=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
