"""Custom fields' values, saved views' filters and the acknowledgement's slots: what their pages do not show."""

from __future__ import annotations

from typing import Any

import pytest

from server import agents
from server.accounts import desk_settings
from server.accounts.desk_settings import DeskSettings, Texts
from server.agents import DESK, AgentView
from server.database import Database, Transaction
from server.errors import Forbidden, Invalid, NotFound
from server.tickets import fields, saved_views
from server.tickets.fields import CustomFieldView
from server.tickets.filters import TicketFilter, conditions
from tests.accounts.conftest import agent_of


async def make_fields(database: Database) -> None:
    for name, kind in (("a_text", "text"), ("a_number", "number"), ("a_date", "date"), ("a_flag", "boolean")):
        await database.write(
            fields.add,
            DESK,
            CustomFieldView(name=name, kind=kind, label_ja=name, label_en=""),  # type: ignore[arg-type]
        )
    choice = CustomFieldView(name="a_choice", kind="choice", label_ja="選択", label_en="", choices=["甲", "乙"])
    await database.write(fields.add, DESK, choice)


async def test_values_of_custom_fields_are_of_their_fields_kind(database: Database) -> None:
    await make_fields(database)
    given = {"a_text": "x", "a_number": 1.5, "a_date": "2026-08-20", "a_flag": False, "a_choice": "乙"}
    assert await database.read(fields.check_values, given) == given
    assert await database.read(fields.check_values, {"a_text": "", "a_flag": None}) == {"a_text": None, "a_flag": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"a_text": 1}, {"a_text": "x\0"}, {"a_number": "1"}, {"a_number": True}, {"a_number": float("nan")},
        {"a_date": "20 August"}, {"a_date": 20260820}, {"a_flag": "yes"}, {"a_choice": "丙"}, {"unknown": "x"},
    ],
)  # fmt: skip
async def test_a_value_of_another_kind_is_refused_by_name(database: Database, wrong: dict[str, Any]) -> None:
    await make_fields(database)
    with pytest.raises(Invalid) as refusal:
        await database.read(fields.check_values, wrong)
    assert list(refusal.value.fields) == [f"fields.{name}" for name in wrong]


async def test_a_saved_filter_is_one_that_lists_understand(database: Database, admin: AgentView) -> None:
    given = {"status": "open,active", "assignee": ["0", 3], "team": 2, "tag": "返品", "customer": "7", "priority": ""}
    view = await database.write(saved_views.add, admin, "急ぎ", given, shared=True)
    assert view.filter == {
        "status": ["open", "active"], "assignee": [0, 3], "team": [2], "tag": ["返品"], "customer": 7,
    }  # fmt: skip
    found = await database.read(conditions, admin, TicketFilter(view=f"view:{view.id}"))
    assert found.statuses == ("open", "active")


@pytest.mark.parametrize("wrong", [{"status": "lost"}, {"view": "view:1"}, {"colour": "red"}, {"team": "many"}])
async def test_a_filter_that_lists_do_not_know_is_refused(database: Database, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        await database.write(saved_views.add, DESK, "x", wrong, shared=True)
    assert next(iter(refusal.value.fields)).startswith(f"filter.{next(iter(wrong))}")


async def test_ones_own_view_is_ones_own(database: Database) -> None:
    first, second = agent_of("agent", 1), agent_of("agent", 2)
    for id in (1, 2):
        await database.write(_hire, id)
    view = await database.write(saved_views.add, first, "mine", {"view": "mine"})
    assert await database.read(saved_views.all, second) == []
    with pytest.raises(Forbidden):
        await database.write(saved_views.remove, second, view.id)
    with pytest.raises(Forbidden):
        await database.write(saved_views.add, first, "for all", {}, shared=True)
    await database.write(saved_views.remove, first, view.id)
    with pytest.raises(NotFound):
        await database.read(saved_views.view, view.id)


def _hire(tx: Transaction, id: int) -> None:
    assert agents.add(tx, DESK, email=f"{id}@desk.example", name="x").id == id


def test_what_a_customer_wrote_is_never_read_as_a_slot() -> None:
    settings = DeskSettings(
        shop_name={"ja": "月の輪"}, acknowledgement={"ja": Texts("{subject} [{number}]", "{name}\n{text}\n{shop}")}
    )
    made = desk_settings.acknowledgement(
        settings, "ja", number=7, name="{shop}", subject="返品\nについて {number}", text="{footer} {name} {unknown}"
    )
    assert made.subject == "返品 について {number} [7]"
    assert made.text == "{shop} 様\n{footer} {name} {unknown}\n月の輪\n"


def test_to_whom_nothing_proves_the_acknowledgement_says_nothing_that_they_wrote() -> None:
    said = {"name": "花子", "subject": "当選です", "text": "evil.example へ\n\n今すぐ", "proved": False}
    for language, gone in (("ja", ("件名", "お問い合わせ内容")), ("en", ("Subject", "Your message"))):
        made = desk_settings.acknowledgement(
            DeskSettings(footer={language: "[footer]"}), language, number=7, expected="[soon]", **said
        )
        assert not [one for one in ("当選", "evil", "今すぐ", "{", "\n\n\n", *gone) if one in made.subject + made.text]
        assert [one for one in ("花子", "[soon]", "7", "[footer]") if one not in made.text] == []
    own = DeskSettings(
        acknowledgement={
            "ja": Texts("Re:  {subject} [{number}]", "{name}、{text}({number})\n題: {subject}\n\n{text}\n\n{shop}")
        }
    )
    made = desk_settings.acknowledgement(own, "ja", number=7, **said)
    assert made == Texts("Re: [7]", "花子 様、(7)\n\n当店\n")


def test_nobody_is_addressed_by_what_is_no_name() -> None:
    for name in ("山田  花子", "株式会社 髙橋（経理部）", "Dr. J. R. O’Neil-Smith", "7-Eleven"):
        assert desk_settings.called(name) == " ".join(name.split())
    for words in (
        "当選 http://evil.example/win",
        "evil.example で検索",
        "a@evil.example",
        "至急 0120-000-000",
        "重要：口座停止",
        "あ" * 41,
    ):
        assert desk_settings.called(words) == "", words


def test_where_people_chat_the_acknowledgement_is_short_and_has_no_words_of_mail() -> None:
    settings = DeskSettings(shop_name={"ja": "月の輪", "en": "Moon Ring"}, footer={"ja": "〒000 東京都"})
    for language, unfit in (("ja", ("メール", "返信にて", "〒000", "見えますか")), ("en", ("mail", "Subject"))):
        made = desk_settings.acknowledgement(
            settings, language, number=7, name="花子", subject="見えますか", text="見えますか", brief=True
        )
        assert made.subject == ""
        assert settings.shop(language) in made.text
        assert made.text.endswith("7")
        assert not [word for word in unfit if word in made.text]
    own = DeskSettings(acknowledgement_brief={"ja": "{name}、承りました。"})
    assert (
        desk_settings.acknowledgement(own, "ja", number=7, name="花子", subject="", text="", brief=True).text
        == "花子 様、承りました。"
    )


def test_a_nameless_customer_is_greeted_politely_and_english_falls_back_to_our_text() -> None:
    settings = DeskSettings(shop_name={"ja": "月の輪"}, acknowledgement={"ja": Texts("s", "{name}")})
    assert desk_settings.acknowledgement(settings, "ja", number=1, name=" ", subject="", text="").text == "お客様\n"
    english = desk_settings.acknowledgement(settings, "en", number=1, name="", subject="", text="").text
    assert english.startswith("Dear customer,")
    assert "月の輪" in english
