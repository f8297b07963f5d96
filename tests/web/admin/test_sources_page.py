"""The pages of sources: adding one, trying it, what it did, what failed, what changed, what differs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import FormData

from server.agents import DESK
from server.customers.sources import Sources
from server.web.doors import DOORS
from tests.customers.sources.shop import BEGAN, MAPPING, Shop
from tests.web.admin.conftest import House

CSV = """
mapping = 1
name = "mall"
kind = "file"
[[stream]]
name = "orders"
fact = "order"
group = "注文番号"
[stream.fields]
external_id = "注文番号"
ordered_at = "注文日時"
total = "合計金額"
lines = { each = "rows[*]", name = "商品名", quantity = "個数", price = "単価" }
buyer = { name = { join = ["姓", "名"] }, kana = { join = ["セイ", "メイ"] } }
"""
ROWS = """注文番号,注文日時,合計金額,商品名,個数,単価,姓,名,セイ,メイ
100-1,2026/11/01 10:00,"5,500",緑茶,2,"1,250",髙橋,花子,タカハシ,ハナコ
100-1,2026/11/01 10:00,"5,500",抹茶①,1,"3,000",髙橋,花子,タカハシ,ハナコ
100-2,令和7年11月2日,￥８００,湯呑,1,800,山﨑,太郎,ヤマザキ,タロウ
100-3,あした,800,湯呑,1,800,山﨑,太郎,ヤマザキ,タロウ
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop's database, where the desk may read."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    return Shop(url, url)


def _sources(house: House) -> Sources:
    found = house.server.app[DOORS].sources
    assert found is not None
    return found


def _file(button: str) -> FormData:
    """The form of a file, as a browser sends it."""
    form = FormData()
    form.add_field("do", button)
    form.add_field("file", ROWS.encode("cp932"), filename="orders.csv", content_type="text/csv")
    return form


async def test_a_source_is_tried_added_pulled_and_looked_at(house: House, shop: Shop) -> None:
    shop.fill(4)
    shop.change(20, BEGAN, order_status_id=9)
    browser = await house.browser("admin", "ja")
    assert "連携元はまだありません" in (await browser.get("/admin/sources")).text
    assert "/admin/sources/new/own" in (await browser.get("/admin/sources/new")).html
    broken = await browser.post(
        "/admin/sources/new/own", {"mapping": MAPPING.replace("fact = ", "fact_ = "), "do": "look"}
    )
    assert broken.status == 422 and "stream" in broken.text
    asked = await browser.post("/admin/sources/new/own", {"mapping": MAPPING, "do": "look"})
    assert asked.tree.css_first('input[name="parameters.url"][type="password"]') is not None
    form = {"mapping": MAPPING, "name": "shop", "parameters.url": shop.url}
    tried = await browser.post("/admin/sources/new/own", {**form, "do": "try"})
    assert "コード表にない値です" in tried.text and "order_status_id" in tried.text
    assert await house.rows("SELECT * FROM source") == []
    added = await browser.post("/admin/sources/new/own", {**form, "do": "add"})
    assert added.url.startswith("/admin/sources/shop")
    await _sources(house).pull(DESK, "shop")
    page = await browser.get("/admin/sources/shop")
    assert "読み取れないデータ 1件" in page.text and shop.url not in page.html
    failed = await browser.get("/admin/sources/shop/failures")
    assert "R-20" in failed.html and "order_status_id" in failed.text
    (failure,) = await house.rows("SELECT * FROM source_failure")
    again = await browser.post("/admin/sources/shop/failures", {"do": "retry", "ids": str(failure.id)})
    assert "まだ読み取れないデータがあります" in again.text
    await browser.post("/admin/sources/shop/failures", {"do": "ignore", "ids": str(failure.id)})
    assert (await house.rows("SELECT state FROM source_failure"))[0].state == "ignored"
    compared = await browser.post("/admin/sources/shop", {"do": "compare"})
    assert "照合しました" in compared.text and "2026-11" in compared.text


async def test_a_changed_schema_is_accepted_and_settings_are_kept(house: House, shop: Shop) -> None:
    shop.fill(1)
    browser = await house.browser("admin", "en")
    await browser.post("/admin/sources/new/own", {"mapping": MAPPING, "parameters.url": shop.url, "do": "add"})
    sources = _sources(house)
    await sources.pull(DESK, "shop")
    shop.run("ALTER TABLE orders RENAME COLUMN payment_total TO total")
    await sources.pull(DESK, "shop")
    page = await browser.get("/admin/sources/shop")
    assert "payment_total" in page.text and "Gone" in page.text and "The last pull broke off" in page.text
    (shape,) = await house.rows("SELECT id FROM source_shape WHERE version = 2")
    await browser.post("/admin/sources/shop", {"do": "accept", "schema": str(shape.id)})
    assert (await house.rows("SELECT accepted_by FROM source_shape WHERE version = 2"))[0].accepted_by.startswith(
        "agent:"
    )
    mended = MAPPING.replace('"payment_total"', '"total"')
    form = {"mapping": mended, "parameters.url": "", "every": "7", "compare_every": "1", "version": "1"}
    saved = await browser.post("/admin/sources/shop", form)
    assert "Saved." in saved.text
    assert (await browser.post("/admin/sources/shop", form)).status == 409
    shop.change(10, BEGAN + timedelta(days=1), order_status_id=5)
    assert (await sources.pull(DESK, "shop")).streams["orders"]["changed"] == 1
    (row,) = await house.rows("SELECT every, compare_every FROM source")
    assert (row.every, row.compare_every) == (7, 1)
    await browser.post("/admin/sources/shop", {"do": "remove"})
    assert await house.rows("SELECT * FROM source_shape") == []


async def test_a_file_of_rows_that_repeat_their_order_is_tried_and_read(house: House) -> None:
    browser = await house.browser("admin", "ja")
    await browser.post("/admin/sources/new/own", {"mapping": CSV, "do": "add"})
    tried = await browser.post("/admin/sources/mall/file", _file("try"))
    assert "新規 2" in tried.text and "読み取り不可 1" in tried.text
    assert await house.rows("SELECT * FROM orders") == []
    await browser.post("/admin/sources/mall/file", _file("take"))
    first, second = await house.rows("SELECT total, number FROM orders ORDER BY number")
    assert (first.total, second.total) == (55_000_000, 8_000_000)
    lines = [row.name for row in await house.rows("SELECT name FROM order_line ORDER BY order_id, position")]
    assert lines == ["緑茶", "抹茶①", "湯呑"]
    assert [row.name for row in await house.rows("SELECT name FROM customer ORDER BY id")] == ["髙橋 花子", "山﨑 太郎"]
