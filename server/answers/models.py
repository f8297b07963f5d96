"""Tables of automatic answers: what was made of each message that the desk looked at, and how far it has looked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class Attempt(SQLModel, table=True):
    """A customer's message that the desk looked at to answer it by itself: at most one row a message, so at most one
    answer."""

    __table_args__ = (
        Index("ix_attempt_ticket", "ticket_number", "id"),
        Index("ix_attempt_spoken", "spoken_id"),
        Index("ix_attempt_account", "account_id", "created_at"),
        Index("ix_attempt_created", "created_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", unique=True)
    ticket_number: int = Field(foreign_key="ticket.number")
    account_id: int = Field(foreign_key="channel_account.id")
    state: str = Field(description="answered, offered (questions to choose from), refused, heard (a tap), taken.")
    reason: str = Field(default="", description="Why it was refused, in one word; who took it: flow.")
    article_id: int | None = Field(default=None, foreign_key="article.id")
    article_version: int | None = None
    offered: list[int] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="The articles that it offered."
    )
    confidence: float = 0.0
    lang: str = "ja"
    of_id: int | None = Field(default=None, description="The attempt whose choice was tapped, which led to this one.")
    spoken_id: int | None = Field(default=None, description="Our message.")
    outcome: str = Field(default="", description="yes, no, person, chosen or other; empty: nobody said.")
    outcome_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reopened_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When the customer came back, within three days of the end."
    )
    created_at: datetime = Field(sa_type=UtcDateTime)


class AnswerDesk(SQLModel, table=True):
    """One row: what admins decided, and up to which message everything was looked at."""

    __tablename__ = "answer_desk"
    id: int = Field(default=1, primary_key=True)
    seen: int = Field(default=0, description="The newest message that was looked at.")
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
