"""What channels look at within one read: the shelves and the conversations of an account."""

from __future__ import annotations

from typing import Any

from channels.contract import ShownConversation
from server.accounts import records
from server.database import Transaction
from server.tickets import conversations


class AccountReader:
    """`channels.contract.Reader` inside a reading unit."""

    __slots__ = ("_account", "_tx")

    def __init__(self, tx: Transaction, account_id: int) -> None:
        self._tx = tx
        self._account = account_id

    def look_up(self, shelf: str, key: str) -> Any:
        """What is kept under this key, or None."""
        return records.look_up(self._tx, self._account, shelf, key)

    def conversation(
        self, conversation: str, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> ShownConversation:
        """What the customer may see of a conversation."""
        return conversations.shown(self._tx, self._account, conversation, after=after, before=before, limit=limit)
