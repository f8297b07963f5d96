"""The console's main journeys over the JSON API."""

from __future__ import annotations

import asyncio

import pytest

from server import accounts
from server.accounts import AccountDraft
from server.agents import DESK
from server.tickets import saved_views
from tests.web.house import House


async def test_a_mail_is_a_row_a_thread_and_a_reply_later_a_waiting_ticket(house: House) -> None:
    number, aoi = await house.ticket(text="まだ届きません。"), await house.at_work()
    (row,) = (await aoi.api("GET", "/tickets?view=open")).json["items"]
    assert (row["number"], row["status"], row["customer"]["name"]) == (number, "open", "山田 花子")
    thread = (await aoi.api("GET", f"/tickets/{number}")).json
    assert thread["messages"][0]["text"] == "まだ届きません。"
    reply = {"text": "本日発送しました。", "seen": thread["messages"][-1]["seq"]}
    sent = await aoi.api("POST", f"/tickets/{number}/replies", reply)
    assert sent.status == 201, sent.text
    assert sent.json["letter"]["state"] == "waiting"
    assert (await aoi.api("GET", "/tickets?view=waiting")).json["items"][0]["number"] == number
    counts = (await aoi.api("GET", "/tickets/counts")).json
    assert counts["views"]["waiting"] == 1 and counts["views"]["open"] == 0


