"""The files that name a bulk letter's recipients: what their columns are, what templates call them, and whom a row
names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from server.customers.entries import UNVERIFIED
from server.customers.imports import fields
from server.customers.orders import tracking
from server.customers.readers import read_text
from server.database import Transaction
from server.notices.bulk.views import Column

LONGEST_CELL = 2000
_LINE = frozenset(("line", "lineid", "lineuserid", "lineユーザーid", "userid", "line連携id"))
_ORDERS = frozenset(
    ("受注番号", "注文番号", "注文no", "受注no", "伝票番号", "ordernumber", "orderno", "orderid", "order")
)
_LINE_ID = re.compile(r"U[0-9a-f]{32}")


class Named(NamedTuple):
    """A row of a file: its number, by what it names somebody, and what else it says."""

    number: int
    by: Sequence[tuple[Column, str]]
    extra: dict[str, str]


class Person(NamedTuple):
    """Somebody who was found, and their orders that are the reason, the newest first."""

    customer: int
    orders: list[int]
    number: int = 0
    extra: Mapping[str, str] = {}


class Nobody(NamedTuple):
    """A row that found nobody, or contradicts itself: why, in one word, and by what was looked for."""

    number: int
    reason: str
    said: str


def guessed(headers: Sequence[str]) -> list[Column]:
    """What each column finds a customer by, as far as its name says."""
    known = fields.guess(headers, "customers")
    found: list[Column] = []
    for header, field in zip(headers, known, strict=True):
        folded = fields.folded(header)
        column: Column = ""
        if folded in _LINE:
            column = "line"
        elif folded in _ORDERS or fields.guess([header], "orders") == ["number"]:
            column = "order"
        elif field == "email":
            column = "email"
        elif field == "external_id":
            column = "customer"
        found.append(column if column not in found else "")
    return found


def names(headers: Sequence[str]) -> list[str]:
    """What templates call the columns after `row.`: letters, digits and _, none twice."""
    found: list[str] = []
    for place, header in enumerate(headers, 1):
        name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", header)).strip("_")
        if not name or not name.isidentifier():
            name = f"c{place}_{name}".rstrip("_")
        found.append(f"{name}_{place}" if name in found else name)
    return found


def read(number: int, cells: Sequence[Any], headers: Sequence[str], columns: Sequence[Column]) -> Named:
    """A row as text."""
    texts = [read_text(cells[place])[:LONGEST_CELL] if place < len(cells) else "" for place in range(len(headers))]
    by = [(column, text) for column, text in zip(columns, texts, strict=False) if column and text]
    return Named(number, by, dict(zip(names(headers), texts, strict=True)))


def found(tx: Transaction, row: Named) -> Person | Nobody:
    """Whom a row names: all its columns that name somebody must name the same person."""
    said = ", ".join(text for _, text in row.by)[:300]
    if not row.by:
        return Nobody(row.number, "empty", "")
    customers: dict[int, None] = {}
    orders: list[int] = []
    for column, text in row.by:
        some = _by(tx, column, text)
        if column == "order":
            orders += [order for _, order in some if order]
        if len({customer for customer, _ in some}) > 1:
            return Nobody(row.number, "several", said)
        customers.update(dict.fromkeys(customer for customer, _ in some))
    if not customers:
        return Nobody(row.number, "unknown", said)
    if len(customers) > 1:
        return Nobody(row.number, "contradiction", said)
    return Person(next(iter(customers)), orders, row.number, row.extra)


def _by(tx: Transaction, column: Column, text: str) -> list[tuple[int, int]]:
    """Customers, as they stand after merges, and the order of each where that is how they were found."""
    match column:
        case "email":
            rows = tx.all(
                "SELECT customer_id AS id, 0 AS found FROM contact WHERE kind IN ('email', :claimed)"
                " AND address = :address ORDER BY CASE kind WHEN 'email' THEN 0 ELSE 1 END LIMIT 1",
                claimed=f"email{UNVERIFIED}",
                address=unicodedata.normalize("NFKC", text).lower(),
            )
        case "line":
            address = text if _LINE_ID.fullmatch(text) else text.strip()
            rows = tx.all(
                "SELECT customer_id AS id, 0 AS found FROM contact WHERE kind = 'line' AND address = :address",
                address=address,
            )
        case "order":
            rows = tx.all(
                "SELECT customer_id AS id, id AS found FROM orders WHERE number_key = :key AND customer_id IS NOT NULL"
                " ORDER BY id DESC LIMIT 5",
                key=tracking.key(text),
            )
        case _:
            rows = tx.all(
                "SELECT customer_id AS id, 0 AS found FROM customer_source WHERE external_id = :code LIMIT 5", code=text
            )
    return [(standing(tx, row.id), int(row.found)) for row in rows]


def standing(tx: Transaction, customer: int) -> int:
    """The customer themselves, or whom they were merged into."""
    for _ in range(20):
        into = tx.value("SELECT merged_into FROM customer WHERE id = :id", id=customer)
        if into is None:
            break
        customer = int(into)
    return customer
