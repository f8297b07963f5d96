"""Tables of the places at which the desk can be reached."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class ChannelAccount(SQLModel, table=True):
    """One mailbox, form, site, API key … `settings` is the channel's own; `secrets` is encrypted JSON."""

    __tablename__ = "channel_account"
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    name: str
    address: str = Field(index=True)
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    secrets: str = Field(default="", sa_column=Column(Text, nullable=False))
    enabled: bool = True
    can_send: bool = Field(default=True, description="Whether letters leave from it; not without an SMTP server.")
    live: bool = Field(default=False, description="Whether its customers watch their conversation as it happens.")
    undo_seconds: int = Field(default=0, description="How long its letters wait before they leave.")
    team_id: int | None = Field(default=None, foreign_key="team.id", description="Tickets that begin here go there.")
    shop: str = Field(default="", description="The shop or brand that it belongs to; empty: none in particular.")
    version: int = Field(default=1, description="Counts the changes of what admins decide about it.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccountMemory(SQLModel, table=True):
    """What a channel remembers for an account: cursors, token expiries, its health."""

    __tablename__ = "account_memory"
    account_id: int = Field(foreign_key="channel_account.id", primary_key=True)
    name: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_column=Column(Json))
    updated_at: datetime = Field(sa_type=UtcDateTime)


class AccountRecord(SQLModel, table=True):
    """One of many values that a channel keeps for an account: a chat's visitors."""

    __tablename__ = "account_record"
    account_id: int = Field(foreign_key="channel_account.id", primary_key=True)
    shelf: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_column=Column(Json))
    updated_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class DeskSetting(SQLModel, table=True):
    """What admins decide for the whole desk: status labels, the acknowledgement's text, the shop's name."""

    __tablename__ = "desk_setting"
    name: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_column=Column(Json))
    updated_at: datetime = Field(sa_type=UtcDateTime)
