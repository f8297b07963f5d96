"""One rig a channel: how the contract suite makes it work on a real or a fake network.

A file `<kind>.py` here has an async context manager `rig()` that gives a `Rig`; the suite finds it by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from channels.contract import Channel, OutboundMessage
from tests.channels.desk import FakeDesk


@dataclass(frozen=True)
class Sent:
    """Something the network got from us: by what it would know a repeat, and the text."""

    identity: str
    text: str


class Rig(Protocol):
    """A channel attached to a `FakeDesk`, its doors open, with a customer and a network to play with.

    `takes_any_bytes` is True where arrivals hold a stranger's bytes, so that `read` must cope with everything; where
    they hold what the channel itself wrote, `read` may raise `ValueError` for bytes it never wrote. A rig's module
    says by `DELIVERS` whether its channel has a way out.
    """

    channel: Channel
    desk: FakeDesk
    takes_any_bytes: bool

    async def offer(self, text: str, name: str) -> bool:
        """Let the customer send a text; whether the network was told that we have it.

        The same `name` again is the same message offered again, as the network would after a failure.
        """

    def letter(self, text: str, key: str) -> OutboundMessage:
        """An answer to the customer."""

    def network(self, does: Literal["take", "later", "never"]) -> None:
        """How the network shall answer the next deliveries."""

    def sent(self) -> list[Sent]:
        """What the network took, in order."""
