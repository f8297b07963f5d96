"""Files by the API: brought, decided, tried, taken in, taken back, and taken away."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from server.customers.imports.running import Importer
from tests.web.house import Browser, House

TEXT = "番号,お名前,メール,色\n1,山田 太郎,a@example.jp,青\n2,佐藤,b@,赤\n".encode("cp932")
BODY = {"Content-Type": "application/octet-stream"}


async def work(house: House, lead: Browser, id: int) -> Any:
    """What the importer does in the background."""
    importer = Importer(house.database, house.parts.files, lambda _: ZoneInfo("Asia/Tokyo"))
    if await importer.take_over(id):
        await importer.work(id)
    return (await lead.api("GET", f"/imports/{id}")).json


async def test_a_file_goes_all_the_way_and_back(house: House) -> None:
    lead = await house.at_work(role="lead")
    made = await lead.api("POST", "/imports?filename=people.csv", TEXT, headers=BODY)
    assert made.status == 201, made.text
    assert made.json["form"]["encoding"] == "cp932" and made.json["state"] == "new"
    id, columns = made.json["id"], made.json["plan"]["columns"]
    assert columns == ["", "name", "email", ""]
    first = (await lead.api("GET", f"/imports/{id}/rows")).json
    assert first["headers"][0] == "番号" and first["rows"][0][1] == "山田 太郎"
    wrong = await lead.api("PUT", f"/imports/{id}/plan", {"columns": ["number", "name", "email", ""]})
    assert wrong.status == 422 and "columns.0" in wrong.text
    plan = {"columns": ["external_id", "name", "email", ""], "source": "erp"}
    assert (await lead.api("PUT", f"/imports/{id}/plan", plan)).json["plan"]["source"] == "erp"
    assert (await lead.api("POST", f"/imports/{id}/try")).json["state"] == "trying"
    view = await work(house, lead, id)
    assert (view["state"], view["trial"]["new"], view["trial"]["refused"]) == ("tried", 1, 1)
    (problem,) = (await lead.api("GET", f"/imports/{id}/problems?trial=true")).json
    assert problem["row"] == 3 and problem["reasons"] == {"メール": "is not a mail address"}
    await lead.api("POST", f"/imports/{id}/start")
    assert (await work(house, lead, id))["counts"]["new"] == 1
    assert [one["name"] for one in (await lead.api("GET", "/customers?q=山田")).json] == ["山田 太郎"]
    sheet = await lead.api("GET", "/exports?format=csv&encoding=cp932")
    assert "山田 太郎" in sheet.body.decode("cp932")
    assert (await lead.api("POST", f"/imports/{id}/undo")).json["state"] == "undoing"
    view = await work(house, lead, id)
    assert (view["state"], view["counts"]["removed"]) == ("undone", 1)
    assert (await lead.api("GET", f"/imports/{id}/kept")).json == []
    assert (await lead.api("DELETE", f"/imports/{id}")).status == 204
    assert [one["digest"] for one in (await lead.api("GET", "/imports")).json] == [""]


async def test_agents_neither_bring_nor_take_files(house: House) -> None:
    agent = await house.at_work()
    assert (await agent.api("POST", "/imports?filename=a.csv", TEXT, headers=BODY)).status == 403
    assert (await agent.api("GET", "/imports")).status == 403
    assert (await agent.api("GET", "/exports")).status == 403
