"""The FAQ's pages: writing, publishing, files in and out."""

from __future__ import annotations

from server.faq import queries
from tests.web.admin.conftest import House
from tests.web.admin.test_accounts_pages import PIGEON, new_form

TYPED = {
    "words.ja.question": "送料はいくらですか",
    "words.ja.phrasings": "配送料は？\r\n送料無料の条件\r\n",
    "words.ja.full": "全国一律500円です。",
    "category": "配送",
    "audience": "public",
    "channels": "line",
    "valid_until": "2030-01-31",
}


async def test_an_agent_writes_and_hands_in_and_a_lead_publishes(house: House) -> None:
    writer, lead = await house.browser("agent"), await house.browser("lead")
    page = await writer.post("/admin/faq/new", TYPED)
    assert page.status == 200 and page.value("words.ja.question") == "送料はいくらですか"
    (article,) = (await house.database.read(queries.page)).items
    assert article.content.words["ja"].phrasings == ["配送料は？", "送料無料の条件"]
    assert (article.content.channels, str(article.content.valid_until)) == (["line"], "2030-01-31")
    where = f"/admin/faq/{article.id}"
    page = await writer.post(where, {**TYPED, "do": "review", "version": "1"})
    assert "In review" in page.text
    assert (await writer.post(where, {**TYPED, "do": "published"})).status == 403
    assert await house.database.read(queries.live) == []
    page = await lead.post(where, {**TYPED, "words.ja.full": "600円です。", "do": "published"})
    assert "Published" in page.text
    (live,) = await house.database.read(queries.live)
    assert live.content.words["ja"].full == "600円です。"
    page = await writer.post(where, {**TYPED, "do": "save", "version": "1"})
    assert page.status == 409
    page = await lead.post(where, {**TYPED, "do": "archived"})
    assert page.url.startswith("/admin/faq?")
    assert await house.database.read(queries.live) == []


async def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(house: House) -> None:
    writer = await house.browser("agent")
    page = await writer.post("/admin/faq/new", {**TYPED, "words.ja.question": "", "valid_until": "2030-01-31"})
    assert page.status == 422
    assert [node.attributes["id"] for node in page.all(".error")] == ["e-words.ja.question"]
    assert page.value("words.ja.full") == "全国一律500円です。"
    page = await writer.post("/admin/faq/new", {**TYPED, "valid_from": "soon"})
    assert page.status == 422
    assert page.value("words.ja.question") == "送料はいくらですか"


async def test_where_accounts_belong_to_shops_an_article_is_ticked_for_some(house: House) -> None:
    admin = await house.browser("admin")
    assert not (await admin.get("/admin/faq/new")).all("[name=shops]"), "one shop: nothing to see"
    page = await admin.post("/admin/accounts/new/pigeon", {**PIGEON, "shop": "a;b"})
    assert (page.status, [node.attributes["id"] for node in page.all(".error")]) == (422, ["e-shop"]), page.text
    page = await admin.post("/admin/accounts/new/pigeon", {**PIGEON, "shop": " 緑茶堂 "})
    assert page.value("shop") == "緑茶堂"
    page = await admin.post("/admin/forms/new", await new_form(admin, do="save", shop="うつわの店"))
    assert page.value("shop") == "うつわの店"
    page = await admin.post(page.url, [(name, value) for name, value in page.typed() if name != "shop"])
    assert page.value("shop") == "うつわの店", "what a page does not send stays"
    page = await admin.post("/admin/faq/new", {**TYPED, "shops": "緑茶堂"})
    boxes = [(box.attributes["value"], "checked" in box.attributes) for box in page.all("[name=shops]")]
    assert boxes == [("うつわの店", False), ("緑茶堂", True)]
    (article,) = (await house.database.read(queries.page)).items
    assert article.content.shops == ["緑茶堂"]
    assert "緑茶堂</span>" in (await admin.get("/admin/faq?shop=緑茶堂")).html
    assert "送料はいくらですか" not in (await admin.get("/admin/faq?shop=別の店")).text
    page = await admin.post("/admin/faq/try", {"text": "送料", "shop": "緑茶堂"})
    assert page.status == 200 and page.value("shop") == "緑茶堂"


async def test_articles_leave_as_files_in_both_forms(house: House) -> None:
    writer = await house.browser("agent")
    await writer.post("/admin/faq/new", TYPED)
    table = await writer.get("/admin/faq/export.csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    assert "送料はいくらですか" in table.html and "faq.csv" in table.headers["Content-Disposition"]
    text = await writer.get("/admin/faq/export.md")
    assert "# 送料はいくらですか" in text.html
    page = await writer.get("/admin/faq?q=配送料&state=draft")
    assert "送料はいくらですか" in page.text
    page = await writer.get("/admin/faq?q=返品")
    assert "送料はいくらですか" not in page.text
