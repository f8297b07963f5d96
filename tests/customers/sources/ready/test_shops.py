"""Shopify, WooCommerce and EC-CUBE as ready-made sources, against simulators."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

from channels.contract import Party
from server import customers
from server.agents import DESK
from server.customers import sources
from server.customers.sources import ready
from server.customers.sources.mapping import read
from tests.customers.sources.ready.conftest import Store, addresses
from tests.customers.sources.ready.simulators import EcCube, Shopify, WooCommerce, open_simulator

SHOPIFY = {"shop": "tea.myshopify.com", "token": "shpat_right"}


def shopify_customer(id: int, **more: Any) -> dict[str, Any]:
    """As the Admin API shows one."""
    home = {
        "id": id * 10,
        "first_name": "花子",
        "last_name": "山田",
        "company": None,
        "address1": "千代田1-1",
        "address2": None,
        "city": "千代田区",
        "province": "Tokyo",
        "province_code": "JP-13",
        "country_code": "JP",
        "zip": "100-0001",
        "phone": None,
    }
    return {
        "id": id,
        "email": f"hanako{id}@mail.example",
        "first_name": "花子",
        "last_name": "山田",
        "phone": None,
        "verified_email": True,
        "tags": "VIP, 定期",
        "note": None,
        "updated_at": f"2026-11-{id % 27 + 1:02d}T10:00:00+09:00",
        "addresses": [home],
        "default_address": home,
        "sms_marketing_consent": None,
        "email_marketing_consent": {
            "state": "subscribed",
            "opt_in_level": None,
            "consent_updated_at": "2026-01-02T03:04:05+09:00",
        },
        **more,
    }


def shopify_order(id: int, customer: int | None, **more: Any) -> dict[str, Any]:
    """As the Admin API shows one."""
    address = {
        "first_name": "太郎",
        "last_name": "佐藤",
        "company": None,
        "address1": "北1-2",
        "address2": "101",
        "city": "札幌市",
        "province": "Hokkaido",
        "province_code": "JP-01",
        "country_code": "JP",
        "zip": "060-0001",
        "phone": "011-222-3333",
    }
    return {
        "id": id,
        "name": f"#{id}",
        "created_at": "2026-11-01T09:00:00+09:00",
        "processed_at": "2026-11-01T09:00:00+09:00",
        "updated_at": "2026-11-02T09:00:00+09:00",
        "cancelled_at": None,
        "financial_status": "paid",
        "fulfillment_status": None,
        "currency": "JPY",
        "total_price": "5500",
        "total_tax": "500",
        "total_discounts": "0",
        "total_shipping_price_set": {"shop_money": {"amount": "600", "currency_code": "JPY"}},
        "email": None,
        "phone": None,
        "contact_email": None,
        "customer": {"id": customer, "first_name": "花子", "last_name": "山田"} if customer else None,
        "billing_address": None,
        "shipping_address": address,
        "note": None,
        "refunds": [],
        "fulfillments": [],
        "line_items": [{"id": 1, "sku": None, "name": "緑茶 - 100g", "title": "緑茶", "quantity": 2, "price": "2450"}],
        **more,
    }


FULFILMENT = {
    "id": 501,
    "order_id": 2,
    "status": "success",
    "shipment_status": "in_transit",
    "tracking_company": "ヤマト運輸",
    "tracking_number": "1234-5678-9012",
    "tracking_url": None,
    "created_at": "2026-11-02T10:00:00+09:00",
    "updated_at": "2026-11-02T11:00:00+09:00",
    "line_items": [],
}


async def test_shopify_is_pulled_page_by_page_although_it_is_busy(store: Store) -> None:
    shop = Shopify()
    shop.most, shop.busy = 2, 1
    shop.tables["customers"] = [shopify_customer(id) for id in range(1, 6)]
    shop.tables["orders"] = [
        shopify_order(1, None),
        shopify_order(2, 1, fulfillment_status="fulfilled", fulfillments=[FULFILMENT]),
        shopify_order(3, 1, cancelled_at="2026-11-02T00:00:00Z", financial_status="voided"),
        shopify_order(
            4,
            2,
            financial_status="refunded",
            refunds=[
                {"id": 9, "created_at": "2026-11-03T00:00:00Z", "note": "破損", "transactions": [{"amount": "5500"}]},
            ],
        ),
    ]
    async with open_simulator(shop):
        name = await store.add("shopify", SHOPIFY, **{"https://${shop}": shop.url})
        pulled = await store.pull(name)
        assert pulled.streams["customers"]["new"] == 5
        assert pulled.streams["orders"]["new"] == 4
        asked, shop.most = len(shop.asked), 250
        shop.tables["customers"][4]["first_name"] = "華子"
        shop.tables["customers"][4]["updated_at"] = "2026-11-20T10:00:00+09:00"
        again = await store.pull(name)
        assert again.streams["customers"]["changed"] == 1
        assert len(shop.asked) - asked == 2, "only what changed since is asked for"
        await store.pull(name, whole=True)

    hanako = await store.customer("shopify", "1")
    assert (hanako.name, hanako.family_name, hanako.given_name) == ("山田 花子", "山田", "花子")
    assert addresses(hanako, "email") == ["hanako1@mail.example"]
    assert hanako.tags == ["VIP", "定期"]
    (home,) = [one for one in hanako.addresses if one.city == "千代田区"]
    assert (home.region, home.street, home.postal_code) == ("東京都", "千代田1-1", "100-0001")
    assert [(one.purpose, one.channel, one.given) for one in hanako.consents] == [("marketing", "email", True)]
    assert (await store.customer("shopify", "5")).given_name == "華子"
    order = await store.order("shopify", "2")
    assert (order.number, order.status, order.total, order.shipping) == ("#2", "shipped", Decimal(5500), Decimal(600))
    assert order.lines[0].name == "緑茶 - 100g" and order.lines[0].quantity == 2
    assert order.shipments[0].url, "ヤマト has a page for its parcels"
    assert order.recipient is not None and order.recipient["address"]["region"] == "北海道"
    assert (await store.order("shopify", "3")).status == "cancelled"
    refunded = await store.order("shopify", "4")
    assert (refunded.payment, refunded.returns[0].amount) == ("refunded", Decimal(5500))
    guest = await store.order("shopify", "1")
    assert guest.customer is None or guest.customer != hanako.id


async def test_a_wrong_key_for_shopify_is_said(store: Store) -> None:
    async with open_simulator(Shopify()) as shop:
        name = await store.add("shopify", {**SHOPIFY, "token": "shpat_wrong"}, **{"https://${shop}": shop.url})
        pulled = await store.sources.pull(DESK, name)
    assert "401" in pulled.words and "Invalid API key" in pulled.words


def woo_order(id: int, **more: Any) -> dict[str, Any]:
    """As the REST API v3 shows one."""
    blank = dict.fromkeys(
        ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode"), ""
    )
    return {
        "id": id,
        "number": str(id),
        "status": "processing",
        "currency": "JPY",
        "date_created_gmt": "2026-11-01T00:00:00",
        "date_modified_gmt": f"2026-11-02T00:{id % 60:02d}:00",
        "date_paid_gmt": "2026-11-01T01:00:00",
        "date_completed_gmt": None,
        "discount_total": "0",
        "shipping_total": "500",
        "total": "3800",
        "total_tax": "300",
        "customer_id": 0,
        "payment_method": "bacs",
        "payment_method_title": "銀行振込",
        "customer_note": "",
        "refunds": [],
        "meta_data": [],
        "billing": {
            **blank,
            "first_name": "一郎",
            "last_name": "鈴木",
            "address_1": "北浜1",
            "city": "大阪市",
            "state": "JP27",
            "postcode": "541-0041",
            "country": "JP",
            "email": "ichiro@mail.example",
            "phone": "0612345678",
        },
        "shipping": {**blank, "country": ""},
        "line_items": [{"id": 1, "name": "ほうじ茶", "sku": "H-1", "quantity": 3, "price": 1000, "total": "3000"}],
        **more,
    }


async def test_woocommerce_is_pulled_from_where_it_was_left(store: Store) -> None:
    shop = WooCommerce()
    yomi = [
        {"id": 1, "key": "_billing_yomigana_last_name", "value": "スズキ"},
        {"id": 2, "key": "_billing_yomigana_first_name", "value": "イチロウ"},
    ]
    tracking = {
        "tracking_id": "t1",
        "tracking_provider": "佐川急便",
        "tracking_number": "4000-1111-2222",
        "date_shipped": "1793577600",
    }
    shop.tables["orders"] = [woo_order(id) for id in range(1, 131)]
    shop.tables["orders"][0] |= {"customer_id": 7, "meta_data": yomi}
    shop.tables["orders"][1] |= {
        "status": "completed",
        "meta_data": [{"id": 3, "key": "_wc_shipment_tracking_items", "value": [tracking]}],
    }
    shop.tables["orders"][2] |= {"status": "on-hold", "date_paid_gmt": None}
    shop.tables["orders"][3] |= {"status": "refunded", "refunds": [{"id": 77, "reason": "", "total": "-3800"}]}
    shop.tables["customers"] = [
        {
            "id": 7,
            "email": "ichiro@mail.example",
            "first_name": "",
            "last_name": "",
            "date_modified_gmt": None,
            "billing": woo_order(1)["billing"],
            "shipping": woo_order(1)["shipping"],
            "meta_data": [],
        },
    ]
    async with open_simulator(shop):
        name = await store.add("woocommerce", {"url": shop.url, "key": "ck_1", "secret": "cs_1"})
        assert (await store.pull(name)).streams["orders"]["new"] == 130
        shop.tables["orders"][9] |= {"status": "cancelled", "date_modified_gmt": "2026-11-09T00:00:00"}
        asked = len(shop.asked)
        assert (await store.pull(name)).streams["orders"]["changed"] == 1
        assert len(shop.asked) - asked == 1
        await store.pull(name, whole=True)
    ichiro = await store.customer("woocommerce", "7")
    assert (ichiro.name, ichiro.family_name, ichiro.kana) == ("鈴木 一郎", "鈴木", "スズキ イチロウ")
    assert addresses(ichiro, "email") == ["ichiro@mail.example"]
    paid = await store.order("woocommerce", "1")
    assert (paid.customer, paid.payment, paid.total) == (ichiro.id, "paid", Decimal(3800))
    assert paid.ordered_at.isoformat() == "2026-11-01T00:00:00+00:00"
    sent = await store.order("woocommerce", "2")
    assert (sent.status, sent.shipments[0].tracking_number) == ("shipped", "4000-1111-2222")
    assert (await store.order("woocommerce", "3")).payment == "unpaid"
    assert (await store.order("woocommerce", "4")).returns[0].amount == Decimal(3800)
    assert (await store.order("woocommerce", "10")).status == "cancelled"


def eccube_order(id: int, at: str, **more: Any) -> dict[str, Any]:
    """As the plug-in's GraphQL shows one."""
    person = {
        "name01": "高橋",
        "name02": "次郎",
        "kana01": "タカハシ",
        "kana02": "ジロウ",
        "company_name": None,
        "phone_number": "0355556666",
        "postal_code": "1500001",
        "addr01": "渋谷区",
        "addr02": "神宮前1",
        "Pref": {"name": "東京都"},
    }
    item = {
        "product_name": "煎茶",
        "product_code": "S-1",
        "class_category_name1": "100g",
        "class_category_name2": None,
        "price": 1000,
        "quantity": 2,
        "OrderItemType": {"id": "1"},
    }
    return {
        "id": str(id),
        "order_no": str(id),
        **person,
        "email": "jiro@mail.example",
        "discount": 0,
        "delivery_fee_total": 500,
        "tax": 0,
        "payment_total": 2700,
        "payment_method": "代金引換",
        "create_date": at,
        "update_date": at,
        "order_date": at,
        "payment_date": None,
        "currency_code": "JPY",
        "message": None,
        "OrderStatus": {"id": "1"},
        "Customer": {"id": "3"},
        "OrderItems": [item, {**item, "product_name": "送料", "OrderItemType": {"id": "2"}}],
        "Shippings": [
            {
                "id": str(id),
                **person,
                "shipping_delivery_name": "ヤマト運輸",
                "shipping_delivery_date": None,
                "shipping_date": None,
                "tracking_number": None,
            }
        ],
        **more,
    }


