"""A desk with a help centre, and readers with browsers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.console.conftest import counter
from tests.journeys.one_browser import one_loop

__all__ = ["counter"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the browser's loop."""
    one_loop(items, Path(__file__).parent)
