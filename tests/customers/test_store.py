"""What other systems tell settles to the same state, in whatever order it comes and however often."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.contract import Party
from server import customers
from server.customers import queries, value
from server.customers.attributes import AttributeView
from server.customers.attributes import put as put_attribute
from server.customers.orders import queries as orders
from server.customers.store import batch
from server.database import Database, Transaction
from server.errors import Invalid
from tests.desks import TestDesk

START = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=21)
"""Not so long ago that the desk would take what happened for a shop's history."""
TABLES = {
    "customer": "kana, family_name, given_name, company, member_rank, tags, vip, opted_out",
    "contact": "kind, address, verified_by, relay",
    "customer_address": "kind, postal_code, region, city, street, phone",
    "consent": "purpose, channel, given, at, source",
    "customer_source": "source, external_id, revision, document",
    "orders": "source, external_id, revision, number, shop, status, payment, total, tax, paid, refunded, gift, buyer,"
    " recipient, ordered_at",
    "order_line": "position, sku, name, quantity, price",
    "order_status": "revision, status, at",
    "payment": "external_id, revision, method, status, amount, at",
    "shipment": "external_id, revision, carrier, tracking_number, status, shipped_at, delivered_at, at",
    "goods_return": "external_id, revision, status, amount, at",
    "subscription": "external_id, revision, name, status, amount",
    "interaction": "external_id, revision, kind, title, text, at",
    "customer_value": "currency, orders, spent, returned, returns, first_at, last_at",
    "customer_key": "key",
}


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def story() -> list[dict[str, Any]]:
    """One customer's autumn at a shop and with a field engineer, in the order in which it happened."""
    shop = {"source": "shop"}
    buyer = {"name": "山田 花子", "email": "Hanako@example.jp", "phone": "０９０－１２３４－５６７８"}
    order = {**shop, "kind": "order", "external_id": "1001", "number": "R-1001", "ordered_at": at(0), "customer": "c7",
             "total": "5500", "tax": "500", "buyer": buyer, "gift": True,
             "recipient": {"name": "山田 太郎", "address": {"postal_code": "150-0001", "city": "渋谷区"}},
             "lines": [{"sku": "T-1", "name": "緑茶", "quantity": 2, "price": "2500"}]}  # fmt: skip
    return [
        {**order, "revision": 1, "status": "placed", "status_at": at(0)},
        {**shop, "kind": "customer", "external_id": "c7", "revision": 1, "family_name": "山田", "given_name": "花子",
         "tags": ["新規"], "contacts": [{"kind": "email", "address": "hanako@example.jp"}],
         "addresses": [{"postal_code": "1000001", "region": "東京都", "city": "千代田区", "street": "千代田1-1"}],
         "consents": [{"purpose": "marketing", "channel": "email", "given": True, "at": at(0)}]},
        {**shop, "kind": "payment", "external_id": "p1", "order": "1001", "revision": 1, "method": "card",
         "status": "pending", "amount": "5500", "at": at(1)},
        {**shop, "kind": "payment", "external_id": "p1", "order": "1001", "revision": 2, "method": "card",
         "status": "paid", "amount": "5500", "at": at(2)},
        {**order, "revision": 2, "status": "preparing", "status_at": at(3)},
        {**shop, "kind": "shipment", "external_id": "s1", "order": "1001", "revision": 1, "carrier": "クロネコヤマト",
         "tracking_number": "1234-5678-9012", "status": "shipped", "shipped_at": at(20)},
        {**shop, "kind": "shipment", "external_id": "s1", "order": "1001", "revision": 2, "carrier": "クロネコヤマト",
         "tracking_number": "1234-5678-9012", "status": "delivered", "shipped_at": at(20), "delivered_at": at(40)},
        {**shop, "kind": "customer", "external_id": "c7", "revision": 2, "family_name": "佐藤", "given_name": "花子",
         "family_kana": "サトウ", "given_kana": "ハナコ", "member_rank": "ゴールド", "tags": ["新規", "お得意様"],
         "contacts": [{"kind": "email", "address": "h.sato@example.jp"}],
         "addresses": [{"postal_code": "5300001", "region": "大阪府", "city": "大阪市北区", "street": "梅田2-2"}],
         "consents": [{"purpose": "marketing", "channel": "email", "given": False, "at": at(50)}]},
        {**shop, "kind": "return", "external_id": "r1", "order": "1001", "revision": 1, "status": "received",
         "amount": "2500", "reason": "色違い", "at": at(60)},
        {**shop, "kind": "payment", "external_id": "p2", "order": "1001", "revision": 1, "method": "card",
         "status": "refunded", "amount": "2500", "at": at(61)},
        {**shop, "kind": "order", "external_id": "1002", "revision": 1, "ordered_at": at(70), "total": "1200",
         "buyer": buyer, "status": "placed"},
        {**shop, "kind": "order", "external_id": "1002", "revision": 2, "ordered_at": at(70), "total": "1200",
         "buyer": buyer, "status": "cancelled"},
        {**shop, "kind": "subscription", "external_id": "t1", "customer": "c7", "revision": 1, "name": "お茶定期",
         "amount": "2500", "every": "P1M"},
        {**shop, "kind": "subscription", "external_id": "t1", "customer": "c7", "revision": 2, "name": "お茶定期",
         "amount": "2500", "every": "P1M", "status": "paused"},
        {**shop, "kind": "interaction", "external_id": "v1", "customer": "c7", "revision": 1, "what": "store_visit",
         "title": "銀座店に来店", "at": at(80)},
    ]  # fmt: skip


