"""What the customers of a filled desk bought, written by constant SQL: five orders each, with their parts."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from bench import fill
from bench.measuring import progress
from server.customers import keys, scale
from server.customers.keys import Person
from server.database import Database, Engine

SOURCE = "bench"
TABLES = ("orders", "order_line", "payment", "shipment", "goods_return", "order_status", "subscription", "interaction",
          "customer_source", "customer_address", "customer_value", "customer_key")  # fmt: skip
CHUNK = 10_000
DAYS = 1000

_SEQUENCE = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)"
# The n-th order is made at its moment; seven of ten by anybody, three by a tenth of the customers, some by the first.
_ORDERS = f"""
{_SEQUENCE}
INSERT INTO orders (id, customer_id, through_id, source, external_id, revision, digest, number, number_key, shop, said,
 status, said_payment, payment, currency, total, tax, shipping, discount, paid, refunded, gift, buyer, recipient,
 subscription, note, url, ordered_at)
SELECT i, who, who, 'bench', 'o' || i, 1, '', 'B-' || i, 'B' || i, '本店', step, step, '', 'paid', 'JPY',
 price * 10000, price * 10000 / 11, 0, 0, price * 10000, 0, i % 41 = 0, '{{}}', '{{}}', '', '',
 'https://shop.example.jp/orders/' || i, moment FROM (
  SELECT i, 1000 + (i * 7919) % 29 * 500 AS price,
  CASE WHEN i > :many - 500 THEN 1 WHEN i % 10 < 7 THEN 1 + (i * 48271) % :people
   ELSE 1 + (i * 16807) % max(:people / 10, 1) END AS who,
  CASE WHEN i > :many * 0.995 THEN 'preparing' WHEN i > :many * 0.99 THEN 'shipped' WHEN i % 50 = 0 THEN 'cancelled'
   ELSE 'delivered' END AS step,
  strftime('%Y-%m-%d %H:%M:%f', julianday(:begin) + i * :step) || '000' AS moment FROM n)
