"""People's rights through the doors: disclosure, correction, stop of use, erasure, and who looked at whom."""

from __future__ import annotations

import asyncio
import io
import zipfile

import pytest

from server import delivery
from server.agents import DESK
from server.customers import segments
from server.customers.rights import audit, rules
from server.customers.rights.audit import Looks
from server.customers.segments import Condition, SegmentDraft
from server.database import Database, Transaction
from server.delivery.letters import Someone
from tests.desks import until
from tests.web.house import PASSWORD, House


def owner(tx: Transaction, number: int) -> int:
    """Whose ticket it is."""
    return int(tx.value("SELECT customer_id FROM ticket WHERE number = :number", number=number))


async def customer_of(house: House) -> tuple[int, int]:
    """Somebody who wrote, and their ticket."""
    number = await house.ticket(sender="hanako@mail.example", text="配送先を変えたい")
    return await house.database.read(owner, number), number


async def test_one_address_gives_everything_as_a_zip(house: House) -> None:
    customer, number = await customer_of(house)
    lead = await house.at_work("Lead", "lead")
    answer = await lead.api("GET", f"/customers/{customer}/disclosure?notes=true")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="disclosure-{customer}-')
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.testzip() is None
    assert "配送先を変えたい" in archive.read(f"tickets/{number}.html").decode()
    agent = await house.at_work("Ren")
    assert (await agent.api("GET", f"/customers/{customer}/disclosure")).status == 403
    assert (await lead.api("GET", "/customers/999/disclosure")).status == 404


async def test_looks_become_one_line_of_the_audit_log(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "QUARTER", 10**12)  # none ends while the test runs
    customer, number = await customer_of(house)
    agent = await house.at_work("Ren")
    admin = await house.at_work("Admin", "admin")
    for path in (
        f"/customers/{customer}",
        f"/tickets/{number}",
        f"/tickets/{number}/messages",
        f"/customers/{customer}",
    ):
        assert (await agent.api("GET", path)).status == 200
    assert (await agent.api("GET", "/customers/999")).status == 404
    assert (await agent.api("GET", "/tickets")).status == 200, "a list is no look"
    await house.parts.looks.flush()
    found = (await admin.api("GET", f"/audit?what=look&customer={customer}")).json["items"]
    assert agent.agent is not None
    assert [(one["agent"], one["times"], one["address"], one["through"]) for one in found] == [
        (agent.agent.id, 4, "127.0.0.1", "browser")
    ]
    await agent.api("GET", f"/customers/{customer}")
    await house.parts.looks.flush()
    assert [one["times"] for one in (await admin.api("GET", "/audit?what=look")).json["items"]] == [5]
    assert (await agent.api("GET", "/audit")).status == 403


async def test_looks_are_written_by_themselves(database: Database) -> None:
    looks = Looks(database, gather=0.01)
    task = asyncio.create_task(looks.run())
    looks.saw(1, "customer", 7, "192.0.2.1", "browser")
    looks.saw(1, "ticket", 99, "192.0.2.1", "browser")  # of nobody
    await until(lambda: database.read(lambda tx: tx.value("SELECT sum(times) FROM audit") == 1))
    task.cancel()


async def test_a_correction_is_kept_with_what_was_before(house: House) -> None:
    customer, _ = await customer_of(house)
    agent = await house.at_work("Ren")
    made = await agent.api("POST", "/rights-requests", {"kind": "correction", "customer": customer, "identity": "電話"})
    assert made.status == 201 and made.json["state"] == "open"
    fixed = await agent.api(
        "POST",
        f"/customers/{customer}/corrections",
        {"family_name": "山田", "given_name": "花子", "request": made.json["id"]},
    )
    assert fixed.status == 200 and fixed.json["name"] == "山田 花子"
    found = (await agent.api("GET", f"/customers/{customer}/corrections")).json
    by_field = {one["field"]: (one["before"], one["after"], one["request"]) for one in found}
    assert by_field["family_name"] == ("", "山田", made.json["id"])
    assert "family_name" in fixed.json["kept"], "no source writes over it"
    changes = (await agent.api("GET", "/changes?after=0")).json
    assert "corrected" in str(changes)
    closed = await agent.api("POST", f"/rights-requests/{made.json['id']}/close", {"state": "done", "outcome": "訂正"})
    assert closed.json["state"] == "done"
    assert (await agent.api("PATCH", f"/rights-requests/{made.json['id']}", {"note": "x"})).status == 409


