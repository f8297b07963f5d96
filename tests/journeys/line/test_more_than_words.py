"""More than words goes out from the console as the phone shows it; and whoever writes there becomes somebody."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from channels.contract import Buttons, Choice
from server.agents import DESK
from server.tickets import macros
from server.tickets.macros import Actions, Besides
from tests.journeys.line.both import both, shot

SHOP = "https://shop.example/plates"


async def test_a_macro_with_a_card_and_a_sticker_arrive_as_the_preview_showed_them(
    tmp_path: Path, chromium: Browser
) -> None:
    async with both(tmp_path, chromium) as at:
        card = Buttons(
            title="藍色の皿",
            text="{customer}、こちらです。",
            choices=(Choice(label="商品を見る", url=SHOP), Choice(label="在庫を尋ねる")),
        )
        along = Besides(rich=card, choices=(Choice(label="ありがとう"), Choice(label="ほかの色は？")))
        await at.parts.database.write(macros.add, DESK, "皿の案内", "", Actions(), besides=along, shared=True)
        await at.say("藍色の皿を探しています")
        await at.answer("藍色の皿を探しています")
        await at.desk.locator("#composer-text").press("/")
        await at.desk.locator("input[role=combobox]").fill("皿の案内")
        await at.desk.keyboard.press("Enter")
        preview = at.desk.locator(".along .line-screen")
        await expect(preview.locator(".tp-card")).to_contain_text("こちらです。")
        await expect(preview.locator(".line-offered span")).to_have_text(["ありがとう", "ほかの色は？"])
        await shot(at.desk, "preview")
        await at.desk.locator("#composer-text").fill("お探しの皿はこちらです。")
        await at.desk.locator("#composer-text").press("Control+Enter")
        arrived = at.phone.locator(".row .tp-card")
        await expect(arrived).to_contain_text("藍色の皿")
        await expect(at.phone.locator(".row .text", has_text="お探しの皿は")).to_be_visible()
        await shot(at.phone, "phone")
        await at.phone.locator(".quick").get_by_role("button", name="ありがとう").click()
        await expect(at.desk.locator(".message.customer", has_text="ありがとう")).to_be_visible()
        await at.phone.get_by_role("button", name="在庫を尋ねる").click()
        await expect(at.desk.locator(".message.customer", has_text="在庫を尋ねる")).to_be_visible()
        await at.desk.get_by_role("button", name="スタンプ").click()
        await expect(at.desk.locator(".sticker-grid img")).to_have_count(40)
        await expect(at.desk.locator(".sticker-grid img").first).to_have_js_property("complete", True)
        await shot(at.desk, "stickers")
        await at.desk.get_by_role("button", name="446/1989").click()
        await expect(preview.locator("img.line-sticker")).to_be_visible()
        await at.desk.locator("#composer-text").press("Control+Enter")
        await expect(at.phone.locator('.row:not(.mine)[data-kind="sticker"]')).to_be_visible()
        await expect(at.desk.locator(".message.ours figure.sticker img")).to_be_visible()
        await shot(at.desk, "thread")


async def test_whoever_shows_an_order_of_theirs_becomes_its_customer(tmp_path: Path, chromium: Browser) -> None:
    async with both(tmp_path, chromium, desk_width=1500) as at:
        known = await at.parts.database.read(
            lambda tx: tx.one(
                "SELECT k.name, c.address, o.number FROM customer k JOIN contact c ON c.customer_id = k.id"
                " JOIN orders o ON o.customer_id = k.id WHERE c.kind = 'email' AND o.number <> '' ORDER BY o.id LIMIT 1"
            )
        )
        await at.phone.get_by_role("button", name="佐藤 健").click()
        await at.say("先日の注文の件です")
        await at.answer("先日の注文の件です")
        contact = at.desk.locator(".line-contact")
        await contact.get_by_role("button", name="お客様情報を伺う").click()
        await at.desk.get_by_role("dialog").get_by_role("button", name="返信に入れる").click()
        await at.desk.locator("#composer-text").press("Control+Enter")
        async with at.phone.expect_popup() as opened:
            await at.phone.locator(".row .text a", has_text="/line/link/").click()
        page = await opened.value
        await page.set_viewport_size({"width": 390, "height": 844})
        await expect(page.locator(".shop")).to_have_text("うつわの月の輪")
        await page.locator("#email").fill(known.address)
        await page.locator("#order").fill("そのような番号はない")
        await page.get_by_role("button", name="次へ").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await shot(page, "link-wrong")
        await page.locator("#order").fill(known.number)
        await page.get_by_role("button", name="次へ").click()
        await expect(page.get_by_role("heading")).to_have_text("連携の手続きが終わりました")
        await expect(at.desk.locator(".person-name")).to_contain_text(known.name)
        await expect(at.desk.locator(".happened", has_text=f"佐藤 健 → {known.name}")).to_have_count(1)
        await shot(at.desk, "linked")


async def test_whoever_writes_on_line_is_seen_and_becomes_a_customer_the_desk_knows(
    tmp_path: Path, chromium: Browser
) -> None:
    async with both(tmp_path, chromium, desk_width=1500) as at:
        await at.say("先日の注文の件です")
        await at.answer("先日の注文の件です")
        contact = at.desk.locator(".line-contact")
        await expect(contact).to_contain_text("山田 花子")
        await expect(contact.locator("img.face")).to_be_visible()
        await contact.get_by_role("button", name="お客様情報を伺う").click()
        way = at.desk.get_by_role("dialog")
        await expect(way.locator("img.qr")).to_be_visible()
        await shot(at.desk, "ask")
        await way.get_by_role("button", name="返信に入れる").click()
        text = at.desk.locator("#composer-text")
        await expect(text).to_have_value(
            re.compile(r"お客様情報の確認をお願いいたします。\nhttp://127.0.0.1:\d+/line/link/")
        )
        await text.press("Control+Enter")
        await expect(at.phone.locator(".row .text a", has_text="/line/link/")).to_be_visible()
        await contact.get_by_role("button", name="このLINEの方は…").click()
        await at.desk.locator("#owner-search").fill("花子")
        await shot(at.desk, "owner")
        choice = at.desk.locator(".dialog .choice").first
        known = (await choice.locator("b").text_content() or "").strip()
        await choice.click()
        await expect(at.desk.locator(".person-name")).to_contain_text(known)
        await expect(at.desk.locator(".contacts li")).not_to_have_count(1)
        await shot(at.desk, "known")
