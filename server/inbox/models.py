"""Tables of the way in: arrivals, kept raw with their outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class StoredArrival(SQLModel, table=True):
    """Something that came, exactly as it came. Small bytes are in the row, large ones in the file store."""

    __tablename__ = "arrival"
    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        Index("ix_arrival_state", "state", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="channel_account.id")
    external_id: str
    media_type: str
    size: int
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    digest: str | None = Field(default=None, description="Of the file, when the bytes are not in the row.")
    envelope: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    state: str = Field(description="filed or quarantined.")
    reason: str = Field(default="", description="Why it is in quarantine: one short word.")
    error: str = Field(default="", sa_column=Column(Text, nullable=False))
    tries: int = 1
    received_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Errand(SQLModel, table=True):
    """Something to fetch from a network after a message was filed: a file's bytes, or who somebody is."""

    __table_args__ = (
        UniqueConstraint("account_id", "what", "ref"),
        Index("ix_errand_due", "next_at", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="channel_account.id")
    what: str = Field(description="file or profile.")
    ref: str = Field(description="The channel's own word for it.")
    attachment_id: int | None = Field(default=None, foreign_key="attachment.id", index=True)
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    tries: int = 0
    next_at: datetime = Field(sa_type=UtcDateTime)
    words: str = Field(default="", sa_column=Column(Text, nullable=False), description="What the network said last.")
    created_at: datetime = Field(sa_type=UtcDateTime)


class PublishedFile(SQLModel, table=True):
    """A file that a network shows its customers by a public address: the name is the secret part of it."""

    __tablename__ = "published_file"
    name: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="channel_account.id")
    digest: str = Field(index=True)
    filename: str = Field(sa_column=Column(Text, nullable=False))
    content_type: str
    created_at: datetime = Field(sa_type=UtcDateTime)
