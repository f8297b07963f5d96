"""Tables of flows: what is written, what is live, each published version, who is being led, and what was counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime

UNDER_WAY = text("state = 'on'")


class Flow(SQLModel, table=True):
    """A flow. `content` is what is being written; version `live_version` leads customers while `enabled`."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(default="", sa_column=Column(Text, nullable=False))
    content: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    edit: int = Field(default=1, description="Grows with each change of what is being written.")
    live_version: int | None = None
    accounts: list[int] = Field(sa_column=Column(Json, nullable=False), description="The accounts on which it leads.")
    enabled: bool = False
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class FlowVersion(SQLModel, table=True):
    """A flow as it was published once, and by whom."""

    __tablename__ = "flow_version"
    __table_args__ = (UniqueConstraint("flow_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    flow_id: int = Field(foreign_key="flow.id")
    version: int
    content: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    by_whom: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class FlowRun(SQLModel, table=True):
    """Somebody being led: of which version, where they stand, and what they said so far.

    `state`: on, handed, solved, ended, silent (no answer in time), joined (a person came), gone (the flow did).
    """

    __tablename__ = "flow_run"
    __table_args__ = (
        UniqueConstraint("ticket_number", "began_id"),
        Index("ix_flow_run_due", "due_at", sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY),
        Index("ix_flow_run_flow", "flow_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    flow_id: int = Field(foreign_key="flow.id")
    version: int
    ticket_number: int = Field(foreign_key="ticket.number")
    began_id: int = Field(description="The message that it began with.")
    moved_id: int = Field(description="The newest message that it was moved by.")
    state: str = "on"
    place: dict[str, Any] = Field(sa_column=Column(Json, nullable=False), description="See talk.State.")
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    began_at: datetime = Field(sa_type=UtcDateTime)
    moved_at: datetime = Field(sa_type=UtcDateTime)


class FlowCount(SQLModel, table=True):
    """How often a step of a flow was come to, answered, left for a person, and left in silence, on a day of
    UTC."""

    __tablename__ = "flow_count"
    flow_id: int = Field(primary_key=True, foreign_key="flow.id")
    step: str = Field(primary_key=True)
    day: str = Field(primary_key=True, description="ISO 8601.")
    entered: int = 0
    answered: int = 0
    handed: int = 0
    silent: int = 0


class FlowTry(SQLModel, table=True):
    """An order that somebody asked for, as digests: nobody may try many."""

    __tablename__ = "flow_try"
    __table_args__ = (Index("ix_flow_try_what", "what", "at"), Index("ix_flow_try_at", "at"))
    id: int | None = Field(default=None, primary_key=True)
    what: str = Field(description="A digest of who asked, of the mail address, or of the number.")
    at: datetime = Field(sa_type=UtcDateTime)


class FlowDesk(SQLModel, table=True):
    """One row: up to which change of the feed messages were looked at."""

    __tablename__ = "flow_desk"
    id: int = Field(default=1, primary_key=True)
    seen: int = 0
