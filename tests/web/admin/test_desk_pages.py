"""The pages of tags, custom fields, views, names of states, texts and blocked senders."""

from __future__ import annotations

import pytest

from channels.contract import Buttons, Carousel, Choice, Column, Confirm, Native, OutSticker, Rich
from server.accounts import desk_settings
from server.customers import blocks
from server.tickets import fields, macros, saved_views, tags
from server.tickets.macros import Actions
from tests.web.admin.conftest import Browser, House


async def test_a_tag_is_added_changed_and_removed_by_a_lead(house: House) -> None:
    lead = await house.browser("lead")
    await lead.post("/admin/tags", {"name": " 返品 ", "color": "#AA3300"})
    [tag] = await house.database.read(tags.all, counted=True)
    assert (tag.name, tag.color, tag.tickets) == ("返品", "#aa3300", 0)
    again = await lead.post("/admin/tags", {"name": "返品", "color": "#aa3300"})
    assert again.status == 409
    await lead.post(f"/admin/tags/{tag.id}", {"name": "返品・交換", "color": "#00aa33", "do": "save"})
    [tag] = await house.database.read(tags.all)
    assert (tag.name, tag.color) == ("返品・交換", "#00aa33")
    long = await lead.post(f"/admin/tags/{tag.id}", {"name": "あ" * 51, "color": "#00aa33", "do": "save"})
    assert [node.attributes.get("open") is not None or "open" in node.attributes for node in long.all("details.wrong")]
    await lead.post(f"/admin/tags/{tag.id}", {"do": "remove"})
    assert await house.database.read(tags.all) == []


async def test_a_tags_colour_reaches_the_page_without_inline_style(house: House, admin: Browser) -> None:
    page = await admin.post("/admin/tags", {"name": "返品", "color": "#aa3300"})
    assert [node.attributes["fill"] for node in page.all("svg.dot circle")] == ["#aa3300"]


async def test_a_custom_field_is_added_changed_and_removed(house: House, admin: Browser) -> None:
    choices = "破損\r\n色違い\r\n\r\n破損"
    typed = {"name": "reason", "kind": "choice", "label_ja": "返品理由", "label_en": "", "choices": choices}
    await admin.post("/admin/fields", typed)
    [field] = await house.database.read(fields.all)
    assert (field.choices, field.says("en")) == (["破損", "色違い"], "返品理由")
    wrong = await admin.post("/admin/fields", {**typed, "name": "Bad Name", "choices": ""})
    assert wrong.status == 422
    assert len(wrong.all("#new .error")) == 2
    assert wrong.value("label_ja") == "返品理由"
    await admin.post("/admin/fields/reason", {**typed, "label_en": "Reason", "kind": "text", "do": "save"})
    [field] = await house.database.read(fields.all)
    assert (field.kind, field.says("en")) == ("choice", "Reason")
    await admin.post("/admin/fields/reason", {"do": "remove"})
    assert await house.database.read(fields.all) == []


async def test_a_shared_view_is_kept_as_the_lists_filter(house: House, admin: Browser) -> None:
    await admin.post("/admin/tags", {"name": "返品"})
    typed = [
        ("name", "急ぎ"), ("view", "mine"), ("status", "open"), ("status", "active"), ("tag", "返品"),
        ("priority", "urgent"), ("team", ""), ("account", ""),
    ]  # fmt: skip
    await admin.post("/admin/views", typed)
    [view] = await house.database.read(saved_views.shared)
    assert view.filter == {"view": "mine", "status": ["open", "active"], "tag": ["返品"], "priority": ["urgent"]}
    page = await admin.get("/admin/views")
    await admin.post(f"/admin/views/{view.id}", [*page.typed("details form"), ("do", "save")])
    assert (await house.database.read(saved_views.shared))[0].filter == view.filter
    await admin.post(f"/admin/views/{view.id}", {"do": "remove"})
    assert await house.database.read(saved_views.shared) == []


async def test_states_are_renamed_and_an_empty_name_goes_back(house: House, admin: Browser) -> None:
    await admin.post("/admin/labels", {"status_labels.ja.open": "新着", "status_labels.en.open": ""})
    settings = await house.database.read(desk_settings.read)
    assert settings.label("open", "ja") == "新着"
    assert settings.label("open", "en") == "Open"
    assert settings.label("done", "ja") == "対応完了"
    page = await admin.post("/admin/labels", {"status_labels.ja.open": "あ" * 31})
    assert page.status == 422
    assert len(page.all("[aria-invalid=true]")) == 1


async def test_the_acknowledgement_is_previewed_before_it_is_saved(house: House, admin: Browser) -> None:
    typed = dict((await admin.get("/admin/desk")).typed())
    changed = {**typed, "shop_name.ja": "月の輪", "acknowledgement.ja.subject": "承りました {number}"}
    changed |= {"acknowledgement_brief.ja": "トークで承りました {number}", "do": "preview"}
    page = await admin.post("/admin/desk", changed)
    assert "承りました 1024" in page.all("#preview-ja")[0].text()
    assert "山田 花子 様" in page.all("#preview-ja")[0].text()
    assert "トークで承りました 1024" in page.all("#preview-ja")[0].text()
    assert (await house.database.read(desk_settings.read)).shop("ja") == ""
    await admin.post("/admin/desk", {**changed, "do": "save"})
    settings = await house.database.read(desk_settings.read)
    assert settings.shop("en") == "月の輪"
    assert settings.acknowledgement["ja"].subject == "承りました {number}"
    assert settings.acknowledgement_brief["ja"] == "トークで承りました {number}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_zone", "Mars/Base"),
        ("acknowledgement.ja.text", "{nmae} 様"),
        ("acknowledgement.en.subject", ""),
        ("acknowledgement_brief.en", "{mail}"),
    ],
)
async def test_a_setting_that_cannot_be_is_refused_beside_its_input(admin: Browser, name: str, value: str) -> None:
    typed = dict((await admin.get("/admin/desk")).typed())
    page = await admin.post("/admin/desk", {**typed, name: value, "do": "save"})
    assert page.status == 422
    assert [node.attributes["name"] for node in page.all("[aria-invalid=true]")] == [name]
    assert page.value(name) == value


