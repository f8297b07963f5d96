"""The demo answers by itself: on the shop's chat and on its LINE account, from the published articles."""

from __future__ import annotations

from server.agents import DESK
from server.answers import settings
from server.answers.settings import Policy, SettingsChange
from server.database import Transaction

KINDS = ("webchat", "line")


def begin(tx: Transaction) -> None:
    """Switch it on, once."""
    if tx.value("SELECT 1 FROM answer_desk"):
        return
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    rows = tx.all(f"SELECT id FROM channel_account WHERE kind IN ({kinds}) AND removed_at IS NULL")
    settings.write(tx, DESK, SettingsChange(accounts={str(row.id): Policy(on=True) for row in rows}))
