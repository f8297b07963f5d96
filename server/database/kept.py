"""Queries that are asked once in a unit that says so: what holds for the whole desk does not change while it works."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from server.database.transaction import Transaction

R = TypeVar("R")


def kept(query: Callable[..., R]) -> Callable[..., R]:
    """Mark a query whose answer is kept within `keeping`. Its arguments are plain values, given by their place."""

    @wraps(query)
    def ask(tx: Transaction, *given: Hashable) -> R:
        if tx.kept is None:
            return query(tx, *given)
        key = (ask, given)
        if key not in tx.kept:
            tx.kept[key] = query(tx, *given)
        found: R = tx.kept[key]
        return found

    return ask


def keep(tx: Transaction, query: Callable[..., R], *given: Hashable, answer: R) -> None:
    """Give the answer of a marked query beforehand, when it was asked together with others."""
    if tx.kept is not None:
        tx.kept[query, given] = answer


@contextmanager
def keeping(tx: Transaction) -> Iterator[None]:
    """Within this, marked queries are asked once. The caller changes nothing that they are about."""
    before: dict[Any, Any] | None = tx.kept
    tx.kept = {}
    try:
        yield
    finally:
        tx.kept = before
