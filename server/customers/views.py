"""What queries about customers answer."""

from __future__ import annotations

from datetime import datetime

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
    language: str | None = None
    status_message: str = ""
    picture: str | None = None
    """An address relative to the desk, where its network shows a picture."""


class CustomerView(View, frozen=True, kw_only=True):
    """A customer with all their contacts."""

    id: int
    name: str
    kana: str
    company: str
    language: str | None
    note: str
    blocked: bool
    version: int
    created_at: datetime
    contacts: list[ContactView]
