"""The page of what customers are worth."""

from __future__ import annotations

import csv
import io

from server.agents import DESK
from server.customers.store import batch
from tests.web.admin.conftest import House


async def shopped(house: House) -> None:
    facts = [
        {"kind": "order", "source": "shop", "external_id": f"{who}", "customer": f"c{who}", "revision": 1,
         "ordered_at": "2026-11-01T00:00:00Z", "total": str(1000 * who), "buyer": {"name": f"=1+{who}"}}
        for who in range(1, 4)
    ]  # fmt: skip
    await house.database.write(batch.tell_all, DESK, batch.read(facts), 0)


async def test_the_charts_show_who_bought_and_the_spreadsheet_lists_them(house: House) -> None:
    await shopped(house)
    lead = await house.browser("lead")
    page = await lead.get("/admin/value")
    assert len(page.all("svg.chart rect.heat")) == 25
    assert sum(int(node.text()) for node in page.all("svg.chart g text")) == 3
    sheet = await lead.get("/admin/value/customers.csv")
    assert sheet.html.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(sheet.html.removeprefix("\ufeff"))))
    assert [row["spent"] for row in rows] == ["1000", "2000", "3000"]
    assert rows[0]["name"] == "'=1+1", "no spreadsheet takes a name for a formula"
    assert await house.rows("SELECT * FROM change WHERE kind = 'desk.changed'"), "the export stands in the history"


async def test_bounds_and_segments_are_decided_here(house: House) -> None:
    await shopped(house)
    lead = await house.browser("lead")
    bounds = {
        "by": "bounds",
        "currency": "jpy",
        "recency_days": "1, 2, 3, 4",
        "orders": "1,2,3,4",
        "spent": "1、2、3、4",
    }
    page = await lead.post("/admin/value", bounds)
    assert page.status == 200 and page.value("spent") == "1, 2, 3, 4"
    assert len(page.all("svg.chart")) == 3, "saving counts the deciles"
    assert (await lead.post("/admin/value", {**bounds, "orders": "4,3,2,1"})).status == 422
    assert (await lead.post("/admin/value", {**bounds, "orders": "many"})).status == 422
    rule = {"name": "上得意", "field0": "spent", "op0": "at_least", "value0": "2000", "priority": "high"}
    page = await lead.post("/admin/value/segments", rule)
    assert page.status == 200 and "上得意" in page.text
    (row,) = page.all("table tbody tr")
    assert row.css("td")[2].text() == "2"
    assert (await lead.post("/admin/value/segments", {**rule, "name": "x", "value0": "much"})).status == 422
    (segment,) = await house.rows("SELECT id FROM customer_segment")
    page = await lead.post(f"/admin/value/segments/{segment.id}", {})
    assert page.all("table") == []
