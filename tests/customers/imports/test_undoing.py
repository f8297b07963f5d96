"""An import is taken back exactly; what somebody changed since stays, and is said."""

from __future__ import annotations

from server.agents import DESK
from server.customers.actions import CustomerEdit, edit
from server.customers.identity import suggestions
from server.customers.imports import queries
from server.customers.store import batch
from tests.customers.imports.conftest import Counter

HEAD = "会員番号,お名前,会社名,メールアドレス,電話番号,郵便番号,住所,備考,メルマガ,タグ\n"
ROWS = (
    "1,山田 太郎,旧,taro@example.jp,090-1111-2222,1000001,東京都千代田区1-1,甲,はい,得意先\n"
    "2,佐藤 花子,旧,hana@example.jp,090-1111-3333,1000001,東京都千代田区2-2,乙,いいえ,\n"
)


async def test_what_was_made_is_gone_and_what_was_changed_is_as_before(counter: Counter) -> None:
    await counter.take(HEAD + ROWS)
    before = counter.everything()
    new = "3,鈴木 一,新,ichi@example.jp,090-1111-4444,,,丙,はい,\n"
    changed = ROWS.replace("旧", "新").replace("090-1111-2222", "090-9999-2222").replace("甲", "別のメモ")
    changed = changed.replace("いいえ", "はい").replace("1-1", "9-9").replace("得意先", "上客")
    view = await counter.take(HEAD + changed + new)
    assert (view.counts.changed, view.counts.new) == (2, 1)
    assert counter.everything() != before
    undone = await counter.undo(view.id)
    assert (undone.state, undone.counts.removed, undone.counts.restored, undone.counts.kept) == ("undone", 1, 2, 0)
    assert counter.everything() == before


async def test_what_somebody_changed_since_stays_and_is_said(counter: Counter) -> None:
    await counter.take(HEAD + ROWS)
    view = await counter.take(
        HEAD + ROWS.replace("旧", "新").replace("山田", "山本") + "3,鈴木,新,c@example.jp,,,,,,\n"
    )
    one, two, three = (row.id for row in counter.rows("SELECT id FROM customer ORDER BY id"))
    await counter.database.write(edit, DESK, one, CustomerEdit(company="手で直した"))
    await counter.database.write(edit, DESK, three, CustomerEdit(department="営業"))
    undone = await counter.undo(view.id)
    assert (undone.counts.removed, undone.counts.restored, undone.counts.kept) == (0, 1, 2)
    rows = {row.id: (row.name, row.company) for row in counter.rows("SELECT id, name, company FROM customer")}
    assert rows == {one: ("山田 太郎", "手で直した"), two: ("佐藤 花子", "旧"), three: ("鈴木", "新")}
    kept = await counter.database.read(queries.kept, DESK, view.id)
    assert {(each.subject, each.why) for each in kept} == {
        (one, "was changed since: company"),
        (three, "was changed here since"),
    }


async def test_a_customer_with_an_order_since_stays(counter: Counter) -> None:
    view = await counter.take(HEAD + ROWS)
    order = {"kind": "order", "source": "file", "external_id": "o1", "ordered_at": "2026-11-01T00:00:00Z",
             "customer": "1", "total": "100"}  # fmt: skip
    await counter.database.write(batch.tell_all, DESK, batch.read([order]), 0)
    undone = await counter.undo(view.id)
    assert (undone.counts.removed, undone.counts.kept) == (1, 1)
    (kept,) = await counter.database.read(queries.kept, DESK, view.id)
    assert kept.why == "has tickets or orders by now"


async def test_what_a_source_said_since_stays(counter: Counter) -> None:
    await counter.take(HEAD + ROWS)
    view = await counter.take(HEAD + ROWS.replace("旧", "新"))
    later = await counter.take(HEAD + ROWS.replace("旧", "最新"))
    undone = await counter.undo(view.id)
    assert undone.counts.kept == 2
    assert {row.company for row in counter.rows("SELECT company FROM customer")} == {"最新"}
    await counter.undo(later.id)
    assert {row.company for row in counter.rows("SELECT company FROM customer")} == {"新"}


async def test_two_known_customers_are_suggested_to_be_one_and_never_joined_by_a_file(counter: Counter) -> None:
    await counter.take("会員番号,お名前,メールアドレス\n1,山田 太郎,taro@example.jp\n", source="a")
    await counter.take("会員番号,お名前\n5,山田 太郎\n", source="b")
    before = counter.everything()
    view = await counter.take("会員番号,お名前,メールアドレス\n5,山田 太郎,taro@example.jp\n", source="b")
    assert counter.rows("SELECT id FROM customer WHERE merged_into IS NOT NULL") == []
    first, second = counter.rows("SELECT id FROM customer ORDER BY id")
    found = await counter.database.read(suggestions.suggest, second.id)
    assert [each.id for each in found] == [first.id]
    undone = await counter.undo(view.id)
    assert undone.counts.kept == 0
    assert counter.everything() == before
