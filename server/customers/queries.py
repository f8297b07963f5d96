"""What can be asked about customers."""

from __future__ import annotations

from typing import Any

from channels import numbers
from channels.contract import Party
from server.customers.entries import UNVERIFIED
from server.customers.rights import stops
from server.customers.views import AddressView, ConsentView, ContactView, CustomerRef, CustomerView, SourceView
from server.database import Transaction
from server.errors import NotFound

UNSPOKEN = ("line", "visitor")
"""Kinds of contacts whose address nobody would call anybody by."""
_PLAIN = ("id", "kana", "family_name", "given_name", "family_kana", "given_kana", "honorific", "company", "department",
          "birthday", "sex", "language", "time_zone", "member_rank", "note", "notices_by", "merged_into", "version",
          "created_at")  # fmt: skip


def view(tx: Transaction, customer_id: int) -> CustomerView:
    """A customer with all that is known of them. Raises `NotFound`."""
    row = tx.first("SELECT * FROM customer WHERE id = :id", id=customer_id)
    if row is None:
        raise NotFound("There is no customer {id}.", id=customer_id)
    contacts = [
        _contact(contact)
        for contact in tx.all("SELECT * FROM contact WHERE customer_id = :id ORDER BY seen_at DESC, id", id=customer_id)
    ]
    named = row.name or next(
        (one.address for one in contacts if not one.kind.startswith(UNSPOKEN) and row.erased_at is None), ""
    )
    return CustomerView(
        **{name: getattr(row, name) for name in _PLAIN},
        name=named,
        tags=list(row.tags or ()),
        attributes=dict(row.attributes or {}),
        kept=list(row.kept or ()),
        blocked=bool(row.blocked),
        vip=bool(row.vip),
        opted_out=bool(row.opted_out),
        contacts=contacts,
        addresses=[
            AddressView(**{name: getattr(one, name) for name in AddressView.__struct_fields__})
            for one in tx.all(
                "SELECT a.*, s.source FROM customer_address a LEFT JOIN customer_source s ON s.id = a.source_id"
                " WHERE a.customer_id = :id ORDER BY a.id",
                id=customer_id,
            )
        ],
        consents=consents(tx, customer_id),
        sources=[
            SourceView(source=one.source, external_id=_spoken(one.external_id), seen_at=one.seen_at)
            for one in tx.all(
                "SELECT source, external_id, seen_at FROM customer_source WHERE customer_id = :id ORDER BY id",
                id=customer_id,
            )
        ],
        stops=stops.standing(tx, customer_id),
        erased_at=row.erased_at,
    )


def _spoken(external_id: str) -> str:
    """The id as people there say it: rows of a file that had no numbers have none."""
    return "" if external_id.startswith("row:") else external_id


def consents(tx: Transaction, customer_id: int) -> list[ConsentView]:
    """What a customer agreed to or refused: of each purpose and channel the latest word."""
    return list({(one.purpose, one.channel): one for one in consent_history(tx, customer_id)}.values())


def consent_history(tx: Transaction, customer_id: int) -> list[ConsentView]:
    """Every yes and no of a customer, oldest first."""
    return [
        ConsentView(
            purpose=row.purpose,
            channel=row.channel,
            given=bool(row.given),
            at=row.at,
            source=row.source,
            note=row.note,
        )
        for row in tx.all("SELECT * FROM consent WHERE customer_id = :id ORDER BY at, id", id=customer_id)
    ]


def recent(tx: Transaction, *, limit: int = 30) -> list[CustomerView]:
    """The customers who changed last."""
    rows = tx.all(
        "SELECT id FROM customer WHERE merged_into IS NULL ORDER BY updated_at DESC, id DESC LIMIT :limit", limit=limit
    )
    return [view(tx, row.id) for row in rows]


def _contact(row: Any) -> ContactView:
    return ContactView(
        id=row.id,
        kind=row.kind,
        address=row.address,
        name=row.name,
        reachable=bool(row.reachable),
        unreachable_because=row.unreachable_because,
        seen_at=row.seen_at,
        created_at=row.created_at,
        shown=numbers.readable(row.address) if row.kind.startswith("phone") else row.address,
        verified_by=row.verified_by,
        relay=bool(row.relay),
        language=row.language,
        status_message=row.status_message,
        picture=f"/api/v1/contacts/{row.id}/picture?v={row.picture[:8]}" if row.picture else None,
    )


def has(tx: Transaction, customer_id: int, party: Party) -> bool:
    """Whether this address is one of the customer's."""
    owner = tx.value(
        "SELECT customer_id FROM contact WHERE kind = :kind AND address = :address",
        kind=party.kind,
        address=party.address,
    )
    return bool(owner == customer_id)


def known(tx: Transaction, party: Party) -> CustomerRef | None:
    """The customer behind a party, as `identify` would find them; None for a stranger."""
    row = tx.first(
        "SELECT k.id, k.name FROM contact c JOIN customer k ON k.id = c.customer_id"
        " WHERE c.kind = :kind AND c.address = :address",
        kind=party.kind if party.verified else party.kind + UNVERIFIED,
        address=party.address,
    )
    return CustomerRef(id=row.id, name=row.name) if row is not None else None


def find_by_phone(tx: Transaction, number: str) -> CustomerView | None:
    """The customer who has this phone number (E.164), if one does."""
    customer_id = tx.value("SELECT customer_id FROM contact WHERE kind = 'phone' AND address = :number", number=number)
    return view(tx, customer_id) if customer_id is not None else None
