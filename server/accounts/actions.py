"""Writing accounts: what admins decide about them, and what their channels remember.

A removed account stays as a row, without its secrets: tickets and letters refer to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

import msgspec

from channels.contract import (
    Account,
    AnswersElsewhere,
    Channel,
    DelaysLetters,
    Health,
    JudgesSending,
    RotatesSecrets,
    ShowsTickets,
)
from server.accounts import queries
from server.accounts.secrets import Keys, Locked
from server.accounts.typed import JudgesSettings, split
from server.accounts.views import AccountDraft, AccountView
from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid
from server.events import DeskChanged

Channels = Mapping[str, Channel]
LONGEST_SHOP = 100


def add(tx: Transaction, agent: AgentView, draft: AccountDraft, *, channels: Channels, keys: Keys) -> AccountView:
    """A new account. Raises `Invalid` naming each field at fault."""
    require(agent, "admin")
    settings, secrets = _settled(tx, agent, draft, {}, channels)
    id = tx.insert(
        "channel_account",
        kind=draft.kind,
        name=draft.name.strip(),
        address=_address(draft),
        settings=dump(settings),
        secrets=keys.seal(secrets),
        enabled=draft.enabled,
        team_id=draft.team,
        shop=_shop(draft),
        can_send=_can_send(channels[draft.kind], settings),
        live=isinstance(channels[draft.kind], ShowsTickets),
        undo_seconds=_undo_seconds(channels[draft.kind], settings),
        version=1,
        created_at=tx.now,
    )
    tx.record(DeskChanged(what="account", id=id), by=agent.actor)
    return queries.view(tx, keys, id)


def edit(
    tx: Transaction, agent: AgentView, id: int, draft: AccountDraft, *, channels: Channels, keys: Keys
) -> AccountView:
    """Change an account. Secrets left empty stay as they are; an account never changes its kind.

    Raises `Conflict` with the account as it stands when it is no longer of the draft's version.
    """
    require(agent, "admin")
    tx.run("UPDATE channel_account SET version = version + 1 WHERE id = :id", id=id)
    before = _standing(tx, keys, id)
    if draft.version is not None and draft.version != before.version - 1:
        current = msgspec.structs.replace(before, version=before.version - 1)
        raise Conflict("Somebody changed this account in between.", current=current)
    draft = msgspec.structs.replace(draft, kind=before.kind)
    settings, secrets = _settled(tx, agent, draft, _secrets(tx, keys, id), channels, id)
    tx.run(
        "UPDATE channel_account SET name = :name, address = :address, settings = :settings, secrets = :secrets,"
        " enabled = :enabled, team_id = :team, shop = :shop, undo_seconds = :undo, can_send = :can_send WHERE id = :id",
        id=id,
        name=draft.name.strip(),
        address=_address(draft),
        settings=dump(settings),
        secrets=keys.seal(secrets),
        enabled=draft.enabled,
        team=draft.team,
        shop=before.shop if draft.shop is None else _shop(draft),
        undo=_undo_seconds(channels[draft.kind], settings),
        can_send=_can_send(channels[draft.kind], settings),
    )
    tx.record(DeskChanged(what="account", id=id), by=agent.actor)
    return queries.view(tx, keys, id)


def renew_secret(
    tx: Transaction, agent: AgentView, id: int, field: str, *, channels: Channels, keys: Keys
) -> tuple[AccountView, str]:
    """Make a secret anew, to be shown this once; the one before stays good as the former one until it is forgotten.

    Raises `Invalid` for a field that its channel does not rotate.
    """
    require(agent, "admin")
    standing = _standing(tx, keys, id)
    channel = channels[standing.kind]
    former = channel.rotates.get(field) if isinstance(channel, RotatesSecrets) else None
    if former is None:
        raise Invalid(fields={field: "is not one of the choices"})
    held = _secrets(tx, keys, id)
    fresh = token_urlsafe(32)
    kept = {**held, field: fresh, **({former: held[field]} if field in held else {})}
    tx.run(
        "UPDATE channel_account SET secrets = :secrets, version = version + 1 WHERE id = :id",
        id=id, secrets=keys.seal(kept),
    )  # fmt: skip
    tx.record(DeskChanged(what="account", id=id), by=agent.actor)
    return queries.view(tx, keys, id), fresh


def enable(tx: Transaction, agent: AgentView, id: int, enabled: bool, *, keys: Keys) -> AccountView:
    """Let an account work, or let it rest."""
    require(agent, "admin")
    _standing(tx, keys, id)
    tx.run(
        "UPDATE channel_account SET enabled = :enabled, version = version + 1 WHERE id = :id", id=id, enabled=enabled
    )
    tx.record(DeskChanged(what="account", id=id), by=agent.actor)
    return queries.view(tx, keys, id)


def remove(tx: Transaction, agent: AgentView, id: int, *, keys: Keys) -> None:
    """Take an account out of use for good and forget its secrets and its memory."""
    require(agent, "admin")
    _standing(tx, keys, id)
    tx.run(
        "UPDATE channel_account SET enabled = :off, secrets = '', removed_at = :now WHERE id = :id",
        id=id, off=False, now=tx.now,
    )  # fmt: skip
    tx.run("DELETE FROM account_memory WHERE account_id = :id", id=id)
    tx.run("DELETE FROM account_record WHERE account_id = :id", id=id)
    tx.record(DeskChanged(what="account", id=id), by=agent.actor)


def rename_shop(tx: Transaction, agent: AgentView, shop: str, name: str) -> int:
    """Every account of a shop, removed ones too, belongs to the shop of this name; how many that were. What else names
    the shop is carried by `server.shops`. Raises `Invalid`."""
    require(agent, "admin")
    name = " ".join(name.split())
    if problem := _shop_problem(name) or ("" if name else "is missing"):
        raise Invalid(fields={"shop": problem})
    rows = tx.all("SELECT id FROM channel_account WHERE shop = :shop ORDER BY id", shop=shop)
    for row in rows:
        tx.run("UPDATE channel_account SET shop = :name, version = version + 1 WHERE id = :id", name=name, id=row.id)
        tx.record(DeskChanged(what="account", id=row.id), by=agent.actor)
    return len(rows)


def remember(tx: Transaction, account: int, name: str, value: Any) -> None:
    """Keep a small JSON value for an account's channel: a cursor, a token's expiry."""
    tx.run(
        "INSERT INTO account_memory (account_id, name, value, updated_at) VALUES (:id, :name, :value, :now)"
        " ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        id=account, name=name, value=dump(value), now=tx.now,
    )  # fmt: skip


def report(tx: Transaction, account: int, health: Health) -> None:
    """Keep how an account's way in is doing. An event only when it fell ill or got well: channels report often."""
    before = queries.health(tx, account)
    remember(tx, account, queries.HEALTH, health)
    if before is None or before.ok != health.ok:
        tx.record(DeskChanged(what="account", id=account))


