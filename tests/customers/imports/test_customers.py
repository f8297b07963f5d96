"""Customers come out of files as they are meant, once, and what cannot be read is said."""

from __future__ import annotations

from server.agents import DESK
from server.customers import attributes, queries
from server.customers.actions import CustomerEdit, edit
from server.customers.attributes import AttributeView
from server.customers.imports import actions
from server.customers.views import CustomerView
from tests.customers.imports.conftest import Counter

HEAD = (
    "会員番号,お名前,フリガナ,郵便番号,都道府県,住所1,住所2,電話番号,メールアドレス,生年月日,性別,"
    "会社名,部署,備考,メルマガ,登録日\n"
)
TARO = (
    '0001,髙橋 太郎,タカハシ タロウ,1500041,東京都,渋谷区神南1-2-3,"㈱ビル\n3階",9012345678,Taro@Example.JP,'
    "昭和55年4月1日,男,㈱山手,営業部,お得意様,希望する,2024/5/1 10:00\n"
)


async def one(counter: Counter, email: str) -> CustomerView:
    (row,) = counter.rows("SELECT customer_id AS id FROM contact WHERE address = :email", email=email)
    return await counter.database.read(queries.view, row.id)


async def test_everything_that_a_row_says_is_known_of_the_customer(counter: Counter) -> None:
    view = await counter.take((HEAD + TARO).encode("cp932"))
    assert view.form.encoding == "cp932"
    assert (view.state, view.counts.new, view.counts.refused) == ("done", 1, 0)
    taro = await one(counter, "taro@example.jp")
    assert (taro.name, taro.family_name, taro.given_name, taro.kana) == ("髙橋 太郎", "髙橋", "太郎", "タカハシ タロウ")
    assert (taro.company, taro.department, taro.birthday, taro.sex) == ("㈱山手", "営業部", "1980-04-01", "male")
    assert taro.note == "お得意様"
    (place,) = taro.addresses
    assert (place.postal_code, place.region) == ("150-0041", "東京都")
    assert place.street == "渋谷区神南1-2-3 ㈱ビル\n3階"
    assert {one.address for one in taro.contacts} == {"taro@example.jp", "+819012345678"}
    (consent,) = taro.consents
    assert consent.given and consent.at.isoformat() == "2024-05-01T01:00:00+00:00"
    assert [(each.source, each.external_id) for each in taro.sources] == [("file", "0001")]


async def test_a_trial_writes_nothing_and_counts_what_would_become_of_it(counter: Counter) -> None:
    await counter.take(HEAD + TARO)
    before = counter.everything()
    rows = (
        TARO
        + "0002,佐藤 花子,,,,,,,hanako@example.jp,,,,,,,\n"
        + "0002,佐藤 花子,,,,,,,hanako@example.jp,,女,,,,,\n"
        + "0003,鈴木,,,,,,9.01E+09,,,,,,,,\n"
        + ",,,,,,,,,,,,,メモだけ,,\n"
    )
    view = await counter.run((await counter.bring(HEAD + rows)).id, trial=True)
    counts = view.trial
    assert (counts.rows, counts.new, counts.changed, counts.same, counts.refused) == (5, 1, 1, 1, 2)
    assert counter.everything() == before
    first, second = await counter.problems(view.id, trial=True)
    assert (first.row, list(first.reasons)) == (5, ["電話番号"]) and "rounded" in first.reasons["電話番号"]
    assert (second.row, list(second.reasons)) == (6, ["*"])
    view = await counter.run(view.id)
    assert (view.counts.new, view.counts.changed, view.counts.same, view.counts.refused) == (1, 1, 1, 2)


async def test_what_the_file_says_counts_but_never_over_what_people_here_have_set(counter: Counter) -> None:
    await counter.take(HEAD + TARO)
    taro = await one(counter, "taro@example.jp")
    await counter.database.write(edit, DESK, taro.id, CustomerEdit(company="合同会社たろう"))
    changed = TARO.replace("営業部", "開発部").replace("㈱山手", "㈱山の手").replace("髙橋", "高梨")
    view = await counter.take(HEAD + changed)
    assert view.counts.changed == 1
    taro = await one(counter, "taro@example.jp")
    assert (taro.name, taro.department, taro.company) == ("高梨 太郎", "開発部", "合同会社たろう")


async def test_a_file_with_fewer_columns_takes_nothing_away(counter: Counter) -> None:
    await counter.take(HEAD + TARO)
    view = await counter.take("会員番号,部署\n0001,総務部\n")
    assert view.counts.changed == 1
    taro = await one(counter, "taro@example.jp")
    assert (taro.name, taro.department, taro.company) == ("髙橋 太郎", "総務部", "㈱山手")
    assert len(taro.addresses) == 1
    again = await counter.take("会員番号,部署\n0001,総務部\n")
    assert again.counts.same == 1 and again.counts.changed == 0


async def test_only_what_is_empty_is_filled(counter: Counter) -> None:
    await counter.take("会員番号,お名前,会社名,メールアドレス\n1,山田 太郎,旧会社,taro@example.jp\n")
    row = "1,別名,新会社,other@example.jp,営業部,9012345678\n"
    view = await counter.take("会員番号,お名前,会社名,メールアドレス,部署,電話番号\n" + row, existing="fill")
    assert view.counts.changed == 1
    taro = await one(counter, "taro@example.jp")
    assert (taro.name, taro.company, taro.department) == ("山田 太郎", "旧会社", "営業部")
    assert {each.address for each in taro.contacts} == {"taro@example.jp", "+819012345678"}


