"""The demo as its visitor sees it: a phone with LINE on one side, the console on the other."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.journeys.line.both import both


async def test_a_phone_and_the_console_talk(tmp_path: Path, chromium: Browser) -> None:
    async with both(tmp_path, chromium) as at:
        phone, desk = at.phone, at.desk
        await at.say("藍色の皿は割れやすいですか？")
        await at.answer("藍色の皿は割れやすい")
        await desk.locator("#composer-text").fill("普段使いに十分な強さがございます。")
        await expect(phone.get_by_role("status")).to_be_visible()
        await desk.locator("#composer-text").press("Control+Enter")
        await expect(phone.locator(".row .text", has_text="普段使いに")).to_be_visible()
        await expect(phone.locator(".row.mine .read")).to_have_text("既読")
        await at.say("内緒の話")
        thread = desk.get_by_text("内緒の話", exact=True)
        await expect(thread.first).to_be_visible()
        mine = phone.locator(".row.mine", has_text="内緒の話")
        await mine.get_by_role("button", name="その他").click()
        await phone.get_by_role("dialog", name="内緒の話").get_by_role("button", name="送信取消").click()
        await expect(phone.locator(".notice")).to_be_visible()
        await expect(thread).to_have_count(0)
        await phone.get_by_role("button", name="スタンプ").click()
        await phone.get_by_role("img", name="ありがとう").click()
        await expect(desk.locator("figure.sticker img")).to_be_visible()
