"""One message that the desk looks at, with everything that deciding about it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from server.answers.manners import Typing, nobody_types
from server.answers.settings import AnswerSettings
from server.answers.speaking import Drawing
from server.database import Transaction

Taker = Callable[[Transaction, int, int], bool]
"""Somebody who answers messages before the articles do: whether a message (its id, its place in the feed) is theirs."""


class Ways(NamedTuple):
    """What deciding needs besides the database."""

    drawing: Drawing
    typing: Typing = nobody_types
    takers: Sequence[Taker] = ()


class Case(NamedTuple):
    """Everything about one message. `kind` and `shop` are its account's, `seq` is its place in the feed."""

    row: Any
    ticket: Any
    kind: str
    shop: str
    decided: AnswerSettings
    ways: Ways
    seq: int

    @property
    def chat(self) -> bool:
        """Whether choices are tapped there."""
        return self.kind in self.ways.drawing.networks
