"""The chats' visitors as consoles see them: who is here, on which page, and who types; told a moment's news at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from channels import fan_out
from channels.contract import Present
from server import customers
from server.customers.views import CustomerRef
from server.database import Database, Transaction
from server.inbox.presence import Presence

log = logging.getLogger(__name__)

NAMESPACE = "/agent"
MOST = 1_000
EVERY = 0.1
"""In seconds: what visitors do within is told in one packet."""
encode = msgspec.json.Encoder().encode


class VisitorShown(msgspec.Struct, frozen=True):
    """A visitor who is connected, or with `online` false who went. What they say of themselves is unconfirmed.

    `customer` is who the desk knows them as, `signed` whether the site vouches for them, `welcome` whether an agent may
    speak first.
    """

    account: int
    visitor: str
    online: bool
    since: datetime
    name: str
    conversation: str | None
    ticket: int | None
    typing: bool
    language: str
    customer: CustomerRef | None
    signed: bool
    welcome: bool
    page: Any
    cart: Any
    order: Any
    tags: Any


class VisitorNews:
    """Gathers what visitors do, and has it told; each is looked up in the customers once, and again when they write."""

    def __init__(self, presence: Presence, database: Database, tell: Callable[[fan_out.PacketForMany], None]) -> None:
        self._presence = presence
        self._database = database
        self._tell = tell
        self._moved: dict[tuple[int, str], Present] = {}
        self._known: dict[tuple[int, str], tuple[int | None, CustomerRef | None]] = {}
        self._telling: asyncio.Task[None] | None = None
        presence.listen(self._hear)

    def everybody(self) -> fan_out.PacketForMany:
        """All who are here, for a console that just connected."""
        return self._packet(list(self._presence.now.values())[:MOST])

    def close(self) -> None:
        """Tell no more."""
        if self._telling is not None:
            self._telling.cancel()

    def _hear(self, present: Present) -> None:
        self._moved[present.account, present.visitor] = present
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell_all())

    async def _tell_all(self) -> None:
        while self._moved:
            await asyncio.sleep(EVERY)
            moved, self._moved = self._moved, {}
            await self._look_up(moved.values())
            self._tell(self._packet(moved.values()))
            for key, one in moved.items():
                if not one.online and key not in self._presence.now:
                    self._known.pop(key, None)

    async def _look_up(self, moved: Iterable[Present]) -> None:
        """Who they are; asked anew once their conversation has a ticket, which makes them a customer."""
        unknown = [one for one in moved if one.online and self._known_as(one) is None and not self._asked(one)]
        if not unknown:
            return
        try:
            found = await self._database.read(_customers, unknown)
        except Exception as error:
            log.warning("Visitors cannot be looked up now: %s", error)
            return
        for one, customer in zip(unknown, found, strict=True):
            self._known[one.account, one.visitor] = one.ticket, customer

    def _asked(self, one: Present) -> bool:
        known = self._known.get((one.account, one.visitor))
        return known is not None and known[0] == one.ticket

    def _known_as(self, one: Present) -> CustomerRef | None:
        return self._known.get((one.account, one.visitor), (None, None))[1]

    def _packet(self, present: Iterable[Present]) -> fan_out.PacketForMany:
        return fan_out.PacketForMany(
            NAMESPACE, "visitors", encode([_shown(one, self._known_as(one)) for one in present])
        )


def shown_all(tx: Transaction, present: Sequence[Present]) -> list[VisitorShown]:
    """Visitors as agents see them, the known ones with who they are."""
    return [_shown(one, customer) for one, customer in zip(present, _customers(tx, present), strict=True)]


def _customers(tx: Transaction, present: Sequence[Present]) -> list[CustomerRef | None]:
    return [customers.known(tx, one.party) if one.party is not None else None for one in present]


def _shown(one: Present, customer: CustomerRef | None) -> VisitorShown:
    return VisitorShown(
        account=one.account,
        visitor=one.visitor,
        online=one.online,
        since=one.since,
        name=one.name,
        conversation=one.conversation,
        ticket=one.ticket,
        typing=one.typing,
        language=one.language,
        customer=customer,
        signed=one.party is not None and one.party.verified,
        welcome=one.welcome,
        **{name: one.context.get(name) for name in ("page", "cart", "order", "tags")},
    )
