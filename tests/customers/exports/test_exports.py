"""What goes out comes in again, and nobody is listed who is not to be."""

from __future__ import annotations

import csv
import io
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.agents import DESK
from server.customers import exports, segments
from server.customers.exports import Choice
from server.customers.rights import stops
from server.customers.segments import Condition, SegmentDraft
from server.errors import Forbidden
from server.files import Files
from tests.customers.imports.conftest import Counter, counter

__all__ = ["counter"]
TOKYO = ZoneInfo("Asia/Tokyo")
PEOPLE = (
    "会員番号,お名前,フリガナ,会社名,部署,メールアドレス,電話番号,郵便番号,都道府県,住所1,生年月日,性別,会員ランク,備考,メルマガ,タグ\n"
    "0001,髙橋 太郎,タカハシ タロウ,㈱山手,営業部,taro@example.jp,090-1234-5678,1500041,東京都,渋谷区神南1-2-3,"
    "1980-04-01,男,ゴールド,=SUM(A1),はい,得意先\n"
    "0002,𠮷野 花子,ヨシノ ハナコ,,,hana@example.jp,03-1234-5678,,,,,女,,,いいえ,\n"
)
ORDERS = (
    "注文番号,注文日時,会員番号,注文者氏名,注文者メールアドレス,送付先氏名,送付先住所,商品コード,商品名,数量,単価,送料,合計,ステータス,"
    "入金状況,支払方法,お問い合わせ番号,配送会社,発送日\n"
    "A-1,2025/11/1 10:00,0001,髙橋 太郎,taro@example.jp,山田 花子,大阪府大阪市1-1,T1,お茶,2,1000,300,"
    "2800,発送済,入金済,カード,1234-5678-9012,ヤマト運輸,2025/11/2\n"
    "A-1,,,,,,,T2,急須,1,500,,,,,,,,\n"
)


async def written(counter: Counter, language: str = "ja", **choice: Any) -> bytes:
    chosen = Choice(**choice)
    begun = await counter.database.write(exports.begin, DESK, chosen, language)
    return b"".join([piece async for piece in exports.pieces(counter.database, chosen, begun, language, TOKYO)])


def table(body: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(encoding), newline="")))


async def test_customers_come_in_again_as_they_went_out(counter: Counter, tmp_path: Any) -> None:
    await counter.take(PEOPLE)
    for format in ("csv", "tsv", "xlsx"):
        body = await written(counter, format=format)
        again = await counter.take(body, f"customers.{format}")
        assert (again.counts.rows, again.counts.new, again.counts.refused) == (2, 0, 0), format
        assert again.counts.changed == 0, format
    row, _ = table(await written(counter, format="csv"))
    assert (row["会員番号"], row["お名前"], row["電話番号"]) == ("0001", "髙橋 太郎", "090-1234-5678")
    assert (row["メモ"], row["性別"], row["生年月日"]) == ("'=SUM(A1)", "男性", "1980-04-01")
    english = table(await written(counter, "en", format="csv"))
    assert english[0]["Customer number"] == "0001"


async def test_cp932_tells_what_does_not_fit(counter: Counter) -> None:
    await counter.take(PEOPLE)
    rows = table(await written(counter, format="csv", encoding="cp932"), "cp932")
    assert [row["お名前"] for row in rows] == ["髙橋 太郎", "吉野 花子"]
    chosen = Choice(format="csv", encoding="cp932")
    begun = await counter.database.write(exports.begin, DESK, chosen, "ja")
    assert await exports.checked(counter.database, chosen, begun, "ja", TOKYO) == {"𠮷": 2}


async def test_orders_come_in_again_as_they_went_out(counter: Counter) -> None:
    await counter.take(PEOPLE)
    await counter.take(ORDERS, "orders.csv")
    before = counter.everything()
    for format in ("csv", "xlsx"):
        body = await written(counter, what="orders", format=format)
        view = await counter.take(body, f"orders.{format}")
        assert (view.plan.what, view.counts.refused, view.counts.new) == ("orders", 0, 0), format
    first, second = table(await written(counter, what="orders", format="csv"))
    assert (first["商品名"], second["商品名"], second["合計金額"]) == ("お茶", "急須", "2800")
    assert first["注文日時"] == "2025-11-01 10:00:00"
    after = counter.everything()
    for part in ("order_line", "customer_value", "payment", "contact"):
        assert after[part] == before[part], part


async def test_a_segment_and_a_search_choose_whom(counter: Counter) -> None:
    await counter.take(PEOPLE)
    gold = SegmentDraft(name="金", conditions=[Condition(field="rank", op="is", value="ゴールド")])
    segment = await counter.database.write(segments.add, DESK, gold)
    chosen = [{"segment": segment.id}, {"search": "ヨシノ"}, {"search": "誰もいない"}, {}]
    names = [[row["会員番号"] for row in table(await written(counter, format="csv", **each))] for each in chosen]
    assert names == [["0001"], ["0002"], [], ["0001", "0002"]]


async def test_a_search_exports_everybody_whom_it_finds(counter: Counter) -> None:
    people = "".join(f"{n:04},探野 {n}子,p{n}@many.example\n" for n in range(450))
    await counter.take(f"会員番号,氏名,メールアドレス\n{people}".encode())
    for search in ("many.example", "探野"):
        found = table(await written(counter, format="csv", search=search))
        assert len({row["会員番号"] for row in found}) == len(found) == 450, search


async def test_who_is_not_to_be_in_lists_is_left_out_and_every_export_is_written_down(counter: Counter) -> None:
    await counter.take(PEOPLE)
    (row,) = counter.rows("SELECT customer_id AS id FROM contact WHERE address = 'taro@example.jp'")
    await counter.database.write(stops.stop, DESK, row.id, "lists")
    assert [each["会員番号"] for each in table(await written(counter, format="csv"))] == ["0002"]
    (entry,) = counter.rows("SELECT * FROM audit WHERE what = 'export'")
    assert entry.detail["what"] == "customers"


async def test_agents_without_the_right_export_nothing(counter: Counter, files: Files) -> None:
    from server import agents

    agent = await counter.database.write(agents.add, DESK, email="a@example.jp", name="A", role="agent")
    with pytest.raises(Forbidden):
        await counter.database.write(exports.begin, agent, Choice(), "ja")
