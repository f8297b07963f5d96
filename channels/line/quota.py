"""How many messages an account may still send this month, as LINE counts them, asked again when it may have changed.

https://developers.line.biz/en/reference/messaging-api/#get-quota
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import aiohttp

from channels.contract import Account, Limits
from channels.line.errors import Refused
from channels.line.platform import Clients, Platform
from channels.line.rules.limits import MESSAGES, QUICK_REPLIES, TEXT

FRESH = timedelta(seconds=60)
"""How long LINE's word is good while nothing is sent."""
LARGEST_FILE = 200_000_000

NOTHING_KNOWN = Limits(text_units=TEXT, bubbles=MESSAGES, file_bytes=LARGEST_FILE, choices=QUICK_REPLIES)


@dataclass(slots=True)
class _Known:
    limits: Limits
    ask_after: datetime


class Quotas:
    """What LINE said last, for each account."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._known: dict[int, _Known] = {}
        self._asking: dict[int, asyncio.Lock] = {}

    async def limits(self, account: Account) -> Limits:
        """As LINE says it now, or said it lately; what it said last when it cannot be asked."""
        async with self._asking.setdefault(account.id, asyncio.Lock()):
            known = self._known.get(account.id)
            if known is not None and datetime.now(UTC) < known.ask_after:
                return known.limits
            try:
                limits = await self.ask(account)
            except (Refused, aiohttp.ClientError, TimeoutError, OSError, ValueError):
                limits = known.limits if known is not None else NOTHING_KNOWN
            self._known[account.id] = _Known(limits, datetime.now(UTC) + FRESH)
            return limits

    async def ask(self, account: Account) -> Limits:
        """LINE's word of this moment. Raises `Refused` and aiohttp's errors."""

        async def work(clients: Clients) -> Limits:
            quota = await clients.api.get_message_quota()
            used = await clients.api.get_message_quota_consumption()
            limited = str(quota.type.value if hasattr(quota.type, "value") else quota.type) == "limited"
            return replace(
                NOTHING_KNOWN,
                used=int(used.total_usage),
                quota=int(quota.value) if limited and quota.value is not None else None,
                as_of=datetime.now(UTC),
            )

        found: Limits = await self._platform.call(account, work)
        return found

    def spent(self, account: Account) -> None:
        """A message left: counted at once, and LINE is asked again soon."""
        known = self._known.get(account.id)
        if known is not None and known.limits.used is not None:
            known.limits = replace(known.limits, used=known.limits.used + 1)

    def exhausted(self, account: Account) -> None:
        """LINE said that the month's messages are used up."""
        known = self._known.get(account.id)
        if known is not None and known.limits.quota is not None:
            known.limits = replace(known.limits, used=known.limits.quota)
