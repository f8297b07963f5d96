"""One browser for many journeys, and one event loop for it to live on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from pytest_asyncio import is_async_test

from tests.journeys.witness import telling, watched_by

Journey = Callable[..., Awaitable[None]]
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 60_000
"""In milliseconds: two cores that do other things as well."""
expect.set_options(timeout=PATIENCE)


def one_loop(items: list[pytest.Item], folder: Path) -> None:
    """Let the tests of a folder run on the browser's loop."""
    for item in items:
        if item.path.is_relative_to(folder) and is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.obj = _telling(item.obj)


def _telling(journey: Journey) -> Journey:
    """The journey; what goes wrong on it is told with what was there."""

    @wraps(journey)
    async def told(*args: Any, **kwargs: Any) -> None:
        async with telling():
            await journey(*args, **kwargs)

    return told


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def one_browser() -> AsyncIterator[Browser]:
    """Debian's browser, started once."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS, timeout=120_000)
        async with watched_by(browser):
            yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(one_browser: Browser) -> AsyncIterator[Browser]:
    """The browser, without anybody's profile in it before and afterwards."""
    yield one_browser
    for context in one_browser.contexts:
        await context.close()


@asynccontextmanager
async def window(browser: Browser, width: int = 1280) -> AsyncIterator[Page]:
    """A page in a window of its own, in Japanese: of two in one window that behind is drawn once a second, and a click
    waits for two drawings."""
    context = await browser.new_context(locale="ja-JP", viewport={"width": width, "height": 900})
    context.set_default_timeout(PATIENCE)
    try:
        yield await context.new_page()
    finally:
        await context.close()
