"""The demo's shop has the chat: who tries the desk talks with it as a customer, and answers as an agent."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.journeys.chat.shop import visit
from tests.journeys.demo import demo
from tests.journeys.one_browser import window


async def test_a_newcomer_talks_with_the_demos_shop(tmp_path: Path, chromium: Browser) -> None:
    wrong: list[str] = []
    async with demo(tmp_path) as parts, window(chromium) as desk:
        base = parts.settings.public_url
        customer = await visit(chromium, base, wrong, path="/demo/shop", locale="ja-JP")
        await customer.open()
        await expect(customer.log).to_contain_text("うつわのことなら何でもお尋ねください。")
        await customer.say("飴釉のマグは電子レンジで使えますか？")
        await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
        await customer.panel.get_by_role("button", name="メニュー").click()
        await customer.panel.get_by_role("button", name="English").click()
        await expect(customer.log.locator(".mine")).to_contain_text("Sent")
        await desk.goto(f"{base}/demo")
        await desk.locator(".people li", has_text="佐藤 美咲").get_by_role("button", name="コンソール").click()
        await desk.get_by_role("row", name="飴釉のマグは電子レンジで").click()
        await desk.locator("#composer-text").fill("はい、お使いいただけます。")
        await desk.locator("#composer-text").press("Control+Enter")
        await expect(customer.log.locator(".theirs", has_text="はい、お使いいただけます。")).to_contain_text(
            "佐藤 美咲"
        )
        panel = customer.panel
        await panel.get_by_role("button", name="More").click()
        await panel.get_by_role("button", name="Go on in LINE").click()
        await expect(panel.get_by_role("img", name="QR code")).to_be_visible()
        async with customer.context.expect_page() as opening:
            await panel.get_by_role("link", name="Go on in LINE").click()
        page = await opening.value
        await page.get_by_role("button", name="LINEで続ける").click()
        await expect(page.get_by_role("link", name="LINEを開く")).to_be_visible()
    assert not wrong
