"""The phones' journeys share a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.one_browser import one_loop


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the browser's loop."""
    one_loop(items, Path(__file__).parent)
