"""Tables of the people who write to the desk, and of how each channel knows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


def _to_customer() -> Column[int | None]:
    """A pointer to a customer, possibly a later one: checked at the commit when a backup is restored."""
    return Column(ForeignKey("customer.id", deferrable=True, initially="IMMEDIATE"), nullable=True)


class Customer(SQLModel, table=True):
    """A person (or a company's desk) who exists once, whatever channels they use."""

    __table_args__ = (Index("ix_customer_recent", "updated_at", "id"), Index("ix_customer_birthday", "birthday", "id"))
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(default="", description="As it is shown; family name first in Japanese.")
    kana: str = ""
    family_name: str = Field(default="", description="姓")
    given_name: str = Field(default="", description="名, with middle names elsewhere in the world.")
    family_kana: str = Field(default="", description="セイ")
    given_kana: str = Field(default="", description="メイ")
    honorific: str = Field(default="", description="様, 御中, 先生, Dr. …; empty for the usual one of the language.")
    company: str = ""
    department: str = ""
    birthday: str = Field(default="", description="YYYY-MM-DD, or empty.")
    sex: str = Field(default="", description="female, male, other, or empty when nobody said.")
    language: str | None = None
    time_zone: str = Field(default="", description="An IANA name, or empty for the desk's.")
    member_rank: str = Field(default="", description="会員ランク, in the shop's own words.")
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    tags: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    attributes: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    blocked: bool = False
    vip: bool = False
    opted_out: bool = Field(default=False, description="Wants no advertising, whatever single consents say.")
    notices_by: str = Field(
        default="", description="How notices reach them: line, email, none; empty for the usual way."
    )
    kept: list[str] = Field(
        default_factory=list,
        sa_column=Column(Json, nullable=False),
        description="Fields that people here have set: no source writes over them.",
    )
    merged_into: int | None = Field(default=None, sa_column=_to_customer())
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="When they were erased.")
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Contact(SQLModel, table=True):
    """How one channel knows a customer: an address, and whether it can be reached."""

    __table_args__ = (
        UniqueConstraint("kind", "address"),
        Index("ix_contact_customer", "customer_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    kind: str = Field(description="email, phone, line, visitor, external …")
    address: str = Field(description="Normalised by the channel.")
    name: str = Field(default="", description="The name this contact gave itself last.")
    verified_by: str = Field(
        default="", description="channel, agent, source:NAME; empty for a claim that nobody checked."
    )
    relay: bool = Field(default=False, description="A marketplace's address for one order: never a person's own.")
    reachable: bool = True
    unreachable_because: str = Field(default="", sa_column=Column(Text, nullable=False))
    language: str | None = Field(default=None, description="As its network tells it.")
    status_message: str = Field(default="", sa_column=Column(Text, nullable=False))
    picture: str | None = Field(default=None, index=True, description="The digest of its picture.")
    picture_type: str = ""
    profile_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="When its network was asked.")
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class Block(SQLModel, table=True):
    """A sender whose messages are filed as spam: an address (`a@b.jp`) or a domain (`@b.jp`)."""

    __table_args__ = (UniqueConstraint("kind", "address"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    address: str
    by_agent: int | None = Field(default=None, foreign_key="agent.id")
    created_at: datetime = Field(sa_type=UtcDateTime)


class CustomerSource(SQLModel, table=True):
    """How one source system knows a customer: its id there, and what it said of them last.

    What is shown of a customer follows from these rows and from what people set here, in whatever order they came.
    """

    __tablename__ = "customer_source"
    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_customer_source_customer", "customer_id"))
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    source: str
    external_id: str
    revision: int = Field(
        default=-1, sa_type=BigInteger, description="Below 0: only out of an order, under all it says itself."
    )
    digest: str = ""
    at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="When the source says it changed.")
    document: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class CustomerAddress(SQLModel, table=True):
    """Where a customer lives or has things sent."""

    __tablename__ = "customer_address"
    __table_args__ = (
        Index("ix_customer_address_customer", "customer_id"),
        Index("ix_customer_address_source", "source_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    source_id: int | None = Field(default=None, foreign_key="customer_source.id", description="Who said so; None: we.")
    kind: str = Field(default="home", description="home, work, billing, delivery.")
    name: str = Field(default="", description="Whose door it is, when it is not the customer's own.")
    postal_code: str = Field(default="", description="Digits and hyphen as written in its country; 123-4567 in Japan.")
    country: str = Field(default="JP", description="ISO 3166-1 alpha-2.")
    region: str = Field(default="", description="都道府県, state.")
    city: str = ""
    street: str = Field(default="", sa_column=Column(Text, nullable=False), description="丁目番地, building, room.")
    phone: str = ""


class Consent(SQLModel, table=True):
    """A yes or no of a customer to one purpose over one channel; of several the latest counts."""

    __table_args__ = (Index("ix_consent_customer", "customer_id"),)
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    purpose: str = Field(description="marketing, survey …")
    channel: str = Field(description="email, line, phone, post …, or any.")
    given: bool
    at: datetime = Field(sa_type=UtcDateTime)
    source: str = Field(description="Who noted it: a source's name, or agent:3.")
    note: str = Field(default="", sa_column=Column(Text, nullable=False), description="Which words, where, how.")


class CustomerField(SQLModel, table=True):
    """An attribute that this shop keeps of its customers; values are in `Customer.attributes` under `name`."""

    __tablename__ = "customer_field"
    name: str = Field(primary_key=True)
    kind: str = Field(default="text", description="text, number, boolean, date or choice.")
    label_ja: str
    label_en: str
    choices: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    position: int = 0


class CustomerKey(SQLModel, table=True):
    """What a customer is found by: words of a search, and the features that two of the same person share."""

    __tablename__ = "customer_key"
    __table_args__ = (Index("ix_customer_key", "key", "customer_id", postgresql_ops={"key": "text_pattern_ops"}),)
    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    key: str = Field(primary_key=True)


class CustomerMerge(SQLModel, table=True):
    """Two customers who turned out to be one, with all it takes to part them again."""

    __tablename__ = "customer_merge"
    __table_args__ = (Index("ix_customer_merge_kept", "kept_id"), Index("ix_customer_merge_gone", "gone_id"))
    id: int | None = Field(default=None, primary_key=True)
    kept_id: int = Field(foreign_key="customer.id")
    gone_id: int = Field(foreign_key="customer.id")
    by_whom: str
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    before: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="The kept one's fields as they were."
    )
    after: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="What the merge made of them."
    )
    moved: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="Table to the ids that went over."
    )
    created_at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str = ""


class CustomerChange(SQLModel, table=True):
    """That somebody changed what is known of a customer: which fields, never what stood in them."""

    __tablename__ = "customer_change"
    __table_args__ = (Index("ix_customer_change_customer", "customer_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    at: datetime = Field(sa_type=UtcDateTime)
    what: str
    by_whom: str
    fields: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))


class CustomersApart(SQLModel, table=True):
    """Two customers of whom somebody said that they are not one; the smaller id first."""

    __tablename__ = "customers_apart"
    customer_a: int = Field(foreign_key="customer.id", primary_key=True)
    customer_b: int = Field(foreign_key="customer.id", primary_key=True, index=True)
    by_whom: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class CustomerValue(SQLModel, table=True):
    """What a customer bought so far, kept up to date with every order. Amounts are in ten-thousandths of a unit."""

    __tablename__ = "customer_value"
    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    currency: str = Field(default="JPY", description="The currency of most of the orders; others are not added up.")
    orders: int = 0
    spent: int = Field(default=0, sa_type=BigInteger)
    returned: int = Field(default=0, sa_type=BigInteger)
    returns: int = 0
    first_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class CustomerScale(SQLModel, table=True):
    """By what customers are measured against each other: one row, of what was decided and what was counted last."""

    __tablename__ = "customer_scale"
    id: int = Field(default=1, primary_key=True)
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    counted: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    overview: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(Json, nullable=False),
        description="All at a glance, at that time.",
    )


class CustomerSegment(SQLModel, table=True):
    """Customers of whom all of some conditions are true."""

    __tablename__ = "customer_segment"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    conditions: list[Any] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    priority: str = Field(default="", description="What their new tickets have at least; empty for no difference.")
    created_at: datetime = Field(sa_type=UtcDateTime)


class Interaction(SQLModel, table=True):
    """Something that happened with a customer elsewhere: a visit, a sales note, a repair, a page seen."""

    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_interaction_customer", "customer_id", "at", "id"),
        Index("ix_interaction_sku", "sku", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    through_id: int | None = Field(default=None, foreign_key="customer_source.id")
    source: str
    external_id: str
    revision: int = Field(default=-1, sa_type=BigInteger)
    digest: str = ""
    kind: str = Field(description="visit, store_visit, sales_note, call, page, repair …; the source's own word.")
    sku: str | None = Field(default=None, description="Of a wish: the article that is waited for, folded.")
    title: str = Field(default="", sa_column=Column(Text, nullable=False))
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    url: str = Field(default="", sa_column=Column(Text, nullable=False))
    who: str = Field(default="", description="Of the people elsewhere: the engineer, the salesperson.")
    at: datetime = Field(sa_type=UtcDateTime)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
