"""What every way to a source has in common: pages of records, a state to go on from, and two kinds of failure.

A **sweep** is one reading of a stream to its end. Its state is JSON, kept after each page; a sweep that a killed
process left behind goes on from there. What is learned twice does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from server.customers.sources.mapping import Find, Stream
from server.errors import DeskError

Record = dict[str, Any]


class Failed(DeskError):
    """The source cannot be read now; what its other side said is in the words."""

    status = 502
    code = "source_failed"


class Later(Failed):
    """The source asks to wait."""

    def __init__(self, words: str, after: timedelta, **values: Any) -> None:
        super().__init__(words, **values)
        self.after = after


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in their order. `sweep` is where to go on, None at the end: the next begins at `position`."""

    records: list[Record]
    sweep: Any
    position: Any = None
    shape: dict[str, str] = field(default_factory=dict)
    """Fields and their types, when the source itself says them; otherwise they are taken from the records."""


class Reader(Protocol):
    """One source, opened. Everything may raise `Failed`."""

    async def begin(self, stream: Stream, position: Any, *, whole: bool) -> Any:
        """The state of a new sweep, from a position on or of everything."""

    async def page(self, stream: Stream, sweep: Any) -> Page:
        """The next records."""

    async def look_up(self, stream: Stream, find: Find, value: str) -> list[Record]:
        """The records of one id, customer or address; at most `find.limit`."""

    async def test(self) -> str:
        """Go there once; words that say what was found."""

    async def close(self) -> None:
        """Let go of connections."""
