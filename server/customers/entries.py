"""New customers and contacts as rows, and what of a contact's address is told from its writing."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from channels import numbers
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid

UNVERIFIED = "-unverified"
"""The end of the kind of a contact that was claimed and never checked."""
RELAYS = ("fw.rakuten.ne.jp", "marketplace.amazon.co.jp", "marketplace.amazon.com")
"""Marketplaces whose addresses stand for one order each."""
BLANK: dict[str, Any] = {
    "name": "",
    "kana": "",
    "family_name": "",
    "given_name": "",
    "family_kana": "",
    "given_kana": "",
    "honorific": "",
    "company": "",
    "department": "",
    "birthday": "",
    "sex": "",
    "language": None,
    "time_zone": "",
    "member_rank": "",
    "note": "",
    "tags": dump([]),
    "attributes": dump({}),
    "blocked": False,
    "vip": False,
    "opted_out": False,
    "notices_by": "",
    "kept": dump([]),
    "version": 1,
}
"""The columns of a customer of whom nothing is known."""


def new(tx: Transaction, **known: Any) -> int:
    """A customer of whom this is known; the id."""
    return tx.insert("customer", **{**BLANK, **known}, created_at=tx.now, updated_at=tx.now)


def new_contact(
    tx: Transaction, customer_id: int, kind: str, address: str, name: str, *, verified_by: str, relay: bool = False
) -> int:
    """One more contact; the id. The caller has seen to it that nobody has it."""
    return tx.insert(
        "contact",
        customer_id=customer_id,
        kind=kind,
        address=address,
        name=name,
        verified_by=verified_by,
        relay=relay or is_relay(address),
        reachable=True,
        unreachable_because="",
        status_message="",
        picture_type="",
        created_at=tx.now,
        seen_at=tx.now,
    )


def is_relay(address: str) -> bool:
    """Whether a mail address is a marketplace's, made for one order."""
    domain = address.rpartition("@")[2]
    return any(domain == relay or domain.endswith(f".{relay}") for relay in RELAYS)


def address(kind: str, written: str, field: str = "address") -> str:
    """An address as contacts keep it. Raises `Invalid` naming `field` for what is none of its kind."""
    text = unicodedata.normalize("NFKC", written).strip()
    if kind == "email":
        text = text.lower()
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", text):
            raise Invalid(fields={field: "is not a mail address"})
        return text
    if kind == "phone":
        number = numbers.normalise(text)
        if number is None:
            raise Invalid(fields={field: "is not a telephone number"})
        return number
    if not text:
        raise Invalid(fields={field: "is missing"})
    return text
