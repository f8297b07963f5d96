"""Tables of bulk letters: the letter itself, whom it goes to, what of a file was not found, and the pace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime

SENT = text("state = 'sent'")


class BulkLetter(SQLModel, table=True):
    """One message to many: draft → asked → running → done; paused and stopped by people. An edit leads back to draft.

    `position` is how far its recipients were listed: the last id, or the last row of the file; below zero the rows of
    an earlier list go first.
    """

    __tablename__ = "bulk_letter"
    __table_args__ = (Index("ix_bulk_letter_state", "state", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=Column(Text, nullable=False), description="What people here call it.")
    content: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="`views.BulkContent`."
    )
    file_name: str = Field(default="", sa_column=Column(Text, nullable=False))
    digest: str = Field(default="", description="The file in the store; empty without one, or once it was removed.")
    form: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    headers: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    state: str = "draft"
    listing: str = Field(default="", description="Of the recipients: empty, under_way or whole.")
    position: int = 0
    share: float = 0.0
    trouble: str = Field(default="", sa_column=Column(Text, nullable=False), description="Why listing broke off.")
    version: int = 1
    writers: list[int] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="Agents who wrote it; none approves."
    )
    by_whom: str
    asked_by: str = ""
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str = ""
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    worker: str = Field(default="", description="The process that lists its recipients.")
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="When more of it may leave.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BulkRecipient(SQLModel, table=True):
    """One customer of a bulk letter: listed → sent or skipped. How a sent one fares stands on its letter.

    `person` is the customer when they were listed, and stays when two become one; `customer_id` goes along.
    """

    __tablename__ = "bulk_recipient"
    __table_args__ = (
        UniqueConstraint("bulk_id", "person"),
        Index("ix_bulk_recipient_state", "bulk_id", "state", "id"),
        Index("ix_bulk_recipient_customer", "customer_id"),
        Index("ix_bulk_recipient_letter", "letter_id"),
        Index("ix_bulk_recipient_address", "bulk_id", "address"),
        Index("ix_bulk_recipient_settled", "settled_at", sqlite_where=SENT, postgresql_where=SENT),
    )
    id: int | None = Field(default=None, primary_key=True)
    bulk_id: int = Field(foreign_key="bulk_letter.id")
    person: int
    customer_id: int = Field(foreign_key="customer.id")
    orders: list[int] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="Why they are listed, newest first."
    )
    number: int = Field(default=0, description="The row of the file; 0 without one.")
    extra: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="What the file says of them."
    )
    state: str = "listed"
    reason: str = ""
    words: str = Field(default="", sa_column=Column(Text, nullable=False))
    way: str = Field(default="", description="email or line: expected while listed, taken when sent; empty for none.")
    domain: str = Field(default="", description="Of the mail address.")
    address: str = Field(default="", description="Where it went.")
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="Not before: their quiet hours.")
    letter_id: int | None = Field(default=None, foreign_key="letter.id")
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BulkProblem(SQLModel, table=True):
    """A row of a file whose customer was not found, or that adds nothing: why, in one word."""

    __tablename__ = "bulk_problem"
    __table_args__ = (UniqueConstraint("bulk_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    bulk_id: int = Field(foreign_key="bulk_letter.id")
    number: int
    reason: str
    said: str = Field(default="", sa_column=Column(Text, nullable=False), description="By what was looked for.")


class BulkPace(SQLModel, table=True):
    """One row: how fast bulk letters leave, as an admin decided it."""

    __tablename__ = "bulk_pace"
    id: int = Field(default=1, primary_key=True)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
