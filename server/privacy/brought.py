"""What other systems and files brought of somebody, beside the facts themselves: failed records, imports, logs."""

from __future__ import annotations

from server.database import Transaction
from server.privacy import emptying
from server.privacy.people import Person


def remove(tx: Transaction, who: Person) -> tuple[int, frozenset[str]]:
    """Take it away; how many rows and files, and the digests of the files.

    An import that brought them loses its file and what it would take to take back their rows; the others' rows stay.
    """
    emptying.webhooks_of(tx, who.customers)
    known = (
        "EXISTS (SELECT 1 FROM customer_source s WHERE s.source = source_failure.source"
        f" AND s.external_id = source_failure.record AND s.customer_id IN ({who.listed}))"
    )
    many = tx.run(f"DELETE FROM source_failure WHERE {known}")
    theirs = (
        f"(kind IN ('customer', 'merge') AND subject IN ({who.listed})) OR (kind = 'order' AND subject IN"
        f" (SELECT id FROM orders WHERE customer_id IN ({who.listed})))"
    )
    entries = tx.all(f"SELECT id, import_id, number FROM import_entry WHERE {theirs}")
    digests: set[str] = set()
    for entry in entries:
        row = tx.one("SELECT digest FROM customer_import WHERE id = :id", id=entry.import_id)
        if row.digest:
            digests.add(row.digest)
            tx.run("UPDATE customer_import SET digest = '' WHERE id = :id", id=entry.import_id)
        tx.run(
            "DELETE FROM import_problem WHERE import_id = :id AND number = :number",
            id=entry.import_id,
            number=entry.number,
        )
        tx.run("DELETE FROM import_entry WHERE id = :id", id=entry.id)
    return many + len(entries) + _bulk(tx, who, digests), frozenset(digests)


def _bulk(tx: Transaction, who: Person, digests: set[str]) -> int:
    """What files of bulk letters' recipients said of them; such a file goes as a whole. How many rows that were."""
    rows = tx.all(f"SELECT id, bulk_id FROM bulk_recipient WHERE customer_id IN ({who.listed}) AND number > 0")
    for id in {row.bulk_id for row in rows}:
        digest = tx.value("SELECT digest FROM bulk_letter WHERE id = :id", id=id)
        if digest:
            digests.add(digest)
            tx.run("UPDATE bulk_letter SET digest = '' WHERE id = :id", id=id)
    tx.run(f"UPDATE bulk_recipient SET extra = '{{}}', address = '' WHERE customer_id IN ({who.listed})")
    return len(rows)
