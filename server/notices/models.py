"""Tables of notices: what the desk writes by itself when an order moves, once for each kind, order and revision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime

STOPPABLE = text("token IS NOT NULL")


class NoticeKind(SQLModel, table=True):
    """A kind of notice as an admin decided it; one that ships with the product has a row once it was changed."""

    __tablename__ = "notice_kind"
    name: str = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    updated_at: datetime = Field(sa_type=UtcDateTime)


class NoticeTemplate(SQLModel, table=True):
    """A version of the words of a kind, for one channel in one language. The newest one is sent."""

    __tablename__ = "notice_template"
    __table_args__ = (UniqueConstraint("kind", "channel", "language", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    channel: str = Field(description="email or line.")
    language: str
    version: int
    subject: str = Field(default="", sa_column=Column(Text, nullable=False))
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    html: str = Field(default="", sa_column=Column(Text, nullable=False), description="A mail's own.")
    card: str = Field(default="", sa_column=Column(Text, nullable=False), description="LINE's own Flex.")
    by_whom: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class Notice(SQLModel, table=True):
    """One notice about one thing: planned → sent, skipped or task; held and cancelled by people.

    `subject` is the part that it is about ("", "shipment:77"), `revision` which state of it; a copy that a person
    sends again is another `copy_no` of the same. How a sent one fares stands on its letter.
    """

    __table_args__ = (
        UniqueConstraint("about", "kind", "subject", "revision", "copy_no"),
        Index("ix_notice_due", "state", "due_at", "id"),
        Index("ix_notice_customer", "customer_id", "id"),
        Index("ix_notice_letter", "letter_id"),
        Index("ix_notice_token", "token", unique=True, sqlite_where=STOPPABLE, postgresql_where=STOPPABLE),
        Index("ix_notice_state", "state", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    about: str = Field(description="order:12, subscription:3, customer:9, interaction:5.")
    kind: str
    subject: str = ""
    revision: str = ""
    copy_no: int = 0
    advertising: bool = False
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    state: str = "planned"
    reason: str = Field(default="", description="Why it is held, skipped or cancelled: one word of the desk's.")
    words: str = Field(default="", sa_column=Column(Text, nullable=False), description="The same in somebody's words.")
    moment_at: datetime = Field(sa_type=UtcDateTime, description="When what it tells of happens or happened.")
    due_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime, description="Later than this it is not sent any more.")
    letter_id: int | None = Field(default=None, foreign_key="letter.id")
    token: str | None = Field(default=None, description="Of advertising: in the address that ends it.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="First click on a link of it.")


class NoticeLink(SQLModel, table=True):
    """An address in a notice whose clicks are counted: ours stands in the letter, and leads there."""

    __tablename__ = "notice_link"
    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    url: str = Field(sa_column=Column(Text, nullable=False))
    clicks: int = 0


class NoticeRound(SQLModel, table=True):
    """How far a round through many customers is: of a kind that is due on days of their own, of an article that is
    back. `cursor` is the last one who was looked at, -1 once all were."""

    __tablename__ = "notice_round"
    name: str = Field(primary_key=True, description="kind:birthday, stock:12.")
    day: str = Field(default="", description="Of a kind: the day of the desk that was looked for last.")
    cursor: int = 0


class NoticeDesk(SQLModel, table=True):
    """One row: how far the change feed was looked through, whether all is held, and what admins decided."""

    __tablename__ = "notice_desk"
    id: int = Field(default=1, primary_key=True)
    seen: int = 0
    held_by: str = Field(default="", description="Who holds everything back; empty when nobody does.")
    held_because: str = Field(default="", sa_column=Column(Text, nullable=False))
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class Suppression(SQLModel, table=True):
    """An address that is not written to by itself: it came back, its owner complained, or wants no advertising."""

    __table_args__ = (UniqueConstraint("kind", "address", "purpose"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    address: str
    purpose: str = Field(default="all", description="all, or advertising.")
    reason: str = Field(description="bounce, complaint, opt_out or agent.")
    words: str = Field(default="", sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