def rotate(tx: Transaction, keys: Keys) -> int:
    """Seal with the newest key what an old one sealed; how many accounts that were. Raises `Locked`."""
    rows = tx.all("SELECT id, secrets FROM channel_account WHERE secrets <> ''")
    old = [row for row in rows if not keys.is_newest(row.secrets)]
    for row in old:
        sealed = keys.seal(keys.open(row.secrets))
        tx.run("UPDATE channel_account SET secrets = :sealed WHERE id = :id", id=row.id, sealed=sealed)
    return len(old)


def drafted(draft: AccountDraft, before: Account | None, channels: Channels) -> Account:
    """The account that this draft would make, for a connection test before it is saved. Raises `Invalid`."""
    settings, secrets = split(channels[draft.kind].fields, draft.settings, before.secrets if before else {})
    return Account(before.id if before else 0, draft.kind, draft.name, _address(draft), settings, secrets)


def _settled(
    tx: Transaction, agent: AgentView, draft: AccountDraft, kept: Mapping[str, str], channels: Channels, id: int = 0
) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings and secrets to store, once everything about the draft was found right. Raises `Invalid`."""
    channel = channels.get(draft.kind)
    if channel is None:
        raise Invalid("There is no channel of this kind.", fields={"kind": "is not one of the choices"})
    problems: dict[str, str] = {}
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    try:
        settings, secrets = split(channel.fields, draft.settings, kept)
    except Invalid as error:
        problems.update(error.fields)
    for name in draft.forget:
        secrets.pop(name, None)
    if not problems and isinstance(channel, JudgesSettings):
        problems.update(channel.judge(settings, agent.language))
    problems.update(_identity_problems(tx, draft, id))
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    return settings, secrets


def _can_send(channel: Channel, settings: Mapping[str, Any]) -> bool:
    """Whether letters can leave from an account of these settings."""
    if isinstance(channel, AnswersElsewhere):
        return False
    return not (isinstance(channel, JudgesSending) and channel.unable(settings))


def _undo_seconds(channel: Channel, settings: Mapping[str, Any]) -> int:
    """How long letters wait before they leave: the account's own setting, else the channel's custom."""
    if not isinstance(channel, DelaysLetters):
        return 0
    return int(settings.get("undo_seconds", channel.undo_seconds))


def _identity_problems(tx: Transaction, draft: AccountDraft, id: int) -> dict[str, str]:
    problems = {
        name: "is missing" if not value.strip() else "is too long"
        for name, value in (("name", draft.name), ("address", draft.address))
        if not 0 < len(value.strip()) <= 320
    }
    taken = tx.value(
        "SELECT id FROM channel_account WHERE kind = :kind AND address = :address AND removed_at IS NULL AND id <> :id",
        kind=draft.kind, address=_address(draft), id=id,
    )  # fmt: skip
    if taken is not None and "address" not in problems:
        problems["address"] = "is the address of another account"
    if problem := _shop_problem(_shop(draft)):
        problems["shop"] = problem
    if draft.team is not None and tx.value("SELECT id FROM team WHERE id = :id", id=draft.team) is None:
        problems["team"] = "is not one of the choices"
    return problems


def _shop_problem(shop: str) -> str:
    if len(shop) > LONGEST_SHOP:
        return "is too long"
    return (
        "Write it without commas and semicolons: lists of shops are separated by them."
        if set(shop) & set(",、;")
        else ""
    )


def _shop(draft: AccountDraft) -> str:
    return " ".join((draft.shop or "").split())


def _address(draft: AccountDraft) -> str:
    """What customers see. A mail address in lower case, as senders' addresses are kept."""
    address = draft.address.strip()
    return address.lower() if "@" in address else address


def _standing(tx: Transaction, keys: Keys, id: int) -> AccountView:
    found = queries.view(tx, keys, id)
    if found.removed_at is not None:
        raise Invalid("This account was removed.")
    return found


def _secrets(tx: Transaction, keys: Keys, id: int) -> dict[str, str]:
    """What is kept; nothing when it cannot be opened any more, so that an admin can enter it anew."""
    sealed = tx.value("SELECT secrets FROM channel_account WHERE id = :id", id=id)
    try:
        return keys.open(sealed)
    except Locked:
        return {}
