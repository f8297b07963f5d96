"""Tables of the sources: what is pulled from where, how far, what could not be read, and what differs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class DataSource(SQLModel, table=True):
    """A store that other systems share. `next_at` is when it is pulled from next, if it is on."""

    __tablename__ = "source"
    name: str = Field(primary_key=True)
    ready: str = Field(default="", description="The ready-made mapping it was made of; empty for one of its own.")
    kind: str = Field(default="http", description="sql, http or file, as the mapping says.")
    mapping: str = Field(sa_column=Column(Text, nullable=False), description="TOML (docs/sources.md).")
    given: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="Its parameters without the secrets."
    )
    secrets: str = Field(default="", sa_column=Column(Text, nullable=False), description="Sealed.")
    enabled: bool = True
    every: int = Field(default=15, description="Minutes between pulls.")
    compare_every: int = Field(default=0, description="Days between comparisons of both sides; 0: none by itself.")
    next_at: datetime = Field(sa_type=UtcDateTime, index=True)
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pulled_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When the last whole pull began: all before is here."
    )
    compared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = Field(default=0, description="Pulls in a row that broke off.")
    words: str = Field(default="", sa_column=Column(Text, nullable=False), description="Why the last one did.")
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)


class SourceStream(SQLModel, table=True):
    """How far a stream was read. `position` is where the next pull begins, `sweep` the place of one under way."""

    __tablename__ = "source_stream"
    source: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    position: Any = Field(default=None, sa_column=Column(Json, nullable=True))
    sweep: Any = Field(default=None, sa_column=Column(Json, nullable=True))
    records: int = Field(default=0, sa_type=BigInteger, description="Read so far.")
    learned: int = Field(default=0, sa_type=BigInteger, description="Of these new or changed.")
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    swept_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When it was last read to the end."
    )


class SourceFailure(SQLModel, table=True):
    """A record that could not become a fact, as it was; gone once it can."""

    __tablename__ = "source_failure"
    __table_args__ = (
        UniqueConstraint("source", "stream", "record"),
        Index("ix_source_failure_state", "source", "state", "last_seen"),
    )
    id: int | None = Field(default=None, primary_key=True)
    source: str
    stream: str
    record: str = Field(description="The record's id there, or a digest of one without.")
    payload: Any = Field(default=None, sa_column=Column(Json, nullable=True))
    troubles: list[Any] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    state: str = Field(default="open", description="open or ignored.")
    times: int = 1
    first_seen: datetime = Field(sa_type=UtcDateTime)
    last_seen: datetime = Field(sa_type=UtcDateTime)


class SourceShape(SQLModel, table=True):
    """The fields and types that a stream's records had, by version; a later one with what changed since."""

    __tablename__ = "source_shape"
    __table_args__ = (UniqueConstraint("source", "stream", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    source: str
    stream: str
    version: int
    fields: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    changes: list[Any] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    seen_at: datetime = Field(sa_type=UtcDateTime)
    accepted_by: str = Field(default="", description="Who said that it is well; empty while nobody did.")


class SourceComparison(SQLModel, table=True):
    """Both sides counted and compared at one time."""

    __tablename__ = "source_comparison"
    __table_args__ = (Index("ix_source_comparison_source", "source", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    source: str
    stream: str
    at: datetime = Field(sa_type=UtcDateTime)
    there: int = 0
    here: int = 0
    differing: int = 0
    periods: list[Any] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    differences: list[Any] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="The first of them, each with its id."
    )
    words: str = Field(default="", sa_column=Column(Text, nullable=False), description="Why it broke off.")


class SourceAsked(SQLModel, table=True):
    """When a source was last asked for one customer, beside a ticket, and what came of it."""

    __tablename__ = "source_asked"
    source: str = Field(primary_key=True)
    customer_id: int = Field(primary_key=True, foreign_key="customer.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    words: str = Field(default="", sa_column=Column(Text, nullable=False))