async def test_eccube_is_pulled_by_graphql_with_tokens_that_are_renewed(store: Store) -> None:
    shop = EcCube()
    customer = {
        "id": "3",
        "name01": "高橋",
        "name02": "次郎",
        "kana01": "タカハシ",
        "kana02": "ジロウ",
        "company_name": None,
        "postal_code": "1500001",
        "addr01": "渋谷区",
        "addr02": "神宮前1",
        "email": "jiro@mail.example",
        "phone_number": "0355556666",
        "birth": None,
        "point": 0,
        "update_date": "2026-11-01T10:00:00+09:00",
        "Sex": {"id": "1"},
        "Pref": {"name": "東京都"},
        "Status": {"id": "2"},
        "CustomerAddresses": [],
    }
    shop.tables["customers"] = [customer]
    shop.tables["orders"] = [eccube_order(id, f"2026-11-01T10:{id:02d}:00+09:00") for id in range(1, 60)]
    given = {"client_id": "me", "client_secret": "s", "refresh_token": "refresh0"}
    async with open_simulator(shop):
        name = await store.add("eccube", {"url": shop.url, **given})
        assert (await store.pull(name)).streams["orders"]["new"] == 59
        shipped = {"shipping_date": "2026-11-03T00:00:00+09:00", "tracking_number": "1111-2222-3333"}
        changed = eccube_order(
            5, "2026-11-03T10:00:00+09:00", OrderStatus={"id": "5"}, payment_date="2026-11-03T09:00:00+09:00"
        )
        changed["Shippings"][0] |= shipped
        shop.tables["orders"][4] = changed
        shop.tokens = 7  # the token is taken back there: the kept refresh token brings another
        await store.database.write(sources.actions.keep_secret, name, "refresh_token", "refresh7", keys=store.keys)
        assert (await store.pull(name)).streams["orders"]["changed"] == 1
        assert shop.tokens == 8
    jiro = await store.customer("eccube", "3")
    assert (jiro.name, jiro.kana, jiro.sex) == ("高橋 次郎", "タカハシ ジロウ", "male")
    order = await store.order("eccube", "5")
    assert [(line.name, line.quantity) for line in order.lines] == [("煎茶 100g", 2)], "postage is no article"
    assert (order.status, order.payment, order.total) == ("shipped", "paid", Decimal(2700))
    assert order.shipments[0].tracking_number == "1111-2222-3333"
    assert (await store.order("eccube", "6")).status == "placed"


