"""The phones' journeys share a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.one_browser import chromium, one_browser, one_loop

__all__ = ["chromium", "one_browser"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the browser's loop."""
    one_loop(items, Path(__file__).parent)
