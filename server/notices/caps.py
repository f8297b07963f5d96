"""How many messages accounts may still send this month, where their network counts them: asked before notices leave."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from channels.contract import Account, Channel, KnowsLimits
from server.database import Transaction

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""In seconds: notices do not wait longer for a network that does not say what is left."""
ASK_AGAIN = 60.0
"""In seconds: how long one that did not say it is left alone."""


class Accounts(Protocol):
    """Who knows the accounts that are open."""

    def accounts(self, kind: str) -> Sequence[Account]:
        """Those of a kind of channel."""


class Caps:
    """What networks said last. `look` is called before notices leave, and asks no more often than channels do."""

    def __init__(self, desk: Accounts, channels: Mapping[str, Channel]) -> None:
        self._desk = desk
        self._channels = channels
        self.left: dict[int, int] = {}
        self._silent: dict[int, float] = {}

    async def look(self) -> None:
        """Ask them. Never raises: of an account that says nothing there is no cap."""
        for channel in self._channels.values():
            if not isinstance(channel, KnowsLimits):
                continue
            for account in self._desk.accounts(channel.kind):
                if time.monotonic() < self._silent.get(account.id, 0.0):
                    continue
                try:
                    async with asyncio.timeout(PATIENCE):
                        left = (await channel.limits(account)).left
                except Exception as error:
                    log.warning("What account %d may still send is not known: %r", account.id, error)
                    self._silent[account.id] = time.monotonic() + ASK_AGAIN
                    continue
                if left is None:
                    self.left.pop(account.id, None)
                else:
                    self.left[account.id] = left


class Room:
    """Of one round of sending: what is left, less what already waits to leave, less what the round takes."""

    def __init__(self, left: Mapping[int, int]) -> None:
        self._left = left
        self._free: dict[int, int] = {}

    def has(self, tx: Transaction, account: int) -> bool:
        """Whether one more message of an account may leave."""
        return account not in self._left or self._of(tx, account) > 0

    def take(self, tx: Transaction, account: int) -> None:
        """One leaves."""
        if account in self._left:
            self._free[account] = self._of(tx, account) - 1

    def _of(self, tx: Transaction, account: int) -> int:
        if account not in self._free:
            waiting = tx.value(
                "SELECT count(*) FROM letter WHERE account_id = :account AND state IN ('waiting', 'sending')",
                account=account,
            )
            self._free[account] = self._left[account] - int(waiting)
        return self._free[account]