async def test_a_stopped_use_keeps_automatic_letters_and_lists_away(house: House) -> None:
    customer, _ = await customer_of(house)
    agent = await house.at_work("Ren")
    rule = SegmentDraft(name="全員", conditions=[Condition(field="opted_out", op="is", value=False)])
    everybody = await house.database.write(segments.add, DESK, rule)
    assert everybody.customers == 1
    for purpose in ("automatic", "lists"):
        assert (await agent.api("POST", f"/customers/{customer}/stops", {"purpose": purpose})).status == 200
    assert (await agent.api("GET", f"/customers/{customer}")).json["stops"] == ["automatic", "lists"]

    def post(tx: Transaction, automatic: bool, asked: bool) -> str:
        to = (Someone("email", "hanako@mail.example"),)
        envelope = delivery.Envelope(to=to, text="承りました", automatic=automatic)
        account = tx.value("SELECT id FROM channel_account")
        id = delivery.post(tx, account_id=account, line="email:x", envelope=envelope, asked=asked)
        return str(tx.value("SELECT state FROM letter WHERE id = :id", id=id))

    write = house.database.write
    assert [await write(post, *each) for each in ((True, False), (True, True), (False, False))] == [
        "recalled", "waiting", "waiting"
    ]  # fmt: skip
    assert (await house.database.read(segments.one, everybody.id)).customers == 0
    assert (await agent.api("DELETE", f"/customers/{customer}/stops/automatic")).status == 200
    assert (await agent.api("DELETE", f"/customers/{customer}/stops/automatic")).status == 404
    assert (await agent.api("GET", f"/customers/{customer}")).json["stops"] == ["lists"]


async def test_an_erasure_is_decided_with_number_and_password(house: House) -> None:
    customer, number = await customer_of(house)
    admin = await house.at_work("Admin", "admin")
    await house.database.write(rules.decide, admin.agent, {"waiting_days": 0})
    seen = (await admin.api("GET", f"/customers/{customer}/erasure")).json
    assert {line["what"]: line["many"] for line in seen["goes"]}["messages"] >= 1
    made = (
        await admin.api("POST", "/rights-requests", {"kind": "erasure", "customer": customer, "identity": "証"})
    ).json
    place = f"/rights-requests/{made['id']}/erase"
    assert (await admin.api("POST", place, {"confirm": seen["confirm"]})).status == 422, "no password"
    assert (await admin.api("POST", place, {"confirm": "1x", "password": PASSWORD})).status == 422
    decided = await admin.api("POST", place, {"confirm": seen["confirm"], "password": PASSWORD})
    assert decided.status == 200 and decided.json["state"] == "waiting"
    await house.parts.keeper.round()
    after = (await admin.api("GET", f"/customers/{customer}")).json
    assert (after["erased_at"] is not None and after["name"].startswith("erased:") is True) or after["name"] == ""
    thread = await admin.api("GET", f"/tickets/{number}")
    assert thread.status == 200 and "配送先" not in thread.text and "hanako" not in thread.text
    assert (await admin.api("GET", f"/rights-requests/{made['id']}")).json["state"] == "done"
    assert (await admin.api("DELETE", place)).status == 409


async def test_deadlines_follow_the_rules_and_near_ones_are_counted(house: House) -> None:
    admin = await house.at_work("Admin", "admin")
    changed = await admin.api("PATCH", "/privacy-rules", {"disclosure_days": 2, "remind_days": 3})
    assert changed.status == 200 and changed.json["disclosure_days"] == 2
    made = (await admin.api("POST", "/rights-requests", {"kind": "disclosure", "requester": "代理人"})).json
    assert made["near"] and not made["late"] and made["customer"] is None
    page = await admin.page("/admin/blocks")
    assert 'href="/admin/rights"' in page.text and '<span class="count">1</span>' in page.text
    refused = await admin.api("POST", f"/rights-requests/{made['id']}/close", {"state": "refused"})
    assert refused.status == 422, "a refusal says why"
    assert (
        await admin.api("PATCH", "/privacy-rules", {"retention": [{"kind": "audit", "days": 1, "channel": "email"}]})
    ).status == 422
    assert (await (await house.at_work("Ren")).api("GET", "/privacy-rules")).status == 403


