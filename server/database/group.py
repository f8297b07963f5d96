"""A unit of work that waits for its turn, and those that are carried out for several callers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from server.database.transaction import Transaction

P = ParamSpec("P")
R = TypeVar("R")
Function = Callable[Concatenate[Transaction, P], R]
Many = Callable[[Transaction, Sequence[tuple[Any, ...]]], tuple[Sequence[R], int]]

_many: dict[Any, Many[Any]] = {}


class Unit:
    """A unit waiting for its turn, and where its result goes."""

    __slots__ = ("args", "error", "function", "future", "kwargs", "loop", "result")

    def __init__(self, function: Any, args: Any, kwargs: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


def together(many: Many[R]) -> Callable[[Function[P, R]], Function[P, R]]:
    """Mark a unit that can be carried out for several callers at once.

    `many` gets the arguments of those who stand in a row. It gives the results of the first so many of them, of none
    when the first must be carried out by itself; and how many after those must be, as far as it knows. When it fails,
    each of them is carried out by itself.
    """

    def mark(function: Function[P, R]) -> Function[P, R]:
        _many[function] = many
        return function

    return mark


def run_together(tx: Transaction, group: Sequence[Unit], place: int) -> tuple[int, int]:
    """Carry out the unit at `place` of a group and those after it that are like it.

    How many were carried out, and how many that follow are not to be tried together again.
    """
    function = group[place].function
    many = _many.get(function)
    if many is None:
        return 0, 1
    end = place
    while end < len(group) and group[end].function is function and not group[end].kwargs:
        end += 1
    units = group[place:end]
    results, alone = many(tx, [unit.args for unit in units]) if units else ((), 1)
    for unit, result in zip(units, results, strict=False):
        unit.result = result
    return len(results), alone
