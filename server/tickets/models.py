"""Tables of the desk's main matter: tickets, their messages, files, tags, links, drafts and views."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime

ABOUT = text("about IS NOT NULL")
SNOOZED = text("snoozed_until IS NOT NULL")
UNDELIVERED = text("undelivered")
TO_TELL = text("read_handle IS NOT NULL")
NOT_NORMAL = " AND priority_rank <> 1"
ASKED = ("assignee_id", "team_id", "account_id", "priority_rank", "merged_into")


def _of_lists(name: str, order: str, leader: str = "", more: str = "") -> Index:
    """An index that lists are read from; with `leader` of one value of a column, without of all tickets."""
    columns = (*((leader,) if leader else ()), "spam", "status", order, "number")
    only = text("merged_into IS NULL" + more)
    others = (column for column in ASKED if column != leader)
    return Index(name, *columns, *others, sqlite_where=only, postgresql_where=only)


def _to_ticket() -> Column[int | None]:
    """A pointer to a ticket, possibly a later one: checked at the commit when a backup is restored."""
    return Column(ForeignKey("ticket.number", deferrable=True, initially="IMMEDIATE"), nullable=True)


class Ticket(SQLModel, table=True):
    """One matter of one customer. `number` is what people say on the phone."""

    # Equalities first, then the order, then what else lists ask, so that an entry answers without its ticket.
    __table_args__ = (
        _of_lists("ix_ticket_list", "waiting_since"),
        _of_lists("ix_ticket_recent", "updated_at"),
        _of_lists("ix_ticket_assignee", "waiting_since", "assignee_id"),
        _of_lists("ix_ticket_assignee_recent", "updated_at", "assignee_id"),
        _of_lists("ix_ticket_team", "waiting_since", "team_id"),
        _of_lists("ix_ticket_team_recent", "updated_at", "team_id"),
        _of_lists("ix_ticket_account", "waiting_since", "account_id"),
        _of_lists("ix_ticket_account_recent", "updated_at", "account_id"),
        _of_lists("ix_ticket_priority", "waiting_since", "priority_rank", NOT_NORMAL),
        _of_lists("ix_ticket_priority_recent", "updated_at", "priority_rank", NOT_NORMAL),
        Index("ix_ticket_customer", "customer_id", "updated_at"),
        Index("ix_ticket_conversation", "account_id", "conversation"),
        Index("ix_ticket_about", "about", sqlite_where=ABOUT, postgresql_where=ABOUT),
        Index("ix_ticket_snoozed", "snoozed_until", sqlite_where=SNOOZED, postgresql_where=SNOOZED),
        Index("ix_ticket_undelivered", "number", sqlite_where=UNDELIVERED, postgresql_where=UNDELIVERED),
    )
    number: int | None = Field(default=None, primary_key=True)
    subject: str = Field(default="", sa_column=Column(Text, nullable=False))
    status: str = Field(default="open", description="open, active, waiting, done, none_needed.")
    priority: str = Field(default="normal", description="low, normal, high, urgent.")
    priority_rank: int = Field(default=1, description="0 low … 3 urgent, for sorting.")
    assignee_id: int | None = Field(default=None, foreign_key="agent.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    customer_id: int = Field(foreign_key="customer.id")
    contact_id: int = Field(foreign_key="contact.id")
    account_id: int = Field(foreign_key="channel_account.id")
    channel: str = Field(description="The kind of the account it began at.")
    conversation: str | None = Field(default=None, description="The network's own name of the conversation.")
    about: str | None = Field(default=None, description="What it is about, where a notice was answered: order:12.")
    token: str = Field(unique=True, description="In our reply address: finds this ticket.")
    language: str = "ja"
    spam: bool = False
    merged_into: int | None = Field(default=None, sa_column=_to_ticket())
    suggested_merge: int | None = Field(default=None, sa_column=_to_ticket())
    hint: str = Field(default="", description="Why an agent should look twice: somebody else's token …")
    snoozed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="When the customer read last.")
    seen_id: int = Field(default=0, description="Up to which message the customer has read.")
    undelivered: bool = Field(
        default=False,
        sa_column_kwargs={"server_default": text("false")},
        description="Whether the newest letter to the customer failed, came back or was complained of.",
    )
    waiting_since: datetime = Field(sa_type=UtcDateTime, description="When the customer began to wait.")
    fields: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    last_seq: int = Field(default=0, description="The seq of the newest message.")
    last_text: str = Field(default="", description="Its beginning, for the list.")
    last_kind: str = "customer"
    version: int = 1
    edited: dict[str, int] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="Property to the version it got last."
    )
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Message(SQLModel, table=True):
    """Something said on a ticket. `seq` counts from 1 within the ticket, without gaps."""

    __table_args__ = (
        UniqueConstraint("ticket_number", "seq"),
        Index("ix_message_external", "external_id"),
        Index("ix_message_arrival", "arrival_id"),
        Index("ix_message_unread", "ticket_number", "seq", sqlite_where=TO_TELL, postgresql_where=TO_TELL),
    )
    id: int | None = Field(default=None, primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number")
    seq: int
    kind: str = Field(description="customer, agent, note, line, rating, auto (the desk itself) or bounce.")
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    account_id: int | None = Field(default=None, foreign_key="channel_account.id")
    arrival_id: int | None = Field(default=None)
    external_id: str | None = Field(default=None, description="Message-ID, LINE's message id …")
    subject: str = Field(default="", sa_column=Column(Text, nullable=False))
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    whole_text: str | None = Field(default=None, sa_column=Column(Text), description="With the quoted history.")
    html: str | None = Field(default=None, sa_column=Column(Text), description="Sanitised.")
    envelope: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    automatic: str | None = Field(default=None, description="Why it is automatic mail, if it is.")
    card: dict[str, Any] | None = Field(default=None, sa_column=Column(Json), description="What it is besides words.")
    album: dict[str, Any] | None = Field(default=None, sa_column=Column(Json), description="Which pictures it is of.")
    quoted_id: int | None = Field(default=None, description="The message that this one answers.")
    read_handle: str | None = Field(default=None, description="Tells its sender that it was read; gone when told.")
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class FileRef(SQLModel, table=True):
    """An attachment: a name and a size here, the bytes in the file store under their digest."""

    __tablename__ = "attachment"
    id: int | None = Field(default=None, primary_key=True)
    message_id: int | None = Field(default=None, foreign_key="message.id", index=True)
    uploaded_by: int | None = Field(default=None, foreign_key="agent.id")
    filename: str = Field(sa_column=Column(Text, nullable=False))
    content_type: str
    size: int
    digest: str = Field(index=True)
    inline: bool = False
    content_id: str | None = None
    state: str = Field(default="here", description="here, loading (its network still has it) or failed.")
    words: str = Field(default="", sa_column=Column(Text, nullable=False), description="Why it failed.")
    created_at: datetime = Field(sa_type=UtcDateTime)


class Tag(SQLModel, table=True):
    """A word that agents put on tickets."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    color: str = "#64748b"


