"""What customers are worth through the JSON API: measures, segments and tables."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.customers.store import batch
from server.database import Engine, now
from tests.web.house import Browser, House, open_house


@pytest.fixture
async def house(engine: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """A desk."""
    async with open_house(engine, tmp_path) as house:
        yield house


async def shoppers(aoi: Browser, many: int = 5) -> list[int]:
    """The n-th bought for n thousand, n days ago; one more never bought."""
    at = now()
    items: list[dict[str, Any]] = [
        {"kind": "customer", "source": "shop", "external_id": f"c{who}", "name": f"=客{who}", "company": "緑屋"}
        for who in range(1, many + 2)
    ]
    items += [
        {"kind": "order", "source": "shop", "external_id": f"o{who}", "customer": f"c{who}", "total": f"{who}000",
         "ordered_at": (at - timedelta(days=who)).isoformat()}
        for who in range(1, many + 1)
    ]  # fmt: skip
    told = (await aoi.api("POST", "/store/batch", {"items": items})).json
    assert told["counts"]["new"] == len(items)
    return [each["learned"]["customer"] for each in told["results"][: many + 1]]


async def test_a_segment_is_tried_made_read_changed_taken_away_as_a_table_and_removed(house: House) -> None:
    lead = await house.at_work("aoi", "lead")
    ids = await shoppers(lead)
    spent = [{"field": "spent", "op": "at_least", "value": 3000}]
    assert (await lead.api("POST", "/segments/count", {"conditions": spent})).json == {"customers": 3}
    made = (await lead.api("POST", "/segments", {"name": "上得意", "conditions": spent, "priority": "high"})).json
    assert made["customers"] == 3
    path = f"/segments/{made['id']}"
    assert (await lead.api("GET", path)).json == made and (await lead.api("GET", "/segments")).json == [made]
    first = (await lead.api("GET", f"{path}/customers?limit=2")).json
    rest = (await lead.api("GET", f"{path}/customers?limit=2&after={first['next']}")).json
    assert [each["id"] for each in first["items"] + rest["items"]] == ids[2:5] and rest["next"] is None
    assert first["items"][0]["value"]["spent"] == "3000"
    never = [{"field": "bought", "op": "is", "value": False}]
    changed = await lead.api("PUT", path, {"name": "まだの方", "conditions": never})
    assert (changed.json["customers"], changed.json["priority"]) == (1, "")
    (member,) = (await lead.api("GET", f"{path}/customers")).json["items"]
    assert (member["id"], member["value"]) == (ids[5], None)
    table = await lead.api("GET", f"{path}/csv")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8" and table.body.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(table.body.decode("utf-8-sig"))))
    assert [(row["id"], row["name"], row["orders"]) for row in rows] == [(str(ids[5]), "'=客6", "")]
    assert (await lead.api("DELETE", path)).status == 204
    assert (await lead.api("GET", path)).status == 404


async def test_everybody_is_measured_and_the_measure_is_a_leads_to_decide(house: House) -> None:
    lead, agent = await house.at_work("aoi", "lead"), await house.at_work("ken", "agent")
    ids = await shoppers(lead)
    worth = (await agent.api("GET", f"/customers/{ids[4]}/value")).json
    assert (worth["orders"], worth["spent"], worth["monetary"]) == (1, "5000", 2)
    assert (await agent.api("GET", f"/customers/{ids[5]}/value")).status == 404
    assert (await agent.api("GET", "/customers/99999/value")).status == 404
    found = (await agent.api("GET", "/customer-value")).json
    assert (found["customers"], found["never"], found["spent"]) == (5, 1, "15000")
    measure = {**(await agent.api("GET", "/customer-value/scale")).json, "by": "bounds", "spent": [1, 2, 3, 4]}
    assert (await agent.api("PUT", "/customer-value/scale", measure)).status == 403
    assert (await lead.api("PUT", "/customer-value/scale", measure)).json["by"] == "bounds"
    assert (await agent.api("GET", f"/customers/{ids[0]}/value")).json["monetary"] == 5
    assert (await lead.api("PUT", "/customer-value/scale", {**measure, "spent": [4, 3, 2, 1]})).status == 422
    assert (await agent.api("GET", "/customer-value/csv")).status == 403
    table = (await lead.api("GET", "/customer-value/csv")).body.decode("utf-8-sig")
    assert len(table.splitlines()) == 6


async def test_a_condition_that_fits_no_field_is_refused_by_its_place(house: House) -> None:
    lead = await house.at_work("aoi", "lead")
    wrong = [{"field": "spent", "op": "at_least", "value": 1}, {"field": "shoes", "op": "is", "value": 3}]
    refused = await lead.api("POST", "/segments", {"name": "x", "conditions": wrong})
    assert refused.status == 422 and list(refused.json["fields"]) == ["conditions[1]"]


async def test_a_thousand_facts_at_once_are_told_once_however_often_they_are_sent(house: House) -> None:
    lead = await house.at_work("aoi", "lead")
    at = now().isoformat()
    items = [{"kind": "order", "source": "shop", "external_id": f"o{each}", "customer": f"c{each % 100}", "revision": 1,
              "total": "1000", "ordered_at": at} for each in range(batch.MOST - 1)]  # fmt: skip
    items.append({"kind": "order", "source": "shop", "external_id": "bad", "total": "x", "ordered_at": at})
    key = {"Idempotency-Key": "night-2026-11-22"}
    first = await lead.api("POST", "/store/batch", {"items": items}, headers=key)
    assert first.json["counts"] == {"new": 999, "changed": 0, "same": 0, "stale": 0, "refused": 1}
    refused = first.json["results"][-1]
    assert (refused["index"], list(refused["fields"])) == (999, ["total"])
    again = await lead.api("POST", "/store/batch", {"items": items}, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true" and again.body == first.body
    half = await lead.api(
        "POST", "/store/batch?lang=ja", {"items": [{"kind": "order", "source": "shop", "external_id": "x"}]}
    )
    assert half.json["results"][0]["fields"] == {"ordered_at": "入力してください"}
    other = await lead.api("POST", "/store/batch", {"items": items[:5]}, headers=key)
    assert other.status in (409, 422)
    unkeyed = await lead.api("POST", "/store/batch", {"items": items})
    assert unkeyed.json["counts"] == {"new": 0, "changed": 0, "same": 999, "stale": 0, "refused": 1}
    assert (await lead.api("POST", "/store/batch", {"items": [items[0]] * 1001})).status == 422
    single = {name: value for name, value in items[0].items() if name != "kind"}
    for revision, outcome in ((2, "changed"), (2, "same"), (1, "stale")):
        told = await lead.api("POST", "/store/orders", {**single, "revision": revision, "status": "confirmed"})
        assert told.json["outcome"] == outcome
