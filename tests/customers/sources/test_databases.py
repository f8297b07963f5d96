"""Databases of other systems: read page by page with ties, from where the last pull ended, and never written to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from server.customers.sources import mapping
from server.customers.sources.reach import Failed
from server.customers.sources.reach.sql import SqlReader
from tests.customers.sources.conftest import House
from tests.customers.sources.shop import BEGAN, MAPPING, Shop, customer
from tests.desks import until


async def test_everything_is_read_once_and_then_only_what_changed(small_house: House, any_shop: Shop) -> None:
    any_shop.fill(45, 2)
    await small_house.shop(any_shop)
    first = await small_house.pull()
    assert first["customers"] == {"records": 45, "new": 45}
    assert first["orders"] == {"records": 90, "new": 90}
    later = BEGAN + timedelta(hours=1)
    any_shop.change(10, later, order_status_id=5)
    any_shop.change(11, later, order_status_id=3)
    any_shop.fill(1, 1, first=100, at=later)
    again = await small_house.pull()
    assert again["orders"]["changed"] == 2 and again["orders"]["new"] == 1
    assert again["orders"]["records"] < 90 and again["customers"]["records"] < 45, "only the overlap is read again"
    assert await small_house.value("SELECT status FROM orders WHERE number = 'R-10'") == "shipped"
    assert await small_house.value("SELECT count(*) FROM order_line") == 2 * 91
    lines = (
        "SELECT l.name FROM order_line l JOIN orders o ON o.id = l.order_id WHERE o.number = 'R-10' ORDER BY position"
    )
    assert await small_house.value(lines) == "緑茶"
    assert await small_house.value("SELECT birthday FROM customer ORDER BY id LIMIT 1") == "1980-03-04"


async def test_what_was_committed_late_is_found_by_the_overlap(small_house: House, any_shop: Shop) -> None:
    any_shop.fill(30)
    await small_house.shop(any_shop)
    await small_house.pull()
    any_shop.fill(1, 0, first=500, at=BEGAN - timedelta(hours=1))
    pulled = await small_house.pull()
    assert "new" not in pulled["customers"], "older than the overlap: this is what a comparison finds"
    late = BEGAN + timedelta(seconds=50)
    any_shop.run(customer.update().where(customer.c.id == 500).values(update_date=late))
    assert (await small_house.pull())["customers"]["new"] == 1


async def test_a_customer_is_looked_up_by_id_and_by_address(small_house: House, any_shop: Shop) -> None:
    any_shop.fill(3)
    found = mapping.read(MAPPING)
    reader = SqlReader(mapping.Sql(url=any_shop.url), allow=["127.0.0.1"], folders=small_house.folders)
    people, orders = found.stream
    try:
        by_mail = await reader.look_up(people, people.find[1], "hanako2@customer.example")
        assert [each["id"] for each in by_mail] == [2]
        bought = await reader.look_up(orders, orders.find[0], "2")
        assert [line["code"] for line in bought[0]["items"]] == ["T-1", "M-1"]
        assert await reader.look_up(people, people.find[1], "' OR 1=1 --") == []
    finally:
        await reader.close()


async def test_nothing_can_be_written(small_house: House, any_shop: Shop) -> None:
    any_shop.fill(1)
    reader = SqlReader(mapping.Sql(url=any_shop.url), allow=["127.0.0.1"], folders=small_house.folders)
    people = mapping.read(MAPPING).stream[0]
    find = mapping.Find(by="id", sql="UPDATE customer SET name01 = :id")
    try:
        with pytest.raises(Failed, match=r"(?i)read.?only|READ ONLY"):
            await reader.look_up(people, find, "x")
    finally:
        await reader.close()
    again = SqlReader(mapping.Sql(url=any_shop.url), allow=["127.0.0.1"], folders=small_house.folders)
    assert [row["name01"] for row in await again.look_up(people, people.find[0], "1")] == ["山田"]
    await again.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://reader@127.0.0.2/shop", "not a public address"),
        ("mysql://reader@10.0.0.7/shop", "not a public address"),
        ("postgresql://reader@/shop?host=/var/run/postgresql", "not a public address"),
        ("sqlite:////etc/shop.db", "MADOGUCHI_SOURCE_FOLDERS"),
        ("sqlite:///nowhere.db", "MADOGUCHI_SOURCE_FOLDERS"),
        ("oracle://reader@db.example/shop", "not oracle://"),
        ("what?", "no URL"),
    ],
)
async def test_databases_are_only_where_they_may_be(url: str, words: str, tmp_path: Path) -> None:
    reader = SqlReader(mapping.Sql(url=url), allow=["127.0.0.1"], folders=[str(tmp_path)])
    with pytest.raises(Failed, match=words):
        await reader.test()


async def test_rows_that_repeat_their_order_are_one_record_also_over_the_edge_of_a_page(
    small_house: House, shop: Shop
) -> None:
    shop.fill(9, 1)
    flat = (
        MAPPING[: MAPPING.index("[[stream]]")]
        + """
[[stream]]
name = "orders"
fact = "order"
sql = \"\"\"SELECT o.id, o.order_no, o.update_date, i.code, i.quantity, i.price FROM orders o
JOIN order_item i ON i.order_id = o.id\"\"\"
id = "id"
updated = "update_date"
group = "id"
size = 5
[stream.fields]
external_id = "id"
number = "order_no"
ordered_at = "update_date"
lines = { each = "rows[*]", sku = "code", quantity = "quantity", price = "price" }
"""
    )
    await small_house.shop(shop, flat)
    assert (await small_house.pull())["orders"] == {"records": 9, "new": 9}
    assert await small_house.value("SELECT count(*) FROM order_line") == 18


async def test_whoever_is_cancelled_does_not_take_the_connection_from_a_query_that_runs(
    small_house: House, shop: Shop
) -> None:
    shop.fill(1)
    reader = SqlReader(mapping.Sql(url=shop.url), allow=[], folders=small_house.folders)
    people = mapping.read(MAPPING).stream[0]
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
    counting = f"{numbers} SELECT max(i), :id FROM n"
    asked = asyncio.create_task(reader.look_up(people, mapping.Find(by="id", sql=counting), "1"))
    await until(lambda: reader._connection is not None)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await reader.close()
    await until(lambda: reader._connection is None)
    with pytest.raises(Failed):
        await reader.test()


async def test_what_the_database_says_is_said_without_the_password(small_house: House, any_shop: Shop) -> None:
    any_shop.fill(1)
    await small_house.shop(any_shop, MAPPING.replace('table = "orders"', 'table = "order_history"'))
    words = await small_house.broken()
    assert "order_history" in words and "pa:ss" not in words and "pa%3Ass" not in words
    view = await small_house.view()
    assert view.failures == 1 and view.words == words
    assert view.streams[0].records == 1, "one stream that cannot be read does not stop the others"
