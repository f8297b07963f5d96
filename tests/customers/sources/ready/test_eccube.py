"""EC-CUBE 4 as ready-made sources: its plug-in against a simulator, its database on each that it runs on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy

from server.agents import DESK
from server.customers import sources
from tests.conftest import _database_url
from tests.customers.sources import maria
from tests.customers.sources.ready.conftest import Store
from tests.customers.sources.ready.simulators import EcCube, open_simulator


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


MOMENTS = {"sqlite": "TEXT", "postgresql": "TIMESTAMP(0) WITH TIME ZONE", "mariadb": "DATETIME"}


def fill(place: str, kind: str) -> None:
    """Make EC-CUBE's tables, with times as it keeps them there."""
    engine = sqlalchemy.create_engine(place)
    with engine.begin() as connection:
        if kind == "postgresql":
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        for statement in TABLES.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(re.sub(r"(\w+_date) TEXT", rf"\1 {MOMENTS[kind]}", statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def eccube_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """EC-CUBE's database on each that it runs on."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'eccube.db'}"
        fill(url, "sqlite")
        yield url
        return
    if request.param == "mariadb":
        port: int = request.getfixturevalue("mariadb")
        place = f"shop:{quote(maria.PASSWORD, safe='')}@127.0.0.1:{port}/shop?charset=utf8mb4"
        fill(f"mysql+pymysql://{place}", "mariadb")
        yield f"mysql://{place}"
        engine = sqlalchemy.create_engine(f"mysql+pymysql://{place}")
        with engine.begin() as connection:
            for table in re.findall(r"CREATE TABLE (\w+)", TABLES):
                connection.exec_driver_sql(f"DROP TABLE {table}")
        engine.dispose()
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"eccube_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = _database_url(server, name)
    fill(url.replace("postgresql://", "postgresql+psycopg://", 1), "postgresql")
    yield url
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_eccube_is_read_from_its_database(store: Store, eccube_url: str) -> None:
    name = await store.add("eccube-sql", {"url": eccube_url})
    pulled = await store.pull(name)
    assert pulled.streams["orders"]["new"] == 1, "what lies in a cart is no order"
    assert (await store.pull(name)).streams["orders"].get("changed", 0) == 0
    jiro = await store.customer("eccube", "3")
    assert {one.city for one in jiro.addresses} >= {"渋谷区", "新宿区"}
    order = await store.order("eccube", "1")
    assert (order.status, order.payment, order.customer) == ("shipped", "paid", jiro.id)
    assert order.ordered_at.isoformat() == "2026-11-01T01:00:00+00:00"
    assert [line.sku for line in order.lines] == ["S-1"]
    assert order.shipments[0].tracking_number == "111122223333"
    (fresh,) = await store.sources.freshen(DESK, jiro.id, wait=20)
    assert fresh.state == "fresh", fresh
