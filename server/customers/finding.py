"""Finding customers by whatever somebody says: a name in kanji, kana or Latin letters, a phone in any writing, a mail
address, a company, an order's or a parcel's number, their id elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable

from server.customers import keys, names, queries
from server.customers.orders import tracking
from server.customers.views import CustomerView
from server.database import Transaction
from server.language import fold, is_cjk

LAST = "\U0010ffff"
MOST = 200
"""Customers that are looked at for one answer; who finds more must say more."""
EVERYBODY = 2**31 - 1
_NUMBER = re.compile(r"[+0-9０-９()（）\s‐‑‒–—―−ーｰ－-]{4,}")
BEGINS = {
    "sqlite": "key >= :low{n} AND key < :high{n}",
    "postgresql": "key ~>=~ :low{n} AND key ~<~ :high{n}",
}
"""A key that begins so; on PostgreSQL by the operators of its index, whatever the collation."""


def find(tx: Transaction, query: str, *, limit: int = 20) -> list[CustomerView]:
    """Customers who are meant, those that the words fit exactly first, then the last changed."""
    exact, found = _found(tx, query.strip(), limit, MOST)
    listed = ", ".join(str(each) for each in found) or "NULL"
    rows = tx.all(f"SELECT id FROM customer WHERE id IN ({listed}) ORDER BY updated_at DESC, id DESC")
    ordered = sorted((row.id for row in rows), key=lambda each: each not in exact)
    return [queries.view(tx, each) for each in ordered[:limit]]


def everybody(tx: Transaction, query: str) -> list[int]:
    """The ids of all customers whom a query finds, however many."""
    return sorted(_found(tx, query.strip(), EVERYBODY, EVERYBODY)[1])


def _found(tx: Transaction, wanted: str, limit: int, most: int) -> tuple[set[int], set[int]]:
    """Whom the words fit exactly, and all who are meant; of each way of looking at most so many."""
    if not wanted:
        return set(), set()
    words = list(dict.fromkeys(_writings(wanted)))
    exact = _exactly(tx, words, most) | _by_number(tx, wanted, most)
    found = exact if len(exact) >= limit else exact | _beginning(tx, words, most)
    if not found and len(pieces := wanted.split()) > 1:
        found = _with_all(tx, pieces, most)
    return exact, found


def _writings(wanted: str) -> Iterable[str]:
    """The keys that a query may stand for."""
    folded = fold(wanted)
    yield f"w{folded}"
    if _NUMBER.fullmatch(wanted):
        yield f"w{keys.national(wanted)}"
    if key := names.key(wanted):
        yield f"w{key}"
        if not is_cjk(key[0]):
            yield f"w{''.join(names.latin(wanted).split())}"
    if company := names.company_key(wanted):
        yield f"w{company}"


def _by_number(tx: Transaction, wanted: str, most: int) -> set[int]:
    """Who bought the order, or waits for the parcel, of this number."""
    key = tracking.key(wanted)
    if len(key) < 3:
        return set()
    rows = tx.all(
        "SELECT customer_id FROM orders WHERE number_key = :key AND customer_id IS NOT NULL"
        " UNION SELECT o.customer_id FROM shipment s JOIN orders o ON o.id = s.order_id"
        " WHERE s.tracking_key = :key AND o.customer_id IS NOT NULL LIMIT :most",
        key=key,
        most=most,
    )
    return {row.customer_id for row in rows}


def _beginning(tx: Transaction, words: list[str], most: int) -> set[int]:
    begins = " OR ".join(f"({BEGINS[tx.dialect].format(n=place)})" for place in range(len(words)))
    values: dict[str, str] = {f"low{place}": word for place, word in enumerate(words)}
    values |= {f"high{place}": word + LAST for place, word in enumerate(words)}
    rows = tx.all(f"SELECT customer_id FROM customer_key WHERE {begins} LIMIT :most", **values, most=most)
    return {row.customer_id for row in rows}


def _with_all(tx: Transaction, pieces: list[str], most: int) -> set[int]:
    """Customers with a key for each of several words: a name and a company, a given name first."""
    parts: list[str] = []
    values: dict[str, str] = {}
    for piece in pieces[:5]:
        begins: list[str] = []
        for word in dict.fromkeys(_writings(piece)):
            place = len(values)
            begins.append(f"({BEGINS[tx.dialect].format(n=place)})")
            values |= {f"low{place}": word, f"high{place}": word + LAST}
        parts.append(f"SELECT customer_id FROM customer_key WHERE {' OR '.join(begins)}")
    rows = tx.all(f"SELECT customer_id FROM ({' INTERSECT '.join(parts)}) AS both_of LIMIT :most", **values, most=most)
    return {row.customer_id for row in rows}


def _exactly(tx: Transaction, words: list[str], most: int) -> set[int]:
    places = ", ".join(f":word{place}" for place in range(len(words)))
    values = {f"word{place}": word for place, word in enumerate(words)}
    sql = f"SELECT customer_id FROM customer_key WHERE key IN ({places}) LIMIT :most"
    return {row.customer_id for row in tx.all(sql, **values, most=most)}
