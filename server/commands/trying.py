"""Trying an account where no door is open."""

from __future__ import annotations

from collections.abc import Sequence

from channels.contract import Account, Check, SpeaksFromCommands, TestsAccount
from server.app import Parts


async def tried(parts: Parts, channel: TestsAccount, account: Account) -> Sequence[Check]:
    """What a channel says of an account; one that needs to know the desk is told it, and closed afterwards."""
    if not isinstance(channel, SpeaksFromCommands):
        return await channel.test(account)
    channel.prepare(parts.desk)
    try:
        return await channel.test(account)
    finally:
        await channel.close()
