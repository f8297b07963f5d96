"""Tables of the way out: letters, each complete in itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime

TOGETHER = text("batch IS NOT NULL")
STANDS_IN = text("first_id IS NOT NULL")


class Letter(SQLModel, table=True):
    """A message to be delivered. The state of delivery lives here and nowhere else.

    held → waiting → sending → delivered | failed; recalled before the first try. What the network says later of one
    that was delivered: delayed, arrived, bounced, complained. `line` keeps order: of the letters of one line only the
    oldest unfinished may leave.
    """

    __table_args__ = (
        Index("ix_letter_due", "state", "next_at"),
        Index("ix_letter_line", "line", "state", "id"),
        Index("ix_letter_message", "message_id"),
        Index("ix_letter_recent", "created_at", "id"),
        Index("ix_letter_first", "first_id", sqlite_where=STANDS_IN, postgresql_where=STANDS_IN),
        Index("ix_letter_batch", "batch", sqlite_where=TOGETHER, postgresql_where=TOGETHER),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, description="The same at each try; the local part of the Message-ID.")
    account_id: int = Field(foreign_key="channel_account.id")
    line: str = Field(description="The conversation, by address; order within it holds.")
    ticket_number: int | None = Field(default=None, foreign_key="ticket.number", index=True)
    message_id: int | None = Field(default=None, foreign_key="message.id")
    about: str | None = Field(default=None, description="What a letter of no ticket is about: order:12.")
    first_id: int | None = Field(default=None, foreign_key="letter.id", description="The letter that it stands in for.")
    recipient: str = Field(description="The first recipient's address, for lists and bounces.", index=True)
    subject: str = Field(default="", sa_column=Column(Text, nullable=False))
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    state: str = "waiting"
    attempts: int = 0
    next_at: datetime = Field(sa_type=UtcDateTime)
    words: str = Field(default="", sa_column=Column(Text, nullable=False), description="The network's own, last.")
    code: str = Field(default="", description="Why it failed, in one word.")
    batch: str | None = Field(default=None, description="Letters that were first tried together, and are again.")
    first_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    external_id: str | None = Field(default=None, index=True)
    refused: dict[str, str] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LetterTry(SQLModel, table=True):
    """One attempt at a letter and what came of it."""

    __tablename__ = "letter_try"
    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = Field(foreign_key="letter.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = Field(description="started, delivered, later, failed, bounced.")
    words: str = Field(default="", sa_column=Column(Text, nullable=False))


class LetterPart(SQLModel, table=True):
    """One of the things that a letter became at its network; an answer may quote it by its id there."""

    __tablename__ = "letter_part"
    letter_id: int = Field(foreign_key="letter.id", primary_key=True)
    position: int = Field(primary_key=True)
    external_id: str = Field(index=True)
    quote: str = ""
