"""One message to many: chosen, looked at, approved by a second person, sent at a pace, to each of them once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from server.customers import segments
from server.customers.identity import merging
from server.customers.rights import stops
from server.customers.segments import Condition, SegmentDraft
from server.delivery import outcomes
from server.errors import Conflict, Forbidden, Invalid
from server.notices import settings
from server.notices.bulk import actions, deciding, keeping, pace, queries
from server.notices.bulk.actions import BulkDraft
from server.notices.bulk.pace import BulkPaceSettings
from server.notices.bulk.views import BulkChoice, BulkContent, BulkWords
from server.notices.settings import NoticeSettings
from tests.desks import TestDesk
from tests.notices.bulk.conftest import BUYERS, WORDS, Shop, at


async def test_buyers_of_a_product_are_written_to_once_each_of_their_newest_order(shop: Shop) -> None:
    await shop.order(1)
    await shop.order(2, email="c1@customer.example")
    await shop.order(3)
    await shop.order(4, sku="CUP-2")
    await shop.order(5, status="cancelled")
    bulk = await shop.write()
    assert (bulk.counts.recipients, bulk.counts.ways) == (2, {"email": 2})
    samples = await shop.desk.database.read(queries.samples, bulk.id)
    assert {sample.subject for sample in samples} == {f"【お詫び】R-{n} のお届け遅延について" for n in (2, 3)}
    await shop.approved(bulk.id)
    assert await shop.all_sent(bulk.id) <= 2
    letters = await shop.letters()
    assert sorted(each.recipient for each in letters) == ["c1@customer.example", "c3@customer.example"]
    assert "客 1 様" in letters[0].body["text"] and "R-2" in letters[0].body["text"]
    assert letters[0].about.startswith("order:") and letters[0].body["automatic"] is True
    await shop.delivered()
    done = await shop.view(bulk.id)
    assert (done.state, done.counts.delivered, done.counts.listed) == ("done", 2, 0)
    heard = await shop.desk.hear(
        "いつ届きますか", sender="c1@customer.example", references=(f"{letters[0].key}@desk.example",)
    )
    thread = await shop.desk.thread(heard.ticket)
    assert [message.kind for message in thread.messages] == ["auto", "customer"]


async def test_only_somebody_who_did_not_write_it_approves_it_and_an_edit_is_approved_anew(
    shop: Shop, desk: TestDesk
) -> None:
    await shop.order(1)
    bulk = await shop.write()
    asked = await shop.do(deciding.ask, bulk.id)
    with pytest.raises(Forbidden):
        await desk.database.write(deciding.approve, desk.agent, bulk.id, asked.version)
    with pytest.raises(Conflict):
        await desk.database.write(deciding.approve, shop.second, bulk.id, asked.version - 1)
    other = msgspec.structs.replace(asked.content, words=[msgspec.structs.replace(WORDS, subject="お詫び")])
    edited = await desk.database.write(actions.edit, shop.second, bulk.id, BulkDraft(name="遅延", content=other))
    assert (edited.state, edited.asked_by) == ("draft", "")
    await desk.database.write(deciding.ask, desk.agent, bulk.id)
    for writer in (desk.agent, shop.second):
        with pytest.raises(Forbidden):
            await desk.database.write(deciding.approve, writer, bulk.id, edited.version)
    assert await desk.database.read(lambda tx: deciding.approvers(tx, tx.one("SELECT * FROM bulk_letter"))) == []
    assert await shop.send() == 0 and await shop.letters() == []
    did = await desk.database.read(lambda tx: tx.all("SELECT detail FROM audit WHERE what = 'bulk' ORDER BY id"))
    assert [(each.detail["did"], each.detail["version"]) for each in did] == [("asked", 1), ("asked", 2)]


async def test_the_pace_holds_by_way_and_by_domain_also_after_a_restart(shop: Shop, desk: TestDesk) -> None:
    await desk.database.write(
        pace.write, desk.agent, BulkPaceSettings(email=120, any_domain=120, domains={"docomo.example": 24})
    )
    for n in range(30):
        domain = "docomo.example" if n < 10 else f"d{n % 3}.example"
        await shop.order(n, email=f"c{n}@{domain}")
    bulk = await shop.write()
    await shop.approved(bulk.id)
    counted: list[tuple[int, int]] = []
    while (await shop.view(bulk.id)).state == "running":
        await shop.send()
        letters = await shop.letters()
        slow = sum(each.recipient.endswith("docomo.example") for each in letters)
        counted.append((len(letters), slow))
        await shop.delivered()
        shop.at += timedelta(seconds=1)
    assert counted[0] == (10, 2) and counted[4] == (10, 2)
    assert counted[5][1] == 4
    assert 20 <= len(counted) <= 26, "ten at 24 a minute, two in five seconds"
    assert len({each.recipient for each in await shop.letters()}) == len(await shop.letters()) == 30


async def test_paused_edited_resumed_and_stopped_nobody_gets_it_twice(shop: Shop, desk: TestDesk) -> None:
    for n in range(25):
        await shop.order(n)
    bulk = await shop.write()
    await shop.approved(bulk.id)
    await shop.send(1)
    await shop.delivered(where="id <= 6")
    await shop.do(deciding.pause, bulk.id)
    assert await shop.send() == 0
    assert [each.state for each in await shop.letters()] == ["delivered"] * 6 + ["held"] * 4
    other = msgspec.structs.replace(WORDS, subject="改めてのお詫び")
    content = BulkContent(choice=BUYERS, words=[other])
    edited = await shop.do(actions.edit, bulk.id, BulkDraft(name="遅延", content=content))
    assert (edited.state, edited.counts.delivered, edited.counts.listed) == ("draft", 6, 19)
    await shop.approved(bulk.id)
    await shop.send(1)
    await shop.do(deciding.pause, bulk.id)
    await shop.do(deciding.resume, bulk.id)
    await shop.delivered()
    stopped = await shop.do(deciding.stop, bulk.id)
    assert (stopped.state, stopped.counts.delivered, stopped.counts.skipped) == ("stopped", 16, 9)
    left = [each for each in await shop.letters() if each.state == "delivered"]
    assert len({each.recipient for each in left}) == len(left) == 16
    assert [each.subject for each in left].count("改めてのお詫び") == 10
    with pytest.raises(Conflict):
        await shop.do(deciding.resume, bulk.id)


async def test_the_switch_holds_what_waits_for_its_network_and_leaves_what_is_paused(
    shop: Shop, desk: TestDesk
) -> None:
    await shop.order(1)
    bulk = await shop.write()
    await shop.approved(bulk.id)
    await shop.send(1)
    states = []
    for deed in ("hold", "pause", "release", "hold", "resume", "release"):
        if deed in ("pause", "resume"):
            await shop.do(getattr(deciding, deed), bulk.id)
        elif deed == "hold":
            await desk.database.write(settings.hold_all, desk.agent, "台風")
        else:
            await desk.database.write(settings.release_all, desk.agent)
        states += [each.state for each in await shop.letters()]
    assert states == ["held", "held", "held", "held", "held", "waiting"]


async def test_two_who_turn_out_to_be_one_on_the_way_are_written_to_once(shop: Shop, desk: TestDesk) -> None:
    for n in (1, 2, 3):
        await shop.order(n)
    bulk = await shop.write()
    one, two = [each.customer for each in await shop.recipients(bulk.id)][:2]
    await shop.approved(bulk.id)
    await desk.database.write(merging.merge, desk.agent, two, one)
    await shop.all_sent(bulk.id)
    reasons = [(each.state, each.reason) for each in await shop.recipients(bulk.id)]
    assert sorted(reasons) == [("sent", ""), ("sent", ""), ("skipped", "twice")]


async def test_a_file_names_people_and_what_it_cannot_find_is_said(shop: Shop, desk: TestDesk, tmp_path: Path) -> None:
    for n in (1, 2, 3):
        await shop.order(n)
    await shop.tell("customer", external_id="K-77", revision=1, name="会員 花子",
                    contacts=[{"kind": "email", "address": "k77@customer.example"}])  # fmt: skip
    words = msgspec.structs.replace(WORDS, text="{{ customer.called }}: {{ order.number }} {{ row.新しいお届け日 }}")
    bulk = await shop.write(BulkContent(choice=BulkChoice(by="file"), words=[words]))
    assert bulk.listing == ""
    bulk = await shop.bring(
        bulk.id,
        tmp_path,
        "注文番号,メールアドレス,会員番号,新しいお届け日\n"
        "r-1,,,11月28日\n"
        ",C2@customer.example,,11月29日\n"
        ",,K-77,11月30日\n"
        ",nobody@customer.example,,12月1日\n"
        ",c1@customer.example,,12月2日\n"
        "R-3,c2@customer.example,,12月3日\n",
    )
    assert bulk.content.choice.columns == ["order", "email", "customer", ""]
    assert (bulk.counts.recipients, bulk.counts.problems, bulk.row_names[3]) == (3, 3, "新しいお届け日")
    found = await desk.database.read(queries.problems, bulk.id)
    assert [(each.number, each.reason) for each in found] == [(5, "unknown"), (6, "twice"), (7, "contradiction")]
    await shop.approved(bulk.id)
    await shop.all_sent(bulk.id)
    shop.at += keeping.KEEP_FILES - timedelta(days=1)
    assert await desk.database.write(at, shop.at, keeping.sweep) == 0
    assert await desk.database.write(at, shop.at + timedelta(days=2), keeping.sweep) == 1
    assert {row.extra == {} for row in await desk.database.read(lambda tx: tx.all("SELECT * FROM bulk_recipient"))} == {
        True
    }
    texts = [each.body["text"].strip() for each in await shop.letters()]
    assert texts == ["客 1 様: R-1 11月28日", "客 2 様:  11月29日", "会員 花子 様:  11月30日"]


async def test_advertising_obeys_consent_sender_and_end_and_nothing_goes_to_who_stopped_it(
    shop: Shop, desk: TestDesk
) -> None:
    await desk.database.write(settings.write, desk.agent, NoticeSettings(on=True))
    for n in range(1, 5):
        given = [{"purpose": "marketing", "given": n < 4, "at": "2026-01-01T00:00:00Z"}]
        await shop.tell("customer", external_id=f"k{n}", revision=1, name=f"会員 {n}", consents=given, member_rank="金",
                        contacts=[{"kind": "email", "address": f"k{n}@customer.example"}])  # fmt: skip
    gold = await desk.database.write(
        segments.add, desk.agent, SegmentDraft(name="金", conditions=[Condition(field="rank", op="is", value="金")])
    )
    plain = BulkWords(way="email", language="ja", subject="セール", text="{{ customer.called }}\nセールです。")
    content = BulkContent(purpose="advertising", choice=BulkChoice(segment=gold.id), words=[plain])
    bulk = await shop.write(content)
    with pytest.raises(Invalid):
        await shop.do(deciding.ask, bulk.id)
    ended = msgspec.structs.replace(plain, text=plain.text + "\n{{ shop.legal }}\n配信停止: {{ unsubscribe_url }}")
    content = msgspec.structs.replace(content, words=[ended])
    await shop.do(actions.edit, bulk.id, BulkDraft(name="セール", content=content))
    with pytest.raises(Invalid, match="who sends it"):
        await shop.do(deciding.ask, bulk.id)
    legal = NoticeSettings(on=True, legal={"ja": "窓口商店 東京都千代田区1-1"})
    await desk.database.write(settings.write, desk.agent, legal)
    one = (await shop.recipients(bulk.id))[0].customer
    await desk.database.write(stops.stop, desk.agent, one, "lists")
    bulk = await shop.do(actions.list_again, bulk.id)
    bulk = await shop.listed(bulk.id)
    assert bulk.counts.reasons == {"stopped": 1, "no_consent": 1} and bulk.counts.ways == {"email": 2}
    await shop.approved(bulk.id)
    await shop.all_sent(bulk.id)
    letters = await shop.letters()
    assert len(letters) == 2
    for letter in letters:
        assert letter.body["unsubscribe_url"].startswith("https://desk.example/notices/stop/")
        assert letter.body["unsubscribe_url"] in letter.body["text"] and "窓口商店" in letter.body["text"]
    done = await shop.view(bulk.id)
    assert done.counts.reasons == {"stopped": 1, "no_consent": 1} and done.counts.skipped == 2


async def test_it_waits_for_its_moment_for_the_morning_and_while_everything_is_held(shop: Shop, desk: TestDesk) -> None:
    await shop.order(1)
    await shop.order(2)
    start = shop.at + timedelta(hours=2)
    bulk = await shop.write(BulkContent(choice=BUYERS, words=[WORDS], start_at=start))
    await shop.approved(bulk.id)
    assert await shop.send() == 0
    shop.at = start + timedelta(hours=9)  # 23:00
    await shop.send()
    assert await shop.letters() == []
    shop.at += timedelta(hours=9)  # 8:00
    await desk.database.write(settings.hold_all, desk.agent, "台風")
    assert await shop.send() == 0
    await desk.database.write(settings.release_all, desk.agent)
    await shop.send()
    assert len(await shop.letters()) == 2


async def test_whom_it_did_not_reach_is_tried_again_and_the_others_are_not(shop: Shop, desk: TestDesk) -> None:
    for n in (1, 2, 3):
        await shop.order(n)
    await shop.order(4, email="")
    bulk = await shop.write()
    await shop.approved(bulk.id)
    await shop.send()
    await shop.delivered("failed", "recipient = 'c2@customer.example'")
    await shop.delivered()
    view = await shop.view(bulk.id)
    assert (view.state, view.counts.delivered, view.counts.failed) == ("done", 3, 1)
    assert [each.address for each in await shop.recipients(bulk.id, "failed")] == ["c2@customer.example"]
    await shop.do(deciding.retry, bulk.id)
    shop.at += timedelta(minutes=1)
    await shop.all_sent(bulk.id)
    await shop.delivered()
    assert [each.recipient for each in await shop.letters()][4:] == ["c2@customer.example"]
    assert (await shop.view(bulk.id)).counts.delivered == 4
    with pytest.raises(Conflict):
        await shop.do(deciding.retry, bulk.id)


async def test_line_at_its_cap_of_the_month_gives_way_to_mail(shop: Shop, desk: TestDesk) -> None:
    for n in (1, 2, 3):
        await shop.tell("customer", external_id=f"k{n}", revision=1, name=f"会員 {n}", member_rank="金",
                        contacts=[{"kind": "email", "address": f"k{n}@customer.example"}])  # fmt: skip
    await desk.database.write(_linked)
    gold = await desk.database.write(
        segments.add, desk.agent, SegmentDraft(name="金", conditions=[Condition(field="rank", op="is", value="金")])
    )
    (line,) = await desk.database.read(lambda tx: tx.all("SELECT id FROM channel_account WHERE kind = 'line'"))
    shop.caps.left = {line.id: 2}
    words = BulkWords(way="line", language="ja", subject="", text="{{ customer.called }} LINEです")
    bulk = await shop.write(BulkContent(choice=BulkChoice(segment=gold.id), words=[WORDS, words]))
    assert bulk.counts.ways == {"line": 2, "email": 1}
    await shop.approved(bulk.id)
    await shop.all_sent(bulk.id)
    letters = await shop.letters()
    assert sorted(each.line.partition(":")[0] for each in letters) == ["email", "line", "line"]
    assert all(each.body.get("second") for each in letters if each.line.startswith("line"))
    blocked = next(each for each in letters if each.line.startswith("line"))
    await desk.database.write(outcomes.failed, blocked.id, "blocked")
    await shop.delivered()
    done = await shop.view(bulk.id)
    assert (done.counts.delivered, done.counts.failed) == (3, 0), "the mail stood in for it"
    assert sorted(each.way for each in await shop.recipients(bulk.id, "delivered")) == ["email", "email", "line"]
    with pytest.raises(Conflict):
        await shop.do(deciding.retry, bulk.id)


def _linked(tx) -> None:  # type: ignore[no-untyped-def]
    """Everybody has LINE, at an account of the desk's."""
    row = tx.one("SELECT * FROM channel_account LIMIT 1")._asdict()
    from server.customers import entries
    from server.database.types import dump

    row.pop("id")
    values = {name: dump(value) if isinstance(value, (dict, list)) else value for name, value in row.items()}
    tx.insert("channel_account", **{**values, "kind": "line", "address": "@shop", "name": "LINE"})
    for each in tx.all("SELECT id FROM customer"):
        entries.new_contact(tx, each.id, "line", f"U{each.id:032x}", "", verified_by="channel")