async def test_a_reply_from_a_mailbox_that_cannot_send_is_refused_at_once_or_leaves_from_another(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    (account,) = house.parts.desk.accounts("email")
    draft = AccountDraft(kind="email", name="Support", address=account.address)
    doors = {"channels": house.parts.channels, "keys": house.parts.keys}
    await house.database.write(accounts.edit, DESK, account.id, draft, **doors)
    assert (await aoi.api("GET", f"/tickets/{number}")).json["ticket"]["reply_account"] is None
    refused = await aoi.api("POST", f"/tickets/{number}/replies", {"text": "a", "seen": 1})
    assert refused.status == 422
    assert refused.json["detail"].startswith("「Support」は送信の設定がされておらず")
    chosen = await aoi.api("POST", f"/tickets/{number}/replies", {"text": "a", "seen": 1, "account": account.id})
    assert chosen.status == 422 and list(chosen.json["fields"]) == ["account"]
    other = await house.mailbox("orders@shop.example")
    assert (await aoi.api("GET", f"/tickets/{number}")).json["ticket"]["reply_account"] == other
    sent = await aoi.api("POST", f"/tickets/{number}/replies", {"text": "a", "seen": 1})
    assert sent.status == 201, sent.text
    assert await house.database.read(lambda tx: tx.value("SELECT account_id FROM letter")) == other


async def test_the_history_is_read_from_either_end_by_pages(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    for priority in ("low", "high", "urgent", "normal"):
        await aoi.api("PATCH", f"/tickets/{number}", {"priority": priority})
    whole = (await aoi.api("GET", f"/tickets/{number}/history")).json
    assert whole["next"] is None
    seqs = [change["seq"] for change in whole["items"]]
    assert seqs == sorted(seqs) and len(seqs) >= 5
    found, page = [], {"next": None}
    while True:
        before = f"&before={page['next']}" if page["next"] else ""
        page = (await aoi.api("GET", f"/tickets/{number}/history?order=newest&limit=2{before}")).json
        found += [change["seq"] for change in page["items"]]
        if page["next"] is None:
            break
    assert found == seqs[::-1]


async def test_saved_views_are_counted_as_far_as_a_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [await house.ticket(sender=f"a{n}@mail.example") for n in range(3)]
    aoi = await house.at_work()
    await aoi.api("PATCH", f"/tickets/{numbers[0]}", {"tags": ["返品"], "priority": "high"})
    for name, filter in (("returns", {"tag": ["返品"]}), ("all", {"view": "all"}), ("none", {"priority": ["low"]})):
        assert (await aoi.api("POST", "/views", {"name": name, "filter": filter})).status == 201
    counted = (await aoi.api("GET", "/views/counts")).json
    assert [(one["tickets"], one["more"]) for one in counted] == [(1, False), (3, False), (0, False)]
    monkeypatch.setattr(saved_views, "MOST_COUNTED", 2)
    counted = (await aoi.api("GET", "/views/counts")).json
    assert [(one["tickets"], one["more"]) for one in counted] == [(1, False), (2, True), (0, False)]


async def test_two_agents_never_answer_twice(house: House) -> None:
    number, aoi, bea = await house.ticket(), await house.at_work(), await house.at_work("Bea")
    assert (await aoi.api("POST", f"/tickets/{number}/replies", {"text": "一", "seen": 1})).status == 201
    refused = await bea.api("POST", f"/tickets/{number}/replies", {"text": "二", "seen": 1})
    assert refused.status == 409
    assert [message["text"] for message in refused.json["current"]] == ["一"]


async def test_recipients_are_taken_as_people_type_them(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    reply = {
        "text": "一",
        "seen": 1,
        "to": ["山田 <hanako@mail.example>"],
        "cc": [{"name": "", "address": "b@x.example"}],
    }
    sent = (await aoi.api("POST", f"/tickets/{number}/replies", reply)).json
    assert sent["to"] == [{"name": "山田", "address": "hanako@mail.example"}]
    assert sent["cc"] == [{"name": "", "address": "b@x.example"}]


async def test_an_edit_of_a_stale_version_is_refused_with_what_stands(house: House) -> None:
    number, aoi, bea = await house.ticket(), await house.at_work(), await house.at_work("Bea")
    version = (await aoi.api("GET", f"/tickets/{number}")).json["ticket"]["version"]
    edited = await aoi.api("PATCH", f"/tickets/{number}", {"subject": "新", "version": version})
    assert edited.status == 200 and edited.headers["ETag"] == f'"{edited.json["version"]}"'
    refused = await bea.api("PATCH", f"/tickets/{number}", {"subject": "別"}, headers={"If-Match": f'"{version}"'})
    assert refused.status == 409 and refused.json["current"]["subject"] == "新"
    kept = await bea.api("PATCH", f"/tickets/{number}", {"priority": "high"}, headers={"If-Match": f'"{version}"'})
    assert kept.status == 200


async def test_a_viewer_reads_and_changes_nothing(house: House) -> None:
    number, viewer = await house.ticket(), await house.at_work("Vi", "viewer")
    assert (await viewer.api("GET", f"/tickets/{number}")).status == 200
    for method, path, body in (
        ("POST", f"/tickets/{number}/replies", {"text": "a", "seen": 1}),
        ("POST", f"/tickets/{number}/notes", {"text": "a"}),
        ("PATCH", f"/tickets/{number}", {"status": "done"}),
        ("POST", "/files?filename=a.txt", b"a"),
        ("POST", "/calls", {"text": "a"}),
    ):
        assert (await viewer.api(method, path, body)).status == 403, path


async def test_lists_are_paged_by_cursor(house: House) -> None:
    numbers = [await house.ticket(sender=f"a{n}@mail.example") for n in range(5)]
    aoi = await house.at_work()
    seen, after = [], ""
    while after is not None:
        page = (await aoi.api("GET", f"/tickets?limit=2{f'&after={after}' if after else ''}")).json
        seen += [row["number"] for row in page["items"]]
        after = page["next"]
    assert seen == numbers
    rows = (await aoi.api("GET", f"/tickets/rows?numbers={numbers[0]},{numbers[3]},999")).json
    assert {row["number"] for row in rows} == {numbers[0], numbers[3]}


async def test_messages_are_paged_in_both_directions(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    for n in range(5):
        await aoi.api("POST", f"/tickets/{number}/notes", {"text": str(n)})

    async def page(query: str) -> tuple[list[int], int | None]:
        answer = (await aoi.api("GET", f"/tickets/{number}/messages?limit=2{query}")).json
        return [message["seq"] for message in answer["items"]], answer["next"]

    assert await page("") == ([5, 6], 5)
    assert await page("&before=5") == ([3, 4], 3)
    assert await page("&before=3") == ([1, 2], None)
    assert await page("&after=2") == ([3, 4], 4)


async def test_drafts_reading_links_and_bulk_edits(house: House) -> None:
    one, two, aoi = await house.ticket(), await house.ticket(sender="b@mail.example"), await house.at_work()
    assert (await aoi.api("PUT", f"/tickets/{one}/drafts/reply", {"body": {"text": "書きかけ"}})).status == 200
    assert (await aoi.api("PUT", f"/tickets/{one}/read", {"seq": 1})).status == 204
    thread = (await aoi.api("GET", f"/tickets/{one}")).json
    assert thread["drafts"][0]["body"] == {"text": "書きかけ"} and thread["ticket"]["read_seq"] == 1
    assert (await aoi.api("DELETE", f"/tickets/{one}/drafts/reply")).status == 204
    assert (await aoi.api("PUT", f"/tickets/{one}/links/{two}")).json["links"] == [two]
    assert (await aoi.api("DELETE", f"/tickets/{one}/links/{two}")).json["links"] == []
    bulk = await aoi.api("POST", "/tickets/bulk", {"numbers": [one, two, 999], "changes": {"status": "done"}})
    assert (bulk.status, bulk.json["changed"]) == (200, [one, two])
    assert bulk.json["refused"][0]["number"] == 999
    merged = await aoi.api("POST", f"/tickets/{two}/merge", {"into": one})
    assert merged.status == 200 and merged.json["number"] == one
    assert any(
        change["kind"] == "ticket.changed" for change in (await aoi.api("GET", f"/tickets/{one}/history")).json["items"]
    )


async def test_a_ticket_begins_with_a_message_of_ours(house: House) -> None:
    account, aoi = await house.mailbox(), await house.at_work()
    written = {
        "account": account,
        "to": ["Taro <taro@mail.example>"],
        "subject": "ご注文について",
        "text": "在庫切れです。",
    }
    opened = await aoi.api("POST", "/tickets", written)
    assert opened.status == 201, opened.text
    assert opened.json["customer"]["name"] == "Taro"


async def test_a_moment_nobody_means_is_refused(small_house: House) -> None:
    number, aoi = await small_house.ticket(), await small_house.at_work()
    for moment in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "2026-01-01T00:00:00", "tomorrow"):
        answer = await aoi.api("PATCH", f"/tickets/{number}", {"snoozed_until": moment})
        assert answer.status == 422 and list(answer.json["fields"]) == ["snoozed_until"], moment


async def test_customers_are_found_edited_and_blocked(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    (found,) = (await aoi.api("GET", "/customers?q=花子")).json
    edited = await aoi.api("PATCH", f"/customers/{found['id']}", {"kana": "やまだ はなこ", "version": found["version"]})
    assert edited.json["kana"] == "やまだ はなこ"
    stale = await aoi.api("PATCH", f"/customers/{found['id']}", {"kana": "x", "version": found["version"]})
    assert stale.status == 409 and stale.json["current"]["kana"] == "やまだ はなこ"
    assert (await aoi.api("PUT", f"/customers/{found['id']}/block")).json["blocked"] is True
    assert (await aoi.api("DELETE", f"/customers/{found['id']}/block")).json["blocked"] is False
    theirs = (await aoi.api("GET", f"/customers/{found['id']}/tickets")).json["items"]
    assert [row["number"] for row in theirs] == [number]


async def test_leads_keep_tags_views_fields_labels_and_blocks(house: House) -> None:
    lead, boss = await house.at_work("Lead", "lead"), await house.at_work("Boss", "admin")
    tag = (await lead.api("POST", "/tags", {"name": "返品"})).json
    assert (await lead.api("PATCH", f"/tags/{tag['id']}", {"name": "返金"})).json["name"] == "返金"
    view = (await lead.api("POST", "/views", {"name": "急ぎ", "filter": {"priority": ["urgent"]}, "shared": True})).json
    assert (await lead.api("GET", f"/tickets?view=view:{view['id']}")).status == 200
    field = {"name": "order_number", "kind": "text", "label_ja": "注文番号", "label_en": "Order"}
    assert (await lead.api("POST", "/fields", field)).status == 201
    assert (await boss.api("PUT", "/labels", {"ja": {"open": "未処理"}})).json["ja"]["open"] == "未処理"
    block = (await lead.api("POST", "/blocks", {"address": "@spam.example"})).json
    desk = (await lead.api("GET", "/desk")).json
    assert desk["tags"][0]["name"] == "返金" and desk["views"][0]["name"] == "急ぎ"
    assert desk["custom_fields"][0]["label_ja"] == "注文番号" and desk["status_labels"]["ja"]["open"] == "未処理"
    for path in (f"/tags/{tag['id']}", f"/views/{view['id']}", "/fields/order_number", f"/blocks/{block['id']}"):
        assert (await lead.api("DELETE", path)).status == 204


async def test_accounts_show_which_secrets_are_set_and_never_what_they_are(house: House) -> None:
    boss = await house.at_work("Boss", "admin")
    kinds = await boss.api("POST", "/accounts", {"kind": "phone", "name": "代表", "address": "0312345678"})
    assert kinds.status == 201, kinds.text
    edited = await boss.api("PUT", f"/accounts/{kinds.json['id']}", {"name": "代表電話", "address": "0312345678"})
    assert (edited.json["name"], edited.json["kind"]) == ("代表電話", "phone")
    assert (await boss.api("POST", "/accounts", {"kind": "pigeon", "name": "x", "address": "y"})).status == 422
    assert (await boss.api("DELETE", f"/accounts/{kinds.json['id']}")).status == 204


async def test_a_call_is_a_ticket_and_written_down_once(house: House) -> None:
    boss = await house.at_work("Boss", "admin")
    assert (await boss.api("POST", "/calls", {"text": "折り返し希望"})).status == 422
    await boss.api("POST", "/accounts", {"kind": "phone", "name": "代表", "address": "0312345678"})
    await house.parts.desk.load_accounts()
    note = {"number": "09012345678", "name": "佐藤", "text": "折り返し希望", "due_at": "2026-12-01T10:00:00+09:00"}
    filed = [await boss.api("POST", "/calls", note, headers={"Idempotency-Key": "c1"}) for _ in range(2)]
    assert [answer.status for answer in filed] == [201, 201], filed[0].text
    number = filed[0].json["ticket"]
    assert filed[1].json["ticket"] == number
    ticket = (await boss.api("GET", f"/tickets/{number}")).json["ticket"]
    assert ticket["customer"]["name"] == "佐藤" and ticket["due_at"] == "2026-12-01T01:00:00Z"


async def test_arrivals_are_shown_to_leads_and_filed_ones_are_not_read_again(house: House) -> None:
    await house.mailbox()
    accepted = await house.mail()
    lead, aoi = await house.at_work("Lead", "lead"), await house.at_work()
    (arrival,) = (await lead.api("GET", "/arrivals")).json["items"]
    assert arrival["id"] == accepted.arrival_id and arrival["state"] == "filed"
    assert (await lead.api("POST", f"/arrivals/{arrival['id']}/retry")).status == 409
    assert (await aoi.api("GET", "/arrivals")).status == 403


async def test_the_feed_is_read_page_by_page_and_waited_for(house: House) -> None:
    aoi = await house.at_work()
    last = (await aoi.api("GET", "/changes")).json["next"]
    waiting = asyncio.create_task(aoi.api("GET", f"/changes?after={last}&wait=20"))
    number = await house.ticket()
    found = (await waiting).json
    assert found["items"][0]["seq"] == last + 1
    everything = (await aoi.api("GET", "/changes?after=0")).json["items"]
    assert [change["seq"] for change in everything] == list(range(1, len(everything) + 1))
    assert {change["ticket"] for change in everything} >= {number}
    page = (await aoi.api("GET", "/changes?after=0&limit=1")).json
    assert (page["next"], page["more"], len(page["items"])) == (1, True, 1)


async def test_somebody_elses_session_is_a_hidden_change(house: House) -> None:
    boss, aoi, bea = await house.at_work("Boss", "admin"), await house.at_work(), await house.at_work("Bea")
    await aoi.api("POST", "/tokens", {"name": "import", "scopes": ["read"]})
    kinds = {}
    for agent in (boss, aoi, bea):
        assert agent.agent is not None
        kinds[agent.agent.name] = (await agent.api("GET", "/changes")).json["items"][-1]["kind"]
    assert kinds == {"Boss": "desk.changed", "Aoi": "desk.changed", "Bea": "hidden"}


async def test_a_macro_is_kept_read_on_a_ticket_and_forgotten(house: House) -> None:
    number, lead, aoi = await house.ticket(), await house.at_work("Li", "lead"), await house.at_work()
    new = {"name": "お詫び", "text": "{customer} #{number}", "actions": {"priority": "high"}, "shared": True}
    assert (await aoi.api("POST", "/macros", new)).status == 403
    macro = (await lead.api("POST", "/macros", new)).json
    used = (await aoi.api("GET", f"/tickets/{number}/macros/{macro['id']}")).json
    assert (used["text"], used["actions"]) == (f"山田 花子 様 #{number}", {"priority": "high"})
    changed = await lead.api("PATCH", f"/macros/{macro['id']}", {"name": "別", "text": "文"})
    assert changed.json["actions"] == {} and (await aoi.api("GET", "/macros")).json == [changed.json]
    assert (await lead.api("POST", "/macros", {"name": "x", "actions": {"spam": True}})).status == 422
    assert (await lead.api("DELETE", f"/macros/{macro['id']}")).status == 204
    assert (await aoi.api("GET", f"/tickets/{number}/macros/{macro['id']}")).status == 404


async def test_what_goes_along_with_a_message_happens_with_it_or_not_at_all(house: House) -> None:
    number, aoi = await house.ticket(), await house.at_work()
    await aoi.api("PATCH", f"/tickets/{number}", {"tags": ["返品"]})
    along = {"priority": "urgent", "assignee": None, "add_tags": ["急ぎ", "返品"]}
    reply = {"text": "一", "seen": 1, "status": "done", "also": along}
    wrong = await aoi.api("POST", f"/tickets/{number}/replies", {**reply, "also": {**along, "assignee": 999}})
    assert wrong.status == 422 and list(wrong.json["fields"]) == ["assignee"]
    thread = (await aoi.api("GET", f"/tickets/{number}")).json
    assert (len(thread["messages"]), thread["ticket"]["priority"]) == (1, "normal")
    assert (await aoi.api("POST", f"/tickets/{number}/replies", reply)).status == 201
    ticket = (await aoi.api("GET", f"/tickets/{number}")).json["ticket"]
    assert (ticket["status"], ticket["priority"], ticket["assignee"]) == ("done", "urgent", None)
    assert ticket["tags"] == ["急ぎ", "返品"]
    note = {"text": "また来る", "also": {"status": "open", "priority": "low"}}
    assert (await aoi.api("POST", f"/tickets/{number}/notes", note)).status == 201
    ticket = (await aoi.api("GET", f"/tickets/{number}")).json["ticket"]
    assert (ticket["status"], ticket["priority"], ticket["tags"]) == ("open", "low", ["急ぎ", "返品"])
