"""Another system hears what happens here, through a desk that dies in between; arranged by program and by command."""

from __future__ import annotations

from datetime import timedelta

from server.database import now
from server.webhooks import KINDS
from tests.desks import until
from tests.servers import Street, a_mail
from tests.webhooks.receiver import receiving


async def test_a_mail_is_told_of_although_the_desk_dies_in_between(street: Street) -> None:
    receiver = await street.enter(receiving())
    desk = street.desk()
    await desk.mailbox()
    await desk.start()
    added = await desk.madoguchi("webhooks", "add", receiver.url, "--name", "ERP", "--kind", "message.*", "--json")
    assert added.status == 0, added.errors
    receiver.says(503)
    assert (await desk.mail(a_mail("届きません。"))).startswith("250")
    await until(lambda: receiver.heard)
    await desk.kill()
    receiver.is_fine()
    longago = now() - timedelta(hours=1)  # as if the desk had been away for longer than its lease and the wait
    await desk.unit(lambda tx: tx.run("UPDATE lease SET until = :then", then=longago))
    await desk.unit(lambda tx: tx.run("UPDATE webhook_delivery SET next_at = :then", then=longago))
    await desk.start()

    async def arrived() -> bool:
        kinds = [one.kind for one in await desk.rows("SELECT kind FROM webhook_delivery WHERE state = 'delivered'")]
        return kinds == ["message.received"]

    await until(arrived, 60)
    assert len({one.message for one in receiver.heard}) == 1
    assert receiver.heard[-1].signed_by(added.json["secret"])
    assert receiver.heard[-1].json["data"]["message"]["text"].strip() == "届きません。"


async def test_a_program_arranges_webhooks(street: Street) -> None:
    receiver = await street.enter(receiving())
    desk = street.desk()
    agent = await desk.agent()
    await desk.start()
    assert [one["kind"] for one in await agent.get("/webhook-kinds")] == list(KINDS)
    refused = await agent.ask("POST", "/webhooks", {"name": "ERP", "url": "erp", "kinds": ["customer.*"]})
    assert refused.status == 422 and "url" in refused.json["fields"]
    form = {"name": "ERP", "url": receiver.url, "kinds": ["customer.*"], "skip_sources": ["erp"]}
    made = (await agent.ask("POST", "/webhooks", form)).json
    at = f"/webhooks/{made['id']}"
    tested = (await agent.ask("POST", f"{at}/test")).json
    assert (tested["state"], tested["tries"][0]["answer"]) == ("delivered", "thank you")
    for source in ("erp", "shop"):
        fact = {"source": source, "external_id": "7", "name": "山田 花子"}
        assert (await agent.ask("POST", "/store/customers", fact)).status == 200
    await until(lambda: len(receiver.heard) == 2)
    assert receiver.heard[1].json["data"]["by"] == "source:shop"

    async def log() -> list[str]:
        return [one["state"] for one in (await agent.get(f"{at}/messages?kind=customer.created"))["items"]]

    await until(lambda: _is(log(), ["delivered"]))
    (one,) = (await agent.get(f"{at}/messages?q=山田"))["items"]
    detail = await agent.get(f"/webhook-messages/{one['id']}")
    assert detail["body"].encode() == receiver.heard[1].body
    assert (await agent.ask("POST", f"/webhook-messages/{one['id']}/replay")).status == 200
    await until(lambda: len(receiver.heard) == 3)
    assert receiver.heard[2].message == receiver.heard[1].message
    renewed = (await agent.ask("POST", f"{at}/secret", {"hours": 1})).json
    assert renewed["secret"] != made["secret"] and renewed["former_secret_until"]
    stale = await agent.ask("PUT", at, {**form, "name": "基幹", "version": made["version"]})
    assert stale.status == 409 and stale.json["current"]["name"] == "ERP"
    assert (await agent.ask("PUT", at, {**form, "name": "基幹", "version": renewed["version"]})).json["name"] == "基幹"
    assert (await agent.ask("POST", f"{at}/pause")).json["state"] == "paused"
    assert (await agent.ask("POST", f"{at}/resume", {"skip": True})).json["state"] == "active"
    since = (now() - timedelta(hours=1)).isoformat()
    assert (await agent.ask("POST", f"{at}/replay", {"since": since})).json == {"messages": 1}
    await until(lambda: len(receiver.heard) == 4)
    assert (await agent.ask("DELETE", at)).status == 204
    assert await agent.get("/webhooks") == []


async def test_the_command_line_does_the_same(street: Street) -> None:
    receiver = await street.enter(receiving())
    desk = street.desk()
    await desk.hire()
    run = desk.madoguchi
    await run("migrate")
    added = await run("webhooks", "add", receiver.url)
    assert "whsec_" in added.out and "webhooks test 1" in added.out
    assert (await run("webhooks", "test", "1")).status == 0
    receiver.says(500, "no such table")
    failed = await run("webhooks", "test", "1")
    assert failed.status == 1 and "no such table" in failed.out
    log = (await run("webhooks", "log", "1", "--state", "failed", "--json")).json
    assert (await run("webhooks", "show", str(log[0]["id"]))).json["tries"][0]["answer"] == "no such table"
    assert "whsec_" in (await run("webhooks", "rotate", "1")).out
    assert (await run("webhooks", "pause", "1")).status == 0
    assert (await run("webhooks", "list", "--json")).json[0]["state"] == "paused"
    assert (await run("webhooks", "resume", "1", "--skip")).status == 0
    assert (await run("webhooks", "replay", "1", "--since", "2026-01-01", "--failed")).status == 0
    assert (await run("webhooks", "replay", "1")).status == 1
    await desk.unit(lambda tx: tx.run("UPDATE webhook SET state = 'gone', words = '410 Gone'"))
    findings = (await run("doctor", "--json")).json
    (one,) = [finding for finding in findings if finding["what"].startswith("webhook 1")]
    assert not one["ok"] and "410" in one["words"]
    assert (await run("webhooks", "remove", "1")).status == 0
    assert (await run("webhooks", "list", "--json")).json == []


async def _is(found: object, wanted: object) -> bool:
    return await found == wanted  # type: ignore[misc]
