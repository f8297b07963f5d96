"""Tables of the people who write to the desk, and of how each channel knows them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import UtcDateTime


class Customer(SQLModel, table=True):
    """A person (or a company's desk) who exists once, whatever channels they use."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(default="", description="As it is shown; family name first in Japanese.")
    kana: str = ""
    company: str = ""
    language: str | None = None
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    blocked: bool = False
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Contact(SQLModel, table=True):
    """How one channel knows a customer: an address, and whether it can be reached."""

    __table_args__ = (
        UniqueConstraint("kind", "address"),
        Index("ix_contact_customer", "customer_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    kind: str = Field(description="email, phone, line, visitor, external …")
    address: str = Field(description="Normalised by the channel.")
    name: str = Field(default="", description="The name this contact gave itself last.")
    reachable: bool = True
    unreachable_because: str = Field(default="", sa_column=Column(Text, nullable=False))
    language: str | None = Field(default=None, description="As its network tells it.")
    status_message: str = Field(default="", sa_column=Column(Text, nullable=False))
    picture: str | None = Field(default=None, index=True, description="The digest of its picture.")
    picture_type: str = ""
    profile_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="When its network was asked.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class Block(SQLModel, table=True):
    """A sender whose messages are filed as spam: an address (`a@b.jp`) or a domain (`@b.jp`)."""

    __table_args__ = (UniqueConstraint("kind", "address"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    address: str
    by_agent: int | None = Field(default=None, foreign_key="agent.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
