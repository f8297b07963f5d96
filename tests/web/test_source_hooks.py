"""Webhooks that sources send: believed by their signature, stored before they are answered, harmless when repeated."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import msgspec

from server.agents import DESK
from server.customers import sources
from server.customers.sources import SourceDraft
from tests.customers.sources.ready.test_shops import FULFILMENT, shopify_customer, shopify_order
from tests.web.house import Answer, House

SECRET = "hush"


async def shopify(house: House, **more: Any) -> str:
    """A source of the shop's."""
    given = {"shop": "tea.myshopify.com", "token": "shpat_right", "webhook_secret": SECRET, **more}
    return await house.database.write(
        sources.add, DESK, SourceDraft(ready="shopify", parameters=given), keys=house.parts.keys
    )


async def send(house: House, path: str, body: Any, **headers: str) -> Answer:
    """A webhook as it is posted, without anybody signed in."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    async with house.stranger().http.post(f"{house.base}{path}", data=raw, headers=headers) as response:
        return Answer(response.status, response.headers.copy(), await response.read())


async def tell(house: House, topic: str, body: Any, secret: str = SECRET) -> Answer:
    """A webhook of Shopify's."""
    raw = msgspec.json.encode(body)
    mac = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": mac, "X-Shopify-Webhook-Id": "b1"}
    return await send(house, "/sources/shopify/hook", raw, **headers)


async def row(house: House, sql: str, **values: Any) -> Any:
    """One row of the store."""
    return await house.database.read(lambda tx: tx.first(sql, **values))


async def test_what_a_shop_tells_is_stored_before_it_is_answered_and_repeats_are_harmless(house: House) -> None:
    await shopify(house)
    told = await tell(house, "customers/create", shopify_customer(1))
    assert (told.status, told.json["streams"]) == (200, {"customers": {"records": 1, "new": 1}})
    assert (await row(house, "SELECT name FROM customer")).name == "山田 花子"
    again = await tell(house, "customers/create", shopify_customer(1))
    assert again.json["streams"] == {"customers": {"records": 1, "same": 1}}
    order = shopify_order(2, 1)
    assert (await tell(house, "orders/create", order)).json["streams"]["orders"]["new"] == 1
    stands = "SELECT status, payment FROM orders WHERE external_id = '2'"
    cancelled = {**order, "cancelled_at": "2026-11-04T00:00:00Z", "updated_at": "2026-11-04T00:00:00Z"}
    assert (await tell(house, "orders/cancelled", cancelled)).status == 200
    assert (await row(house, stands)).status == "cancelled"
    late = {**order, "financial_status": "pending", "updated_at": "2026-11-03T00:00:00Z"}
    assert (await tell(house, "orders/updated", late)).json["streams"]["orders"]["stale"] == 1
    assert (await row(house, stands)).status == "cancelled", "what comes late does not stand"


async def test_a_parcel_by_itself_finds_its_order_also_before_it_is_told_of(small_house: House) -> None:
    await shopify(small_house)
    delivered = {**FULFILMENT, "shipment_status": "delivered", "updated_at": "2026-11-05T00:00:00Z"}
    assert (await tell(small_house, "fulfillments/update", delivered)).json["streams"]["fulfillments"]["new"] == 1
    assert (await tell(small_house, "fulfillments/create", FULFILMENT)).json["streams"]["fulfillments"]["stale"] == 1
    assert (await tell(small_house, "orders/updated", shopify_order(2, 1))).status == 200
    assert (await row(small_house, "SELECT status FROM orders WHERE external_id = '2'")).status == "delivered"


async def test_nobody_is_believed_without_the_secret(small_house: House) -> None:
    await shopify(small_house)
    assert (await tell(small_house, "customers/create", shopify_customer(1), secret="guess")).status == 401
    assert (await send(small_house, "/sources/shopify/hook", shopify_customer(1))).status == 401
    assert (await send(small_house, "/sources/nobody/hook", {})).status == 404
    assert await row(small_house, "SELECT 1 FROM customer") is None
    await small_house.database.write(
        sources.edit, DESK, "shopify", SourceDraft(enabled=False), keys=small_house.parts.keys, version=None
    )
    assert (await tell(small_house, "customers/create", shopify_customer(1))).status == 503, "offer it again"


async def test_without_a_secret_no_webhook_is_taken(small_house: House) -> None:
    await shopify(small_house, webhook_secret="")
    assert (await tell(small_house, "customers/create", shopify_customer(1), secret="")).status == 401


