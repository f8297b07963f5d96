"""What an import changed of a customer or an order, written down so that it can be taken back exactly."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from server.customers.identity.merging import FIELDS
from server.database import Transaction
from server.database.types import dump

ORDER = ("customer_id", "through_id", "number", "number_key", "shop", "said", "said_payment", "currency", "total", 
         "tax", "shipping", "discount", "gift", "buyer", "recipient", "subscription", "note", "url", "ordered_at",
         "revision", "digest")  # fmt: skip
LINE = ("position", "sku", "name", "quantity", "price")
PLACE = ("kind", "name", "postal_code", "country", "region", "city", "street", "phone")
_FIELDS = tuple(name for name in FIELDS if name not in ("blocked", "kept"))


class Standing(NamedTuple):
    """What of a customer an import may change."""

    fields: Mapping[str, Any]
    contacts: frozenset[int]
    consents: frozenset[int]
    source: Mapping[str, Any] | None
    """The row of the source and number at hand, with its addresses."""


def standing(tx: Transaction, ids: Collection[int], source: str, external_id: str) -> dict[int, Standing]:
    """How these customers stand now."""
    found = {}
    for id in ids:
        row = tx.one("SELECT * FROM customer WHERE id = :id", id=id)
        found[id] = Standing(
            {name: getattr(row, name) for name in _FIELDS},
            frozenset(one.id for one in tx.all("SELECT id FROM contact WHERE customer_id = :id", id=id)),
            frozenset(one.id for one in tx.all("SELECT id FROM consent WHERE customer_id = :id", id=id)),
            _source(tx, id, source, external_id),
        )
    return found


def _source(tx: Transaction, id: int, source: str, external_id: str) -> Mapping[str, Any] | None:
    row = tx.first(
        "SELECT * FROM customer_source WHERE source = :source AND external_id = :external_id AND customer_id = :id",
        source=source,
        external_id=external_id,
        id=id,
    )
    if row is None:
        return None
    places = tx.all("SELECT * FROM customer_address WHERE source_id = :id ORDER BY id", id=row.id)
    return {
        "id": row.id,
        "revision": row.revision,
        "digest": row.digest,
        "at": row.at.isoformat() if row.at is not None else None,
        "document": row.document,
        "addresses": [{name: getattr(place, name) for name in PLACE} for place in places],
    }


def difference(before: Standing, after: Standing) -> dict[str, Any]:
    """What is different; empty for what stands as it stood."""
    found: dict[str, Any] = {}
    fields = {
        name: [before.fields[name], after.fields[name]] for name in _FIELDS if before.fields[name] != after.fields[name]
    }
    if fields:
        found["fields"] = fields
    if contacts := after.contacts - before.contacts:
        found["contacts"] = sorted(contacts)
    if consents := after.consents - before.consents:
        found["consents"] = sorted(consents)
    if before.source != after.source and after.source is not None:
        found["source"] = {"id": after.source["id"], "mark": after.source["digest"], "before": before.source}
        found["places"] = (before.source or {}).get("addresses", []) != after.source["addresses"]
    return found


def is_seen(changed: Mapping[str, Any]) -> bool:
    """Whether somebody who looks at the customer sees a difference: more than that a system knows them."""
    return bool(changed.keys() & {"fields", "contacts", "consents"} or changed.get("places"))


def order(tx: Transaction, id: int) -> dict[str, Any]:
    """An order as it stands, with its lines."""
    row = tx.one("SELECT * FROM orders WHERE id = :id", id=id)
    lines = tx.all("SELECT * FROM order_line WHERE order_id = :id ORDER BY position", id=id)
    columns = {name: getattr(row, name) for name in ORDER}
    columns["ordered_at"] = row.ordered_at.isoformat()
    return {"row": columns, "lines": [[getattr(line, name) for name in LINE] for line in lines]}


def note(
    tx: Transaction, import_id: int, number: int, kind: str, subject: int, *, made: bool, before: Mapping[str, Any]
) -> None:
    """One more line of the journal."""
    tx.run(
        "INSERT INTO import_entry (import_id, number, kind, subject, made, before, kept)"
        " VALUES (:import_id, :number, :kind, :subject, :made, :before, '')",
        import_id=import_id,
        number=number,
        kind=kind,
        subject=subject,
        made=made,
        before=dump(before),
    )


def note_made(tx: Transaction, import_id: int, made: Sequence[tuple[int, int, Mapping[str, Any]]]) -> None:
    """Lines of the journal about customers who were made: the row of the file, who, and what to know when it is taken
    back."""
    tx.add_all(
        "import_entry",
        ("import_id", "number", "kind", "subject", "made", "before", "kept"),
        [(import_id, number, "customer", id, True, dump(before), "") for number, id, before in made],
    )
