"""Reading accounts: for people without their secrets, for the channels with them."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import msgspec

from channels.contract import Account, Health
from server.accounts.secrets import Keys, Locked
from server.accounts.views import AccountView, HealthView
from server.database import Transaction, kept
from server.errors import NotFound

log = logging.getLogger(__name__)

HEALTH = "health"
"""The name under which an account's memory keeps its health."""

COLUMNS = """
SELECT a.id, a.kind, a.name, a.address, a.settings, a.secrets, a.enabled, a.can_send, a.team_id, a.shop, a.version,
       a.created_at, a.removed_at, m.value AS health, m.updated_at AS health_at,
       (SELECT count(*) FROM arrival WHERE account_id = a.id AND state = 'quarantined') AS quarantined
  FROM channel_account a LEFT JOIN account_memory m ON m.account_id = a.id AND m.name = 'health'
"""


def all(tx: Transaction, keys: Keys, *, removed: bool = False) -> list[AccountView]:
    """Every account, by kind and name; the removed ones only when asked for."""
    where = "" if removed else "WHERE a.removed_at IS NULL"
    return [_view(row, keys) for row in tx.all(f"{COLUMNS} {where} ORDER BY a.kind, a.name, a.id")]


def view(tx: Transaction, keys: Keys, id: int) -> AccountView:
    """One account, also a removed one. Raises `NotFound`."""
    row = tx.first(f"{COLUMNS} WHERE a.id = :id", id=id)
    if row is None:
        raise NotFound("There is no such account.")
    return _view(row, keys)


def reachable(tx: Transaction, keys: Keys) -> list[Account]:
    """The enabled accounts as channels want them. One whose secrets are locked is left out, and said so in the log."""
    found: list[Account] = []
    for row in tx.all("SELECT * FROM channel_account WHERE enabled AND removed_at IS NULL ORDER BY id"):
        try:
            found.append(to_contract(row, keys))
        except Locked:
            log.error("Account %d (%s) is out of work: its secrets were sealed with another secret", row.id, row.name)
    return found


def contract(tx: Transaction, keys: Keys, id: int) -> Account:
    """One account as its channel wants it, disabled and removed ones too: a letter may still name it.

    Raises `NotFound` or `Locked`.
    """
    row = tx.first("SELECT * FROM channel_account WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no such account.")
    return to_contract(row, keys)


def to_contract(row: Any, keys: Keys) -> Account:
    """A row of `channel_account` (of constant SQL or SQLModel) with its secrets opened. Raises `Locked`."""
    return Account(row.id, row.kind, row.name, row.address, row.settings, keys.open(row.secrets))


def recall(tx: Transaction, account: int, name: str) -> Any:
    """What an account's channel remembered under this name, or None."""
    return tx.value("SELECT value FROM account_memory WHERE account_id = :id AND name = :name", id=account, name=name)


@kept
def sender_for(tx: Transaction, kind: str) -> int | None:
    """The account of a kind that writes where the ticket's own cannot: the one chosen for the desk, else the oldest."""
    chosen = tx.value("SELECT value FROM desk_setting WHERE name = 'send_account'")
    found: int | None = tx.value(
        "SELECT id FROM channel_account WHERE kind = :kind AND can_send AND enabled AND removed_at IS NULL"
        " ORDER BY CASE WHEN id = :chosen THEN 0 ELSE 1 END, id LIMIT 1",
        kind=kind, chosen=int(chosen or 0),
    )  # fmt: skip
    return found


def shops(tx: Transaction) -> list[str]:
    """The shops that accounts belong to."""
    rows = tx.all("SELECT DISTINCT shop FROM channel_account WHERE shop <> '' AND removed_at IS NULL ORDER BY shop")
    return [row.shop for row in rows]


def shop_of(tx: Transaction, account: int) -> str:
    """The shop that an account belongs to; empty for none in particular."""
    return str(tx.value("SELECT shop FROM channel_account WHERE id = :id", id=account) or "")


def own_addresses(tx: Transaction) -> set[str]:
    """The mail addresses that are ours: a letter to one of them would come straight back."""
    return {
        row.address.lower()
        for row in tx.all("SELECT address FROM channel_account WHERE kind = 'email' AND removed_at IS NULL")
    }


def health(tx: Transaction, account: int) -> Health | None:
    """How the account's way in was doing when it last said so."""
    kept = recall(tx, account, HEALTH)
    return msgspec.convert(kept, Health) if kept else None


def _view(row: Any, keys: Keys) -> AccountView:
    try:
        secrets, locked = sorted(keys.open(row.secrets)), False
    except Locked:
        secrets, locked = [], True
    kept = msgspec.convert(row.health, Health) if row.health else None
    return AccountView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        address=row.address,
        settings=row.settings,
        secrets_set=secrets,
        locked=locked,
        enabled=row.enabled,
        can_send=row.can_send,
        team=row.team_id,
        shop=row.shop,
        created_at=row.created_at,
        removed_at=row.removed_at,
        health=None if kept is None else _seen(kept, row.health_at),
        quarantined=row.quarantined,
        version=row.version,
    )


def _seen(kept: Health, at: datetime) -> HealthView:
    return HealthView(ok=kept.ok, words=kept.words, last_fetched=kept.last_fetched, waiting=kept.waiting, at=at)
