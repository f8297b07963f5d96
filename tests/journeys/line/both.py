"""The demo with a browser in front of it: whoever writes on the phone, and whoever answers in the console."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from server.app import Parts
from tests.journeys.demo import demo
from tests.journeys.one_browser import PATIENCE, window
from tests.journeys.witness import telling


@dataclass
class Both:
    """A running demo, the phone's page and the console's."""

    parts: Parts
    browser: Browser
    phone: Page
    desk: Page
    base: str

    async def say(self, words: str) -> None:
        """Somebody writes on the phone."""
        await self.phone.locator("#words").fill(words)
        await self.phone.locator("#words").press("Enter")

    async def answer(self, words: str) -> None:
        """An agent opens the ticket with these words."""
        await self.sign_in()
        await self.desk.get_by_role("row", name=words).click()
        await expect(self.desk.locator("#composer-text")).to_be_visible()

    async def sign_in(self) -> None:
        """An agent sits down at the console."""
        await self.desk.goto(f"{self.base}/demo")
        person = self.desk.locator(".people li").filter(has=self.desk.get_by_role("button", name="コンソール"))
        await person.filter(has_text="佐藤 美咲").get_by_role("button", name="コンソール").click()

    async def narrow(self, name: str, there: str) -> None:
        """The open ticket as an English-speaking colleague sees it on a phone: nothing is wider than the screen."""
        context = await self.browser.new_context(locale="en-US", viewport={"width": 390, "height": 844})
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        await page.goto(f"{self.base}/demo")
        await page.locator(".people li", has_text="Emma Clark").get_by_role("button", name="Console").click()
        await expect(page.locator(".list")).to_be_visible()
        await page.goto("about:blank")  # from one ticket's address to another's nothing is loaded anew
        await page.goto(self.desk.url)
        await expect(page.locator(there).last).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.set_viewport_size({"width": 390, "height": 2600})
        await shot(page, name)
        await context.close()

    async def whole(self, name: str) -> None:
        """Pictures of both sides at once, for who looks."""
        for page, who in ((self.phone, "phone"), (self.desk, "desk")):
            size = page.viewport_size
            assert size is not None
            await page.set_viewport_size({"width": size["width"], "height": 2600})
            await shot(page, f"{name}-{who}")
            await page.set_viewport_size(size)


@asynccontextmanager
async def both(folder: Path, browser: Browser, *, desk_width: int = 1280) -> AsyncIterator[Both]:
    """Open the demo, in Japanese."""
    async with demo(folder) as parts:
        base = parts.settings.public_url
        async with window(browser) as phone, window(browser, desk_width) as desk, telling():
            await phone.goto(f"{base}/line")
            # The shop's menu stands where one writes, once LINE's SDK is imported.
            await phone.get_by_role("button", name="文字を入力").click(timeout=90_000)
            yield Both(parts, browser, phone, desk, base)


async def shot(page: Page, name: str) -> None:
    """A picture for whoever wants to look (`MADOGUCHI_TEST_PICTURES`: a folder)."""
    if folder := os.environ.get("MADOGUCHI_TEST_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")