"""
_PARTS = (
    "INSERT INTO order_line (order_id, position, sku, name, quantity, price) SELECT id, 1, 'S-' || id % 500,"
    " '緑茶 ' || id % 500, 1 + id % 3, total / (1 + id % 3) FROM orders",
    "INSERT INTO order_line (order_id, position, sku, name, quantity, price) SELECT id, 2, 'S-' || id % 77, '急須', 1,"
    " 0 FROM orders WHERE id % 3 = 0",
    "INSERT INTO order_status (order_id, revision, status, at) SELECT id, 1, status, ordered_at FROM orders",
    "INSERT INTO payment (id, order_id, source, external_id, revision, digest, method, status, amount, at)"
    " SELECT id, id, 'bench', 'p' || id, 1, '', 'card', 'paid', total, ordered_at FROM orders",
    "INSERT INTO shipment (id, order_id, source, external_id, revision, digest, carrier, tracking_number, tracking_key,"
    " tracking_url, status, shipped_at, delivered_at, recipient, lines, at) SELECT id, id, 'bench', 's' || id, 1, '',"
    " CASE id % 3 WHEN 0 THEN 'yamato' WHEN 1 THEN 'sagawa' ELSE 'japanpost' END, printf('%012d', id),"
    " printf('%012d', id), '', status, ordered_at, CASE status WHEN 'delivered' THEN ordered_at END, '{}', '[]',"
    " ordered_at FROM orders WHERE status IN ('shipped', 'delivered')",
    "INSERT INTO goods_return (id, order_id, source, external_id, revision, digest, status, amount, reason, lines, at)"
    " SELECT id, id, 'bench', 'r' || id, 1, '', 'received', total / 2, '割れ', '[]', ordered_at FROM orders"
    " WHERE id % 60 = 1",
    "INSERT INTO subscription (customer_id, source, external_id, revision, digest, name, status, every, currency,"
    " amount, url) SELECT id, 'bench', 'c' || id, 1, '', 'お茶の定期便', 'active', 'P1M', 'JPY', 30000000, ''"
    " FROM customer WHERE id % 20 = 0",
    "INSERT INTO interaction (customer_id, source, external_id, revision, digest, kind, title, text, url, who, at,"
    " data) SELECT id, 'field', 'v' || id, 1, '', 'visit', '訪問', '点検しました。', '', '係', updated_at, '{}'"
    " FROM customer WHERE id % 2 = 0",
    "INSERT INTO customer_source (id, customer_id, source, external_id, revision, digest, document, created_at,"
    " seen_at) SELECT id, id, 'bench', 'c' || id, 1, '', json_object('name', name), created_at, created_at"
    " FROM customer",
    "INSERT INTO customer_address (customer_id, kind, name, postal_code, country, region, city, street, phone)"
    " SELECT id, 'home', '', printf('%03d-%04d', id % 900 + 100, id % 9973), 'JP', '東京都', '千代田区',"
    " '外神田' || (1 + id % 6) || '-' || (1 + id % 31) || '-' || (1 + id % 23), '' FROM customer",
)
VALUES = (
    "INSERT INTO customer_value (customer_id, currency, orders, spent, returned, returns, first_at, last_at)"
    " SELECT o.customer_id, 'JPY', count(*), sum(o.total - o.refunded), COALESCE(sum(r.amount), 0), count(r.id),"
    " min(o.ordered_at), max(o.ordered_at) FROM orders o LEFT JOIN goods_return r ON r.order_id = o.id"
    " AND r.status IN ('received', 'refunded') WHERE o.revision >= 0 AND o.status <> 'cancelled' GROUP BY o.customer_id"
)
"""What every customer is worth, from all orders at once: what keeping it up to date is held against."""


def options(parser: argparse.ArgumentParser) -> None:
    """The size of the desk."""
    parser.add_argument("--customers", type=int, default=20_000, help="five times as many orders, twice the tickets")


def desk(place: Path, people: int) -> Engine:
    """A desk with so many customers, twice as many tickets, and five times as many orders; kept for later runs."""
    engine = fill.desk(place, people * 2, index=False, people=people)
    connection = sqlite3.connect(engine.path, isolation_level=None)
    try:
        if _missing(connection, people):
            _buy(connection, people)
            database = Database(engine)
            database.write_now(scale.keep, database.read_now(scale.count))
    finally:
        connection.close()
    return engine


def _missing(connection: sqlite3.Connection, people: int) -> bool:
    orders = connection.execute("SELECT count(*) FROM orders WHERE source = ?", (SOURCE,)).fetchone()[0]
    return bool(orders < people * 5) or any(
        connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None for table in TABLES
    )


def _buy(connection: sqlite3.Connection, people: int) -> None:
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    names = ", ".join(f"'{table}'" for table in TABLES)
    aside = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({names})"
    ).fetchall()
    for name, _ in aside:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("BEGIN")
    for table in reversed(TABLES):
        connection.execute(f"DELETE FROM {table}")
    begin = datetime.now(UTC) - timedelta(days=DAYS)
    many = people * 5
    values = {"many": many, "people": people, "begin": f"{begin:%Y-%m-%d %H:%M:%S}", "step": (DAYS - 1) / many}
    connection.execute(_ORDERS, values)
    for sql in _PARTS:
        connection.execute(sql)
        progress(sql[:32])
    connection.execute("CREATE INDEX for_filling ON goods_return (order_id)")
    connection.execute(VALUES)
    connection.execute("DROP INDEX for_filling")
    stream = _words(connection)
    while chunk := list(islice(stream, CHUNK)):
        connection.executemany("INSERT INTO customer_key (customer_id, key) VALUES (?, ?)", chunk)
    for name, sql in aside:
        connection.execute(sql)
        progress(name)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")


def _words(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """What the customers are found by."""
    rows = connection.execute(
        "SELECT k.id, k.name, k.kana, k.company, a.postal_code, a.region || a.city || a.street,"
        " max(CASE c.kind WHEN 'email' THEN c.address END), max(CASE c.kind WHEN 'phone' THEN c.address END)"
        " FROM customer k JOIN customer_address a ON a.customer_id = k.id LEFT JOIN contact c ON c.customer_id = k.id"
        " GROUP BY k.id ORDER BY k.id"
    )
    for id, name, kana, company, postal, street, email, phone in rows:
        person = Person(name, kana, "", "", company, "", (email,) if email else (), (phone,) if phone else (),
                        ((postal, street),), (f"c{id}",))  # fmt: skip
        yield from ((id, key) for key in sorted(keys.of(person)))
