"""What other systems tell the desk: customers, orders and what belongs to them, in one shape whatever the source.

Every fact has a `source` (the system's name), its `external_id` there and a `revision`: a number or a moment that
grows with each change. Of one (source, external id) the greatest revision counts, in whatever order facts arrive and
however often; without a revision the one that arrives last counts.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Source = Annotated[str, Meta(min_length=1, max_length=60, pattern="^[a-z0-9][a-z0-9._-]*$")]
ExternalId = Annotated[str, Meta(min_length=1, max_length=200)]
Revision = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)] | Annotated[datetime, Meta(tz=True)]
Moment = Annotated[datetime, Meta(tz=True)]
Word = Annotated[str, Meta(max_length=60)]
Line = Annotated[str, Meta(max_length=200)]
Url = Annotated[str, Meta(max_length=2000)]
Text = Annotated[str, Meta(max_length=20_000)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Sex = Literal["", "female", "male", "other"]
NoticesBy = Literal["", "line", "email", "none"]
"""How a customer wants notices: by LINE, by mail, not at all; empty where nobody said."""
AddressKind = Literal["home", "work", "billing", "delivery"]
ContactKind = Literal["email", "phone", "line", "external"]
ZERO = Decimal(0)
GUEST = "order:"
"""How the id begins under which somebody is kept who bought as a guest."""
ROW = "row:"
"""How the id begins of somebody out of a file whose rows have no number of their own."""
UNNUMBERED = (GUEST, ROW)
"""Ids of these beginnings are no accounts, and nobody is found by them."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a fact. A field that it does not know is refused, since it is a misspelt one."""


class Fact(Shape, frozen=True, kw_only=True):
    """Something a source tells; `revision` orders what it tells of the same thing."""

    source: Source
    external_id: ExternalId
    revision: Revision | None = None


class AddressFact(Shape, frozen=True, kw_only=True):
    """An address as it is written on a parcel."""

    kind: AddressKind = "home"
    name: Line = ""
    postal_code: Word = ""
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "JP"
    region: Line = ""
    city: Line = ""
    street: Annotated[str, Meta(max_length=500)] = ""
    phone: Word = ""


class ContactFact(Shape, frozen=True, kw_only=True):
    """How the customer can be reached. `verified`: the source knows that it is theirs. `relay`: a marketplace's own
    address for one order, never a person's."""

    kind: ContactKind
    address: Annotated[str, Meta(min_length=1, max_length=320)]
    verified: bool = True
    relay: bool = False


class ConsentFact(Shape, frozen=True, kw_only=True):
    """A yes or no to one purpose over one channel (`any` for all)."""

    purpose: Annotated[str, Meta(min_length=1, max_length=60)]
    channel: Annotated[str, Meta(min_length=1, max_length=60)] = "any"
    given: bool
    at: Moment
    note: Text = ""


class PersonFact(Shape, frozen=True, kw_only=True):
    """Somebody on an order: who pays, or whose door it goes to."""

    name: Line = ""
    kana: Line = ""
    company: Line = ""
    email: Annotated[str, Meta(max_length=320)] = ""
    phone: Word = ""
    address: AddressFact | None = None


class CustomerFact(Fact, frozen=True, kw_only=True):
    """A customer as a source knows them. What is left empty is not said: it takes nothing away."""

    at: Moment | None = None
    name: Line = ""
    kana: Line = ""
    family_name: Line = ""
    given_name: Line = ""
    family_kana: Line = ""
    given_kana: Line = ""
    honorific: Word = ""
    company: Line = ""
    department: Line = ""
    birthday: date | None = None
    sex: Sex = ""
    language: Literal["ja", "en"] | None = None
    time_zone: Word = ""
    member_rank: Word = ""
    vip: bool | None = None
    opted_out: bool | None = None
    notices_by: NoticesBy = ""
    tags: Annotated[list[Annotated[str, Meta(min_length=1, max_length=60)]], Meta(max_length=50)] = []
    attributes: dict[str, Any] = {}
    contacts: Annotated[list[ContactFact], Meta(max_length=50)] = []
    addresses: Annotated[list[AddressFact], Meta(max_length=50)] = []
    consents: Annotated[list[ConsentFact], Meta(max_length=50)] = []


class LineFact(Shape, frozen=True, kw_only=True):
    """One article of an order; `price` is that of one."""

    sku: Line = ""
    name: Annotated[str, Meta(max_length=500)] = ""
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)] = 1
    price: Decimal = ZERO


class PaymentPart(Shape, frozen=True, kw_only=True):
    """Money for an order."""

    external_id: ExternalId
    method: Word = ""
    status: Literal["pending", "paid", "failed", "refunded", "cancelled"] = "paid"
    amount: Decimal = ZERO
    due_at: Moment | None = None
    at: Moment


