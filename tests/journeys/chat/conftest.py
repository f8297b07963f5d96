"""A shop on a site of its own, strict about what it loads, and customers who come to it with browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.journeys.chat.shop import Customer, Shop, open_shop, visit
from tests.journeys.console.conftest import chromium, counter, sit
from tests.journeys.console.counter import Counter

__all__ = ["chromium", "counter", "sit"]

Come = Callable[..., Awaitable[Customer]]


@pytest.fixture
async def shop(counter: Counter, tmp_path: Path) -> AsyncIterator[Shop]:
    """Another origin than the desk's, under the strictest of policies, with the chat on its pages."""
    async with open_shop(counter) as opened:
        yield opened


@pytest.fixture
async def come(shop: Shop, chromium: Browser) -> AsyncIterator[Come]:
    """`await come(...)`: a customer on the shop's page. Errors on it, and broken policies, fail the test."""
    wrong: list[str] = []

    async def arrive(**how: Any) -> Customer:
        return await visit(chromium, shop.base, wrong, **how)

    yield arrive
    assert not wrong
