"""The demo with a browser in front of it: whoever writes on the phone, and whoever answers in the console."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, expect

from server.app import Parts
from tests.journeys.demo import demo


@dataclass
class Both:
    """A running demo, the phone's page and the console's."""

    parts: Parts
    context: BrowserContext
    phone: Page
    desk: Page
    base: str

    async def say(self, words: str) -> None:
        """Somebody writes on the phone."""
        await self.phone.locator("#words").fill(words)
        await self.phone.locator("#words").press("Enter")

    async def answer(self, words: str) -> None:
        """An agent opens the ticket with these words."""
        await self.desk.goto(f"{self.base}/demo")
        person = self.desk.locator(".people li").filter(has=self.desk.get_by_role("button", name="コンソール"))
        await person.filter(has_text="佐藤 美咲").get_by_role("button", name="コンソール").click()
        await self.desk.get_by_role("row", name=words).click()
        await expect(self.desk.locator("#composer-text")).to_be_visible()


@asynccontextmanager
async def both(folder: Path, browser: Browser, *, desk_width: int = 1280) -> AsyncIterator[Both]:
    """Open the demo, in Japanese."""
    async with demo(folder) as parts:
        context = await browser.new_context(locale="ja-JP", viewport={"width": desk_width, "height": 900})
        base = parts.settings.public_url
        try:
            phone, desk = await context.new_page(), await context.new_page()
            await phone.set_viewport_size({"width": 1280, "height": 900})
            await phone.goto(f"{base}/line")
            await phone.get_by_role("button", name="文字を入力").click()  # the shop's menu stands where one writes
            yield Both(parts, context, phone, desk, base)
        finally:
            await context.close()


async def shot(page: Page, name: str) -> None:
    """A picture for whoever wants to look (`MADOGUCHI_TEST_PICTURES`: a folder)."""
    if folder := os.environ.get("MADOGUCHI_TEST_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")
