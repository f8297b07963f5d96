"""The demo as its visitor sees it: a phone with LINE on one side, the console on the other."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from playwright.async_api import Browser, expect

from server.demo import open_demo
from server.settings import DEMO_SECRET, Settings
from tests.ports import free_port


async def test_a_phone_and_the_console_talk(tmp_path: Path, chromium: Browser) -> None:
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
    context = await chromium.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900})
    try:
        phone, desk = await context.new_page(), await context.new_page()
        await phone.goto(f"{settings.public_url}/line")
        await phone.get_by_role("button", name="文字を入力").click()
        await phone.locator("#words").fill("藍色の皿は割れやすいですか？")
        await phone.locator("#words").press("Enter")
        await desk.goto(f"{settings.public_url}/demo")
        await desk.locator(".people li", has_text="佐藤 美咲").get_by_role("button", name="コンソール").click()
        await desk.get_by_role("row", name="藍色の皿は割れやすい").click()
        await desk.locator("#composer-text").fill("普段使いに十分な強さがございます。")
        await expect(phone.get_by_role("status")).to_be_visible()
        await desk.locator("#composer-text").press("Control+Enter")
        await expect(phone.locator(".row .text", has_text="普段使いに")).to_be_visible()
        await expect(phone.locator(".row.mine .read")).to_have_text("既読")
        await phone.locator("#words").fill("内緒の話")
        await phone.locator("#words").press("Enter")
        thread = desk.get_by_text("内緒の話", exact=True)
        await expect(thread.first).to_be_visible()
        mine = phone.locator(".row.mine", has_text="内緒の話")
        await mine.get_by_role("button", name="その他").click(force=True)
        await phone.get_by_role("button", name="送信取消").click()
        await expect(phone.locator(".notice")).to_be_visible()
        await expect(thread).to_have_count(0)
        await phone.get_by_role("button", name="スタンプ").click()
        await phone.get_by_role("img", name="ありがとう").click()
        await expect(desk.locator("figure.sticker img")).to_be_visible()
    finally:
        await context.close()
        await runner.cleanup()
