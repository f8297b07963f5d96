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
    cells = page.all("table.heatmap td[class]")
    assert len(cells) == 25 and sum(int(cell.text()) for cell in cells) == 3
    assert "¥6,000" in page.text and "6,000円" in (await lead.get("/admin/value?lang=ja")).text
    sheet = await lead.get("/admin/value/customers.csv")
    assert sheet.html.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(sheet.html.removeprefix("\ufeff"))))
    assert [row["spent"] for row in rows] == ["1000", "2000", "3000"]
    assert rows[0]["name"] == "'=1+1", "no spreadsheet takes a name for a formula"
    assert await house.rows("SELECT * FROM change WHERE kind = 'desk.changed'"), "the export stands in the history"