async def test_what_cannot_be_read_is_kept_as_a_failure_and_other_topics_are_let_pass(small_house: House) -> None:
    await shopify(small_house)
    wrong = shopify_order(3, 1, processed_at="soon", created_at="soon")
    told = await tell(small_house, "orders/create", wrong)
    assert (told.status, told.json["streams"]["orders"]["refused"]) == (200, 1)
    page = await small_house.database.read(sources.failures, DESK, "shopify")
    assert page.items[0].record == "3" and "ordered_at" in page.items[0].troubles[0].place
    assert (await tell(small_house, "products/update", {"id": 1})).json["streams"] == {}
    assert (await tell(small_house, "orders/create", {**wrong, "processed_at": "2026-11-01T00:00:00Z"})).status == 200
    assert not (await small_house.database.read(sources.failures, DESK, "shopify")).items


async def test_woocommerce_finds_its_address_answering(small_house: House) -> None:
    given = {"url": "https://shop.example.jp", "key": "ck", "secret": "cs", "webhook_secret": SECRET}
    draft = SourceDraft(ready="woocommerce", parameters=given)
    await small_house.database.write(sources.add, DESK, draft, keys=small_house.parts.keys)
    assert (await send(small_house, "/sources/woocommerce/hook", b"webhook_id=17")).status == 200
    raw = msgspec.json.encode(
        {"id": 7, "email": "a@mail.example", "last_name": "鈴木", "first_name": "一郎", "meta_data": []}
    )
    mac = base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()).decode()
    headers = {"X-WC-Webhook-Topic": "customer.updated", "X-WC-Webhook-Signature": mac}
    assert (await send(small_house, "/sources/woocommerce/hook", raw, **headers)).status == 200
    assert (await row(small_house, "SELECT name FROM customer")).name == "鈴木 一郎"


async def test_eccube_knocks_and_is_pulled(small_house: House) -> None:
    given = {"url": "https://shop.example.jp", "client_id": "i", "client_secret": "s", "refresh_token": "r"}
    draft = SourceDraft(ready="eccube", parameters={**given, "webhook_secret": SECRET})
    await small_house.database.write(sources.add, DESK, draft, keys=small_house.parts.keys)
    later = "UPDATE source SET next_at = '2099-01-01 00:00:00.000000'"
    await small_house.database.write(lambda tx: tx.run(later))
    raw = b'[{"entity": "product", "id": 1, "action": "updated"}, {"entity": "order", "id": 14, "action": "created"}]'
    headers = {"X-ECCUBE-Signature": hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()}
    told = await send(small_house, "/sources/eccube/hook", raw, **headers)
    assert (told.status, told.json["pulls"]) == (200, True)
    assert (await row(small_house, "SELECT next_at FROM source")).next_at.year < 2099


STOCK = """
mapping = 1
name = "shelf"
kind = "http"
title = "Shelf"

[http]
base = "https://shelf.example"

[[stream]]
name = "stock"
fact = "stock"
id = "sku"
updated = "at"

[stream.fields]
external_id = "sku"
name = "name"
available = "there"
at = "at"

[[stream]]
name = "wishes"
fact = "interaction"
id = "id"

[stream.fields]
external_id = "id"
customer = "customer"
what = "=wish"
at = "at"
data = { sku = "sku" }

[hook]
signature = { header = "X-Sign", secret = "hush", algorithm = "sha256", encoding = "base64" }
topic = "header:X-Topic"
event = [{ topic = "stock", stream = "stock" }, { topic = "wish", stream = "wishes" }]
"""


async def test_signed_webhooks_tell_of_stock_and_of_who_waits_for_it(small_house: House) -> None:
    await small_house.database.write(sources.add, DESK, SourceDraft(mapping=STOCK), keys=small_house.parts.keys)

    async def say(topic: str, body: Any, secret: str = SECRET) -> Answer:
        raw = msgspec.json.encode(body)
        mac = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
        return await send(small_house, "/sources/shelf/hook", raw, **{"X-Topic": topic, "X-Sign": mac})

    tea = {"sku": "TEA-1", "name": "煎茶", "there": False, "at": "2026-11-01T00:00:00Z"}
    assert (await say("stock", tea, "guessed")).status == 401
    assert (await say("stock", tea)).json["streams"]["stock"]["new"] == 1
    wish = {"id": "w1", "customer": "c7", "sku": "tea-1", "at": "2026-11-02T00:00:00Z"}
    assert (await say("wish", wish)).json["streams"]["wishes"]["new"] == 1
    assert (await row(small_house, "SELECT sku FROM interaction")).sku == "tea-1"
    back = {**tea, "there": True, "at": "2026-11-03T00:00:00Z"}
    assert (await say("stock", back)).json["streams"]["stock"]["changed"] == 1
    assert (await say("stock", tea)).json["streams"]["stock"]["stale"] == 1
    stands = await row(small_house, "SELECT * FROM stock")
    assert (stands.sku, bool(stands.available), stands.since.day) == ("tea-1", True, 3)
