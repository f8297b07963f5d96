"""What queries about customers answer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A plain frozen answer."""


class CustomerRef(View, frozen=True, kw_only=True):
    """Enough of a customer to name them in a list."""

    id: int
    name: str


class ContactView(View, frozen=True, kw_only=True):
    """How one channel knows a customer. A kind that ends in "-unverified" was claimed and never checked."""

    id: int
    kind: str
    address: str
    name: str
    reachable: bool
    unreachable_because: str
    seen_at: datetime
    created_at: datetime
    shown: str
    """The address as people read it: a phone number in its country's writing."""
    verified_by: str = ""
    """channel, agent, source:NAME; empty for what nobody checked."""
    relay: bool = False
    """A marketplace's address for one order."""
    language: str | None = None
    status_message: str = ""
    picture: str | None = None
    """An address relative to the desk, where its network shows a picture."""


class AddressView(View, frozen=True, kw_only=True):
    """An address; `source` is the system that told it, None when it was written down here."""

    id: int
    kind: str
    name: str
    postal_code: str
    country: str
    region: str
    city: str
    street: str
    phone: str
    source: str | None


class ConsentView(View, frozen=True, kw_only=True):
    """The latest yes or no to one purpose over one channel."""

    purpose: str
    channel: str
    given: bool
    at: datetime
    source: str
    note: str


class SourceView(View, frozen=True, kw_only=True):
    """How one system knows the customer."""

    source: str
    external_id: str
    seen_at: datetime


class ValueView(View, frozen=True, kw_only=True):
    """What a customer bought so far, without what was cancelled. `return_rate` is a share of the orders, 0 to 1.

    `recency`, `frequency` and `monetary` are 1 to 5, 5 the best; `decile` 1 is the tenth who spent most. They are None
    for a customer of another currency than the desk compares.
    """

    currency: str
    orders: int
    spent: Decimal
    average: Decimal
    returned: Decimal
    return_rate: float
    first_at: datetime
    last_at: datetime
    recency: int | None = None
    frequency: int | None = None
    monetary: int | None = None
    decile: int | None = None


class CustomerView(View, frozen=True, kw_only=True):
    """A customer with all that is known of them. One with `merged_into` is a pointer to the customer they turned out
    to be. `kept` names the fields that people here have set, over which no source writes."""

    id: int
    name: str
    kana: str
    family_name: str
    given_name: str
    family_kana: str
    given_kana: str
    honorific: str
    company: str
    department: str
    birthday: str
    sex: str
    language: str | None
    time_zone: str
    member_rank: str
    note: str
    tags: list[str]
    attributes: dict[str, Any]
    blocked: bool
    vip: bool
    opted_out: bool
    notices_by: str
    kept: list[str]
    merged_into: int | None
    version: int
    created_at: datetime
    contacts: list[ContactView]
    addresses: list[AddressView]
    consents: list[ConsentView]
    sources: list[SourceView]
    stops: list[str] = []
    """For what it may not be used: all, automatic, lists, disclosure."""
    erased_at: datetime | None = None
    """When everything that tells who they are was removed."""
