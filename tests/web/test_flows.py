"""Flows through the JSON API: written, tried, published, switched on, and what keeps one from it."""

from __future__ import annotations

import json
from typing import Any

from server.agents import queries as agents
from server.database.types import dump
from server.faq import files
from tests.flows.worlds import SAMPLE
from tests.web.house import House

CONTENT: dict[str, Any] = json.loads(SAMPLE.read_text())


async def test_a_flow_is_written_tried_published_and_switched_on(house: House) -> None:
    lead, agent = await house.at_work("Boss", "lead"), await house.at_work()
    assert (await agent.api("POST", "/flows", {"name": "受付", "content": CONTENT})).status == 403
    made = await lead.api("POST", "/flows", {"name": "受付", "content": CONTENT})
    assert (made.status, made.json["problems"], made.json["enabled"]) == (201, [], False)
    where = f"/flows/{made.json['id']}"
    assert (await lead.api("PUT", f"{where}/enabled", {"on": True})).status == 409
    first = (await agent.api("POST", f"{where}/tries", {})).json
    assert "ご用件" in first["lines"][0]["text"]
    then = {"tried": first, "wish": {"key": "hours", "label": "営業時間"}}
    second = (await agent.api("POST", f"{where}/tries", then)).json
    assert "営業中" in second["lines"][-1]["text"]
    live = await lead.api("POST", f"{where}/versions")
    assert (live.status, live.json["live_version"], live.json["changed"]) == (201, 1, False)
    assert (await lead.api("PUT", f"{where}/enabled", {"on": True})).json["enabled"]
    broken = {**CONTENT, "steps": CONTENT["steps"][:1]}
    changed = await lead.api("PATCH", where, {"content": broken, "version": 1})
    assert {one["words"] for one in changed.json["problems"]} == {changed.json["problems"][0]["words"]}
    assert (await lead.api("PATCH", where, {"name": "x", "version": 1})).status == 409
    assert (await lead.api("POST", f"{where}/versions")).status == 422
    assert (await lead.api("PUT", f"{where}/draft/1")).json["problems"] == []
    assert [one["version"] for one in (await agent.api("GET", f"{where}/versions")).json] == [1]
    assert (await agent.api("GET", f"{where}/counts")).json == []
    number = await house.ticket()
    assert (await agent.api("GET", f"/tickets/{number}/flows")).json == []
    assert (await lead.api("DELETE", where)).status == 204
    assert (await lead.api("GET", where)).status == 404


async def test_an_articles_answer_brings_its_files_and_only_that_of_its_shop(small_house: House) -> None:
    house = small_house
    lead = await house.at_work("Boss", "lead")
    words = {"ja": {"question": "送料は？", "full": "500円です。"}}
    article = (await lead.api("POST", "/articles", {"content": {"words": words}})).json["id"]
    stored = house.parts.files.keep(iter([b"%PDF"]))
    agent = await house.database.read(agents.by_email, "boss@shop.example")
    await house.database.write(files.keep, agent, article, [("料金表.pdf", "application/pdf", stored.digest, 4)])
    await lead.api("PUT", f"/articles/{article}/state", {"state": "published"})
    content = {"languages": ["ja"], "steps": [{"kind": "article", "id": "a", "article": article}]}
    flow = (await lead.api("POST", "/flows", {"name": "送料", "content": content})).json["id"]
    tried = (await lead.api("POST", f"/flows/{flow}/tries", {})).json["lines"][0]["text"]
    assert "500円です。\n\n添付資料：\n料金表.pdf (0.1 kB)\nhttp" in tried and "/article-files/" in tried
    await house.database.write(
        lambda tx: tx.run(
            "UPDATE article SET live = :live WHERE id = :id", id=article, live=dump({"words": words, "shops": ["茶"]})
        )
    )
    assert "500円" not in str((await lead.api("POST", f"/flows/{flow}/tries", {})).json)