class ShipmentPart(Shape, frozen=True, kw_only=True):
    """A parcel. `planned_at` is when it shall leave, `expected_at` when it shall arrive."""

    external_id: ExternalId
    carrier: Word = ""
    tracking_number: Word = ""
    tracking_url: Url = ""
    status: Literal["planned", "packed", "shipped", "delivering", "delivered", "failed", "returned"] = "shipped"
    planned_at: Moment | None = None
    shipped_at: Moment | None = None
    expected_at: Moment | None = None
    delivered_at: Moment | None = None
    recipient: PersonFact | None = None
    lines: Annotated[list[LineFact], Meta(max_length=1000)] = []


class ReturnPart(Shape, frozen=True, kw_only=True):
    """Goods that come back."""

    external_id: ExternalId
    status: Literal["requested", "received", "refunded", "refused"] = "requested"
    amount: Decimal = ZERO
    reason: Text = ""
    lines: Annotated[list[LineFact], Meta(max_length=1000)] = []
    at: Moment


class OrderFact(Fact, frozen=True, kw_only=True):
    """An order as it stands. `customer` is the buyer's id at the same source; who buys as a guest has none.

    Payments, shipments and returns may come inside, at the order's revision, or as facts of their own.
    """

    number: Line = ""
    shop: Line = ""
    status: Literal["placed", "confirmed", "preparing", "shipped", "delivered", "cancelled", "returned"] = "placed"
    status_at: Moment | None = None
    payment: Literal["", "unpaid", "partly", "paid", "refunded", "failed"] = ""
    ordered_at: Moment
    currency: Currency = "JPY"
    total: Decimal = ZERO
    tax: Decimal = ZERO
    shipping: Decimal = ZERO
    discount: Decimal = ZERO
    customer: ExternalId | None = None
    buyer: PersonFact | None = None
    recipient: PersonFact | None = None
    gift: bool = False
    subscription: Annotated[str, Meta(max_length=200)] = ""
    note: Text = ""
    url: Url = ""
    lines: Annotated[list[LineFact], Meta(max_length=1000)] = []
    payments: Annotated[list[PaymentPart], Meta(max_length=100)] = []
    shipments: Annotated[list[ShipmentPart], Meta(max_length=100)] = []
    returns: Annotated[list[ReturnPart], Meta(max_length=100)] = []


class PaymentFact(PaymentPart, frozen=True, kw_only=True):
    """A payment told by itself; `order` is the order's id at the same source, known yet or not."""

    source: Source
    revision: Revision | None = None
    order: ExternalId


class ShipmentFact(ShipmentPart, frozen=True, kw_only=True):
    """A shipment told by itself; `order` is the order's id at the same source, known yet or not."""

    source: Source
    revision: Revision | None = None
    order: ExternalId


class ReturnFact(ReturnPart, frozen=True, kw_only=True):
    """A return told by itself; `order` is the order's id at the same source, known yet or not."""

    source: Source
    revision: Revision | None = None
    order: ExternalId


class SubscriptionFact(Fact, frozen=True, kw_only=True):
    """定期: what a customer gets again and again. `every` is an ISO 8601 duration (P1M)."""

    customer: ExternalId
    name: Line = ""
    status: Literal["active", "paused", "ended"] = "active"
    every: Annotated[str, Meta(max_length=20, pattern="^(P[0-9YMWDTHS.]+)?$")] = ""
    currency: Currency = "JPY"
    amount: Decimal = ZERO
    url: Url = ""
    started_at: Moment | None = None
    next_at: Moment | None = None
    ended_at: Moment | None = None


class InteractionFact(Fact, frozen=True, kw_only=True):
    """Something that happened with a customer elsewhere: a field engineer's visit, a sales note, a page seen."""

    customer: ExternalId
    what: Annotated[str, Meta(min_length=1, max_length=60, pattern="^[a-z0-9_.-]+$")]
    title: Annotated[str, Meta(max_length=500)] = ""
    text: Text = ""
    url: Url = ""
    who: Line = ""
    at: Moment
    data: dict[str, Any] = {}


class StockFact(Fact, frozen=True, kw_only=True):
    """Whether an article can be had; `external_id` is its SKU, in whatever writing orders have it.

    Those who asked to be told hear of it once it can be had again: customers with an interaction `wish` whose
    `data.sku` it is.
    """

    available: bool
    name: Annotated[str, Meta(max_length=500)] = ""
    url: Url = ""
    at: Moment | None = None


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a fact: `new`, `changed`, `same` (told before) or `stale` (something newer was told before)."""

    kind: str
    source: str
    external_id: str
    outcome: Literal["new", "changed", "same", "stale"]
    id: int
    customer: int | None = None