async def tell(desk: TestDesk, items: Sequence[Any]) -> list[batch.Told]:
    return await desk.database.write(batch.tell_all, desk.agent, batch.read(items), 0)


def standing(tx: Transaction) -> dict[str, list[str]]:
    """All that is known, without ids."""
    return {
        table: sorted(
            repr(tuple(row))
            for row in tx.all(
                f"SELECT {columns} FROM {table}" + (" WHERE merged_into IS NULL" if table == "customer" else "")
            )
        )
        for table, columns in TABLES.items()
    }


def wipe(tx: Transaction) -> None:
    made = "customer_change customer_merge customer_key customer_value order_line order_status payment shipment"
    told = "goods_return orders subscription interaction consent customer_address contact customer_source customer"
    for table in f"{made} {told}".split():
        tx.run(f"DELETE FROM {table}")


async def test_late_repeated_and_shuffled_facts_settle_to_the_same_state(desk: TestDesk) -> None:
    facts = story()
    told = await tell(desk, facts)
    outcomes = " ".join(each.learned.outcome if each.learned else str(each) for each in told)
    assert outcomes == "new new new changed changed new changed changed new new new changed new changed new"
    once = await desk.database.read(standing)
    assert len(once["customer"]) == 1, "the guest's second order is the same person's, by their verified address"
    for seed in range(30):
        await desk.database.write(wipe)
        shuffled = [*facts, *facts[:: 1 + seed % 3]]
        random.Random(seed).shuffle(shuffled)
        await tell(desk, shuffled)
        assert await desk.database.read(standing) == once, seed


async def test_two_contents_of_one_revision_settle_alike(desk: TestDesk) -> None:
    order = {"kind": "order", "source": "shop", "external_id": "1", "revision": 1, "ordered_at": at(0)}
    two = [{**order, "total": "100"}, {**order, "total": "200"}]
    await tell(desk, two)
    first = (await desk.database.read(standing))["orders"]
    await desk.database.write(wipe)
    await tell(desk, [two[1], two[0], two[1]])
    assert (await desk.database.read(standing))["orders"] == first


async def test_an_order_shows_its_parcel_its_money_and_both_people(desk: TestDesk) -> None:
    told = await tell(desk, story())
    assert told[0].learned is not None
    order = await desk.database.read(orders.view, told[0].learned.id)
    assert (order.status, order.payment, str(order.total), str(order.paid)) == ("delivered", "paid", "5500", "5500")
    assert str(order.refunded) == "2500" and [line.name for line in order.lines] == ["緑茶"]
    assert order.buyer["name"] == "山田 花子" and order.recipient["name"] == "山田 太郎"
    assert [each.status for each in order.history] == ["placed", "preparing"]
    (parcel,) = order.shipments
    assert parcel.carrier == "yamato" and parcel.url is not None and parcel.url.endswith("?id=123456789012")
    assert [found.number for found in await desk.database.read(orders.find, "ｒ１００１")] == ["R-1001"]
    assert [found.number for found in await desk.database.read(orders.find, "1234 5678 9012")] == ["R-1001"]


