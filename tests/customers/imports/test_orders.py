"""Orders come out of files with one line a row, and are taken back."""

from __future__ import annotations

from tests.customers.imports.conftest import Counter

HEAD = (
    "注文番号,注文日時,会員番号,注文者氏名,注文者メールアドレス,送付先氏名,送付先住所,商品コード,商品名,数量,単価,送料,"
    "合計,ステータス,入金状況,支払方法,お問い合わせ番号,配送会社,発送日,備考\n"
)


def line(number: str, sku: str, *, quantity: str = "1", price: str = '"1,000円"', total: str = "3300") -> str:
    return (
        f"{number},2025/11/1 10:00,42,山田 太郎,taro@example.jp,山田 花子,大阪府大阪市1-1,{sku},お茶{sku},"
        f"{quantity},{price},300,{total},発送済,入金済,クレジットカード,1234-5678-9012,ヤマト運輸,2025/11/2,熨斗あり\n"
    )


async def test_rows_of_one_number_are_one_order(counter: Counter) -> None:
    view = await counter.take(
        HEAD + line("A-1", "T1", quantity="２") + line("A-1", "T2") + line("A-2", "T3"), "orders.csv"
    )
    assert (view.plan.what, view.counts.new, view.counts.rows) == ("orders", 2, 3)
    first, second = counter.rows("SELECT * FROM orders ORDER BY id")
    assert (first.number, first.total, first.status, first.payment) == ("A-1", 33_000_000, "shipped", "paid")
    assert first.ordered_at.isoformat() == "2025-11-01T01:00:00+00:00"
    assert first.recipient["name"] == "山田 花子" and first.gift
    lines = counter.rows("SELECT * FROM order_line WHERE order_id = :id ORDER BY position", id=first.id)
    assert [(each.sku, each.quantity, each.price) for each in lines] == [("T1", 2, 10_000_000), ("T2", 1, 10_000_000)]
    (parcel,) = counter.rows("SELECT * FROM shipment WHERE order_id = :id", id=first.id)
    assert (parcel.carrier, parcel.tracking_number) == ("yamato", "1234-5678-9012")
    assert first.customer_id == second.customer_id
    (value,) = counter.rows("SELECT * FROM customer_value")
    assert value.orders == 2


async def test_rows_that_are_apart_are_one_order_all_the_same(counter: Counter) -> None:
    head = "注文番号,注文日,商品名,数量,単価\n"
    view = await counter.take(head + "1,2025-11-01,茶,1,100\n2,2025-11-01,壺,1,900\n1,2025-11-01,碗,2,50\n")
    assert (view.counts.new, view.counts.changed) == (2, 1)
    first, second = counter.rows("SELECT * FROM orders ORDER BY number")
    assert (first.total, second.total) == (2_000_000, 9_000_000)
    assert len(counter.rows("SELECT * FROM order_line WHERE order_id = :id", id=first.id)) == 2


async def test_an_order_with_a_row_that_cannot_be_read_is_refused_whole(counter: Counter) -> None:
    rows = HEAD + line("A-1", "T1") + line("A-1", "T2", quantity="たくさん") + line("A-2", "T3")
    view = await counter.take(rows)
    assert (view.counts.new, view.counts.refused) == (1, 1)
    first, second = await counter.problems(view.id)
    assert (first.row, list(first.reasons)) == (2, ["*"])
    assert (second.row, list(second.reasons)) == (3, ["数量"])


async def test_the_same_file_again_changes_nothing(counter: Counter) -> None:
    rows = HEAD + line("A-1", "T1") + line("A-2", "T2")
    await counter.take(rows)
    before = counter.everything()
    again = await counter.take(rows)
    assert (again.counts.same, again.counts.changed, again.counts.new) == (2, 0, 0)
    assert counter.everything() == before


async def test_orders_are_taken_back_with_the_customers_that_they_made(counter: Counter) -> None:
    blank = counter.everything()
    first = await counter.take(HEAD + line("A-1", "T1"))
    before = counter.everything()
    second = await counter.take(HEAD + line("A-1", "T1").replace("発送済", "キャンセル") + line("A-9", "T9"))
    assert (second.counts.changed, second.counts.new) == (1, 1)
    undone = await counter.undo(second.id)
    assert undone.counts.kept == 0
    assert counter.everything() == before
    await counter.undo(first.id)
    assert counter.everything() == blank
