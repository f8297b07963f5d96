"""Everything in the database that belongs to a customer, found by the foreign keys themselves, so that nothing that is
added later is forgotten when customers become one or are parted."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from sqlmodel import SQLModel

from server.database import Transaction
from server.database.schema import import_models

_NOT_MOVED = frozenset(
    {"customer", "customer_key", "customer_value", "customer_merge", "customers_apart", "source_asked"}
)
"""Tables that follow from the others, or are about two customers."""
_MADE_AGAIN = ("customer_key", "customer_value", "source_asked")
NO_CLAIM = frozenset({"customer_change"})
"""Tables whose rows alone keep no customer."""


class Belonging(NamedTuple):
    """A table whose rows belong to customers: its name, the column of the customer, and its key."""

    table: str
    column: str
    key: str


@cache
def tables() -> tuple[Belonging, ...]:
    """The tables whose rows go with a customer."""
    import_models()
    found = []
    for table in SQLModel.metadata.sorted_tables:
        if table.name in _NOT_MOVED:
            continue
        for column in table.columns:
            if any(key.column.table.name == "customer" for key in column.foreign_keys):
                (primary,) = table.primary_key.columns
                found.append(Belonging(table.name, column.name, primary.name))
    return tuple(found)


def nothing(tx: Transaction, customer_id: int) -> bool:
    """Whether nothing belongs to a customer, no note says anything, and no merge speaks of them."""
    row = tx.first("SELECT note FROM customer WHERE id = :id", id=customer_id)
    if row is None or row.note:
        return False
    if claim(tx, customer_id):
        return False
    return not tx.value(
        "SELECT 1 FROM customer_merge WHERE kept_id = :id OR gone_id = :id"
        " UNION SELECT 1 FROM customers_apart WHERE customer_a = :id OR customer_b = :id"
        " UNION SELECT 1 FROM customer WHERE merged_into = :id",
        id=customer_id,
    )


def claim(tx: Transaction, customer_id: int, besides: tuple[str, ...] = ()) -> str:
    """A table where something belongs to a customer, `besides` these; empty when nothing does."""
    return tx.value(_claims(besides), id=customer_id) or ""


@cache
def _claims(besides: tuple[str, ...]) -> str:
    """One statement that asks all tables, in their order."""
    asked = [each for each in tables() if each.table not in NO_CLAIM and each.table not in besides]
    return f"SELECT CASE {' '.join(map(_asked, asked))} END"


def _asked(each: Belonging) -> str:
    return f"WHEN EXISTS (SELECT 1 FROM {each.table} WHERE {each.column} = :id) THEN '{each.table}'"


def forget(tx: Transaction, customer_id: int) -> None:
    """Remove a customer to whom nothing belongs."""
    for table in (*_MADE_AGAIN, *sorted(NO_CLAIM)):
        tx.run(f"DELETE FROM {table} WHERE customer_id = :id", id=customer_id)
    tx.run("DELETE FROM customer WHERE id = :id", id=customer_id)
