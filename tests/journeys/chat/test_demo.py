"""The demo's shop has the chat: who tries the desk talks with it as a customer, and answers as an agent."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from playwright.async_api import Browser, expect

from server.demo import open_demo
from server.settings import DEMO_SECRET, Settings
from tests.journeys.chat.shop import visit
from tests.ports import free_port


async def test_a_newcomer_talks_with_the_demos_shop(tmp_path: Path, chromium: Browser) -> None:
    port = free_port()
    settings = Settings(  # type: ignore[call-arg]  # `_env_file` is pydantic's own
        secret=DEMO_SECRET,
        database=f"sqlite:///{tmp_path / 'demo.db'}",
        files=tmp_path / "files",
        public_url=f"http://127.0.0.1:{port}",
        port=port,
        smtp_port=free_port(),
        demo=True,
        _env_file=None,
    )
    app, _ = open_demo(settings, fresh=False)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    wrong: list[str] = []
    try:
        customer = await visit(chromium, settings.public_url, wrong, path="/demo/shop", locale="ja-JP")
        await customer.open()
        await expect(customer.log).to_contain_text("うつわのことなら何でもお尋ねください。")
        await customer.say("飴釉のマグは電子レンジで使えますか？")
        await expect(customer.log.locator(".mine")).to_contain_text("送信済み")
        await customer.panel.get_by_role("button", name="メニュー").click()
        await customer.panel.get_by_role("button", name="English").click()
        await expect(customer.log.locator(".mine")).to_contain_text("Sent")
        desk = await customer.context.new_page()
        await desk.goto(f"{settings.public_url}/demo")
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
    finally:
        await runner.cleanup()
    assert not wrong