async def test_retention_is_looked_at_before_it_is_switched_on(house: House) -> None:
    await customer_of(house)
    admin = await house.at_work("Admin", "admin")
    await house.database.write(
        lambda tx: tx.run("UPDATE arrival SET received_at = :then", then=tx.now.replace(year=2020, day=1))
    )
    rule = {"kind": "arrivals", "days": 30, "channel": "email", "on": True}
    seen = await admin.api("POST", "/privacy-rules/preview", {"retention": [rule]})
    assert [(one["kind"], one["many"], one["oldest"][:4]) for one in seen.json] == [("arrivals", 1, "2020")]
    assert (await admin.api("PATCH", "/privacy-rules", {"retention": [rule]})).status == 200
    assert await house.parts.keeper.retain() == {"arrivals:email": 1}
    assert (await admin.api("POST", "/privacy-rules/preview", {"retention": [rule]})).json[0]["many"] == 0


async def test_the_pages_lead_through_a_request(house: House) -> None:
    customer, _ = await customer_of(house)
    admin = await house.at_work("Admin", "admin")
    theirs = f"/admin/customers/{customer}/rights"
    assert (await admin.page(theirs, {"do": "stop", "purpose": "lists"})).headers["Location"].startswith(theirs)
    assert "停止中" in (await admin.page(theirs)).text
    assert (await admin.page(theirs, {"do": "lift", "purpose": "lists"})).status == 303
    begun = await admin.page(theirs, {"do": "erasure"})
    assert begun.status == 303
    place = begun.headers["Location"].partition("?")[0]
    shown = await admin.page(place)
    assert "消去するもの" in shown.text and "帳簿は法令により" not in shown.text
    refused = await admin.page(place, {"do": "erase", "confirm": str(customer), "password": PASSWORD})
    assert refused.status == 422 and "本人確認の方法を記入してください" in refused.text
    assert (
        await admin.page(place, {"do": "change", "identity": "運転免許証", "customer": str(customer)})
    ).status == 303
    wrong = await admin.page(place, {"do": "erase", "confirm": str(customer), "password": "wrong"})
    assert wrong.status == 422
    assert (await admin.page(place, {"do": "erase", "confirm": str(customer), "password": PASSWORD})).status == 303
    waiting = await admin.page(place)
    assert "消去が決まっています" in waiting.text
    assert "利用停止中" in (await admin.page(f"/admin/customers/{customer}")).text
    assert (await admin.page(place, {"do": "call_off"})).status == 303
    assert "利用停止中" not in (await admin.page(f"/admin/customers/{customer}")).text
    closed = await admin.page(place, {"do": "close", "state": "withdrawn"})
    assert closed.status == 303
    archive = await admin.page(f"/admin/customers/{customer}/disclosure.zip")
    assert zipfile.ZipFile(io.BytesIO(archive.body)).testzip() is None
    await house.parts.looks.flush()
    log = await admin.page(f"/admin/audit?customer={customer}")
    assert "閲覧" in log.text and "開示" in log.text
    sheet = await admin.page("/admin/audit.csv?what=look")
    assert sheet.body.startswith("\ufeffat,last_at".encode()) and sheet.text.count("\r\n") >= 2


async def test_rules_are_decided_on_their_page(house: House) -> None:
    admin = await house.at_work("Admin", "admin")
    form = {"retention": "yes", "kind0": "spam", "days0": "30", "on0": "on", "hour": "4", "do": "look"}
    looked = await admin.page("/admin/privacy", form)
    assert looked.status == 200 and "まだ保存されていません" in looked.text
    assert (await house.database.read(rules.read)).retention == []
    assert (await admin.page("/admin/privacy", {**form, "do": "save"})).status == 303
    kept = await house.database.read(rules.read)
    assert kept.hour == 4 and [(rule.kind, rule.days, rule.on) for rule in kept.retention] == [("spam", 30, True)]
    assert (await admin.page("/admin/privacy", {**form, "days0": "many", "do": "save"})).status == 422
    assert (await admin.page("/admin/privacy", {"waiting_days": "3"})).status == 303
    kept = await house.database.read(rules.read)
    assert kept.waiting_days == 3 and len(kept.retention) == 1, "what is on the other form stays"