async def test_what_a_customer_is_worth_follows_every_order(desk: TestDesk) -> None:
    told = await tell(desk, story())
    assert told[0].learned is not None and told[0].learned.customer is not None
    worth = await desk.database.read(value.of, told[0].learned.customer)
    assert worth is not None
    assert (worth.orders, str(worth.spent), worth.return_rate) == (1, "3000", 1.0), "a cancelled one does not count"


async def test_the_recipient_of_a_gift_is_not_the_customer(desk: TestDesk) -> None:
    gift = story()[0]
    gift["recipient"] = {"name": "鈴木 一郎", "email": "ichiro@example.jp"}
    await tell(desk, [gift])
    addresses = await desk.database.read(lambda tx: [row.address for row in tx.all("SELECT address FROM contact")])
    assert "ichiro@example.jp" not in addresses


async def test_a_mail_from_the_shops_customer_finds_them_and_an_unverified_claim_does_not(desk: TestDesk) -> None:
    (told, *_) = await tell(desk, story()[1:2])
    assert told.learned is not None
    known = await desk.database.write(customers.identify, Party("email", "hanako@example.jp", "花子"))
    assert known.customer_id == told.learned.customer and known.name == "山田 花子"
    claimed = await desk.database.write(customers.identify, Party("email", "hanako@example.jp", "花子", verified=False))
    assert claimed.customer_id != told.learned.customer


async def test_who_wrote_first_is_the_shops_customer_later(desk: TestDesk) -> None:
    wrote = await desk.database.write(customers.identify, Party("email", "hanako@example.jp", "hana"))
    (told,) = await tell(desk, story()[1:2])
    assert told.learned is not None and told.learned.customer == wrote.customer_id
    view = await desk.database.read(queries.view, wrote.customer_id)
    assert view.name == "山田 花子" and [one.source for one in view.sources] == ["shop"]


async def test_two_accounts_of_one_shop_are_never_joined_by_a_shared_address(desk: TestDesk) -> None:
    mother, daughter = (
        {"kind": "customer", "source": "shop", "external_id": each, "revision": 1, "name": name,
         "contacts": [{"kind": "email", "address": "family@example.jp"}]}
        for each, name in (("c1", "山田 花子"), ("c2", "山田 桜"))
    )  # fmt: skip
    told = await tell(desk, [mother, daughter])
    assert len({each.learned.customer for each in told if each.learned}) == 2


async def test_a_marketplaces_address_stands_for_an_order_and_is_no_persons(desk: TestDesk) -> None:
    relay = "abc123@pc.fw.rakuten.ne.jp"
    first = {**story()[10], "external_id": "9", "buyer": {"name": "山田 花子", "email": relay}}
    await tell(desk, [first])
    view = (await desk.database.read(customers.find, "山田花子"))[0]
    assert view.contacts[0].relay
    keys = await desk.database.read(lambda tx: [row.key for row in tx.all("SELECT key FROM customer_key")])
    assert not any(relay in key for key in keys)


async def test_what_people_set_here_no_source_writes_over(desk: TestDesk) -> None:
    (told,) = await tell(desk, story()[1:2])
    assert told.learned is not None and told.learned.customer is not None
    edit = customers.CustomerEdit(family_name="渡邊", given_name="花子")
    view = await desk.database.write(customers.edit, desk.agent, told.learned.customer, edit)
    assert view.name == "渡邊 花子"
    await tell(desk, story()[7:8])
    view = await desk.database.read(queries.view, told.learned.customer)
    assert (view.name, view.member_rank, view.kana) == ("渡邊 花子", "ゴールド", "サトウ ハナコ")