async def test_errors_of_graphql_are_no_empty_shop(store: Store) -> None:
    shop = EcCube()
    shop.broken = True
    given = {"client_id": "me", "client_secret": "s", "refresh_token": "refresh0"}
    async with open_simulator(shop):
        name = await store.add("eccube", {"url": shop.url, **given})
        pulled = await store.sources.pull(DESK, name)
    assert "Cannot query field" in pulled.words


async def test_who_writes_is_looked_up_in_the_shop_with_their_orders(store: Store) -> None:
    shop = Shopify()
    shop.tables["customers"] = [shopify_customer(1)]
    shop.tables["orders"] = [shopify_order(2, 1)]
    writer = Party("email", "hanako1@mail.example")
    id = await store.database.write(customers.add, DESK, name="はなこ", contacts=[writer])
    async with open_simulator(shop):
        await store.add("shopify", SHOPIFY, **{"https://${shop}": shop.url})
        (fresh,) = await store.sources.freshen(DESK, id, wait=20)
    assert fresh.state == "fresh", fresh
    assert (await store.customer("shopify", "1")).id == id
    assert (await store.order("shopify", "2")).customer == id


TABLES = """
CREATE TABLE mtb_pref (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE dtb_customer (id INTEGER PRIMARY KEY, pref_id INTEGER, sex_id INTEGER,
  name01 TEXT, name02 TEXT, kana01 TEXT,
  kana02 TEXT, company_name TEXT, postal_code TEXT, addr01 TEXT, addr02 TEXT, email TEXT,
  phone_number TEXT, password TEXT,
  secret_key TEXT, update_date TEXT);
CREATE TABLE dtb_customer_address (id INTEGER PRIMARY KEY, customer_id INTEGER,
  pref_id INTEGER, name01 TEXT, name02 TEXT,
  postal_code TEXT, addr01 TEXT, addr02 TEXT, phone_number TEXT);
CREATE TABLE dtb_order (id INTEGER PRIMARY KEY, customer_id INTEGER, pref_id INTEGER,
  order_status_id INTEGER, order_no TEXT,
  message TEXT, name01 TEXT, name02 TEXT, kana01 TEXT, kana02 TEXT, company_name TEXT, email TEXT, phone_number TEXT,
  postal_code TEXT, addr01 TEXT, addr02 TEXT, discount NUMERIC,
  delivery_fee_total NUMERIC, tax NUMERIC, payment_total NUMERIC,
  payment_method TEXT, create_date TEXT, update_date TEXT, order_date TEXT, payment_date TEXT, currency_code TEXT);
CREATE TABLE dtb_order_item (id INTEGER PRIMARY KEY, order_id INTEGER, order_item_type_id INTEGER, product_name TEXT,
  product_code TEXT, class_category_name1 TEXT, class_category_name2 TEXT, price NUMERIC, quantity NUMERIC);
CREATE TABLE dtb_shipping (id INTEGER PRIMARY KEY, order_id INTEGER, pref_id INTEGER,
  name01 TEXT, name02 TEXT, kana01 TEXT,
  kana02 TEXT, company_name TEXT, phone_number TEXT, postal_code TEXT, addr01 TEXT, addr02 TEXT, delivery_name TEXT,
  delivery_date TEXT, shipping_date TEXT, tracking_number TEXT);
INSERT INTO mtb_pref VALUES (13, '東京都');
INSERT INTO dtb_customer VALUES (3, 13, 1, '高橋', '次郎', 'タカハシ', 'ジロウ', NULL, '1500001', '渋谷区', '神宮前1',
  'jiro@mail.example', '0355556666', 'hash', 'key', '2026-11-01 01:00:00');
INSERT INTO dtb_customer_address VALUES (1, 3, 13, '高橋', '三郎', '1600001', '新宿区', '西新宿1', '0366667777');
INSERT INTO dtb_order VALUES (1, 3, 13, 5, '1', NULL, '高橋', '次郎', 'タカハシ', 'ジロウ', NULL,
  'jiro@mail.example', '0355556666',
  '1500001', '渋谷区', '神宮前1', 0, 500, 0, 2700, '代金引換', '2026-11-01 01:00:00', '2026-11-02 01:00:00',
  '2026-11-01 01:00:00', '2026-11-02 00:00:00', 'JPY');
INSERT INTO dtb_order VALUES (2, NULL, 13, 8, '2', NULL, 'カート', '中', NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0,
  NULL, '2026-11-01 01:00:00', '2026-11-02 01:00:00', NULL, NULL, 'JPY');
INSERT INTO dtb_order_item VALUES (1, 1, 1, '煎茶', 'S-1', '100g', NULL, 1000, 2), (2, 1,
  2, '送料', NULL, NULL, NULL, 500, 1);
INSERT INTO dtb_shipping VALUES (1, 1, 13, '高橋', '三郎', NULL, NULL, NULL, '0366667777',
  '1600001', '新宿区', '西新宿1', 'ヤマト運輸',
  NULL, '2026-11-02 00:00:00', '111122223333');
"""


async def test_eccube_is_read_from_its_database(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "eccube.db"
    connection = sqlite3.connect(path)
    connection.executescript(TABLES)
    connection.close()
    name = await store.add("eccube-sql", {"url": f"sqlite:///{path}"})
    pulled = await store.pull(name)
    assert pulled.streams["orders"]["new"] == 1, "what lies in a cart is no order"
    jiro = await store.customer("eccube", "3")
    assert {one.city for one in jiro.addresses} >= {"渋谷区", "新宿区"}
    order = await store.order("eccube", "1")
    assert (order.status, order.payment, order.customer) == ("shipped", "paid", jiro.id)
    assert order.ordered_at.isoformat() == "2026-11-01T01:00:00+00:00"
    assert [line.sku for line in order.lines] == ["S-1"]
    assert order.shipments[0].tracking_number == "111122223333"


def test_no_ready_made_source_reads_what_it_may_not() -> None:
    """Passwords are not read, and every one says how it was checked."""
    for name in ready.names():
        text = ready.text(name)
        assert "password," not in text and "secret_key" not in text
        mapping = read(text)
        assert mapping.checked and mapping.title, name
        assert "[hook]" not in text or "webhook_secret" in mapping.parameters
