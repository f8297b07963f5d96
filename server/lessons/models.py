"""Tables of lessons: counts by day, phrasings that wait for a review, unanswered questions in groups, how far it is,
and which letters left about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class FaqTally(SQLModel, table=True):
    """How often something became of messages of one day."""

    __tablename__ = "faq_tally"
    __table_args__ = (UniqueConstraint("day", "channel", "lang", "article_id", "what"),)
    id: int | None = Field(default=None, primary_key=True)
    day: str = Field(description="As 2026-11-22, of the desk's time zone: when the message came.")
    channel: str
    lang: str
    article_id: int = Field(default=0, description="0: of the message, whatever the article.")
    what: str = Field(description="A name of `views.What`.")
    times: int


class ProposedPhrasing(SQLModel, table=True):
    """A customer's sentence that an article answered: one more way to ask it, once somebody says so."""

    __tablename__ = "proposed_phrasing"
    __table_args__ = (
        UniqueConstraint("article_id", "lang", "letters"),
        Index("ix_proposed_phrasing_state", "state", "article_id"),
        Index("ix_proposed_phrasing_message", "message_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="article.id")
    lang: str
    text: str = Field(sa_column=Column(Text, nullable=False), description="Without what tells who wrote it.")
    letters: str = Field(sa_column=Column(Text, nullable=False), description="Folded: by which it is known again.")
    message_id: int = Field(foreign_key="message.id")
    ticket_number: int = Field(foreign_key="ticket.number")
    how: str = Field(
        description="used, edited (by an agent), inserted (found in a reply), yes or chosen (both by the customer)."
    )
    confidence: float | None = Field(default=None, description="The matcher's, then; None: it was not found.")
    times: int = Field(default=1, description="How often it was asked in nearly these words.")
    state: str = Field(default="waiting", description="waiting, taken, refused, or withdrawn (the customer came back).")
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class FaqGap(SQLModel, table=True):
    """A question that customers ask and no article answers."""

    __tablename__ = "faq_gap"
    __table_args__ = (Index("ix_faq_gap_state", "state", "times"),)
    id: int | None = Field(default=None, primary_key=True)
    lang: str
    name: str = Field(sa_column=Column(Text, nullable=False), description="Its most central question.")
    named_by: int = Field(description="The message that the name is of.")
    answer: str = Field(default="", sa_column=Column(Text, nullable=False), description="As agents answer it.")
    answer_id: int | None = Field(default=None, description="The message that the answer is of.")
    state: str = Field(default="open", description="open, dismissed or written.")
    article_id: int | None = Field(default=None, foreign_key="article.id", description="What was written of it.")
    times: int = Field(description="How often it was asked, of the messages that were looked at.")
    solved: int = Field(default=0, description="Tickets with it that agents answered alike and closed.")
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class FaqGapMessage(SQLModel, table=True):
    """A message that asks the question of a gap."""

    __tablename__ = "faq_gap_message"
    __table_args__ = (Index("ix_faq_gap_message_gap", "gap_id", "place"),)
    id: int | None = Field(default=None, primary_key=True)
    gap_id: int = Field(foreign_key="faq_gap.id")
    message_id: int = Field(foreign_key="message.id", unique=True)
    ticket_number: int = Field(foreign_key="ticket.number")
    place: int = Field(description="0 is the most central one.")
    text: str = Field(sa_column=Column(Text, nullable=False), description="Without what tells who wrote it.")
    answered: bool = Field(default=False, description="Whether its ticket is one that `solved` counts.")


class LessonDesk(SQLModel, table=True):
    """One row: how far the change feed was looked at, when questions were grouped, and what admins decided."""

    __tablename__ = "lesson_desk"
    id: int = Field(default=1, primary_key=True)
    seen: int = Field(default=0, description="Up to which change everything was counted.")
    grouped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    grouped_upto: int = Field(default=0, description="The newest message that was grouped.")
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="Somebody wants them grouped now.")
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    outlook: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="As `faq.views.Outlook`, by language."
    )
    outlook_of: str = Field(default="", description="Of which articles: their number and versions.")
    outlook_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LessonReport(SQLModel, table=True):
    """One row: when the weekly report leaves, and for which days letters left. Days are the desk's."""

    __tablename__ = "lesson_report"
    id: int = Field(default=1, primary_key=True)
    weekday: int = Field(description="0 is Monday.")
    at: str = Field(description="As 09:00.")
    done_on: str = Field(description="The last day whose report left or was let go, as 2026-11-22.")
    sent_on: str = Field(default="", description="The last day on which one left.")
    reminded_on: str = Field(default="", description="The last day on which owners were reminded of their articles.")


class LessonReader(SQLModel, table=True):
    """Whether somebody wants the weekly report, where they said so."""

    __tablename__ = "lesson_reader"
    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    weekly: bool


class ArticleReminder(SQLModel, table=True):
    """That somebody was told that an article is to be looked at again, for this day."""

    __tablename__ = "article_reminder"
    article_id: int = Field(foreign_key="article.id", primary_key=True)
    review_on: str


class LessonLetter(SQLModel, table=True):
    """Whose words a report holds: when the message loses them, so does the letter."""

    __tablename__ = "lesson_letter"
    letter_id: int = Field(foreign_key="letter.id", primary_key=True)
    message_id: int = Field(foreign_key="message.id", primary_key=True, index=True)
