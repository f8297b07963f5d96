"""Whatever somebody says of a customer finds them."""

from __future__ import annotations

import pytest

from server import customers
from server.customers import names
from server.customers.orders import tracking
from server.customers.store import batch
from tests.desks import TestDesk

WATANABE = {
    "kind": "customer", "source": "shop", "external_id": "M-0042", "revision": 1,
    "family_name": "渡邊", "given_name": "翔太", "family_kana": "ワタナベ", "given_kana": "ショウタ",
    "company": "㈱山手物産",
    "contacts": [{"kind": "email", "address": "s.watanabe@yamate.example"},
                 {"kind": "phone", "address": "03-6205-1234"}],
}  # fmt: skip
SMITH = {
    "kind": "customer", "source": "shop", "external_id": "M-0043", "revision": 1, "name": "John Q. Smith",
    "contacts": [{"kind": "phone", "address": "+44 20 7946 0958"}],
}  # fmt: skip
ORDER = {
    "kind": "order", "source": "shop", "external_id": "77", "number": "EC-2026-0077", "revision": 1,
    "ordered_at": "2026-11-01T00:00:00Z", "customer": "M-0042",
    "shipments": [{"external_id": "s", "carrier": "佐川急便", "tracking_number": "5125-4751-4334"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("渡邊 翔太", "渡邊 翔太"),
        ("渡辺翔太", "渡邊 翔太"),
        ("渡邉", "渡邊 翔太"),
        ("翔太", "渡邊 翔太"),
        ("ワタナベ", "渡邊 翔太"),
        ("わたなべ しょう", "渡邊 翔太"),
        ("ﾜﾀﾅﾍﾞ ｼｮｳﾀ", "渡邊 翔太"),
        ("しょうた", "渡邊 翔太"),
        ("watanabe", "渡邊 翔太"),
        ("Watanabe Shota", "渡邊 翔太"),
        ("shōta watanabe", "渡邊 翔太"),
        ("syouta", "渡邊 翔太"),
        ("山手物産", "渡邊 翔太"),
        ("株式会社山手物産", "渡邊 翔太"),
        ("物産", "渡邊 翔太"),
        ("山手物産 渡辺", "渡邊 翔太"),
        ("０３（６２０５）１２３４", "渡邊 翔太"),
        ("+81 3-6205-1234", "渡邊 翔太"),
        ("036205", "渡邊 翔太"),
        ("1234", "渡邊 翔太"),
        ("s.watanabe@yamate.example", "渡邊 翔太"),
        ("S.Watanabe@", "渡邊 翔太"),
        ("yamate.example", "渡邊 翔太"),
        ("ec20260077", "渡邊 翔太"),
        ("ＥＣ-２０２６-００７７", "渡邊 翔太"),
        ("512547514334", "渡邊 翔太"),
        ("M-0042", "渡邊 翔太"),
        ("smith", "John Q. Smith"),
        ("john smith", "John Q. Smith"),
        ("+442079460958", "John Q. Smith"),
    ],
)
async def test_a_customer_is_found_by(said: str, name: str, sqlite_desk: TestDesk) -> None:
    assert [found.name for found in await sqlite_desk.database.read(customers.find, said)] == [name]


@pytest.mark.parametrize("said", ["", "  ", "鈴木", "%", "_", "渡辺 花子", "99999", "z" * 300])
async def test_nobody_is_found_by(said: str, sqlite_desk: TestDesk) -> None:
    assert await sqlite_desk.database.read(customers.find, said) == []


async def test_both_databases_find_the_same(desk: TestDesk) -> None:
    await _furnish(desk)
    for said in ("渡辺翔太", "わたなべ しょう", "shōta watanabe", "山手物産 渡辺", "036205", "ec20260077", "John"):
        assert len(await desk.database.read(customers.find, said)) == 1, said


@pytest.fixture
async def sqlite_desk(sqlite_only: TestDesk) -> TestDesk:
    await _furnish(sqlite_only)
    return sqlite_only


async def _furnish(desk: TestDesk) -> None:
    facts = batch.read([WATANABE, SMITH, ORDER])
    told = await desk.database.write(batch.tell_all, desk.agent, facts, 0)
    assert all(each.learned for each in told), told


@pytest.mark.parametrize(
    ("one", "other"),
    [("髙﨑　太郎 様", "高崎太郎"), ("ｶﾞｷ", "ガキ"), ("Mr. John Smith", "john SMITH"), ("齋藤 健", "斎藤健")],
)
def test_two_writings_of_a_name_are_the_same(one: str, other: str) -> None:
    assert names.key(one) == names.key(other)


@pytest.mark.parametrize(
    ("kana", "latin"),
    [("オオノ ショウコ", "Ohno Syoko"), ("イットウ", "Itto"), ("シンイチロウ", "Shin'ichirō"), ("ナンバ", "Namba"),
     ("ジュンイチ", "Zyun'iti"), ("リョウ", "Ryo")],
)  # fmt: skip
def test_a_reading_is_found_in_every_way_of_writing_it_in_latin_letters(kana: str, latin: str) -> None:
    assert names.romaji(kana) == names.latin(latin.replace("'", ""))


@pytest.mark.parametrize(
    ("said", "carrier"),
    [("クロネコヤマト", "yamato"), ("宅急便コンパクト", "yamato"), ("佐川急便", "sagawa"), ("飛脚宅配便", "sagawa"),
     ("ゆうパック", "japanpost"), ("レターパックプラス", "japanpost"), ("EMS", "japanpost"), ("DHL Express", "dhl"),
     ("UPS", "ups"), ("USPS", "usps"), ("Groups Ltd", "Groups Ltd")],
)  # fmt: skip
def test_a_carrier_is_known_by_the_words_of_shops(said: str, carrier: str) -> None:
    assert tracking.carrier(said) == carrier


def test_a_link_is_only_made_of_what_can_be_followed() -> None:
    assert tracking.link("sagawa", "1 2-3", "") == "https://k2k.sagawa-exp.co.jp/p/web/okurijosearch.do?okurijoNo=123"
    assert tracking.link("yamato", "") is None
    assert tracking.link("our own van", "1") is None
    assert tracking.link("our own van", "1", "javascript:alert(1)") is None
    assert tracking.link("yamato", "1", "https://shop.example/t/1") == "https://shop.example/t/1"
