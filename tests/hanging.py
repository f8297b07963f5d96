"""A test that stands still is told by name, with what every task waits for, and fails; the others go on."""

from __future__ import annotations

import asyncio
import gc
import inspect
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import pytest
from aiohttp import web

PHASE_SECONDS = 240
"""How long a test's set-up, its call or its end may each take."""
DEEPEST = 4
"""So many places of a task or a thread are told of."""
LIBRARY = asyncio.__file__.rpartition("/asyncio/")[0] + "/"
TASKS = "what this process waited for"
_told: list[tuple[BaseException, str, str]] = []


def tell(what: str, words: str, error: BaseException) -> None:
    """Have the report of a failure say this as well."""
    _told.append((error, what, words))


def tell_of_tasks(error: BaseException) -> None:
    """Have the report of a failure say what this process waits for now."""
    if not is_told(TASKS, error):
        tell(TASKS, account(), error)


def is_told(what: str, error: BaseException) -> bool:
    """Whether this was told of it already."""
    return any(name == what and one is error for one, name, _ in _told)


def account() -> str:
    """What this process waits for: its unfinished tasks, the innermost place first, and what its threads are at."""
    tasks = Counter(_chain(list(_places(task.get_coro()))) for task in _unfinished())
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    threads = Counter(
        (names.get(ident) or "?").rstrip("0123456789")
        + ": "
        + _chain([f"{step.filename}:{step.lineno} {step.name}" for step in traceback.extract_stack(frame)])
        for ident, frame in sys._current_frames().items()
        if ident != threading.get_ident()
    )
    return "\n".join(f"{many} × {words}" for words, many in sorted((tasks + threads).items()) if words)


def _chain(places: list[str]) -> str:
    """The innermost places outside the standard library, or of it the very last one."""
    shown = [_short(place) for place in places if ".py:" in place and not place.startswith(LIBRARY)]
    inner = [_short(place) for place in places if ".py:" in place][-1:]
    return " < ".join(dict.fromkeys(reversed(shown[-DEEPEST:] + inner)))


def _short(place: str) -> str:
    path, colon, rest = place.partition(".py:")
    return "/".join(path.split("/")[-2:]) + colon + rest


def _unfinished() -> list[asyncio.Task[Any]]:
    """The tasks of every loop, also of those that do not run."""
    every = asyncio.tasks._all_tasks  # type: ignore[attr-defined]
    while True:
        with suppress(RuntimeError):  # a loop of another thread began one meanwhile
            return [task for task in list(every) if not task.done()]


def _tasks() -> str:
    """Where each unfinished task of this process stands, from its coroutine down to what it waits for."""
    lines = []
    for task in _unfinished():
        lines.append(f"{task.get_name()}:")
        lines += (f"    {place}" for place in _places(task.get_coro()))
    return "\n".join(lines) + "\n"


def _places(waiting: object) -> Iterator[str]:
    while waiting is not None:
        for kind in ("cr", "gi", "ag"):
            if (frame := getattr(waiting, f"{kind}_frame", None)) is not None:
                yield f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}{_asked(frame)}"
                waiting = getattr(waiting, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
                break
        else:
            generators = [one for one in gc.get_referents(waiting) if inspect.isasyncgen(one)]
            if not generators:
                yield repr(waiting)
            waiting = generators[0] if generators else None


def _asked(frame: FrameType) -> str:
    """Which request is being answered there; aiohttp's own frame knows the one before, too."""
    asked = frame.f_locals.get("request")
    known = isinstance(asked, web.BaseRequest) and frame.f_code.co_name != "start"
    return f" {asked.method} {asked.path_qs}" if known else ""


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
    """Watch the test, and have its report say what was told of its failure."""
    try:
        with _watched(item, "call"):
            return (yield)
    finally:
        for _, what, words in _told:
            item.add_report_section("call", what, words)
        _told.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Watch a test's end."""
    with _watched(item, "end"):
        return (yield)
