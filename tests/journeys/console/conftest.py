"""A desk that is open, and people with browsers in front of it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from server.agents import AgentView
from tests.journeys.console.counter import Counter, open_counter
from tests.journeys.one_browser import PATIENCE, one_loop

LONGER_TOASTS = """{
const wait = self.setTimeout;
self.setTimeout = (run, pause, ...more) => wait(run, pause === 7000 ? 20000 : pause, ...more);
}"""
"""What can be undone for seven seconds can be for twenty: a machine that stands still is no agent who dawdles."""
Sit = Callable[..., Awaitable[Page]]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the browser's loop."""
    one_loop(items, Path(__file__).parent)


@pytest_asyncio.fixture(loop_scope="session")
async def counter(blank_sqlite: Path, tmp_path: Path) -> AsyncIterator[Counter]:
    """A running desk with a mailbox whose mails leave at once."""
    shutil.copyfile(blank_sqlite, tmp_path / "desk.db")
    async with open_counter(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def sit(counter: Counter, chromium: Browser) -> AsyncIterator[Sit]:
    """`await sit(agent, "#/open")`: the console as this agent sees it. Errors on the page fail the test."""
    async with seats(counter, chromium) as take_a_seat:
        yield take_a_seat


async def all_is_here(page: Page) -> None:
    """The parts that come later are here as well, so that keys which are typed at once are already theirs."""
    await expect(page.locator(".pane .person-name")).to_be_visible()


@asynccontextmanager
async def seats(counter: Counter, chromium: Browser) -> AsyncIterator[Sit]:
    """Seats in front of a desk's console; an error on a page, or a broken policy, fails whoever opened them."""
    wrong: list[str] = []

    async def take_a_seat(
        agent: AgentView, place: str = "#/open", *, width: int = 1500, height: int = 900, script: str = "", **more: Any
    ) -> Page:
        context = await chromium.new_context(viewport={"width": width, "height": height}, locale="ja-JP", **more)
        await context.add_cookies([await counter.cookie(agent)])  # type: ignore[list-item]
        await context.add_init_script(LONGER_TOASTS + script)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: wrong.append(f"{error}"))
        page.on("console", lambda said: wrong.append(said.text) if _is_policy(said.text) else None)
        await page.goto(f"{counter.base}/console{place}")
        await page.locator(".connection.live").wait_for(state="attached")
        return page

    yield take_a_seat
    assert not wrong


def _is_policy(words: str) -> bool:
    return "Content Security Policy" in words and "tracker" not in words
