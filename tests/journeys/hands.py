"""Hands at a keyboard: as quick as the browser takes keys, and going on as long as it takes to be seen."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from playwright.async_api import Locator, Page, expect

from tests.desks import until


async def at_once(page: Page, *keys: str) -> None:
    """Keys in the browser's hands before it has answered the first of them."""
    await asyncio.gather(*(page.keyboard.press(key) for key in keys))


async def typing_is_seen(page: Page, key: str, seen: Locator, many: int = 1) -> None:
    """Type a key, and again in its place, until this is seen so many times; the key stands there once.

    Whoever pauses for some seconds types no more, and a slow machine may show it later than that.
    """

    async def typed() -> bool:
        await page.keyboard.type(key)
        with suppress(AssertionError):
            await expect(seen).to_have_count(many, timeout=2_000)
            return True
        await page.keyboard.press("Backspace")
        return False

    await until(typed, 60)
