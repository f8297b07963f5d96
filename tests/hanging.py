"""A test that stands still is told by name, with what every task waits for, and fails; the others go on."""

from __future__ import annotations

import asyncio
import gc
import inspect
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

PHASE_SECONDS = 150
"""How long a test's set-up, its call or its end may each take."""


def _tasks() -> str:
    """Where each unfinished task of this process stands, from its coroutine down to what it waits for."""
    lines = []
    for task in list(asyncio.tasks._all_tasks):  # type: ignore[attr-defined]  # of every loop, also of those not running
        if not task.done():
            lines.append(f"{task.get_name()}:")
            lines += (f"    {place}" for place in _places(task.get_coro()))
    return "\n".join(lines) + "\n"


def _places(waiting: object) -> Iterator[str]:
    while waiting is not None:
        for kind in ("cr", "gi", "ag"):
            if (frame := getattr(waiting, f"{kind}_frame", None)) is not None:
                yield f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"
                waiting = getattr(waiting, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
                break
        else:
            generators = [one for one in gc.get_referents(waiting) if inspect.isasyncgen(one)]
            if not generators:
                yield repr(waiting)
            waiting = generators[0] if generators else None


@contextmanager
def _watched(item: pytest.Item, phase: str) -> Iterator[None]:
    def told(number: int, frame: FrameType | None) -> None:
        words = f"{item.nodeid}: its {phase} stood still for {PHASE_SECONDS} s\n{_tasks()}"
        sys.__stderr__.write(words)
        sys.__stderr__.flush()
        pytest.fail(words)

    signal.signal(signal.SIGALRM, told)
    signal.setitimer(signal.ITIMER_REAL, PHASE_SECONDS, 10)  # again, when the first was caught by what it met
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Watch a test's set-up."""
    with _watched(item, "set-up"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Watch the test."""
    with _watched(item, "call"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Watch a test's end."""
    with _watched(item, "end"):
        return (yield)
