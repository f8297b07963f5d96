"""Agents see who is at the desk, who stepped away and who left; and each other's faces."""

from __future__ import annotations

import io

from PIL import Image
from playwright.async_api import Page, expect

from server.web import LIVE
from tests.journeys.axe import serious
from tests.journeys.console.conftest import Sit
from tests.journeys.console.counter import Counter

ELEVEN_MINUTES_LATER = "const was = Date.now; Date.now = () => was() + 11 * 60_000"


async def colleagues(page: Page) -> None:
    """Open the list of who is at the desk."""
    await page.get_by_role("button", name="在席している人").click()


async def test_everybody_sees_who_is_at_the_desk(counter: Counter, sit: Sit) -> None:
    assert counter._runner is not None
    counter._runner.app[LIVE].attendance._grace = 0.1
    number = await counter.ticket("質問です。")
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    page = await sit(aoi, f"#/open/{number}")
    await expect(page.locator(".colleagues")).to_contain_text("1 名が在席")
    his = await sit(ren, "#/open")
    await expect(page.locator(".colleagues")).to_contain_text("2 名が在席")
    await his.locator(".self").click()
    await his.get_by_role("option", name="離席中").click()
    await expect(his.locator(".self")).to_contain_text("離席中")
    await expect(page.locator(".colleagues")).to_contain_text("1 名が在席")
    await page.locator(".log").focus()
    await page.keyboard.press("a")
    await expect(page.get_by_role("option", name="田村 蓮")).to_contain_text("離席中")
    await page.keyboard.press("Escape")
    await his.locator(".self").click()
    await his.get_by_role("option", name="在席", exact=True).click()
    await expect(page.locator(".colleagues")).to_contain_text("2 名が在席")
    # Nobody touches the console any more; then somebody does.
    await his.evaluate(ELEVEN_MINUTES_LATER)
    await colleagues(page)
    await expect(page.get_by_role("option", name="田村 蓮")).to_contain_text("離席中")
    await his.mouse.move(300, 300)
    await expect(page.get_by_role("option", name="田村 蓮")).to_contain_text("在席")
    assert await serious(page) == []
    await his.context.close()
    await expect(page.get_by_role("option", name="田村 蓮")).to_contain_text("オフライン")


async def test_a_picture_is_chosen_seen_by_colleagues_and_taken_away(counter: Counter, sit: Sit) -> None:
    aoi, ren = await counter.hire("佐々木 葵"), await counter.hire("田村 蓮")
    hers, his = await sit(aoi, width=390, height=800), await sit(ren)
    photo = io.BytesIO()
    Image.new("RGB", (900, 600), (180, 90, 40)).save(photo, "JPEG")
    await hers.get_by_role("button", name="ビュー").click()
    await hers.locator(".self").click()
    await hers.get_by_role("option", name="通知と写真").click()
    sheet = hers.get_by_role("dialog")
    assert await serious(hers) == []
    await sheet.locator("input[type=file]").set_input_files({"name": "x.txt", "mimeType": "image/png", "buffer": b"no"})
    await expect(sheet.get_by_role("alert")).to_be_visible()
    await sheet.locator("input[type=file]").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    )
    await expect(sheet.locator(".own-picture img")).to_be_visible()
    await colleagues(his)
    face = his.get_by_role("option", name="佐々木 葵").locator(".avatar img")
    await expect(face).to_be_visible()
    assert await face.evaluate("image => image.decode().then(() => image.naturalWidth)") == 256
    await sheet.get_by_role("button", name="外す").click()
    await expect(face).to_have_count(0)
    await expect(his.get_by_role("option", name="佐々木 葵").locator(".avatar")).to_have_text("佐")
