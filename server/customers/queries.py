"""What can be asked about customers."""

from __future__ import annotations

from channels import numbers
from channels.contract import Party
from server.customers.views import ContactView, CustomerRef, CustomerView
from server.database import Transaction
from server.errors import NotFound
from server.language import fold

UNVERIFIED = "-unverified"
"""What the kind of a contact ends with whom no network vouches for."""
UNSPOKEN = ("line", "visitor")
"""Kinds of contacts whose address nobody would call anybody by."""


def view(tx: Transaction, customer_id: int) -> CustomerView:
    """A customer with all contacts. Raises `NotFound`."""
    row = tx.first("SELECT * FROM customer WHERE id = :id", id=customer_id)
    if row is None:
        raise NotFound("There is no customer {id}.", id=customer_id)
    contacts = [
        ContactView(
            id=contact.id,
            kind=contact.kind,
            address=contact.address,
            name=contact.name,
            reachable=bool(contact.reachable),
            unreachable_because=contact.unreachable_because,
            seen_at=contact.seen_at,
            language=contact.language,
            status_message=contact.status_message,
            picture=f"/api/v1/contacts/{contact.id}/picture?v={contact.picture[:8]}" if contact.picture else None,
        )
        for contact in tx.all("SELECT * FROM contact WHERE customer_id = :id ORDER BY seen_at DESC, id", id=customer_id)
    ]
    return CustomerView(
        id=row.id,
        name=row.name or next((one.address for one in contacts if not one.kind.startswith(UNSPOKEN)), ""),
        kana=row.kana,
        company=row.company,
        language=row.language,
        note=row.note,
        blocked=bool(row.blocked),
        version=row.version,
        created_at=row.created_at,
        contacts=contacts,
    )


def find(tx: Transaction, query: str, *, limit: int = 20) -> list[CustomerView]:
    """Customers whose name, kana, company or an address begins with or holds the query; newest first."""
    wanted = query.strip()
    if not wanted:
        return []
    like = "%" + wanted.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    folded = "%" + fold(wanted).replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    rows = tx.all(
        r"""
        SELECT k.id FROM customer k WHERE k.id IN (
            SELECT customer_id FROM contact WHERE kind = 'phone' AND address = :phone
            UNION SELECT customer_id FROM contact
            WHERE address LIKE :folded ESCAPE '\' OR name LIKE :like ESCAPE '\'
            UNION SELECT id FROM customer
            WHERE name LIKE :like ESCAPE '\' OR kana LIKE :like ESCAPE '\' OR company LIKE :like ESCAPE '\'
        ) ORDER BY k.updated_at DESC LIMIT :limit
        """,
        like=like,
        folded=folded,
        phone=numbers.normalise(wanted) or "",
        limit=limit,
    )
    return [view(tx, row.id) for row in rows]


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
