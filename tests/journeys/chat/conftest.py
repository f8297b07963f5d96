"""A shop on a site of its own, strict about what it loads, and customers who come to it with browsers.

The browser is one for all of these journeys, and so is the event loop that it lives on; every test has a desk, a shop
and browser profiles of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.journeys.chat.shop import Customer, Shop, open_shop, visit
from tests.journeys.console.conftest import counter, sit
from tests.journeys.console.counter import Counter
from tests.journeys.one_browser import one_loop

__all__ = ["counter", "sit"]
Come = Callable[..., Awaitable[Customer]]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the browser's loop."""
    one_loop(items, Path(__file__).parent)


@pytest_asyncio.fixture(loop_scope="session")
async def shop(counter: Counter) -> AsyncIterator[Shop]:
    """Another origin than the desk's, under the strictest of policies, with the chat on its pages."""
    async with open_shop(counter) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def come(shop: Shop, chromium: Browser) -> AsyncIterator[Come]:
    """`await come(...)`: a customer on the shop's page. Errors on it, and broken policies, fail the test."""
    wrong: list[str] = []

    async def arrive(**how: Any) -> Customer:
        return await visit(chromium, shop.base, wrong, **how)

    yield arrive
    assert not wrong
