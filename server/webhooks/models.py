"""Tables of the outgoing webhooks: where events go, each event on its way, and every try."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class Webhook(SQLModel, table=True):
    """An address that hears what happens. `seq` is its place in the change feed: what is behind it is queued or done.

    active → paused (by an admin, or after days of failures) → active; gone when the address answered 410.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, description="Part of its messages' ids, so that those of two desks differ.")
    name: str
    url: str = Field(sa_column=Column(Text, nullable=False))
    kinds: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    whole: bool = Field(default=True, description="Whether its messages carry what changed, or only say where it is.")
    skip_sources: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    secrets: str = Field(default="", sa_column=Column(Text, nullable=False), description="Sealed: secret, former.")
    former_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: str = "active"
    words: str = Field(default="", sa_column=Column(Text, nullable=False), description="Of its last failure.")
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    failures: int = Field(default=0, description="Tries in a row without success.")
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rest_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)


class WebhookDelivery(SQLModel, table=True):
    """One event on its way to one webhook: waiting → sending → delivered | failed | skipped.

    `body` is what is signed, the same bytes at every try. Of one `subject` only the oldest unfinished may leave.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_message", "webhook_id", "message", unique=True),
        Index("ix_webhook_delivery_due", "state", "webhook_id", "next_at"),
        Index("ix_webhook_delivery_subject", "webhook_id", "subject", "seq"),
        Index("ix_webhook_delivery_made", "created_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    webhook_id: int = Field(foreign_key="webhook.id")
    message: str = Field(description="The webhook-id: the same at every try and every replay.")
    seq: int = Field(sa_column=Column(BigInteger, nullable=False), description="Of the change; 0 for a test.")
    kind: str
    subject: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str = "waiting"
    attempts: int = 0
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    status: int | None = Field(default=None, description="The HTTP status of the last try that got an answer.")
    words: str = Field(default="", sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime, description="When it happened.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookTry(SQLModel, table=True):
    """One request and what came back."""

    __tablename__ = "webhook_try"
    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="webhook_delivery.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    milliseconds: int
    status: int | None = None
    words: str = Field(default="", sa_column=Column(Text, nullable=False))
    request: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    answer: str = Field(default="", sa_column=Column(Text, nullable=False))
