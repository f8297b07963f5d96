"""Who is who: suggested with reasons, merged field by field, and parted again exactly as they were."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels.contract import Party
from server import customers
from server.customers import belongings, changes, queries
from server.customers.identity import merging, parting, scoring, suggestions
from server.customers.keys import Person
from server.customers.store import batch
from server.database import Transaction
from server.errors import Conflict, Invalid, NotFound
from tests.desks import TestDesk

AT = "2026-11-01T00:00:00Z"
KANDA = {"postal_code": "101-0051", "region": "東京都", "city": "千代田区", "street": "神田神保町1-2-3 ハイツ101"}
KANDA_OTHERWISE = {"postal_code": "1010051", "city": "東京都千代田区", "street": "神田神保町１丁目２番３号ハイツ１０１"}


def customer(key: str, *contacts: str, source: str = "shop", **more: Any) -> dict[str, Any]:
    found = [{"kind": "email" if "@" in each else "phone", "address": each} for each in contacts]
    return {"kind": "customer", "source": source, "external_id": key, "revision": 1, "contacts": found, **more}


async def tell(desk: TestDesk, *facts: dict[str, Any]) -> list[int]:
    told = await desk.database.write(batch.tell_all, desk.agent, batch.read(facts), 0)
    assert all(each.learned for each in told), told
    return [each.learned.customer or 0 for each in told if each.learned]


async def two(desk: TestDesk) -> tuple[int, int]:
    """One woman whom two systems know, with an order in each, a ticket, a subscription and a visit."""
    kept, gone, *_ = await tell(
        desk,
        customer("c1", "hanako@example.jp", name="山田 花子", company="緑屋", tags=["新規"], addresses=[KANDA]),
        customer("e9", "090-1234-5678", source="erp", name="山田 花子", kana="ヤマダ ハナコ", birthday="1980-04-01",
                 tags=["法人"], addresses=[KANDA_OTHERWISE],
                 consents=[{"purpose": "marketing", "given": True, "at": AT}]),
        {"kind": "order", "source": "shop", "external_id": "1", "ordered_at": AT, "total": 100, "customer": "c1",
         "revision": 1},
        {"kind": "order", "source": "erp", "external_id": "2", "ordered_at": AT, "total": 300, "customer": "e9",
         "revision": 1},
        {"kind": "subscription", "source": "erp", "external_id": "3", "customer": "e9", "name": "茶", "revision": 1},
        {"kind": "interaction", "source": "erp", "external_id": "4", "customer": "e9", "what": "visit", "at": AT,
         "revision": 1},
    )  # fmt: skip
    await desk.hear("届きません", sender=Party("phone", "+819012345678", "山田"))
    return kept, gone


def everything(tx: Transaction) -> dict[str, list[str]]:
    """Every row that a merge may touch, but what counts changes."""
    found = {}
    tables = {each.table for each in belongings.tables()} | {"customer", "customer_key", "customer_value"}
    tables.remove("customer_change")  # of which every merge and every parting is a part
    for table in tables:
        rows = [row._asdict() for row in tx.all(f"SELECT * FROM {table}")]
        for row in rows:
            for name in ("version", "updated_at"):
                row.pop(name, None)
        found[table] = sorted(repr(row) for row in rows)
    return found


async def test_parting_restores_exactly(desk: TestDesk) -> None:
    kept, gone = await two(desk)
    before = await desk.database.read(everything)
    view = await desk.database.write(
        merging.merge, desk.agent, kept, gone, choices={"name": "gone"}, reason="電話で確認"
    )
    assert (view.kana, view.birthday) == ("ヤマダ ハナコ", "1980-04-01")
    assert (view.company, view.tags) == ("緑屋", ["新規", "法人"])
    assert len(view.contacts) == 2 and len(view.addresses) == 2 and len(view.sources) == 2
    merged = await desk.database.read(everything)
    assert all(f"'customer_id': {gone}" not in row for rows in merged.values() for row in rows), "nothing stays behind"
    assert (await desk.database.read(queries.view, gone)).merged_into == kept
    (kept_merge,) = await desk.database.read(merging.history, kept)
    assert (kept_merge.gone, kept_merge.reason, kept_merge.by) == (gone, "電話で確認", desk.agent.actor)
    await desk.database.write(parting.part, desk.agent, kept_merge.id)
    assert await desk.database.read(everything) == before
    (undone,) = await desk.database.read(merging.history, gone)
    assert undone.undone_at is not None and undone.undone_by == desk.agent.actor
    told = await desk.database.read(changes.history, kept)
    assert [(each.what, each.by) for each in told] == [("parted", desk.agent.actor), ("merged", desk.agent.actor)]
    assert {"kana", "birthday", "tags"} <= set(told[1].fields)


async def test_tickets_orders_and_worth_follow_and_the_ticket_tells_it(desk: TestDesk) -> None:
    kept, gone = await two(desk)
    await desk.database.write(merging.merge, desk.agent, kept, gone)
    thread = await desk.thread(1)
    assert thread.ticket.customer.id == kept
    rows = await desk.database.read(lambda tx: tx.all("SELECT data FROM change WHERE kind = 'ticket.changed'"))
    told = {"field": "customer", "before": gone, "after": kept, "names": ["山田 花子", "山田 花子"]}
    assert told in [row.data for row in rows]
    worth = await desk.database.read(customers.worth, kept)
    assert worth is not None and (worth.orders, str(worth.spent)) == (2, "400")


async def test_what_came_after_the_merge_goes_with_the_contact_and_the_account_it_came_by(desk: TestDesk) -> None:
    kept, gone = await two(desk)
    await desk.database.write(merging.merge, desk.agent, kept, gone)
    await desk.hear("また届きません", sender=Party("phone", "+819012345678", "山田"))
    assert (await desk.thread(2)).ticket.customer.id == kept
    await tell(
        desk,
        {"kind": "order", "source": "erp", "external_id": "5", "ordered_at": AT, "customer": "e9", "revision": 1},
        {**customer("e9", source="erp", name="山田 花子", member_rank="金"), "revision": 2, "addresses": [KANDA]},
    )  # fmt: skip
    (merge,) = await desk.database.read(merging.history, kept)
    await desk.database.write(parting.part, desk.agent, merge.id)
    assert (await desk.thread(2)).ticket.customer.id == gone
    owner = await desk.database.read(lambda tx: tx.value("SELECT customer_id FROM orders WHERE external_id = '5'"))
    assert owner == gone
    view = await desk.database.read(queries.view, gone)
    assert view.member_rank == "金" and [each.postal_code for each in view.addresses] == ["101-0051"]
    assert (await desk.database.read(queries.view, kept)).member_rank == ""


async def test_what_somebody_changed_since_the_merge_stays(desk: TestDesk) -> None:
    kept, gone = await two(desk)
    await desk.database.write(merging.merge, desk.agent, kept, gone)
    await desk.database.write(customers.edit, desk.agent, kept, customers.CustomerEdit(company="青屋"))
    (merge,) = await desk.database.read(merging.history, kept)
    await desk.database.write(parting.part, desk.agent, merge.id)
    view = await desk.database.read(queries.view, kept)
    assert (view.company, view.birthday, view.tags) == ("青屋", "", ["新規"])


async def test_what_was_chosen_stands_whatever_the_sources_say_later(desk: TestDesk) -> None:
    kept, gone = await tell(
        desk,
        customer("c1", "a@example.jp", name="渡邊 花子"),
        customer("e9", "b@example.jp", source="erp", name="渡辺 花子"),
    )
    await desk.database.write(merging.merge, desk.agent, kept, gone, choices={"name": "kept"})
    await tell(desk, {**customer("e9", source="erp", name="渡辺 花子"), "revision": 2})
    assert (await desk.database.read(queries.view, kept)).name == "渡邊 花子"


async def test_merges_are_undone_from_the_last(desk: TestDesk) -> None:
    first, second, third = await tell(
        desk, *(customer(f"c{n}", f"p{n}@example.jp", source=f"s{n}", name="林 一") for n in range(3))
    )
    await desk.database.write(merging.merge, desk.agent, second, third)
    await desk.database.write(merging.merge, desk.agent, first, second)
    (inner,) = (each for each in await desk.database.read(merging.history, third))
    with pytest.raises(Conflict):
        await desk.database.write(parting.part, desk.agent, inner.id)
    (outer,) = (each for each in await desk.database.read(merging.history, first))
    await desk.database.write(parting.part, desk.agent, outer.id)
    await desk.database.write(parting.part, desk.agent, inner.id)
    with pytest.raises(Conflict):
        await desk.database.write(parting.part, desk.agent, inner.id)
    for each, address in ((first, "p0@example.jp"), (second, "p1@example.jp"), (third, "p2@example.jp")):
        view = await desk.database.read(queries.view, each)
        assert [one.address for one in view.contacts] == [address] and view.merged_into is None


async def test_of_merges_at_the_same_moment_one_wins_and_the_other_is_told(desk: TestDesk) -> None:
    one, other = await two(desk)
    results = await asyncio.gather(
        desk.database.write(merging.merge, desk.agent, one, other),
        desk.database.write(merging.merge, desk.agent, other, one),
        desk.database.write(merging.merge, desk.agent, one, other),
        return_exceptions=True,
    )
    assert [isinstance(each, Conflict) for each in results] == [False, True, True]


async def test_a_merge_of_what_was_not_seen_so_is_refused_with_what_stands(desk: TestDesk) -> None:
    one, other = await two(desk)
    seen = await desk.database.read(merging.preview, one, other)
    await desk.database.write(customers.edit, desk.agent, other, customers.CustomerEdit(note="転居"))
    with pytest.raises(Conflict) as refused:
        await desk.database.write(
            merging.merge, desk.agent, one, other, versions=(seen.kept.version, seen.gone.version)
        )
    assert refused.value.current.gone.note == "転居"
    for call in (merging.preview, lambda tx, a, b: merging.merge(tx, desk.agent, a, b)):
        with pytest.raises(Invalid):
            await desk.database.write(call, one, one)
        with pytest.raises(NotFound):
            await desk.database.write(call, one, 9999)
    with pytest.raises(Invalid):
        await desk.database.write(merging.merge, desk.agent, one, other, choices={"note": "gone"})


async def test_the_preview_shows_both_sides_and_what_would_move(desk: TestDesk) -> None:
    one, other = await two(desk)
    seen = await desk.database.read(merging.preview, one, other)
    fields = {each.name: each for each in seen.fields}
    assert fields["company"].proposed == "kept" and fields["birthday"].proposed == "gone"
    assert fields["tags"].proposed == "both" and fields["name"].same
    assert seen.moves["ticket"] == 1 and seen.moves["orders"] == 1 and seen.moves["contact"] == 1
    assert seen.score > scoring.THRESHOLD and "address" in seen.reasons


async def test_the_likely_one_is_suggested_with_reasons_until_somebody_says_no(desk: TestDesk) -> None:
    one, other = await two(desk)
    await tell(desk, customer("c2", "taro@example.jp", name="山田 太郎", addresses=[KANDA]))
    (found,) = await desk.database.read(suggestions.suggest, one)
    assert found.id == other and {"name", "address"} <= set(found.reasons) and found.orders == found.tickets == 1
    await desk.database.write(suggestions.set_apart, desk.agent, other, one)
    for each in (one, other):
        assert await desk.database.read(suggestions.suggest, each) == []


async def test_an_unproved_address_that_somebody_has_suggests_them(desk: TestDesk) -> None:
    (known,) = await tell(desk, customer("c1", "hanako@example.jp", name="山田 花子"))
    claimed = await desk.database.write(customers.identify, Party("email", "hanako@example.jp", "はな", verified=False))
    assert claimed.customer_id != known
    (found,) = await desk.database.read(suggestions.suggest, claimed.customer_id)
    assert found.id == known and "email" in found.reasons


async def test_who_writes_while_a_merge_runs_is_the_one_who_stays(desk: TestDesk) -> None:
    one, other = await two(desk)
    merged = desk.database.write(merging.merge, desk.agent, one, other)
    wrote = desk.database.write(customers.identify, Party("phone", "+819012345678", "山田"))
    await merged
    assert (await wrote).customer_id == one


def _features(**known: Any) -> scoring.Features:
    blank = {"name": "", "kana": "", "given_name": "", "given_kana": "", "company": "", "birthday": ""}
    return scoring.features(Person(**{**blank, **known}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "髙橋 健", "phones": ("+819011112222",)}, {"name": "高橋健", "phones": ("090-1111-2222",)}),
        ({"name": "斎藤 愛", "birthday": "1990-01-02", "kana": "サイトウ アイ"},
         {"name": "齊藤　愛", "birthday": "1990-01-02", "kana": "ｻｲﾄｳ ｱｲ"}),
        ({"name": "Taro Yamada", "phones": ("+819011112222",)},
         {"name": "山田 太郎", "kana": "ヤマダ タロウ", "phones": ("+819011112222",)}),
        ({"name": "佐藤 花子", "phones": ("+819011112222",), "birthday": "1990-01-02"},
         {"name": "山田 花子", "phones": ("+819011112222",), "birthday": "1990-01-02"}),
    ],
)  # fmt: skip
def test_these_are_one(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert scoring.score(_features(**one), _features(**other)).value >= scoring.THRESHOLD


HOME = (("1010051", "東京都千代田区神田神保町1-2-3"),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "山田 一郎", "addresses": HOME, "birthday": "2001-05-05", "phones": ("+81312345678",)},
         {"name": "山田 二郎", "addresses": HOME, "birthday": "2001-05-05", "phones": ("+81312345678",)}),
        ({"name": "山田 浩", "kana": "ヤマダ ヒロシ", "addresses": HOME, "phones": ("+81312345678",)},
         {"name": "山田 博", "kana": "ヤマダ ヒロシ", "addresses": HOME, "phones": ("+81312345678",)}),
        ({"name": "鈴木 誠", "company": "緑屋", "phones": ("+81312345678",)},
         {"name": "田中 愛", "company": "緑屋", "phones": ("+81312345678",)}),
        ({"name": "佐藤 太郎"}, {"name": "佐藤 太郎"}),
        ({"name": "佐藤 太郎", "birthday": "1980-01-01", "emails": ("taro.s@example.jp",)},
         {"name": "佐藤 太郎", "birthday": "1955-12-24", "emails": ("taro-sato@example.jp",)}),
    ],
    ids=["twins", "father and son", "a switchboard", "a common name", "namesakes"],
)  # fmt: skip
def test_these_are_two(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert scoring.score(_features(**one), _features(**other)).value < scoring.THRESHOLD
