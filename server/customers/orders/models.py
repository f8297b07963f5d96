"""Tables of what customers bought: orders and their lines, payments, shipments, returns, subscriptions.

Amounts are whole ten-thousandths of the currency's unit (`server.customers.orders.money`): exact, and summed alike by
both databases. Each row that a source tells of has its (source, external id) and the revision it stands at.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class Stock(SQLModel, table=True):
    """Whether an article can be had, as a source tells; `external_id` is its SKU."""

    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_stock_sku", "sku"))
    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    revision: int = Field(default=-1, sa_type=BigInteger)
    digest: str = ""
    sku: str = Field(description="The same, folded.")
    name: str = Field(default="", sa_column=Column(Text, nullable=False))
    url: str = Field(default="", sa_column=Column(Text, nullable=False))
    available: bool = True
    since: datetime = Field(sa_type=UtcDateTime, description="When it became so.")


class Subscription(SQLModel, table=True):
    """定期: something that comes again and again until it is ended."""

    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_subscription_customer", "customer_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    through_id: int | None = Field(default=None, foreign_key="customer_source.id")
    source: str
    external_id: str
    revision: int = Field(default=-1, sa_type=BigInteger)
    digest: str = ""
    name: str = Field(default="", sa_column=Column(Text, nullable=False))
    status: str = Field(default="active", description="active, paused or ended.")
    every: str = Field(default="", description="ISO 8601 duration: P1M, P2W.")
    currency: str = "JPY"
    amount: int = Field(default=0, sa_type=BigInteger)
    url: str = Field(default="", sa_column=Column(Text, nullable=False))
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Order(SQLModel, table=True):
    """An order at a shop. One at revision -1 has only been heard of, by a payment or a shipment that came first."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_orders_customer", "customer_id", "ordered_at", "id"),
        Index("ix_orders_number", "number_key"),
        Index("ix_orders_moment", "ordered_at", "customer_id", "status"),
    )
    id: int | None = Field(default=None, primary_key=True)
    customer_id: int | None = Field(default=None, foreign_key="customer.id", description="The buyer.")
    through_id: int | None = Field(default=None, foreign_key="customer_source.id")
    source: str
    external_id: str
    revision: int = Field(default=-1, sa_type=BigInteger)
    digest: str = ""
    number: str = Field(default="", description="As the customer says it.")
    number_key: str = Field(default="", description="Its letters and digits alone, folded, for finding it.")
    shop: str = ""
    said: str = Field(default="placed", description="The status that the source gives.")
    status: str = Field(default="placed", description="What follows from it, the shipments and the returns.")
    said_payment: str = Field(default="", description="How the source says it is paid; empty when it does not.")
    payment: str = Field(default="unpaid", description="unpaid, partly, paid, refunded or failed; from the payments.")
    currency: str = "JPY"
    total: int = Field(default=0, sa_type=BigInteger)
    tax: int = Field(default=0, sa_type=BigInteger)
    shipping: int = Field(default=0, sa_type=BigInteger)
    discount: int = Field(default=0, sa_type=BigInteger)
    paid: int = Field(default=0, sa_type=BigInteger)
    refunded: int = Field(default=0, sa_type=BigInteger)
    gift: bool = False
    buyer: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    recipient: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="届け先, when it is not the buyer."
    )
    subscription: str = Field(default="", description="The subscription's id at the source, for what comes by one.")
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    url: str = Field(default="", sa_column=Column(Text, nullable=False), description="The order in the shop's admin.")
    ordered_at: datetime = Field(sa_type=UtcDateTime)


class OrderLine(SQLModel, table=True):
    """One article of an order."""

    __tablename__ = "order_line"
    __table_args__ = (Index("ix_order_line_sku", "sku"),)
    order_id: int = Field(foreign_key="orders.id", primary_key=True)
    position: int = Field(primary_key=True)
    sku: str = ""
    name: str = Field(default="", sa_column=Column(Text, nullable=False))
    quantity: int = 1
    price: int = Field(default=0, sa_type=BigInteger, description="Of one.")


class OrderStatus(SQLModel, table=True):
    """A status that an order was said to have, at each revision that said another one."""

    __tablename__ = "order_status"
    order_id: int = Field(foreign_key="orders.id", primary_key=True)
    revision: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    status: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)


class Payment(SQLModel, table=True):
    """Money for an order, on its way or arrived; a refund is one with the status `refunded`."""

    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_payment_order", "order_id"))
    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="orders.id")
    source: str
    external_id: str
    revision: int = Field(default=-1, sa_type=BigInteger)
    digest: str = ""
    method: str = Field(default="", description="card, bank, cod, convenience_store …; the source's word.")
    status: str = Field(default="pending", description="pending, paid, failed, refunded or cancelled.")
    amount: int = Field(default=0, sa_type=BigInteger)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="お支払い期限")
    at: datetime = Field(sa_type=UtcDateTime)


class Shipment(SQLModel, table=True):
    """A parcel."""

    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_shipment_order", "order_id"),
        Index("ix_shipment_tracking", "tracking_key"),
    )
    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="orders.id")
    source: str
    external_id: str
    revision: int = Field(default=-1, sa_type=BigInteger)
    digest: str = ""
    carrier: str = Field(default="", description="A name of `tracking.CARRIERS`, or the source's own word.")
    tracking_number: str = ""
    tracking_key: str = Field(default="", description="Its letters and digits alone.")
    tracking_url: str = Field(default="", sa_column=Column(Text, nullable=False), description="As the source gave it.")
    status: str = Field(default="planned", description="planned, packed, shipped, delivering … returned.")
    planned_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="出荷予定")
    shipped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expected_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="お届け予定")
    promised_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="The arrival that the least revision with one told of."
    )
    promised_revision: int | None = Field(default=None, sa_type=BigInteger)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recipient: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    lines: list[Any] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime, description="The last of its times, for the timeline.")


class Return(SQLModel, table=True):
    """Goods that come back."""

    __tablename__ = "goods_return"
    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_goods_return_order", "order_id"))
    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="orders.id")
    source: str
    external_id: str
    revision: int = Field(default=-1, sa_type=BigInteger)
    digest: str = ""
    status: str = Field(default="requested", description="requested, received, refunded or refused.")
    amount: int = Field(default=0, sa_type=BigInteger)
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    lines: list[Any] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
