"""The admin pages of LINE: a macro's card is drawn while it is written."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.journeys.axe import serious
from tests.journeys.line.both import Both, both, shot


async def sit(at: Both, page: Page, who: str, label: str, path: str) -> None:
    """Somebody signs in and opens an admin page."""
    await page.goto(f"{at.base}/demo")
    await page.locator(".people li", has_text=who).get_by_role("button", name=label).click()
    await page.wait_for_url("**/console*")
    await page.goto(f"{at.base}{path}")


async def test_a_macro_is_drawn_as_line_will_show_it_while_it_is_written(tmp_path: Path, chromium: Browser) -> None:
    async with both(tmp_path, chromium) as at:
        desk = at.desk
        await sit(at, desk, "山口 店長", "コンソール", "/admin/macros")
        new = desk.locator("#new")
        picture = new.locator("[data-drawn]")
        await expect(picture).to_be_hidden()
        await new.locator('[name="text"]').fill("こちらはいかがでしょうか。")
        await new.locator('[name="rich"]').select_option("buttons")
        await new.locator('[name="card_title"]').fill("藍色の皿")
        await new.locator('[name="card_text"]').fill("食洗機に対応しています。")
        await new.locator('[name="buttons"]').fill("商品を見る = https://shop.example/blue\n在庫を尋ねる")
        await new.locator('[name="choices"]').fill("ありがとう\nほかの色は？")
        await expect(picture.locator(".tp-card")).to_contain_text("食洗機に対応しています。")
        await expect(picture.locator(".tp-actions button")).to_have_text(["商品を見る", "在庫を尋ねる"])
        await expect(picture.locator(".line-words")).to_have_text("こちらはいかがでしょうか。")
        await expect(picture.locator(".line-offered span")).to_have_text(["ありがとう", "ほかの色は？"])
        await picture.scroll_into_view_if_needed()
        await shot(desk, "macro-ja")
        await new.locator('[name="buttons"]').fill("とても長いので二十文字には収まらないボタンの名前")
        await expect(picture.locator(".error")).to_contain_text("20")
        await expect(picture.locator(".tp-card")).to_contain_text("食洗機に対応しています。")  # the last that could be
        await new.locator('[name="rich"]').select_option("sticker")
        await new.locator('[name="sticker"]').fill("446/1989")
        await expect(picture.locator("img.line-sticker")).to_have_js_property("naturalWidth", 160)
        assert not await serious(desk)
