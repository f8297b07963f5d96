"""CSV as malls and tools export it: one row for each article, in CP932."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.customers.sources.ready.conftest import Store, addresses

RAKUTEN = [
    "注文番号",
    "ステータス",
    "注文日時",
    "注文日",
    "注文時間",
    "発送完了報告日時",
    "支払方法名",
    "商品合計金額",
    "消費税合計",
    "送料合計",
    "代引料合計",
    "請求金額",
    "合計金額",
    "ポイント利用額",
    "クーポン利用総額",
    "注文者郵便番号1",
    "注文者郵便番号2",
    "注文者住所都道府県",
    "注文者住所郡市区",
    "注文者住所それ以降の住所",
    "注文者姓",
    "注文者名",
    "注文者姓カナ",
    "注文者名カナ",
    "注文者電話番号1",
    "注文者電話番号2",
    "注文者電話番号3",
    "注文者メールアドレス",
    "注文者性別",
    "送付先ID",
    "送付先郵便番号1",
    "送付先郵便番号2",
    "送付先住所都道府県",
    "送付先住所郡市区",
    "送付先住所それ以降の住所",
    "送付先姓",
    "送付先名",
    "送付先姓カナ",
    "送付先名カナ",
    "送付先電話番号1",
    "送付先電話番号2",
    "送付先電話番号3",
    "商品ID",
    "商品名",
    "商品番号",
    "商品管理番号",
    "単価",
    "個数",
    "項目・選択肢",
    "お届け日指定",
    "ひとことメモ",
    "コメント",
    "配送会社",
    "お荷物伝票番号",
    "発送日",
    "システム連携用SKU番号",
]


def write(path: Path, header: list[str], rows: list[dict[str, Any]], encoding: str = "cp932") -> Path:
    """A file as such a system writes it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def rakuten(number: str, **more: str) -> dict[str, str]:
    """One row of RMS."""
    return {
        "注文番号": number,
        "ステータス": "300",
        "注文日時": "2026-11-01 21:15:03",
        "請求金額": "6,200",
        "合計金額": "6500",
        "消費税合計": "500",
        "送料合計": "600",
        "ポイント利用額": "300",
        "クーポン利用総額": "0",
        "注文者姓": "髙橋",
        "注文者名": "①郎",
        "注文者姓カナ": "タカハシ",
        "注文者名カナ": "イチロウ",
        "注文者郵便番号1": "150",
        "注文者郵便番号2": "0001",
        "注文者住所都道府県": "東京都",
        "注文者住所郡市区": "渋谷区",
        "注文者住所それ以降の住所": "神宮前１－２",
        "注文者電話番号1": "03",
        "注文者電話番号2": "5555",
        "注文者電話番号3": "6666",
        "注文者メールアドレス": "abc0123@pc.fw.rakuten.ne.jp",
        "送付先ID": "100",
        "送付先姓": "佐藤",
        "送付先名": "花",
        "送付先住所都道府県": "大阪府",
        "商品名": "緑茶",
        "商品管理番号": "tea-1",
        "単価": "2,450",
        "個数": "2",
        **more,
    }


async def test_rows_of_rakuten_become_orders(store: Store, tmp_path: Path) -> None:
    rows = [
        rakuten("274555-20261101-0001"),
        rakuten("274555-20261101-0001", 商品名="急須", 商品管理番号="pot-1", 単価="1000", 個数="1")
        | {"項目・選択肢": "色:黒"},
        rakuten(
            "274555-20261101-0002",
            ステータス="500",
            配送会社="日本郵便",
            お荷物伝票番号="1234-5678-9012",
            発送日="2026-11-02",
        ),
        rakuten("274555-20261101-0003", ステータス="900", 注文者メールアドレス=""),
    ]
    file = write(tmp_path / "orders.csv", RAKUTEN, rows)
    name = await store.add("rakuten-csv", {})
    pulled = await store.take(name, file)
    assert pulled.streams["orders"]["new"] == 3
    first = await store.order("rakuten", "274555-20261101-0001")
    assert [(line.name, line.quantity, line.price) for line in first.lines] == [
        ("緑茶", 2, Decimal(2450)),
        ("急須 色:黒", 1, Decimal(1000)),
    ]
    assert (first.total, first.discount, first.shop) == (Decimal(6200), Decimal(300), "楽天市場")
    assert first.ordered_at.isoformat() == "2026-11-01T12:15:03+00:00"
    assert first.buyer is not None and first.buyer["name"] == "髙橋 ①郎"
    assert first.recipient is not None and first.recipient["name"] == "佐藤 花"
    assert not first.shipments
    second = await store.order("rakuten", "274555-20261101-0002")
    assert (second.status, second.shipments[0].tracking_number) == ("shipped", "1234-5678-9012")
    assert (await store.order("rakuten", "274555-20261101-0003")).status == "cancelled"


