"""Who of the customers is connected now, held in memory for agents' screens and gone with the connection."""

from __future__ import annotations

from collections.abc import Callable

from channels.contract import Present

Hearer = Callable[[Present], None]


class Presence:
    """The present customers, by account and visitor. Whoever listens hears each change at once."""

    def __init__(self) -> None:
        self.now: dict[tuple[int, str], Present] = {}
        self._hearers: list[Hearer] = []
        self._typists: set[int] = set()

    def listen(self, hear: Hearer) -> None:
        """Hear every change from now on."""
        self._hearers.append(hear)

    def agents_type(self, ticket: int, typing: bool) -> None:
        """Whether an agent types on a ticket."""
        if typing:
            self._typists.add(ticket)
        else:
            self._typists.discard(ticket)

    def types(self, ticket: int) -> bool:
        """Whether an agent types on a ticket now, on a console of this process."""
        return ticket in self._typists

    def show(self, present: Present) -> None:
        """A customer came, moves, types or went."""
        key = (present.account, present.visitor)
        if present.online:
            self.now[key] = present
        else:
            self.now.pop(key, None)
        for hear in self._hearers:
            hear(present)