class TicketTag(SQLModel, table=True):
    """A tag on a ticket."""

    __tablename__ = "ticket_tag"
    __table_args__ = (Index("ix_ticket_tag_tag", "tag_id", "ticket_number"),)
    ticket_number: int = Field(foreign_key="ticket.number", primary_key=True)
    tag_id: int = Field(foreign_key="tag.id", primary_key=True)


class TicketLink(SQLModel, table=True):
    """Two tickets that belong together; the smaller number first."""

    __tablename__ = "ticket_link"
    ticket_a: int = Field(foreign_key="ticket.number", primary_key=True)
    ticket_b: int = Field(foreign_key="ticket.number", primary_key=True, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Draft(SQLModel, table=True):
    """What an agent was writing on a ticket; one for replies and notes each."""

    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number", primary_key=True, index=True)
    mode: str = Field(primary_key=True, description="reply or note.")
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    updated_at: datetime = Field(sa_type=UtcDateTime)


class SavedView(SQLModel, table=True):
    """A saved list: the filter as JSON; nobody's (shared) or one agent's."""

    __tablename__ = "saved_view"
    id: int | None = Field(default=None, primary_key=True)
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    name: str
    filter: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    position: int = 0


class Macro(SQLModel, table=True):
    """A text and changes that an agent puts on a ticket with one key; nobody's (shared) or one agent's."""

    id: int | None = Field(default=None, primary_key=True)
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    name: str
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    actions: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    besides: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(Json, nullable=False),
        description="What goes along with the text: `rich` and `choices`, as in a message's envelope.",
    )
    position: int = 0


class CustomField(SQLModel, table=True):
    """A property that this shop keeps of its tickets; values are in `Ticket.fields` under `name`."""

    __tablename__ = "custom_field"
    name: str = Field(primary_key=True)
    kind: str = Field(default="text", description="text, number, boolean, date or choice.")
    label_ja: str
    label_en: str
    choices: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    position: int = 0


class TicketCount(SQLModel, table=True):
    """Kept counters: how many tickets stand at (status, team, assignee), so that nothing is ever counted."""

    __tablename__ = "ticket_count"
    status: str = Field(primary_key=True)
    team_id: int = Field(primary_key=True, description="0 for none.")
    assignee_id: int = Field(primary_key=True, description="0 for none.")
    spam: bool = Field(primary_key=True)
    tickets: int = 0


class TicketReader(SQLModel, table=True):
    """Up to which message an agent has read a ticket."""

    __tablename__ = "ticket_reader"
    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number", primary_key=True)
    seq: int = 0


class Mention(SQLModel, table=True):
    """An agent was named in a note of a ticket."""

    agent_id: int = Field(foreign_key="agent.id", primary_key=True)
    ticket_number: int = Field(foreign_key="ticket.number", primary_key=True)
    message_id: int = Field(foreign_key="message.id")


class Rating(SQLModel, table=True):
    """How a customer was served, in their own words: one for each time they were asked."""

    message_id: int = Field(foreign_key="message.id", primary_key=True, description="The question.")
    ticket_number: int = Field(foreign_key="ticket.number", index=True)
    agent_id: int | None = Field(default=None, foreign_key="agent.id", description="Who had the ticket then.")
    score: int | None = Field(default=None, description="1 to 5, None until it is answered.")
    comment: str = Field(default="", sa_column=Column(Text, nullable=False))
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Continuity(SQLModel, table=True):
    """Where the conversation of a ticket goes on by mail, and up to which message it has."""

    ticket_number: int = Field(foreign_key="ticket.number", primary_key=True)
    address: str = Field(description="As the customer typed it; nobody confirmed it.")
    wait_seconds: float = 300.0
    mailed_id: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
