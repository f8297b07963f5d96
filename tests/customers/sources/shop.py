"""A shop's own database, as its engineers would have made it, on any of the databases that sources read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

BEGAN = datetime(2026, 11, 1, 9, 0)  # noqa: DTZ001  # as shops keep it, without a zone
MAPPING = """
mapping = 1
name = "shop"
kind = "sql"
title = { ja = "自社ショップ", en = "Our shop" }
time_zone = "Asia/Tokyo"

[parameters.url]
title = "URL"
secret = true

[sql]
url = "${url}"

[codes.order_status]
1 = "placed"
3 = "cancelled"
5 = "shipped"

[[stream]]
name = "customers"
fact = "customer"
table = "customer"
id = "id"
updated = "update_date"
size = 20

[stream.fields]
external_id = "id"
family_name = "name01"
given_name = "name02"
birthday = { from = "birth", format = ["wareki", "iso"] }

[[stream.fields.contacts]]
kind = "=email"
address = "email"

[[stream.find]]
by = "customer"
where = "id = :customer"

[[stream.find]]
by = "email"
where = "email = :email"

[[stream]]
name = "orders"
fact = "order"
table = "orders"
id = "id"
updated = "update_date"
size = 20

[stream.children.items]
table = "order_item"
key = "order_id"
order = "line"

[stream.fields]
external_id = "id"
number = "order_no"
ordered_at = { from = "order_date", format = "%Y/%m/%d %H:%M:%S" }
customer = "customer_id"
total = "payment_total"
status = { from = "order_status_id", codes = "order_status" }
lines = { each = "items[*]", sku = "code", name = "name", quantity = "quantity", price = "price" }

[[stream.find]]
by = "customer"
where = "customer_id = :customer"
"""

metadata = sa.MetaData()
customer = sa.Table(
    "customer",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name01", sa.String(60)),
    sa.Column("name02", sa.String(60)),
    sa.Column("birth", sa.String(30)),
    sa.Column("email", sa.String(120)),
    sa.Column("update_date", sa.DateTime),
)
orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_no", sa.String(30)),
    sa.Column("order_date", sa.String(30)),
    sa.Column("customer_id", sa.Integer),
    sa.Column("payment_total", sa.String(30)),
    sa.Column("order_status_id", sa.Integer),
    sa.Column("update_date", sa.DateTime),
)
order_item = sa.Table(
    "order_item",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.Integer),
    sa.Column("line", sa.Integer),
    sa.Column("code", sa.String(30)),
    sa.Column("name", sa.String(60)),
    sa.Column("quantity", sa.Integer),
    sa.Column("price", sa.Numeric(10, 2)),
)


class Shop:
    """The database, written to by the test as the shop would."""

    def __init__(self, url: str, driver: str) -> None:
        self.url = url
        """As the source's parameter has it."""
        self._engine = sa.create_engine(driver, poolclass=sa.pool.NullPool)
        metadata.create_all(self._engine)

    def run(self, statement: Any, *rows: Any) -> None:
        """A statement, committed."""
        with self._engine.begin() as connection:
            connection.execute(sa.text(statement) if isinstance(statement, str) else statement, *rows)

    def fill(self, customers: int, orders_each: int = 1, *, first: int = 1, at: datetime = BEGAN) -> None:
        """So many customers with their orders; many changed in the same second."""
        people, bought, items = [], [], []
        for id in range(first, first + customers):
            moment = at + timedelta(seconds=id // 7 * 20)
            people.append(
                {"id": id, "name01": "山田", "name02": f"花子{id}", "birth": "昭和55年3月4日",
                 "email": f"hanako{id}@customer.example", "update_date": moment}
            )  # fmt: skip
            for place in range(orders_each):
                order = id * 10 + place
                bought.append(
                    {"id": order, "order_no": f"R-{order}", "order_date": "2026/11/01 10:00:00", "customer_id": id,
                     "payment_total": "¥5,500", "order_status_id": 1, "update_date": moment}
                )  # fmt: skip
                items += [
                    {"order_id": order, "line": 2, "code": "M-1", "name": "抹茶", "quantity": 1, "price": 3000},
                    {"order_id": order, "line": 1, "code": "T-1", "name": "緑茶", "quantity": 2, "price": 1250},
                ]
        self.run(customer.insert(), people)
        if bought:
            self.run(orders.insert(), bought)
            self.run(order_item.insert(), items)

    def change(self, id: int, at: datetime, **values: Any) -> None:
        """An order that changed."""
        self.run(orders.update().where(orders.c.id == id).values(update_date=at, **values))

    def close(self) -> None:
        """Let go."""
        self._engine.dispose()
