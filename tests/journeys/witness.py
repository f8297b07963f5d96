"""What stood before whoever waited in vain: the pages with their requests, and the desk behind them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, Request
from playwright.async_api import Error as PlaywrightError

from tests import hanging

NEWEST = 12
"""So many requests of a page are told of, besides those that nobody answered."""
QUOTED = re.compile("[\"'「]([^\"'「」\\n]{2,80})[\"'」]")
PATIENCE = 10.0
"""In seconds: a page that stands still says nothing about itself."""
_browsers: list[Browser] = []


@asynccontextmanager
async def watched_by(browser: Browser) -> AsyncIterator[None]:
    """Tell of this browser's pages when something goes wrong."""
    _browsers.append(browser)
    try:
        yield
    finally:
        _browsers.remove(browser)


@asynccontextmanager
async def telling() -> AsyncIterator[None]:
    """When something goes wrong within, the report says what was there, before any of it is closed."""
    try:
        yield
    except Exception as error:
        hanging.tell_of_tasks(error)
        pages = [page for browser in _browsers for context in browser.contexts for page in context.pages]
        for place, page in enumerate(pages, 1):
            name = f"page {place}, {page.url}"
            if hanging.is_told(name, error):
                continue
            try:
                async with asyncio.timeout(PATIENCE):
                    words = await _page(page, error)
            except (PlaywrightError, TimeoutError) as silent:
                words = f"says nothing: {silent!r}"
            hanging.tell(name, words, error)
        raise


async def _page(page: Page, error: Exception) -> str:
    requests = await page.requests()
    silent = [one for one in requests if one.existing_response is None]
    newest = [one for one in requests[-NEWEST:] if one not in silent]
    said = [f"{one.type}: {one.text}" for one in await page.console_messages()][-NEWEST:]
    wrong = [f"error: {one}" for one in await page.page_errors()]
    shown = await page.locator("body").aria_snapshot(timeout=PATIENCE * 1000)
    return "\n".join(
        (
            *map(_line, silent + newest),
            *said,
            *wrong,
            *_around(shown, QUOTED.findall(str(error).partition("Aria snapshot")[0])),
        )
    )


def _line(request: Request) -> str:
    answer = request.existing_response
    path = request.url.partition("://")[2].partition("/")[2]
    began = request.timing["startTime"]
    ago = f"{time.time() - began / 1000:.1f} s ago" if began > 0 else "some time ago"
    became = answer.status if answer else request.failure or "no answer"
    return f"{ago}: {request.method} /{path[:100]} → {became}"


def _around(shown: str, words: list[str]) -> list[str]:
    """Those lines of a page's outline in which such words are, below what they are within."""
    found: list[str] = []
    above: list[str] = []
    for line in shown.splitlines():
        depth = len(line) - len(line.lstrip())
        above = [other for other in above if len(other) - len(other.lstrip()) < depth] + [line]
        if any(each in line for each in words):
            found += [other[:200] for other in above if other[:200] not in found]
    return found