async def test_rows_of_yahoo_become_orders_whatever_columns_were_chosen(store: Store, tmp_path: Path) -> None:
    header = "OrderId OrderTime OrderStatus PayStatus PayDate PayMethodName ShipStatus ShipMethodName"
    header += " ShipInvoiceNumber1 ShipDate TotalPrice ShipCharge BillName BillNameKana BillMailAddress"
    header += " BillPhoneNumber BillZipCode BillPrefecture BillCity BillAddress1 BillAddress2 ShipName"
    header += " ShipNameKana ShipPhoneNumber ShipZipCode ShipPrefecture ShipCity ShipAddress1"
    header += " ShipAddress2 LineId ItemId SubCode Title Quantity UnitPrice"
    row = {
        "OrderId": "tea-10000001",
        "OrderTime": "2026/11/01 21:15:03",
        "OrderStatus": "2",
        "PayStatus": "1",
        "PayDate": "2026/11/01",
        "PayMethodName": "PayPay残高等",
        "ShipStatus": "3",
        "ShipMethodName": "ヤマト運輸",
        "ShipInvoiceNumber1": "111122223333",
        "ShipDate": "2026/11/02",
        "TotalPrice": "3000",
        "ShipCharge": "0",
        "BillName": "山田 花子",
        "BillMailAddress": "h@yahoo.example",
        "BillPhoneNumber": "09012345678",
        "LineId": "1",
        "ItemId": "tea",
        "Title": "緑茶",
        "Quantity": "1",
        "UnitPrice": "2000",
    }
    rows = [
        row,
        {**row, "LineId": "2", "ItemId": "pot", "Title": "急須", "UnitPrice": "1000"},
        {
            **row,
            "OrderId": "tea-10000002",
            "OrderStatus": "4",
            "PayStatus": "0",
            "PayDate": "",
            "ShipInvoiceNumber1": "",
        },
    ]
    name = await store.add("yahoo-csv", {})
    await store.take(name, write(tmp_path / "yahoo.csv", header.split(), rows))
    order = await store.order("yahoo", "tea-10000001")
    assert [line.name for line in order.lines] == ["緑茶", "急須"]
    assert (order.status, order.payment, order.shipments[0].tracking_number) == ("shipped", "paid", "111122223333")
    cancelled = await store.order("yahoo", "tea-10000002")
    assert (cancelled.status, cancelled.shipments, cancelled.payments) == ("cancelled", [], [])


async def test_rows_of_purchases_bring_orders_and_a_list_of_people_brings_customers(
    store: Store, tmp_path: Path
) -> None:
    header = [
        "顧客ID",
        "氏名",
        "フリガナ",
        "メールアドレス",
        "電話番号",
        "受注番号",
        "受注日",
        "商品コード",
        "商品名",
        "数量",
        "単価",
        "合計金額",
        "受注ステータス",
    ]
    row = {
        "顧客ID": "C7",
        "氏名": "山田 花子",
        "フリガナ": "ヤマダ ハナコ",
        "メールアドレス": "hanako@mail.example",
        "電話番号": "０９０－１２３４－５６７８",
        "受注番号": "J1",
        "受注日": "令和8年11月1日",
        "商品コード": "T-1",
        "商品名": "緑茶",
        "数量": "２",
        "単価": "￥1,000",
        "合計金額": "2,000円",
        "受注ステータス": "配達完了",
    }
    name = await store.add("purchases-csv", {})
    await store.take(name, write(tmp_path / "purchases.csv", header, [row]))
    order = await store.order("purchases", "J1")
    assert (order.status, order.total, order.lines[0].quantity) == ("delivered", Decimal(2000), 2)
    assert order.ordered_at.isoformat() == "2026-10-31T15:00:00+00:00"
    people = ["顧客ID", "氏名", "メールアドレス", "生年月日", "性別", "会員ランク", "メルマガ"]
    known = {
        "顧客ID": "C7",
        "氏名": "山田 花子",
        "メールアドレス": "hanako@mail.example",
        "生年月日": "S60.4.5",
        "性別": "女性",
        "会員ランク": "ゴールド",
        "メルマガ": "不要",
    }
    await store.take(name, write(tmp_path / "people.csv", people, [known]))
    hanako = await store.customer("purchases", "C7")
    assert (hanako.birthday, hanako.sex, hanako.member_rank, hanako.opted_out) == (
        "1985-04-05",
        "female",
        "ゴールド",
        True,
    )
    assert hanako.id == order.customer
    assert "hanako@mail.example" in addresses(hanako, "email")