async def test_attributes_have_types(desk: TestDesk) -> None:
    points = AttributeView(name="points", kind="number", label_ja="ポイント", label_en="Points")
    await desk.database.write(put_attribute, desk.agent, points)
    fact = {"kind": "customer", "source": "shop", "external_id": "c1", "revision": 1}
    told = await tell(
        desk,
        [{**fact, "attributes": values} for values in ({"points": "many"}, {"size": 3}, {"points": 300})],
    )
    assert [sorted(each.fields) for each in told] == [["attributes.points"], ["attributes.size"], []]
    assert told[2].learned is not None and told[2].learned.customer is not None
    view = await desk.database.read(queries.view, told[2].learned.customer)
    assert view.attributes == {"points": 300}


async def test_one_bad_item_hurts_no_other_and_says_what_is_wrong(desk: TestDesk) -> None:
    good = story()[1]
    told = await tell(
        desk,
        [
            good,
            {"kind": "nothing"},
            3,
            {**good, "birthday": "yesterday"},
            {**good, "contacts": [{"kind": "phone", "address": "1"}]},
            {**story()[0], "total": "1.23456"},
            story()[0],
        ],
    )
    assert [each.learned is not None for each in told] == [True, False, False, False, False, False, True]
    assert [sorted(each.fields) for each in told[1:6]] == [
        ["kind"], [], ["birthday"], ["contacts[0].address"], ["total"],
    ]  # fmt: skip


async def test_consents_are_kept_by_purpose_and_channel_the_latest_counts(desk: TestDesk) -> None:
    told = await tell(desk, [story()[7], story()[1]])
    assert told[0].learned is not None and told[0].learned.customer is not None
    (consent,) = await desk.database.read(queries.consents, told[0].learned.customer)
    assert (consent.purpose, consent.channel, consent.given, consent.source) == ("marketing", "email", False, "shop")


async def test_only_somebody_who_may_answer_may_tell(desk: TestDesk, database: Database) -> None:
    from server import agents
    from server.agents import DESK
    from server.errors import Forbidden

    viewer = await database.write(lambda tx: agents.add(tx, DESK, email="v@desk.example", name="見学", role="viewer"))
    with pytest.raises(Forbidden):
        await database.write(batch.tell_all, viewer, [], 0)
    with pytest.raises(Invalid):
        raise batch.read([{"kind": "order"}])[0]


async def test_half_width_readings_keep_their_order_and_postal_codes_are_written_alike(desk: TestDesk) -> None:
    doors = [{"postal_code": code, "region": "東京都"} for code in ("１００－０００１", "〒1500001", "unknown")]
    person = {"kind": "customer", "source": "erp", "external_id": "half", "family_name": "髙橋", "given_name": "花子",
              "family_kana": "ﾀｶﾊｼ", "given_kana": "ﾊﾅｺ", "addresses": doors}  # fmt: skip
    (told,) = await tell(desk, [person])
    assert told.learned is not None and told.learned.customer is not None
    found = await desk.database.read(queries.view, told.learned.customer)
    assert found.kana == "ﾀｶﾊｼ ﾊﾅｺ"
    assert [door.postal_code for door in found.addresses] == ["100-0001", "150-0001", "unknown"]


async def test_the_same_told_again_without_a_revision_says_nothing_new(desk: TestDesk) -> None:
    fact = {"kind": "order", "source": "shop", "external_id": "n1", "ordered_at": "2026-11-01T00:00:00Z",
            "total": "100", "customer": "c1", "payments": [{"external_id": "p", "status": "paid", "amount": "100",
            "at": "2026-11-01T00:00:00Z"}]}  # fmt: skip
    outcomes = []
    for told in (fact, fact, {**fact, "total": "200"}):
        (answer,) = await tell(desk, [told])
        assert answer.learned is not None, answer
        outcomes.append(answer.learned.outcome)
    count = "SELECT count(*) FROM change WHERE kind = 'order.changed'"
    assert (outcomes, await desk.database.read(lambda tx: tx.value(count))) == (["new", "same", "changed"], 2)
