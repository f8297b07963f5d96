"""Tables of the help centre: the centres themselves, the words of categories, and what readers made of articles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class HelpCentre(SQLModel, table=True):
    """A help centre: one for each shop or brand. The oldest one is at `/help`, the others at `/help/{slug}`."""

    __tablename__ = "help_centre"
    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    domain: str | None = Field(default=None, unique=True, description="A host of its own, in small letters.")
    settings: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    version: int = 1
    updated_at: datetime = Field(sa_type=UtcDateTime)


class HelpCategory(SQLModel, table=True):
    """What a category of articles is called before customers, and where it stands."""

    __tablename__ = "help_category"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, description="As the articles say it.")
    words: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    position: int
    updated_at: datetime = Field(sa_type=UtcDateTime)


class HelpVote(SQLModel, table=True):
    """Whether an article helped a reader, once for each."""

    __tablename__ = "help_vote"
    __table_args__ = (UniqueConstraint("article_id", "visitor"),)
    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="article.id")
    centre_id: int = Field(foreign_key="help_centre.id")
    lang: str
    helpful: bool
    visitor: str | None = Field(default=None, description="A salted hash of address and browser, for thirty days.")
    words: str = Field(default="", sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)


class HelpCount(SQLModel, table=True):
    """How often something happened in a day."""

    __tablename__ = "help_count"
    __table_args__ = (UniqueConstraint("day", "place", "what", "article_id"),)
    id: int | None = Field(default=None, primary_key=True)
    day: str = Field(description="As 2026-11-22, of the desk's time zone.")
    place: str = Field(description="page, search, form or chat: where it happened.")
    what: str = Field(description="viewed, searched, nothing, shown, opened or solved.")
    article_id: int = Field(default=0, description="0 for a search.")
    times: int


class HelpMissed(SQLModel, table=True):
    """Words that a search of the help centre found nothing for, and how often; without what tells who typed them."""

    __tablename__ = "help_missed"
    __table_args__ = (UniqueConstraint("lang", "words"),)
    id: int | None = Field(default=None, primary_key=True)
    lang: str
    words: str = Field(sa_column=Column(Text, nullable=False))
    times: int
    last_at: datetime = Field(sa_type=UtcDateTime)
