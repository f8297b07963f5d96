"""Shopify and WooCommerce as ready-made sources, against simulators."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from channels.contract import Party
from server import customers
from server.agents import DESK
from server.customers.sources import ready
from server.customers.sources.mapping import read
from tests.customers.sources.ready.conftest import Store, addresses
from tests.customers.sources.ready.simulators import Shopify, WooCommerce, open_simulator

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


def test_no_ready_made_source_reads_what_it_may_not() -> None:
    """Passwords are not read, and every one says how it was checked."""
    for name in ready.names():
        text = ready.text(name)
        assert "password," not in text and "secret_key" not in text
        mapping = read(text)
        assert mapping.checked and mapping.title, name
        assert "[hook]" not in text or "webhook_secret" in mapping.parameters
