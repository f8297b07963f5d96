"""Tables of the FAQ: articles, each version of them, the vectors of their phrasings, and what was suggested."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class Article(SQLModel, table=True):
    """An answer in the shop's own words. `content` is what is being written, `live` what answers customers."""

    id: int | None = Field(default=None, primary_key=True)
    state: str = Field(default="draft", description="draft, review, published or archived; of `content`.")
    content: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    live: dict[str, Any] | None = Field(default=None, sa_column=Column(Json), description="As published; None: not.")
    live_version: int | None = Field(default=None, description="The version that is live.")
    title: str = Field(default="", sa_column=Column(Text, nullable=False), description="Its first question, for lists.")
    category: str = Field(default="", sa_column=Column(Text, nullable=False))
    review_on: str | None = Field(
        default=None, index=True, description="The day to look at it again, as 2026-11-22; of `content`."
    )
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ArticleVersion(SQLModel, table=True):
    """An article as it once was, and who made it so."""

    __tablename__ = "article_version"
    __table_args__ = (UniqueConstraint("article_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="article.id")
    version: int
    state: str
    content: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    by_whom: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class ArticleFile(SQLModel, table=True):
    """A file of an article. A row stays for good: earlier versions name it too."""

    __tablename__ = "article_file"
    __table_args__ = (Index("ix_article_file_article", "article_id"),)
    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="article.id")
    name: str = Field(sa_column=Column(Text, nullable=False))
    content_type: str
    size: int = Field(description="In bytes.")
    digest: str = Field(description="Its name in the file store.")
    created_at: datetime = Field(sa_type=UtcDateTime)


class Suggestion(SQLModel, table=True):
    """An article that stood beside a customer's message, how sure it was, and what became of it."""

    __table_args__ = (
        UniqueConstraint("message_id", "place"),
        Index("ix_suggestion_ticket", "ticket_number"),
        Index("ix_suggestion_article", "article_id"),
        Index("ix_suggestion_created", "created_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number")
    message_id: int = Field(foreign_key="message.id")
    article_id: int = Field(foreign_key="article.id")
    place: int = Field(description="1 to 3.")
    decision: str = Field(description="answer or suggest: what the matcher made of the message.")
    confidence: float
    logit: float = Field(description="Before what the shop's confirmed answers say of it.")
    lang: str
    outcome: str = Field(default="", description="used, edited or rejected; empty: nobody said.")
    outcome_by: int | None = Field(default=None, foreign_key="agent.id")
    reopened_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When the customer came back, within three days of the end."
    )
    created_at: datetime = Field(sa_type=UtcDateTime)


class FaqVector(SQLModel, table=True):
    """The vector of an article's phrasing, as an engine made it that is chosen in place of the default one."""

    __tablename__ = "faq_vector"
    model: str = Field(primary_key=True, description="The model and where it is.")
    digest: str = Field(primary_key=True, description="SHA-256 of the phrasing.")
    vector: bytes = Field(sa_column=Column(LargeBinary, nullable=False), description="float16, of length one.")