async def test_known_customers_can_be_left_alone(counter: Counter) -> None:
    await counter.take("お名前,メールアドレス\n山田 太郎,taro@example.jp\n")
    rows = "山田 太郎,営業,taro@example.jp\n山田 花子,総務,hana@example.jp\n"
    view = await counter.take("お名前,部署,メールアドレス\n" + rows, existing="skip")
    assert (view.counts.new, view.counts.skipped) == (1, 1)
    assert (await one(counter, "taro@example.jp")).department == ""


async def test_new_customers_beside_known_ones_are_suggested(counter: Counter) -> None:
    from server.customers.identity import suggestions

    await counter.take("お名前,電話番号,メールアドレス\n山田 太郎,090-1234-5678,taro@example.jp\n")
    row = "お名前,電話番号,メールアドレス,会員番号\n山田 太郎,090-1234-5678,taro@example.jp,77\n"
    view = await counter.take(row, existing="new")
    assert view.counts.new == 1
    first, second = counter.rows("SELECT id FROM customer ORDER BY id")
    assert first.id in {each.id for each in await counter.database.read(suggestions.suggest, second.id)}
    again = await counter.take(row, existing="new")
    assert (again.counts.new, again.counts.refused) == (0, 1), "the number is known"


async def test_other_names_at_one_telephone_are_not_one_person(counter: Counter) -> None:
    rows = "お名前,電話番号\n山田 太郎,03-1234-5678\n山田 花子,03-1234-5678\n"
    view = await counter.take(rows)
    assert view.counts.new == 2 and len(counter.rows("SELECT id FROM customer")) == 2


async def test_unverified_addresses_recognise_nobody(counter: Counter) -> None:
    await counter.take("お名前,メールアドレス\n山田 太郎,taro@example.jp\n")
    view = await counter.take("会員番号,お名前,メールアドレス\n9,山田 太郎,taro@example.jp\n", verified=False)
    assert view.counts.new == 1


async def test_what_the_file_has_twice_is_decided_by_choice(counter: Counter) -> None:
    rows = "会員番号,お名前,部署\n1,山田 太郎,甲\n2,佐藤,乙\n1,山田 太郎,丙\n"
    later = await counter.take(rows)
    assert (later.counts.new, later.counts.changed) == (2, 1)
    assert [row.department for row in counter.rows("SELECT department FROM customer ORDER BY id")] == ["丙", "乙"]
    await counter.undo(later.id)
    first = await counter.take(rows, twice="first")
    assert (first.counts.new, first.counts.skipped) == (2, 1)
    assert [row.department for row in counter.rows("SELECT department FROM customer ORDER BY id")] == ["甲", "乙"]
    await counter.undo(first.id)
    refused = await counter.take(rows, twice="refuse")
    assert (refused.counts.new, refused.counts.refused) == (2, 1)
    (problem,) = await counter.problems(refused.id)
    assert problem.reasons == {"*": "is in row 2 already"} and problem.row == 4


async def test_cells_that_cannot_be_read_may_be_left_out(counter: Counter) -> None:
    rows = "お名前,電話番号,メールアドレス\n山田 太郎,abc,taro@example.jp\n"
    view = await counter.take(rows, unreadable="leave")
    assert (view.counts.new, view.counts.left, view.counts.refused) == (1, 1, 0)
    (problem,) = await counter.problems(view.id)
    assert not problem.refused and list(problem.reasons) == ["電話番号"]


async def test_fields_of_the_shops_own_are_read_by_their_types(counter: Counter) -> None:
    size = AttributeView(name="size", kind="number", label_ja="足のサイズ", label_en="Size")
    await counter.database.write(attributes.put, DESK, size)
    rows = "お名前,メールアドレス,足のサイズ\n山田 太郎,taro@example.jp,２６．５\n佐藤,b@example.jp,大きい\n"
    view = await counter.take(rows)
    assert (view.counts.new, view.counts.refused) == (1, 1)
    assert (await one(counter, "taro@example.jp")).attributes == {"size": 26.5}


async def test_the_choice_of_columns_is_remembered_by_the_column_names(counter: Counter) -> None:
    view = await counter.bring("ID,何か,お名前\n1,営業部,山田\n", columns=["", "department", "name"], source="erp")
    path = counter.folder / "next.csv"
    path.write_text("id, 何か ,お名前\n2,総務,佐藤\n")
    stored = counter.files.keep(iter([path.read_bytes()]))
    again = await counter.database.write(actions.take, DESK, "next.csv", stored, actions.look(path))
    assert again.plan == view.plan and again.plan.source == "erp"


async def test_the_column_names_may_stand_below_a_title(counter: Counter) -> None:
    view = await counter.take("顧客一覧,2026年11月\n\nお名前,メールアドレス\n山田 太郎,taro@example.jp\n")
    assert view.form.header == 3 and view.counts.new == 1


async def test_a_name_and_nothing_else_is_the_same_when_it_comes_again(counter: Counter) -> None:
    rows = "お名前,住所,郵便番号\n山田 太郎,東京都千代田区1-1,1000001\n山田 太郎,大阪府大阪市1-1,5300001\n"
    assert (await counter.take(rows)).counts.new == 2
    again = await counter.take(rows)
    assert (again.counts.new, again.counts.same) == (0, 2)
    assert [row.region for row in counter.rows("SELECT region FROM customer_address ORDER BY id")] == [
        "東京都",
        "大阪府",
    ]