async def test_a_sender_is_blocked_and_unblocked(house: House, admin: Browser) -> None:
    page = await admin.post("/admin/blocks", {"kind": "email", "address": "@Spam.Example"})
    assert "@spam.example" in page.text
    assert await house.database.read(blocks.blocked, "email", "anyone@spam.example")
    assert not await house.database.read(blocks.blocked, "email", "anyone@not-spam.example")
    wrong = await admin.post("/admin/blocks", {"kind": "email", "address": "nobody"})
    assert wrong.status == 422
    assert wrong.value("address") == "nobody"
    [block] = (await house.database.read(blocks.page)).items
    await admin.post(f"/admin/blocks/{block.id}")
    assert not await house.database.read(blocks.blocked, "email", "anyone@spam.example")


async def test_a_shared_macro_is_kept_changed_as_it_stands_and_removed(house: House, admin: Browser) -> None:
    typed = {
        "name": "お詫び",
        "text": "{customer}\r\nお詫びします。",
        "status": "done",
        "assignee": "me",
        "tags": "お詫び、配送",
    }
    await admin.post("/admin/macros", typed)
    [macro] = await house.database.read(macros.shared)
    assert macro.text == "{customer}\nお詫びします。"
    assert macro.actions == Actions(status="done", assignee="me", tags=["お詫び", "配送"])
    page = await admin.get("/admin/macros")
    await admin.post(f"/admin/macros/{macro.id}", [*page.typed("details form"), ("do", "save")])
    assert await house.database.read(macros.shared) == [macro]
    empty = await admin.post(f"/admin/macros/{macro.id}", {"name": "空", "do": "save"})
    assert empty.status == 422
    await admin.post(f"/admin/macros/{macro.id}", {"do": "remove"})
    assert await house.database.read(macros.shared) == []


CARDS = "青磁の皿\r\n直径21cm\r\nhttps://shop.example/a.jpg\r\n- 見る = https://shop.example/a\r\n- 尋ねる\r\n\r\n白磁の鉢\r\n・見る＝https://shop.example/b"
CARD_KINDS: list[tuple[dict[str, str], Rich]] = [
    (
        {
            "rich": "buttons",
            "card_title": "皿",
            "card_text": "21cm",
            "buttons": "見る = https://shop.example/\r\nはい = data:y",
        },
        Buttons(
            title="皿",
            text="21cm",
            choices=(Choice(label="見る", url="https://shop.example/"), Choice(label="はい", data="y")),
        ),
    ),
    (
        {"rich": "confirm", "card_text": "交換しますか？", "buttons": "はい = お願いします\r\nいいえ"},
        Confirm(text="交換しますか？", yes=Choice(label="はい", text="お願いします"), no=Choice(label="いいえ")),
    ),
    (
        {"rich": "carousel", "cards": CARDS},
        Carousel(
            columns=(
                Column(
                    title="青磁の皿",
                    text="直径21cm",
                    picture="https://shop.example/a.jpg",
                    choices=(Choice(label="見る", url="https://shop.example/a"), Choice(label="尋ねる")),
                ),
                Column(text="白磁の鉢", choices=(Choice(label="見る", url="https://shop.example/b"),)),
            )
        ),
    ),
    ({"rich": "sticker", "sticker": "446/1989"}, OutSticker(package="446", sticker="1989")),
    (
        {"rich": "native", "alt": "領収書", "flex": '{"type":"bubble"}'},
        Native(alt="領収書", contents={"type": "bubble"}),
    ),
]


@pytest.mark.parametrize(("typed", "rich"), CARD_KINDS)
async def test_what_goes_along_with_a_macro_is_typed_in_lines_and_stands_there_again(
    house: House, admin: Browser, typed: dict[str, str], rich: Rich
) -> None:
    await admin.post("/admin/macros", {"name": "案内", "choices": "ありがとう", **typed})
    [macro] = await house.database.read(macros.shared)
    assert (macro.rich, macro.choices) == (rich, (Choice(label="ありがとう"),))
    page = await admin.get("/admin/macros")
    await admin.post(f"/admin/macros/{macro.id}", [*page.typed("details form"), ("do", "save")])
    assert await house.database.read(macros.shared) == [macro]


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"rich": "buttons", "card_text": "皿"}, "buttons"),
        ({"rich": "confirm", "card_text": "皿", "buttons": "はい"}, "buttons"),
        ({"rich": "carousel", "cards": "皿"}, "cards"),
        ({"rich": "sticker", "sticker": "446"}, "sticker"),
        ({"rich": "native", "alt": "x", "flex": "{"}, "flex"),
    ],
)
async def test_what_is_wrong_with_a_card_stands_beside_what_was_typed(
    house: House, admin: Browser, typed: dict[str, str], at: str
) -> None:
    page = await admin.post("/admin/macros", {"name": "案内", **typed})
    assert page.status == 422
    assert [node.attributes["id"] for node in page.all("#new p.error[id]")] == [f"e-{at}"]
    assert page.all('#new [name="name"]')[0].attributes["value"] == "案内"
    assert await house.database.read(macros.shared) == []
