"""What is sent besides words, and the networks that draw it: asked before it is kept or sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.contract import Channel, Choice, DrawsRich, OffersChoices, Rich, Undeliverable
from server.errors import Invalid


def drawing_kinds(channels: Mapping[str, Channel]) -> frozenset[str]:
    """The kinds of accounts whose networks draw buttons and cards."""
    return frozenset(kind for kind, channel in channels.items() if isinstance(channel, DrawsRich))


def tapping_kinds(channels: Mapping[str, Channel]) -> frozenset[str]:
    """The kinds of accounts whose networks show choices to be tapped."""
    return frozenset(kind for kind, channel in channels.items() if isinstance(channel, OffersChoices))


def check_drawing(channels: Mapping[str, Channel], rich: Rich | None, choices: Sequence[Choice]) -> None:
    """Raises `Invalid` with the words of the first network that would not take it."""
    if rich is None and not choices:
        return
    for channel in channels.values():
        if isinstance(channel, DrawsRich):
            try:
                channel.draw(rich, choices)
            except Undeliverable as error:
                at = "choices" if rich is None else "rich"
                raise Invalid("Some fields need another look.", fields={at: error.words}) from error
